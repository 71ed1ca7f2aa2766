"""The mails that events cause: to whom, in their language, in plain words."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from lms.adapters.mail import Mail
from lms.catalogue.queries import get_edition, programmes_in
from lms.jobs import (
    agreement_letters,
    assigned_letters,
    attendance_letters,
    exchange_letters,
    focal_letters,
    practice_letters,
)
from lms.kernel.i18n import format_day, translator

_ENROLLED = text(
    """SELECT n.id, p.name, p.email, p.language, n.course_version_id, c.key FROM enrolments n
         JOIN persons p ON p.id = n.person_id JOIN courses c ON c.id = n.course_id
        WHERE n.id = ANY(CAST(:ids AS uuid[])) AND p.email IS NOT NULL"""
)
# What was recorded elsewhere was announced elsewhere, and what follows from another course is no news: no mail.
_COMPLETED = text(
    """SELECT m.id, p.name, p.email, p.language, m.course_version_id, c.key FROM completions m
         JOIN persons p ON p.id = m.person_id JOIN courses c ON c.id = m.course_id
        WHERE m.id = ANY(CAST(:ids AS uuid[])) AND p.email IS NOT NULL AND m.source = 'activities'"""
)
_WAIVED = text(
    """SELECT m.id, p.name, p.email, p.language, m.course_version_id, m.valid_until, c.key FROM completions m
         JOIN persons p ON p.id = m.person_id JOIN courses c ON c.id = m.course_id
        WHERE m.id = ANY(CAST(:ids AS uuid[])) AND p.email IS NOT NULL AND m.source = 'waiver'"""
)
# Only what was completed here, on the day it was recorded: what is found afterwards is no news.
_PROGRAMMES_COMPLETED = text(
    """SELECT d.id, d.programme, d.document_id, p.email, p.language FROM programme_completions d
         JOIN persons p ON p.id = d.person_id
        WHERE d.id = ANY(CAST(:ids AS uuid[])) AND p.email IS NOT NULL
          AND d.occurred_on = (d.recorded_at AT TIME ZONE 'UTC')::date
          AND EXISTS (SELECT 1 FROM programme_grounds g JOIN completions m ON m.id = g.completion_id
                       WHERE g.programme_completion_id = d.id AND m.occurred_on = d.occurred_on
                         AND m.source IN ('activities', 'prior_learning'))"""
)
_ASSESSED = text(
    """SELECT s.id, p.name, p.email, p.language, n.course_version_id, c.key FROM submissions s
         JOIN enrolments n ON n.id = s.enrolment_id
         JOIN persons p ON p.id = n.person_id JOIN courses c ON c.id = n.course_id
        WHERE s.id = ANY(CAST(:ids AS uuid[])) AND p.email IS NOT NULL"""
)
# Assessors of the learner's entities, never the learner.
_ASSESSORS = text(
    """SELECT DISTINCT s.id, p.id AS person_id, p.name, p.email, p.language, n.course_version_id, c.key
         FROM submissions s JOIN enrolments n ON n.id = s.enrolment_id JOIN courses c ON c.id = n.course_id
         JOIN affiliations a ON a.person_id = n.person_id AND a.from_on <= current_date
              AND (a.until_on IS NULL OR a.until_on >= current_date)
         JOIN entities e ON e.id = a.entity_id
         JOIN role_grants g ON g.role = 'assessor' AND g.revoked_at IS NULL AND g.partner_id IS NULL
              AND (g.until_on IS NULL OR g.until_on >= current_date)
         LEFT JOIN entities ge ON ge.id = g.entity_id
         JOIN persons p ON p.id = g.person_id AND p.email IS NOT NULL AND p.id <> n.person_id
        WHERE s.id = ANY(CAST(:ids AS uuid[])) AND s.state = 'submitted'
          AND starts_with(e.path, coalesce(ge.path, '/'))"""
)


async def _rows(session: AsyncSession, statement: Any, ids: Sequence[UUID]) -> list[tuple[Any, str]]:
    """Rows with the course's title in the reader's language."""
    rows = (await session.execute(statement, {"ids": list(ids)})).all()
    titled = []
    for row in rows:
        edition = await get_edition(session, row.course_version_id)
        titled.append((row, edition.texts[edition.language_for(row.language)].title))
    return titled


async def enrolled(session: AsyncSession, ids: Sequence[UUID], base_url: str) -> list[Mail]:
    """To the learner: where the course is."""
    mails = []
    for row, title in await _rows(session, _ENROLLED, ids):
        _ = translator(row.language).gettext
        subject = _("You are enrolled: %(course)s", course=title)
        body = _("You can begin now, stop at any time, and go on from any device:")
        mails.append(
            Mail(f"enrolled:{row.id}", row.email, subject, f"{body}\n\n{base_url}/learn/{row.key}\n")
        )
    return mails


async def completed(session: AsyncSession, ids: Sequence[UUID], base_url: str) -> list[Mail]:
    """To the learner: what was completed and where the record is."""
    mails = []
    for row, title in await _rows(session, _COMPLETED, ids):
        _ = translator(row.language).gettext
        subject = _("You have completed: %(course)s", course=title)
        body = _("The completion and the skill records that came of it are on your record:")
        mails.append(Mail(f"completed:{row.id}", row.email, subject, f"{body}\n\n{base_url}/record\n"))
    return mails + await _waived(session, ids, base_url)


async def _waived(session: AsyncSession, ids: Sequence[UUID], base_url: str) -> list[Mail]:
    """To the person: a course need not be taken, until when. The reason stands on the page, not in the mail."""
    mails = []
    for row, title in await _rows(session, _WAIVED, ids):
        _ = translator(row.language).gettext
        subject = _("You need not take this course: %(course)s", course=title)
        day = format_day(row.valid_until, row.language)
        body = _("It is waived for you until %(day)s. The reason is on your record:", day=day)
        mails.append(Mail(f"waived:{row.id}", row.email, subject, f"{body}\n\n{base_url}/record\n"))
    return mails


async def programme_completed(session: AsyncSession, ids: Sequence[UUID], base_url: str) -> list[Mail]:
    """To the learner: which programme is complete, and where it says on what it rests."""
    mails = []
    rows = (await session.execute(_PROGRAMMES_COMPLETED, {"ids": list(ids)})).all()
    published = await programmes_in(session, {row.document_id for row in rows})
    for row in rows:
        _ = translator(row.language).gettext
        programme = published[row.document_id].get(row.programme)
        name = programme.name.for_reader(row.language) if programme else row.programme
        subject = _("You have completed the programme: %(programme)s", programme=name)
        body = _("It is on your record, with the courses it rests on:")
        mails.append(
            Mail(f"programme-completed:{row.id}", row.email, subject, f"{body}\n\n{base_url}/record\n")
        )
    return mails


async def work_submitted(session: AsyncSession, ids: Sequence[UUID], base_url: str) -> list[Mail]:
    """To the assessors of the learner's entity: a piece of work waits. The learner is not named in a mail."""
    mails = []
    for row, title in await _rows(session, _ASSESSORS, ids):
        _ = translator(row.language).gettext
        subject = _("A piece of work waits to be assessed: %(course)s", course=title)
        body = _("Open it here:")
        address = f"{base_url}/assess/{row.id}"
        mails.append(
            Mail(f"to-assess:{row.id}:{row.person_id}", row.email, subject, f"{body}\n\n{address}\n")
        )
    return mails


async def work_assessed(session: AsyncSession, ids: Sequence[UUID], base_url: str) -> list[Mail]:
    """To the learner: the assessment is there. Its result stands on the page, not in the mail."""
    mails = []
    for row, title in await _rows(session, _ASSESSED, ids):
        _ = translator(row.language).gettext
        subject = _("Your piece of work was assessed: %(course)s", course=title)
        body = _("Read what your assessor says:")
        mails.append(
            Mail(f"assessed:{row.id}", row.email, subject, f"{body}\n\n{base_url}/learn/{row.key}\n")
        )
    return mails


# As for pieces of work: assessors of the person's entities, never the person.
_LEARNING_ASSESSORS = text(
    """SELECT DISTINCT r.id, p.id AS person_id, p.email, p.language, r.course_version_id
         FROM learning_requests r
         JOIN affiliations a ON a.person_id = r.person_id AND a.from_on <= current_date
              AND (a.until_on IS NULL OR a.until_on >= current_date)
         JOIN entities e ON e.id = a.entity_id
         JOIN role_grants g ON g.role = 'assessor' AND g.revoked_at IS NULL AND g.partner_id IS NULL
              AND (g.until_on IS NULL OR g.until_on >= current_date)
         LEFT JOIN entities ge ON ge.id = g.entity_id
         JOIN persons p ON p.id = g.person_id AND p.email IS NOT NULL AND p.id <> r.person_id
        WHERE r.id = ANY(CAST(:ids AS uuid[])) AND r.state = 'submitted'
          AND starts_with(e.path, coalesce(ge.path, '/'))"""
)
_LEARNING_DECIDED = text(
    """SELECT r.id, p.email, p.language, r.course_version_id FROM learning_requests r
         JOIN persons p ON p.id = r.person_id
        WHERE r.id = ANY(CAST(:ids AS uuid[])) AND p.email IS NOT NULL AND r.state IN ('confirmed', 'refused')"""
)


async def learning_submitted(session: AsyncSession, ids: Sequence[UUID], base_url: str) -> list[Mail]:
    """To the assessors of the person's entity: a request waits. The person is not named in a mail."""
    mails = []
    for row, title in await _rows(session, _LEARNING_ASSESSORS, ids):
        _ = translator(row.language).gettext
        subject = _("Somebody asks you to confirm prior learning: %(course)s", course=title)
        address = f"{base_url}/assess/prior-learning/{row.id}"
        key = f"learning-to-assess:{row.id}:{row.person_id}"
        mails.append(Mail(key, row.email, subject, f"{_('Open it here:')}\n\n{address}\n"))
    return mails


async def learning_decided(session: AsyncSession, ids: Sequence[UUID], base_url: str) -> list[Mail]:
    """To the person: the decision is there. What it is stands on the page, not in the mail."""
    mails = []
    for row, title in await _rows(session, _LEARNING_DECIDED, ids):
        _ = translator(row.language).gettext
        subject = _("Your prior learning was looked at: %(course)s", course=title)
        address = f"{base_url}/prior-learning/{row.id}"
        body = _("Read what your assessor decided, and why:")
        mails.append(Mail(f"learning-decided:{row.id}", row.email, subject, f"{body}\n\n{address}\n"))
    return mails


_PROPOSED = text(
    """SELECT n.id, p.email, p.language, b.name AS proposed_by FROM plans n JOIN persons p ON p.id = n.person_id
         JOIN persons b ON b.id = n.proposed_by_id
        WHERE n.id = ANY(CAST(:ids AS uuid[])) AND n.state = 'proposed' AND p.email IS NOT NULL"""
)


async def plan_proposed(session: AsyncSession, ids: Sequence[UUID], base_url: str) -> list[Mail]:
    """To whom a plan was proposed: who did, and that nothing of it binds them."""
    mails = []
    for row in await session.execute(_PROPOSED, {"ids": list(ids)}):
        says = translator(row.language)
        subject = says.gettext("%(name)s proposes a learning plan") % {"name": row.proposed_by}
        body = says.gettext("Look at it, and accept or decline it. It is yours only once you accept it:")
        mails.append(Mail(f"plan-proposed:{row.id}", row.email, subject, f"{body}\n\n{base_url}/plan\n"))
    return mails


_CHANGED = text(
    """SELECT e.id, p.email, p.language FROM events e JOIN persons p ON p.id = e.subject_id
        WHERE e.type = 'people.password_changed' AND e.subject_id = ANY(CAST(:ids AS uuid[])) AND p.email IS NOT NULL
          AND e.at > now() - interval '1 day' ORDER BY e.id DESC LIMIT 1"""
)


async def password_changed(session: AsyncSession, ids: Sequence[UUID], base_url: str) -> list[Mail]:
    """To whoever changed their password, so that they learn of it if it was somebody else."""
    mails = []
    for row in await session.execute(_CHANGED, {"ids": list(ids)}):
        says = translator(row.language)
        subject = says.gettext("Your password was changed")
        body = says.gettext("If it was not you, tell those who run this product at once. Your account:")
        mails.append(
            Mail(f"password-changed:{row.id}", row.email, subject, f"{body}\n\n{base_url}/account\n")
        )
    return mails


Write = Callable[[AsyncSession, Sequence[UUID], str], Awaitable[list[Mail]]]
LETTERS: dict[str, Write] = {
    "mail.enrolled": enrolled,
    "mail.completed": completed,
    "mail.programme_completed": programme_completed,
    "mail.work_submitted": work_submitted,
    "mail.work_assessed": work_assessed,
    "mail.learning_submitted": learning_submitted,
    "mail.learning_decided": learning_decided,
    "mail.plan_proposed": plan_proposed,
    "mail.password_changed": password_changed,
    "mail.assigned": assigned_letters.assigned,
    "mail.assignment_reminder": assigned_letters.reminded,
    "mail.extension_asked": assigned_letters.extension_asked,
    "mail.extension_decided": assigned_letters.extension_decided,
    **exchange_letters.LETTERS,
    **agreement_letters.LETTERS,
    **practice_letters.LETTERS,
    "mail.session_announced": focal_letters.session_announced,
    "mail.sign_attendance": attendance_letters.sign_attendance,
}
"""A job's name and the letters it writes."""

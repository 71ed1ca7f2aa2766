"""The mails of agreements: the legal office is asked, and who manages the training is told what it decided."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from lms.adapters.mail import Mail
from lms.joint_trainings.domain.agreements import Decision
from lms.joint_trainings.queries.agreements import clearances_of, last_request_of, legal_officers_for
from lms.joint_trainings.queries.trainings import persons, trainings
from lms.kernel.i18n import translator


async def clearance_asked(session: AsyncSession, ids: Sequence[UUID], base_url: str) -> list[Mail]:
    """To every legal officer of the entities that host."""
    mails = []
    for training_id in ids:
        asked = await last_request_of(session, training_id)
        if asked is None:
            continue
        title = await session.scalar(select(trainings.c.title).where(trainings.c.id == training_id))
        for officer in await legal_officers_for(session, training_id):
            _ = translator(officer.language).gettext
            subject = _("An agreement waits for the legal office")
            body = f"{title}\n\n{base_url}/trainings/{training_id}/agreement\n"
            mails.append(Mail(f"clearance_asked:{asked.id}:{officer.id}", officer.email, subject, body))
    return mails


async def clearance_decided(session: AsyncSession, ids: Sequence[UUID], base_url: str) -> list[Mail]:
    """To who manages the training: what the legal office decided last. Its words stand on the page."""
    statement = (
        select(trainings.c.id, trainings.c.title, persons.c.email, persons.c.language)
        .join(persons, persons.c.id == trainings.c.managed_by_id)
        .where(trainings.c.id.in_(ids), persons.c.email.isnot(None), persons.c.erased_at.is_(None))
    )
    mails = []
    for row in (await session.execute(statement)).all():
        given = await clearances_of(session, row.id)
        if not given:
            continue
        _ = translator(row.language).gettext
        is_cleared = given[-1].decision == Decision.CLEARED
        subject = _("The agreement is cleared") if is_cleared else _("The agreement is not cleared")
        body = f"{row.title}\n\n{base_url}/trainings/{row.id}/agreement\n"
        mails.append(Mail(f"clearance_decided:{given[-1].id}", row.email, subject, body))
    return mails


LETTERS = {"mail.clearance_asked": clearance_asked, "mail.clearance_decided": clearance_decided}

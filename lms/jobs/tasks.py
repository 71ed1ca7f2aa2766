"""A job's name and what it runs. Each checks its own effect first, since a job may run twice."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from procrastinate import App, RetryStrategy
from sqlalchemy import text

from lms.adapters.mail import Mail, Mailer, Undeliverable, make_mailer
from lms.adapters.storage import Storage
from lms.catalogue.previews import clear_previews, clear_unpacked
from lms.catalogue.queries import DOCUMENT_SECONDS
from lms.completions import equivalences
from lms.completions.programmes import settle_programmes
from lms.enrolments.queries import named_files
from lms.jobs import assigned, evaluations, lessons, letters, plans, trainings, validity
from lms.jobs.gate_letters import gate_lapses
from lms.jobs.invitation_letters import send_invitations
from lms.jobs.practice_letters import ask_contacts
from lms.jobs.renewal_letters import renewals_due
from lms.jobs.session_letters import Letters
from lms.jobs.upkeep import MOST_TRIES, clear_done
from lms.joint_trainings.domain.lessons import month_before
from lms.joint_trainings.service.days import due_reminders, mark_reminded
from lms.kernel import clock
from lms.kernel.database import Database, make_engine
from lms.kernel.metrics import JOBS
from lms.partners import importing as partner_imports
from lms.partners.queries import named_files as named_agreement_files
from lms.people.imports.queries import named_files as named_import_files
from lms.people.imports.service import run_import
from lms.practice.queries import named_files as named_practice_files
from lms.prior_learning.queries import named_files as named_request_files
from lms.settings import Settings

log = structlog.get_logger("job")
_RETRY = RetryStrategy(max_attempts=MOST_TRIES, exponential_wait=4)


@dataclass(slots=True)
class Outside:
    """What tasks need: the database, mail, files. Made once a process, at first use."""

    settings: Settings
    _database: Database | None = None

    @property
    def database(self) -> Database:
        """The task's own small pool."""
        if self._database is None:
            assert self.settings.database_url is not None
            self._database = Database(make_engine(self.settings.database_url.get_secret_value(), pool_size=2))
        return self._database

    def database_of(self) -> Database:
        """The same, for tasks that are registered before it is wanted."""
        return self.database

    async def close(self) -> None:
        """Close what was opened."""
        if self._database is not None:
            await self._database.close()

    @property
    def mailer(self) -> Mailer:
        """Where mail goes."""
        return make_mailer(self.settings)

    @property
    def storage(self) -> Storage:
        """Where files lie."""
        return Storage(self.settings.storage_dir)


def register(queue: App, outside: Outside) -> None:
    """Tell the queue every task and the timetable."""
    for name, write in (letters.LETTERS | lessons.LETTERS | evaluations.LETTERS).items():
        _register(queue, name, _mailing(outside, name, write))
    session_letters = Letters(outside.settings.mail_from)
    for name, write in session_letters.by_job().items():
        _register(queue, name, _mailing(outside, name, write))
    _register(queue, "sessions.remind", lambda **_: remind_of_sessions(outside, session_letters))
    _register(queue, "storage.clear", lambda **_: clear_storage(outside))
    _register(queue, "events.partitions", lambda **_: make_partitions(outside))
    _register(queue, "keys.clear", lambda **_: clear_keys(outside))
    _register(queue, "jobs.clear", lambda **_: clear_done(queue))
    _register(queue, "previews.clear", lambda **_: clear_old_previews(outside))
    _register(queue, "programmes.settle", lambda **_: settle(outside))
    _register(queue, "equivalences.settle", lambda **_: settle_equivalences(outside))
    _register(queue, "people.import", lambda import_id: import_people(outside, import_id))
    _register(queue, "mail.invited", lambda ids: invited(outside, ids))
    _register(queue, "mail.facts_to_confirm", lambda ids: ask_to_confirm(outside, ids))
    _register(queue, "lessons.digest", lambda **_: send_month_of_lessons(outside))
    _register(queue, "gate.lapses", lambda **_: tell_of_lapses(outside))
    _register(queue, "partners.import", lambda import_id: import_partners(outside, import_id))
    _register(queue, "validity.after_publication", validity.after_publication(outside.database_of))
    _register(queue, "renewals.remind", lambda **_: remind_of_renewals(outside))
    _register(queue, "validity.of_late", validity.of_late(outside.database_of))
    for name, cause in plans.CAUSES.items():
        _register(queue, name, plans.following(outside.database_of, cause))
    for name, cause in plans.CAUSES_FOR_ALL.items():
        _register(queue, name, plans.following_all(outside.database_of, cause))
    for name, work in (trainings.tasks(outside.database_of) | evaluations.tasks(outside.database_of)).items():
        _register(queue, name, work)
    _register(queue, "evaluations.remind", lambda **_: remind_of_evaluations(outside))
    _register(queue, "assigned.after_change", assigned.after_change(outside.database_of))
    _register(queue, "assigned.after_import", assigned.after_import(outside.database_of))
    _register(queue, "assigned.follow_day", lambda **_: follow_day(outside))
    for cron, name in TIMETABLE:
        queue.periodic(cron=cron)(queue.tasks[name])


TIMETABLE = (
    ("53 * * * *", "jobs.clear"),
    ("17 2 * * *", "storage.clear"),
    ("23 1 * * *", "events.partitions"),
    ("41 * * * *", "keys.clear"),
    ("37 2 * * *", "validity.of_late"),
    ("11 3 * * *", "renewals.remind"),
    ("43 2 * * *", "assigned.follow_day"),
    ("7 3 * * *", "plans.follow_all"),
    ("13 4 * * *", "gate.lapses"),
    ("31 2 * * *", "equivalences.settle"),  # for whom came to an entity since
    ("29 * * * *", "previews.clear"),
    ("3 * * * *", "trainings.begin"),
    ("9 1 * * *", "evaluations.follow_day"),
    ("51 5 * * *", "evaluations.remind"),
    ("19 5 1 * *", "lessons.digest"),
    ("*/10 * * * *", "sessions.follow"),
    ("*/15 * * * *", "sessions.remind"),
    ("19 4 * * *", "attendance.follow"),
)
"""When (cron, UTC) and what."""


def _register(queue: App, name: str, run: Callable[..., Awaitable[None]]) -> None:
    async def counted(**args: Any) -> None:
        args.pop("timestamp", None)  # of the timetable
        try:
            await run(**args)
        except Exception:
            JOBS.labels(name, "failed").inc()
            raise
        JOBS.labels(name, "done").inc()

    queue.task(name=name, queue="lms", retry=_RETRY)(counted)


Write = Callable[[Any, Sequence[UUID], str], Awaitable[list[Mail]]]


def _mailing(outside: Outside, name: str, write: Write) -> Callable[..., Awaitable[None]]:
    async def send(*, ids: list[str]) -> None:
        async with outside.database.reading() as session:
            mails = await write(session, [UUID(each) for each in ids], outside.settings.base_url)
        await send_once(outside, name, mails)

    return send


async def send_once(outside: Outside, name: str, mails: Sequence[Mail]) -> None:
    """Send each mail whose key was not sent before.

    One that is not taken keeps no other from being sent; at the end it fails the job, which is tried again.
    """
    refused: list[Undeliverable] = []
    for mail in mails:
        # Reserve, send, and only then commit: a crash in between sends again rather than never.
        try:
            async with outside.database.transaction() as session:
                reserved = await session.scalar(_RESERVE_MAIL, {"key": mail.key})
                if reserved is not None:
                    await outside.mailer.send(mail)
        except Undeliverable as error:
            refused.append(error)
    log.info("mailed", job=name, mails=len(mails), refused=len(refused))
    if refused:
        raise ExceptionGroup("Mails were not taken.", refused)


async def remind_of_renewals(outside: Outside) -> None:
    """Tell people what can be renewed, ends soon, or has lapsed. Run twice on a day it tells them once."""
    settings = outside.settings
    async with outside.database.reading() as session:
        mails = await renewals_due(session, settings.due_reminder_days, settings.base_url)
    await send_once(outside, "renewals.remind", mails)


async def invited(outside: Outside, ids: Sequence[str]) -> None:
    """Send the letters of invitations, each with a link made for it alone."""
    invitation_ids = [UUID(each) for each in ids]
    await send_invitations(outside.database, outside.mailer, outside.settings.base_url, invitation_ids)


async def ask_to_confirm(outside: Outside, ids: Sequence[str]) -> None:
    """Write to partners' contacts who are to confirm facts about practice."""
    confirmation_ids = [UUID(each) for each in ids]
    await ask_contacts(outside.database, outside.mailer, outside.settings.base_url, confirmation_ids)


async def tell_of_lapses(outside: Outside) -> None:
    """Tell owners that a partner passes the gate no more, and officers a month before. Run twice it tells once."""
    async with outside.database.reading() as session:
        mails = await gate_lapses(session, outside.settings.base_url)
    await send_once(outside, "gate.lapses", mails)


async def remind_of_evaluations(outside: Outside) -> None:
    """Remind those who have left a form of an evaluation for a week. Run twice it reminds once."""
    async with outside.database.reading() as session:
        mails = await evaluations.reminders(session, outside.settings.base_url)
    await send_once(outside, "evaluations.remind", mails)


async def send_month_of_lessons(outside: Outside) -> None:
    """Mail last month's lessons to who asked for them. Run twice it mails them once."""
    async with outside.database.reading() as session:
        month = month_before(clock.today())
        mails = await lessons.month_digest(session, month, outside.settings.base_url)
    await send_once(outside, "lessons.digest", mails)


_RESERVE_MAIL = text(
    "INSERT INTO sent_mails (key, sent_at) VALUES (:key, now()) ON CONFLICT DO NOTHING RETURNING key"
)


async def import_people(outside: Outside, import_id: str) -> None:
    """Work off a file of people or entities from where it stands."""
    await run_import(outside.database, outside.storage, UUID(import_id))


async def import_partners(outside: Outside, import_id: str) -> None:
    """Take in a participants' list, whole or not at all."""
    await partner_imports.run_import(outside.database, outside.storage, UUID(import_id))


async def settle(outside: Outside) -> None:
    """Find who has completed a programme already that was just published. Run twice it finds nobody new.

    First it waits until no process goes by the programmes of before: what is completed from then on is found at once.
    """
    await asyncio.sleep(DOCUMENT_SECONDS + 1)
    last: UUID | None = None
    while True:
        async with outside.database.transaction() as session:
            last = await settle_programmes(session, after=last)
        if last is None:
            return


async def settle_equivalences(outside: Outside) -> None:
    """Give everybody what their completions give by the register. Run twice it gives nothing new.

    First it waits, as for programmes, until no process goes by the register of before.
    """
    await asyncio.sleep(DOCUMENT_SECONDS + 1)
    last, given = None, 0
    while True:
        async with outside.database.transaction() as session:
            last, some = await equivalences.settle(session, after=last)
        given += some
        if last is None:
            log.info("equivalences settled", given=given)
            return


async def follow_day(outside: Outside) -> None:
    """Have rules reach whom they reach today, and remind of due days. Run twice on a day it does it once."""
    await assigned.settle_all(outside.database)
    await assigned.remind_all(outside.database, outside.settings.due_reminder_days)


async def remind_of_sessions(outside: Outside, letters: Letters) -> None:
    """Tell who has a seat that it is soon. Marked only when sent; a crash in between finds the mails' keys."""
    async with outside.database.reading() as session:
        due = await due_reminders(session)
        mails = await letters.reminders(session, due, outside.settings.base_url)
    await send_once(outside, "sessions.remind", mails)
    async with outside.database.transaction() as session:
        await mark_reminded(session, due)


async def clear_storage(outside: Outside) -> None:
    """Remove files a day old that no row names: uploads whose request failed."""
    old = list(outside.storage.older_than(86_400))
    async with outside.database.reading() as session:
        kept = await named_files(session, old) | await named_import_files(session, old)
        kept |= await named_practice_files(session, old)
        kept |= await named_request_files(session, old) | await named_agreement_files(session, old)
    for key in set(old) - kept:
        outside.storage.path(key).unlink(missing_ok=True)


async def clear_old_previews(outside: Outside) -> None:
    """Forget previews of courses whose day is over, and remove what a killed upload left unpacked."""
    async with outside.database.transaction() as session:
        await clear_previews(session)
    await asyncio.to_thread(clear_unpacked, outside.settings.previews_dir)


async def make_partitions(outside: Outside) -> None:
    """Have partitions of the event log for this month and the next two."""
    statement = """SELECT make_event_partition((current_date + (n || ' months')::interval)::date)
                     FROM generate_series(0, 2) n"""
    async with outside.database.transaction() as session:
        await session.execute(text(statement))


async def clear_keys(outside: Outside) -> None:
    """Forget answers kept for Idempotency-Keys, failed sign-ins, ended sessions, and whom invitations named in vain."""
    async with outside.database.transaction() as session:
        for statement in (
            "DELETE FROM idempotency_keys WHERE created_at < now() - interval '2 days'",
            "DELETE FROM sign_in_throttles WHERE window_at < now() - interval '1 day'",
            "DELETE FROM check_in_throttles WHERE window_at < now() - interval '1 day'",
            "DELETE FROM sign_ins WHERE expires_at < now() - interval '30 days'",
            # Whoever was invited and never came is not kept by name.
            "UPDATE invitations SET email = NULL, email_key = NULL, name = NULL WHERE accepted_at IS NULL "
            "AND email IS NOT NULL AND coalesce(withdrawn_at, expires_at) < now() - interval '90 days'",
        ):
            await session.execute(text(statement))

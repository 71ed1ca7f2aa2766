"""The mails of sessions and seats, with invitations for the reader's calendar."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from lms.adapters.mail import Mail
from lms.interop.invitations import Method, Sitting, invitation
from lms.joint_trainings.domain.bookings import BookingState
from lms.joint_trainings.queries.letters import leads_of, letters_of, seated_in
from lms.kernel import clock
from lms.kernel.i18n import Translator, format_moment, translator

Write = Callable[[AsyncSession, Sequence[UUID], str], Awaitable[list[Mail]]]
_S = BookingState


@dataclass(frozen=True, slots=True)
class _Words:
    """What one mail says before it says when and where."""

    subject: str
    lines: tuple[str, ...] = ()
    method: Method | None = None


class Letters:
    """The mails of sessions; `organizer` is the address that stands in calendars."""

    def __init__(self, organizer: str) -> None:
        self._organizer = organizer.rpartition("<")[2].rstrip(">")

    def by_job(self) -> dict[str, Write]:
        """A job's name and the letters it writes."""
        return {
            "mail.bookings": self.bookings,
            "mail.session_moved": self.moved,
            "mail.session_cancelled": self.cancelled,
            "mail.facilitators": self.facilitators,
        }

    async def bookings(self, session: AsyncSession, ids: Sequence[UUID], base_url: str) -> list[Mail]:
        """To each person: how their booking stands now. One that moved on since is told once, as it is."""
        mails = []
        for row in await letters_of(session, ids):
            words = _of_booking(row, translator(row.language))
            if words is not None:
                key = f"booking:{row.id}:{row.revision}"
                mails.append(self._mail(key, row, words, base_url))
        return mails

    async def moved(self, session: AsyncSession, ids: Sequence[UUID], base_url: str) -> list[Mail]:
        """To all who have a seat or lead it: it is another time or place; they keep their seats."""
        rows = [*await seated_in(session, ids), *await leads_of(session, ids)]
        return [
            self._mail(f"session-moved:{row.id}:{row.sequence}", row, _moved(row), base_url)
            for row in rows
            if row.cancelled_at is None
        ]

    async def cancelled(self, session: AsyncSession, ids: Sequence[UUID], base_url: str) -> list[Mail]:
        """To those who were to lead it; who booked it is told with their booking."""
        return [
            self._mail(f"session-cancelled:{row.id}", row, _cancelled(row, was_in_calendar=True), base_url)
            for row in await leads_of(session, ids)
        ]

    async def facilitators(self, session: AsyncSession, ids: Sequence[UUID], base_url: str) -> list[Mail]:
        """To who was named as leading a session."""
        mails = []
        for row in await leads_of(session, ids=ids):
            says = translator(row.language)
            words = _Words(
                says.gettext("You lead a session: %(title)s", title=row.title),
                (says.gettext("On its page you say whether those who take part read your name."),),
                "REQUEST",
            )
            mails.append(self._mail(f"facilitator:{row.id}", row, words, base_url))
        return mails

    async def reminders(
        self, session: AsyncSession, due: Sequence[tuple[UUID, str]], base_url: str
    ) -> list[Mail]:
        """To who has a seat: it is soon. `due`: sessions with `week` or `day`."""
        mails = []
        for session_id, which in due:
            rows = [*await seated_in(session, [session_id]), *await leads_of(session, [session_id])]
            for row in rows:
                key = f"session-reminder:{row.id}:{which}:{row.starts_at:%Y%m%d%H%M}"
                mails.append(self._mail(key, row, _reminder(row, which), base_url))
        return mails

    def _mail(self, key: str, row: Any, words: _Words, base_url: str) -> Mail:
        says = translator(row.language)
        address = f"{base_url}/sessions/{row.session_id}"
        body = "\n\n".join((*words.lines, *_when_and_where(row, says, words), address)) + "\n"
        calendar = self._calendar(row, words.method, address) if words.method else None
        return Mail(key, row.email, words.subject, body, calendar, words.method or "")

    def _calendar(self, row: Any, method: Method, address: str) -> str:
        ended = method == "CANCEL" and row.cancelled_at is None
        sitting = Sitting(
            booking_id=row.id,
            sequence=row.sequence + ended,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            zone=row.zone,
            fold=row.fold,
            summary=f"{row.training_title}: {row.title}",
            description=address,
            place=row.place,
            link=row.link,
            attendee=row.email,
            attendee_name=row.name,
            organizer=self._organizer,
        )
        return invitation(sitting, method, stamp=clock.now())


def _when_and_where(row: Any, says: Translator, words: _Words) -> list[str]:
    lines = [row.training_title, format_moment(row.starts_at, row.language, row.zone)]
    if words.method == "CANCEL":
        return lines
    lines += [each for each in (row.place, row.link if words.method else None) if each]
    if words.method == "REQUEST":
        lines.append(
            says.gettext("Attached is an invitation that puts it into your calendar, or moves it there.")
        )
    return lines


def _of_booking(row: Any, says: Translator) -> _Words | None:
    """What is told of a booking as it stands; None: nothing."""
    was_in_calendar = row.seated_at is not None
    if row.state == _S.SEATED:
        return _of_seat(row, says)
    if row.state == _S.WAITLISTED:
        return _Words(
            says.gettext("You are on the waitlist: %(title)s", title=row.title),
            (
                says.gettext(
                    "You get a mail as soon as a seat is free for you. You can leave the line on this page."
                ),
            ),
        )
    if row.state == _S.CANCELLED:
        return _given_back(row, says, was_in_calendar=was_in_calendar)
    if row.state == _S.LAPSED and row.cancelled_at is not None:
        return _cancelled(row, was_in_calendar=was_in_calendar)
    if row.state == _S.LAPSED and not was_in_calendar:
        return _Words(says.gettext("No seat came free: %(title)s", title=row.title))
    return None


def _of_seat(row: Any, says: Translator) -> _Words | None:
    if row.no_show_at is not None:
        return _Words(
            says.gettext("You were not there: %(title)s", title=row.title),
            (
                says.gettext(
                    "Your seat stayed empty. Who leaves seats empty more than once within twelve months books only "
                    "shortly before a session for a while. If this is wrong, tell those who host the training."
                ),
            ),
        )
    if row.ends_at <= clock.now():
        return None
    return _Words(says.gettext("You have a seat: %(title)s", title=row.title), (), "REQUEST")


def _given_back(row: Any, says: Translator, *, was_in_calendar: bool) -> _Words:
    late = says.gettext(
        "It was given back late, when others could hardly take it, and counts as a seat left empty."
    )
    if not was_in_calendar:
        return _Words(says.gettext("You left the waitlist: %(title)s", title=row.title))
    subject = says.gettext("Your seat is given back: %(title)s", title=row.title)
    return _Words(subject, (late,) if row.is_late else (), "CANCEL")


def _cancelled(row: Any, *, was_in_calendar: bool) -> _Words:
    says = translator(row.language)
    lines = [says.gettext("This session is not held.")]
    if row.cancelled_reason:
        lines.append(row.cancelled_reason)
    subject = says.gettext("Cancelled: %(title)s", title=row.title)
    return _Words(subject, tuple(lines), "CANCEL" if was_in_calendar else None)


def _moved(row: Any) -> _Words:
    says = translator(row.language)
    return _Words(
        says.gettext("Another time or place: %(title)s", title=row.title),
        (says.gettext("You keep your seat. If the new time does not suit you, give it back on the page."),),
        "REQUEST",
    )


def _reminder(row: Any, which: str) -> _Words:
    says = translator(row.language)
    if which == "day":
        return _Words(says.gettext("Tomorrow: %(title)s", title=row.title))
    return _Words(
        says.gettext("In a week: %(title)s", title=row.title),
        (says.gettext("If you cannot come, give your seat back now: others wait."),),
    )

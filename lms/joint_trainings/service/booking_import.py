"""A list of e-mail addresses booked in one go: each line for itself, with what became of it."""

import csv
import io
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.domain.bookings import BadImport, BookingPolicy, BookingState
from lms.joint_trainings.domain.sessions import SessionNotFound
from lms.joint_trainings.queries.sessions import get_session
from lms.joint_trainings.service.bookings import Booked
from lms.joint_trainings.service.invited import book_or_invite
from lms.kernel.access import Actor, Permission
from lms.kernel.database import roll_back
from lms.kernel.errors import DomainError, Fault
from lms.people.domain import email_key, is_email

MOST_LINES, MOST_BYTES = 500, 200_000
_OUTCOMES = {
    BookingState.SEATED: "booked",
    BookingState.WAITLISTED: "waitlisted",
    BookingState.HELD: "invited",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One address, as it was given."""

    number: int
    email: str
    name: str | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a line."""

    line: int
    email: str
    outcome: str
    problem: str | None = None
    detail: str | None = None


def lines_of(content: bytes) -> list[Line]:
    """Addresses of a CSV file: with a first line that names the columns `email` and `name`, or addresses alone.

    Raises `BadImport`.
    """
    if len(content) > MOST_BYTES:
        raise _bad(f"A list has {MOST_BYTES // 1000} kB at most.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _bad("Save the list in UTF-8.") from error
    if "\0" in text:
        raise _bad("This is no text.")
    rows = _rows(text)
    if not rows:
        raise _bad("There is no address in it.")
    if len(rows) > MOST_LINES:
        raise _bad(f"A list has {MOST_LINES} addresses at most.")
    return rows


def _rows(text: str) -> list[Line]:
    first = text.lstrip().partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    try:
        cells = [
            (number, [cell.strip() for cell in row])
            for number, row in enumerate(csv.reader(io.StringIO(text), delimiter=delimiter), 1)
            if any(cell.strip() for cell in row)
        ]
    except csv.Error as error:
        raise _bad(f"This is no CSV: {error}.") from error
    names = [cell.casefold() for cell in cells[0][1]] if cells else []
    if "email" not in names:
        if cells and "@" not in cells[0][1][0]:
            raise _bad("Name a column email in the first line, or begin each line with an address.")
        return [Line(number, row[0], row[1] if len(row) > 1 and row[1] else None) for number, row in cells]
    email, name = names.index("email"), names.index("name") if "name" in names else None
    return [
        Line(
            number,
            row[email] if email < len(row) else "",
            (row[name] or None) if name is not None and name < len(row) else None,
        )
        for number, row in cells[1:]
    ]


def _bad(sentence: str) -> BadImport:
    return BadImport(sentence, faults=[Fault("", sentence)])


async def import_bookings(
    session: AsyncSession,
    *,
    acting: Actor,
    session_id: UUID,
    lines: list[Line],
    dry_run: bool,
    days: int,
    policy: BookingPolicy,
) -> list[Outcome]:
    """Book each line in order. A line that is refused stops no other; a dry run says the same and undoes it all."""
    await get_session(session, session_id, actor=acting, permission=Permission.TRAININGS_HOST)
    seen, results = set[str](), list[Outcome]()
    for line in lines:
        if not is_email(line.email):
            said = "This is not an e-mail address."
            results.append(Outcome(line.number, line.email, "refused", "invalid", said))
        elif email_key(line.email) in seen:
            results.append(Outcome(line.number, line.email, "already"))
        else:
            results.append(await _take_in(session, acting, session_id, line, days, policy))
        seen.add(email_key(line.email))
    if dry_run:
        await roll_back(session)
    return results


async def _take_in(
    session: AsyncSession, acting: Actor, session_id: UUID, line: Line, days: int, policy: BookingPolicy
) -> Outcome:
    try:
        booked = await book_or_invite(
            session,
            acting=acting,
            session_id=session_id,
            email=line.email,
            name=line.name,
            language=acting.language,
            days=days,
            policy=policy,
        )
    except SessionNotFound:
        raise
    except DomainError as error:
        return Outcome(line.number, line.email, "refused", error.type, error.detail)
    return outcome_of(line.number, line.email, booked)


def outcome_of(line: int, email: str, booked: Booked) -> Outcome:
    """What is said of a booking that was made, or was there."""
    return Outcome(line, email, _OUTCOMES[booked.state] if booked.is_new else "already")

"""Each host signs for its own people; a host that is silent is reminded, then the list closes it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

RULE = "attendance-1"


class ClosedBy(StrEnum):
    """How a host's attendance at a session was closed."""

    SIGNED = "signed"
    LIST = "closed_by_list"


class Due(StrEnum):
    """What is to be done about a host that has not signed."""

    WAIT = "wait"
    REMIND = "remind"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Patience:
    """Working days of silence until a host is reminded, and from then until the list closes its attendance."""

    remind_after: int = 10
    close_after: int = 5


def working_days(after: date, until: date) -> int:
    """Days from Monday to Friday after one day and up to another, that one included; holidays are not known."""
    if until <= after:
        return 0
    weeks, rest = divmod((until - after).days, 7)
    first = after.weekday()
    return weeks * 5 + sum((first + each) % 7 < 5 for each in range(1, rest + 1))


def add_working_days(day: date, number: int) -> date:
    """The first day by which so many working days have passed after `day`."""
    weeks, rest = divmod(max(0, number), 5)
    day += timedelta(days=7 * weeks)
    if not rest and number > 0:  # the last one of whole weeks is a Friday, were the day at a weekend
        day -= timedelta(days=max(0, day.weekday() - 4))
    while rest:
        day += timedelta(days=1)
        rest -= day.weekday() < 5
    return day


def due(patience: Patience, *, ended_on: date, reminded_on: date | None, today: date) -> Due:
    """What is due. Nobody is closed out who was not reminded so many working days before."""
    if reminded_on is None:
        return Due.REMIND if working_days(ended_on, today) >= patience.remind_after else Due.WAIT
    return Due.CLOSE if working_days(reminded_on, today) >= patience.close_after else Due.WAIT


@dataclass(frozen=True, slots=True)
class SignedLine:
    """One of the host's people and their minutes, as they are signed."""

    person: UUID
    minutes: int


def digest_of_lines(session_id: UUID, host_id: UUID, lines: Sequence[SignedLine]) -> str:
    """What is signed: the same people with the same minutes give the same digest, in whichever order."""
    said = [f"{RULE}\n{session_id}\n{host_id}"]
    said += [f"{each.person} {each.minutes}" for each in sorted(lines, key=lambda each: str(each.person))]
    return sha256("\n".join(said).encode()).hexdigest()

"""The short code by which somebody says that they are there: made of the session's secret and the time.

As in RFC 6238, with SHA-256: six figures of a window of 30 seconds. The window before is taken as well, since a code
is read from a wall and typed, and so is the one after, since the clocks of two servers differ.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

STEP = 30  # seconds that a code is shown
FIGURES = 6
_OFFSETS = (0, -1, 1)


@dataclass(frozen=True, slots=True)
class CheckInTimes:
    """Minutes around the start of a session within which the code is taken, and how many wrong ones are."""

    before: int = 15
    after: int = 15
    tries: int = 10  # wrong codes of one person for one session within `tries_minutes`
    tries_minutes: int = 15

    def opens_at(self, starts_at: datetime) -> datetime:
        """From when on people are checked in and marked."""
        return starts_at - timedelta(minutes=self.before)

    def closes_at(self, starts_at: datetime) -> datetime:
        """Until when a code is taken; who comes later is marked by a facilitator, with the minutes that are left."""
        return starts_at + timedelta(minutes=self.after)

    def when(self, starts_at: datetime, now: datetime) -> "When":
        """Whether the code is taken now."""
        if now < self.opens_at(starts_at):
            return When.EARLY
        return When.LATE if now > self.closes_at(starts_at) else When.OPEN


class When(StrEnum):
    """Where now lies to the time in which a code is taken."""

    EARLY = "early"
    OPEN = "open"
    LATE = "late"


def code_at(secret: str, session: str, at: datetime) -> str:
    """The code of a session at a moment; of another session it is another, even with the same secret."""
    return _code(secret, session, _window(at))


def seconds_left(at: datetime) -> int:
    """How long the code of this moment is still shown: from 30 down to 1."""
    return STEP - int(at.timestamp()) % STEP


def is_code(secret: str, session: str, given: str, at: datetime) -> bool:
    """Whether `given` is the code of this moment's window, or of one beside it."""
    figures = figures_of(given)
    window = _window(at)
    found = [hmac.compare_digest(_code(secret, session, window + each), figures) for each in _OFFSETS]
    return any(found)


def figures_of(given: str) -> str:
    """What was typed as ASCII figures: Arabic ones count, and spaces and dashes between them do not."""
    return "".join(str(int(each)) for each in given if each.isdecimal())


def _window(at: datetime) -> int:
    return int(at.timestamp()) // STEP


def _code(secret: str, session: str, window: int) -> str:
    counted = f"{session}:{window}".encode()
    digest = hmac.new(secret.encode(), counted, sha256).digest()
    start = digest[-1] & 0xF  # RFC 4226 5.3, dynamic truncation
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return str(number % 10**FIGURES).zfill(FIGURES)

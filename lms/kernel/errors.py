"""Errors by kind. A rule raises one; the door (`kernel.http`) gives it a status and a problem page.

`type` is the stable name under `/problems/`; subclasses in the rooms set it together with a sentence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with an input: where (JSON pointer, "" for the whole) and what."""

    pointer: str
    detail: str


class DomainError(Exception):
    """Something a caller can understand and mend. `detail` is one plain sentence."""

    status = 500
    type = "error"
    title = "Something went wrong"

    def __init__(
        self,
        detail: str | None = None,
        *,
        faults: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.faults = tuple(faults)
        self.headers = dict(headers or {})


class NotFound(DomainError):
    """There is no such thing, or the asker may not know that there is."""

    status, type, title = 404, "not-found", "There is nothing here"


class NotSignedIn(DomainError):
    """Nobody is signed in, or what they signed in with has ended."""

    status, type, title = 401, "not-signed-in", "Sign in first"


class NotAllowed(DomainError):
    """The asker is known and may not do this."""

    status, type, title = 403, "not-allowed", "You may not do this"


class Conflict(DomainError):
    """The thing is in a state that does not allow this."""

    status, type, title = 409, "conflict", "This cannot be done now"


class Invalid(DomainError):
    """What was sent is not right; `faults` says where and why."""

    status, type, title = 422, "invalid", "What was sent is not right"


class Gone(DomainError):
    """It was here and is no more."""

    status, type, title = 410, "gone", "This is no longer here"


class Stale(DomainError):
    """Somebody else changed it since the asker read it."""

    status, type, title = 412, "stale", "This was changed in the meantime"


class PreconditionRequired(DomainError):
    """A change must name the state it changes."""

    status, type, title = 428, "precondition-required", "Send If-Match with the ETag you read"


class TooLarge(DomainError):
    """More was sent than is taken."""

    status, type, title = 413, "too-large", "This is larger than what is taken"


class TooMany(DomainError):
    """Too many tries in too little time; `Retry-After` says how many seconds to wait."""

    status, type, title = 429, "too-many-tries", "Too many tries"


class Unavailable(DomainError):
    """For now it cannot be done (the database restarts, the disk is full); trying again later is right."""

    status, type, title = 503, "unavailable", "Not possible just now; try again shortly"

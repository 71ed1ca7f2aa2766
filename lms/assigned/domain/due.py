"""The due day of an assignment with extensions and absences, its state on a day, and which reminder is to go out."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from lms.kernel.errors import Conflict, Fault, Invalid, NotAllowed, NotFound
from lms.people.clocks import extended

Span = tuple[date, date]
DAY_AFTER = -1
"""The step of the ladder that follows the due day; only once it was sent does the reporting officer learn of it."""

MOST_MORE_DAYS = 366
"""An extension has a year at most."""


class AssignmentState(StrEnum):
    """Where an assignment stands, derived from facts."""

    OPEN = "open"
    OVERDUE = "overdue"
    DONE = "done"
    ENDED = "ended"  # the person left the group, or the rule ended, before it was done


class EndedWhy(StrEnum):
    """Why an assignment ended without being done."""

    LEFT = "left"  # the person is no longer among those whom the rule reaches
    RULE_ENDED = "rule_ended"


@dataclass(frozen=True, slots=True)
class Granted:
    """More time that was granted: on which day, and until when."""

    on: date
    until: date


def due_day(
    assigned_on: date, due_on: date, *, granted: Iterable[Granted] = (), absences: Sequence[Span] = ()
) -> date:
    """The day by which it is to be done, as things stand: moved by days of absence and by extensions.

    Of an extension only the absence after it was granted counts: what lay before was known when it was given. An
    extension never brings the day forward.
    """
    days = [extended(each.on, each.until, absences) for each in granted]
    return max([extended(assigned_on, due_on, absences), *days])


def state_on(today: date, *, due_on: date, is_done: bool, is_ended: bool) -> AssignmentState:
    """Done is done, also after it was ended."""
    if is_done:
        return AssignmentState.DONE
    if is_ended:
        return AssignmentState.ENDED
    return AssignmentState.OVERDUE if today > due_on else AssignmentState.OPEN


def step_to_send(
    today: date,
    *,
    due_on: date,
    since: date,
    ladder: Collection[int],
    sent: Collection[int],
    absences: Sequence[Span] = (),
) -> int | None:
    """Which reminder goes out today: days before the due day, or `DAY_AFTER`; None when there is none to send.

    Of several that are late only the most urgent is sent. Steps that lay on or before `since`, the day on which
    the person learned of the due day, were never to be sent. Nobody is reminded while away.
    """
    if any(first <= today <= last for first, last in absences):
        return None
    reached = [step for step in (*ladder, DAY_AFTER) if since < due_on - timedelta(days=step) <= today]
    most_urgent = min(reached, default=None)
    return None if most_urgent is None or most_urgent in sent else most_urgent


def check_extension(until: date, *, due_on: date, today: date) -> None:
    """Raise `BadExtension` unless `until` lies after the due day and today, and within a year of the later one."""
    if until <= today:
        sentence = "Ask for a day to come."
        raise BadExtension(sentence, faults=[Fault("/until", sentence)])
    if until <= due_on:
        sentence = f"It is due on {due_on} already; ask for a later day."
        raise BadExtension(sentence, faults=[Fault("/until", sentence)])
    if until > max(due_on, today) + timedelta(days=MOST_MORE_DAYS):
        sentence = "An extension has a year at most."
        raise BadExtension(sentence, faults=[Fault("/until", sentence)])


# -- errors ------------------------------------------------------------------------------------------------


class AssignmentNotFound(NotFound):
    """No such assignment, or one that the asker may not see."""

    type, title = "assignment-not-found", "There is no such assignment here"


class AssignmentOver(Conflict):
    """It is done or has ended."""

    type, title = "assignment-over", "This assignment is done or has ended"


class ExtensionNotFound(NotFound):
    """No such request, or one that the asker neither made nor decides."""

    type, title = "extension-not-found", "There is no such request for more time here"


class ExtensionWaits(Conflict):
    """Another request about this assignment is not decided yet."""

    type, title = "extension-waits", "An earlier request for more time waits for its decision"


class ExtensionDecided(Conflict):
    """It was decided otherwise."""

    type, title = "extension-decided", "This request was decided already"


class NotTheDecider(NotAllowed):
    """More time is granted by the reporting officer or by who made the rule, never by oneself."""

    type, title = "not-the-decider", "More time is granted by the reporting officer or by who made the rule"


class BadExtension(Invalid):
    """A day that is no extension."""

    type, title = "bad-extension", "This day is no extension"

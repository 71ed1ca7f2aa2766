"""How an assignment stands: the facts about it, and what follows from them on a day."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from lms.assigned.domain.due import (
    DAY_AFTER,
    AssignmentState,
    EndedWhy,
    Granted,
    Span,
    due_day,
    state_on,
)


@dataclass(frozen=True, slots=True)
class Extension:
    """More time asked for. `granted` and `decided_on` are None as long as it waits."""

    id: UUID
    until: date
    asked_on: date
    granted: bool | None = None
    decided_on: date | None = None


@dataclass(frozen=True, slots=True)
class Reminder:
    """A reminder of a due day. `is_out`: the mail has left, or there is no address to send one to."""

    due_on: date
    step: int
    is_out: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """An assignment with its rule and all that its due day and its state follow from."""

    id: UUID
    rule_id: UUID
    person_id: UUID
    person_name: str
    course: str | None
    programme: str | None
    entity: str  # of the rule
    entity_name: str
    compulsory: bool
    decision: str | None
    reason: str | None
    by_id: UUID  # who activated the rule
    by_name: str
    made_by_id: UUID
    assigned_on: date
    first_due_on: date
    done_on: date | None
    ended_on: date | None
    ended_why: EndedWhy | None
    unit: str | None  # where the person works today
    unit_name: str | None
    absences: tuple[Span, ...] = ()
    extensions: tuple[Extension, ...] = ()
    reminders: tuple[Reminder, ...] = ()

    @property
    def due_on(self) -> date:
        """The due day as things stand."""
        return due_day(self.assigned_on, self.first_due_on, granted=self.granted, absences=self.absences)

    @property
    def granted(self) -> list[Granted]:
        """Extensions that were granted."""
        return [
            Granted(each.decided_on, each.until)
            for each in self.extensions
            if each.granted and each.decided_on is not None
        ]

    @property
    def waiting(self) -> Extension | None:
        """The request that waits for its decision."""
        return next((each for each in self.extensions if each.granted is None), None)

    @property
    def told_on(self) -> date:
        """The day on which the person learned of the due day as it is: assigned, or granted more time."""
        return max([self.assigned_on, *(each.on for each in self.granted)])

    def state(self, today: date) -> AssignmentState:
        """Where it stands on a day."""
        return state_on(
            today, due_on=self.due_on, is_done=self.done_on is not None, is_ended=self.ended_on is not None
        )

    def is_overdue_to_others(self, today: date) -> bool:
        """Whether others than the person may be told: only once the reminder after the due day has gone out."""
        if self.state(today) is not AssignmentState.OVERDUE:
            return False
        due = self.due_on
        return any(each.due_on == due and each.step == DAY_AFTER and each.is_out for each in self.reminders)

    def state_to_others(self, today: date) -> AssignmentState:
        """The same as a state: what is overdue is open to others until the person was reminded."""
        state = self.state(today)
        if state is AssignmentState.OVERDUE and not self.is_overdue_to_others(today):
            return AssignmentState.OPEN
        return state

    def sent_steps(self) -> set[int]:
        """Steps of the ladder that went out for the due day as it stands."""
        return {each.step for each in self.reminders if each.due_on == self.due_on}

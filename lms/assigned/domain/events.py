"""What happens in assigned learning."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from lms.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleActivated(Event):
    """A rule began to assign."""

    type: ClassVar[str] = "assigned.rule_activated"
    subject_type: ClassVar[str] = "assignment_rule"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleEnded(Event):
    """A rule ended, and with it what was assigned by it and not done."""

    type: ClassVar[str] = "assigned.rule_ended"
    subject_type: ClassVar[str] = "assignment_rule"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned(Event):
    """A rule reached a person."""

    type: ClassVar[str] = "assigned.assigned"
    subject_type: ClassVar[str] = "assignment"

    person_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentEnded(Event):
    """An assignment ended without being done."""

    type: ClassVar[str] = "assigned.ended"
    subject_type: ClassVar[str] = "assignment"

    person_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionAsked(Event):
    """A person asked for more time."""

    type: ClassVar[str] = "assigned.extension_asked"
    subject_type: ClassVar[str] = "extension"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionGranted(Event):
    """More time was granted."""

    type: ClassVar[str] = "assigned.extension_granted"
    subject_type: ClassVar[str] = "extension"

    person_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionRefused(Event):
    """More time was refused."""

    type: ClassVar[str] = "assigned.extension_refused"
    subject_type: ClassVar[str] = "extension"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminded(Event):
    """A person is reminded of a due day."""

    type: ClassVar[str] = "assigned.reminded"
    subject_type: ClassVar[str] = "reminder"

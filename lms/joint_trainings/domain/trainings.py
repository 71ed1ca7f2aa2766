"""What a joint training is: its hosts and terms, what can be wrong with them, and what is said of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from lms.joint_trainings.domain.states import OBSTACLES, Obstacle, TrainingState
from lms.kernel.errors import Conflict, Fault, Invalid, NotAllowed, NotFound
from lms.kernel.events import Event


@dataclass(frozen=True, slots=True)
class Terms:
    """What a training is to be. Days are those of the place; minutes of learning, whole."""

    title: str
    aim: str
    language: str  # of title and aim
    languages: tuple[str, ...]  # it is held in
    focuses: tuple[str, ...] = ()
    competencies: tuple[str, ...] = ()
    course: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    minutes: int = 0
    every_session: bool = True  # all of its sessions are attended; else any one of them
    attended_percent: int = 80  # from which somebody has attended
    name_or_emblem: bool = False  # of the United Nations or an entity is shown
    is_recorded: bool = False
    experts_only: bool = True


def terms_from(values: Mapping[str, Any]) -> Terms:
    """Terms of a mapping that holds every field, lists as tuples; others are left aside."""
    given: dict[str, Any] = {}
    for name in FIELDS:
        given[name] = tuple(values[name]) if isinstance(values[name], list) else values[name]
    return Terms(**given)


FIELDS = tuple(each.name for each in fields(Terms))


@dataclass(frozen=True, slots=True)
class HostRef:
    """One host by its key: an entity, or a partner."""

    entity: str | None = None
    partner: str | None = None

    @property
    def key(self) -> str:
        """The key of whichever it is."""
        return self.entity or self.partner or ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A training with those who are to host it; the first entity leads unless `lead` names another."""

    terms: Terms
    hosts: tuple[HostRef, ...] = field(default=())
    lead: str | None = None


def faults_in(terms: Terms) -> list[Fault]:
    """What is wrong with terms by themselves."""
    found = []
    if not terms.title.strip():
        found.append(Fault("/title", "Give a title."))
    if not terms.languages:
        found.append(Fault("/languages", "Say in which languages it is held."))
    if terms.ends_on and not terms.starts_on:
        found.append(Fault("/starts_on", "Give the first day."))
    if terms.starts_on and terms.ends_on and terms.ends_on < terms.starts_on:
        found.append(Fault("/ends_on", "It cannot end before it begins."))
    return found


def faults_in_hosts(hosts: Sequence[HostRef]) -> list[Fault]:
    """What is wrong with a list of hosts: one twice, or one that is neither or both."""
    found, seen = [], set[HostRef]()
    for number, host in enumerate(hosts):
        if (host.entity is None) == (host.partner is None):
            found.append(Fault(f"/hosts/{number}", "Name an entity or a partner."))
        elif host in seen:
            found.append(Fault(f"/hosts/{number}", "This host is named twice."))
        seen.add(host)
    return found


# -- errors ------------------------------------------------------------------------------------------------


class TrainingNotFound(NotFound):
    type, title = "training-not-found", "There is no such joint training here"


class BadTraining(Invalid):
    type, title = "bad-training", "Something about this joint training is not right"


class HostNotFound(NotFound):
    type, title = "host-not-found", "This is no host of the training"


class NotYourHost(NotAllowed):
    type, title = "not-your-host", "You act for none of the hosts that may do this"


class TrainingSettled(Conflict):
    type, title = (
        "training-settled",
        "This training is agreed or under way; take it back to a draft to change it",
    )


class MoveRefused(Conflict):
    """`obstacles` in `faults`, each with its pointer."""

    type, title = "training-move-refused", "The training cannot go there now"

    def __init__(self, detail: str, obstacles: Sequence[Obstacle] = ()) -> None:
        super().__init__(detail, faults=[Fault(each.pointer, sentence_of(each)) for each in obstacles])
        self.obstacles = tuple(obstacles)


def sentence_of(obstacle: Obstacle) -> str:
    """What an obstacle says to a client, with the one it is about."""
    said = OBSTACLES.get(obstacle.key, obstacle.key)
    return f"{said} ({obstacle.of})" if obstacle.of else said


# -- events ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingProposed(Event):
    """Somebody proposed a joint training. A partner's proposal binds nobody."""

    type: ClassVar[str] = "joint_trainings.training_proposed"
    subject_type: ClassVar[str] = "training"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingChanged(Event):
    """Its terms or hosts changed; `data.fields` names which."""

    type: ClassVar[str] = "joint_trainings.training_changed"
    subject_type: ClassVar[str] = "training"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingMoved(Event):
    """It went from one state to another; `data.from` and `data.to` say which."""

    type: ClassVar[str] = "joint_trainings.training_moved"
    subject_type: ClassVar[str] = "training"
    before: TrainingState
    after: TrainingState


@dataclass(frozen=True, slots=True, kw_only=True)
class HostAccepted(Event):
    """A host said that it takes part; `data.host` is its row."""

    type: ClassVar[str] = "joint_trainings.host_accepted"
    subject_type: ClassVar[str] = "training"
    host_id: UUID

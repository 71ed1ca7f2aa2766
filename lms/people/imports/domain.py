"""Words of imports: kinds, states, outcomes, what a file can have wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from lms.kernel.errors import Fault, Invalid, NotAllowed, NotFound

SMALL_FILE = 1_000  # rows that a request works off itself
BATCH = 2_000  # rows of one transaction of the job
FILE_LIMIT = 100 * 2**20


class ImportKind(StrEnum):
    """What a file holds."""

    PEOPLE = "people"
    ENTITIES = "entities"
    PARTNERS = "partners"  # taken in by the room of that name


class ImportState(StrEnum):
    """How far an import is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Outcome(StrEnum):
    """What became of a line."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class BadTable(Invalid):
    """Nothing of the file was taken in; `faults` says what to mend."""

    type, title = "bad-table", "This file cannot be read as a table"


class ImportNotFound(NotFound):
    """There is none, or it was sent for an entity that the asker has no hand in."""

    type, title = "import-not-found", "There is no such import here"


class ImportNotAllowed(NotAllowed):
    """The sender's right ended before the file was worked off."""

    type, title = "import-not-allowed", "You may not import here"


class Refused(Exception):
    """This line is not taken in; the others are."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(faults)
        self.faults = faults


@dataclass(frozen=True, slots=True)
class EntityRef:
    """An entity a line may name. `root` is the key of the organisation at the top."""

    id: UUID
    key: str
    path: str
    root: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "root", self.path.split("/", 2)[1])


@dataclass(slots=True)
class Result:
    """What became of one line. `errors` beside another outcome than refused say what was left out."""

    line: int
    outcome: Outcome
    person_id: UUID | None = None
    key: str | None = None
    errors: Sequence[Fault] = ()
    pending: Mapping[str, str] | None = None


@dataclass(slots=True)
class Counts:
    """Lines by outcome."""

    by_outcome: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))

    def add(self, results: Sequence[Result]) -> None:
        """Count these too."""
        for result in results:
            self.by_outcome[result.outcome] += 1

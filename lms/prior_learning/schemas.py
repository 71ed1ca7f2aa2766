"""What goes over the wire about prior learning."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from lms.people.schemas import PersonRef, Strict
from lms.prior_learning.domain import Confirmed

Words = Annotated[str, Field(min_length=1, max_length=10_000)]


class FileRead(BaseModel):
    """A file of a request; fetched at `/prior-learning/{id}/files/{file_id}`."""

    id: UUID
    name: str
    type: str
    size: int


class LevelRead(BaseModel):
    """The level at which a competency was confirmed; 0: it was not shown."""

    competency: str
    level: int
    words: str | None


class DecisionRead(BaseModel):
    """What an assessor decided, and the completion that came of it."""

    assessor: PersonRef
    at: datetime
    words: str | None
    completion_id: UUID | None
    levels: list[LevelRead]


class RequestRead(BaseModel):
    """A request: `submitted`, `withdrawn`, `confirmed` or `refused`."""

    id: UUID
    person: PersonRef
    course: str
    course_version_id: UUID
    state: str
    words: str | None
    links: list[str]
    files: list[FileRead]
    submitted_at: datetime
    decision: DecisionRead | None


class LevelGiven(Strict):
    """A level for one competency, 0 where it was not shown, with words if there is something to say."""

    competency: Annotated[str, Field(max_length=100)]
    level: Annotated[int, Field(ge=0, le=4)]
    words: Annotated[str, Field(max_length=2000)] = ""


class Confirmation(Strict):
    """A level for every competency that the course teaches, and what the assessor bases it on."""

    levels: list[LevelGiven] = Field(min_length=1, max_length=50)
    words: Words

    def confirmed(self) -> list[Confirmed]:
        """What the use case takes."""
        return [Confirmed(each.competency, each.level, each.words) for each in self.levels]


class Refusal(Strict):
    """Why it was not confirmed."""

    words: Words


def request_read(row: Any, files: Sequence[Any], levels: Sequence[Any]) -> RequestRead:
    """A request with its files and, once decided, the levels."""
    decision = None
    if row.assessor_id is not None:
        decision = DecisionRead(
            assessor=PersonRef(id=row.assessor_id, name=row.assessor_name),
            at=row.decided_at,
            words=row.decision_words,
            completion_id=row.completion_id,
            levels=[
                LevelRead(competency=each.competency, level=each.level, words=each.words) for each in levels
            ],
        )
    return RequestRead(
        id=row.id,
        person=PersonRef(id=row.person_id, name=row.person_name),
        course=row.course,
        course_version_id=row.course_version_id,
        state=row.state,
        words=row.words,
        links=row.links,
        files=[
            FileRead(id=each.id, name=each.file_name, type=each.file_type, size=each.file_size)
            for each in files
        ],
        submitted_at=row.submitted_at,
        decision=decision,
    )

"""What goes over the wire about the assessment before a training."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from lms.joint_trainings.domain.ex_ante import MOST
from lms.joint_trainings.domain.tracks import Track, Tracked, Why
from lms.people.schemas import Strict

_Answer = Annotated[str, Field(max_length=MOST)]


class AssessmentCreate(Strict):
    """A side's answers to the five questions."""

    answers: dict[str, _Answer] = Field(
        max_length=10,
        description="By question: `benefit`, `contribution`, `risk`, `expectation`, `proof`.",
        examples=[
            {
                "benefit": "Programme officers who buy solar grids, and villages that keep them running.",
                "contribution": "The company brings site data, the office the law.",
                "risk": "That it is taken for an endorsement; both sides say that it is none.",
                "expectation": "Fewer disputes over maintenance.",
                "proof": "Contracts of next year name who repairs.",
            }
        ],
    )
    host: UUID | None = Field(None, description="For which of one's hosts; left out: the first of them.")


class AssessmentRead(BaseModel):
    """A side's newest answers; `partner` null: the entities' side. `by` null: not told to other sides."""

    partner: str | None
    partner_name: str | None
    answers: dict[str, str]
    by: str | None
    recorded_at: datetime


class TrackRead(BaseModel):
    """How much a training must show, and why."""

    track: Track
    why: list[Why] = Field(description="What makes it full; nothing: it is light.")


class AssessmentsRead(TrackRead):
    """The assessment, as far as one reads it."""

    answered: list[str] = Field(description="Sides that have answered: `un`, or a partner's key.")
    items: list[AssessmentRead]


def assessments_read(
    tracked: Tracked, rows: Sequence[Any], shown: Sequence[Any], *, tell_who: bool
) -> AssessmentsRead:
    """All sides that answered, and the answers of those that are shown."""
    items = [
        AssessmentRead(
            partner=row.partner,
            partner_name=row.partner_name,
            answers=row.answers,
            by=row.by if tell_who else None,
            recorded_at=row.recorded_at,
        )
        for row in shown
    ]
    answered = [row.partner or "un" for row in rows]
    return AssessmentsRead(track=tracked.track, why=list(tracked.why), answered=answered, items=items)

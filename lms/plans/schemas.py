"""What goes over the wire about plans. Reasons are facts by kind; pages and clients say them in words."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from lms.kernel.http import Day
from lms.people.schemas import Key, Strict
from lms.plans.service import Made

WeeklyMinutes = Annotated[int, Field(ge=5, le=2400, description="Minutes a week.")]


class PlanTerms(Strict):
    """Make the suggested plan one's own."""

    due_on: Day | None = Field(
        None, description="The day by which it is to be done; left out: as long as it takes."
    )
    weekly_minutes: WeeklyMinutes | None = Field(
        None,
        description="Kept as one's learning time; left out: as set, or as the entity's learning days give.",
    )


class PlanProposal(Strict):
    """A plan for somebody else: tailored to them, with these courses in it whatever the tailoring says."""

    due_on: Day | None = None
    weekly_minutes: WeeklyMinutes | None = None
    courses: list[Key] = Field(default_factory=list, max_length=20)


class PlanDecision(Strict):
    """What the person decides about a proposal."""

    decision: Literal["accept", "decline"]


class WishUpdate(Strict):
    """`pinned`: always in the plan; `dropped`: never; null: as the tailoring says."""

    wish: Literal["pinned", "dropped"] | None


class LearningTimeUpdate(Strict):
    """When one learns; the calendar holds the time there."""

    weekly_minutes: WeeklyMinutes
    weekday: int | None = Field(None, ge=0, le=6, description="0 is Monday.")
    starts_at: time | None = Field(None, description="Local time, such as 14:00.")


class ReasonRead(BaseModel):
    """A fact that says why: `why` is its kind, `facts` the keys and numbers of the sentence."""

    why: str
    facts: dict[str, Any]


class StepRead(BaseModel):
    """A step in order: a course (with its assessed work or without) or practice of a competency."""

    kind: Literal["course", "practice"]
    key: str
    minutes: int
    with_work: bool
    from_on: date | None
    until_on: date | None
    reasons: list[ReasonRead]


class LeftOutRead(BaseModel):
    """A course, or a competency whose level stays open, and why."""

    key: str
    why: str
    facts: dict[str, Any]


class GapRead(BaseModel):
    """A competency of the profile: wanted, held, and held once the plan's courses are done."""

    competency: str
    wanted: int
    held: int
    planned: int


class ChangeRead(BaseModel):
    """What changed in a plan, and the type of the event it followed."""

    at: datetime
    cause: str
    added: list[str]
    removed: list[str]


class PlanRead(BaseModel):
    """A learning plan. `state` is `suggested` for one that is kept nowhere yet; then it has no `id`."""

    id: UUID | None
    state: str
    profile: str | None
    weekly_minutes: int
    due_on: date | None
    minutes: int
    steps: list[StepRead]
    left_out: list[LeftOutRead]
    more_left_out: int
    gap: list[GapRead]
    changes: list[ChangeRead] = []


class ProposalRead(PlanRead):
    """A plan that somebody proposed."""

    proposed_by: str
    made_at: datetime


class FeedRead(BaseModel):
    """A calendar address that is good, without the address."""

    id: UUID
    created_at: datetime


class FeedCreated(BaseModel):
    """A private calendar address; whoever has it can read the calendar, until it is taken back."""

    address: str


def suggested_read(made: Made) -> PlanRead:
    """A plan that is kept nowhere."""
    profile = made.profile.key if made.profile else None
    return PlanRead(
        id=None, state="suggested", profile=profile, weekly_minutes=made.weekly_minutes,
        due_on=made.terms.due_on, **_content(made.content),
    )  # fmt: skip


def plan_read(row: Any, changes: Sequence[Any] = ()) -> PlanRead:
    """A plan of somebody's own, or one proposed."""
    return PlanRead(**_kept(row), changes=[_change(each) for each in changes])


def proposal_read(row: Any) -> ProposalRead:
    """A proposal, with who made it."""
    return ProposalRead(**_kept(row), proposed_by=row.proposed_by, made_at=row.made_at)


def _kept(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "state": row.state,
        "profile": row.profile,
        "weekly_minutes": row.weekly_minutes,
        "due_on": row.due_on,
        **_content(row.content),
    }


def _content(content: dict[str, Any]) -> dict[str, Any]:
    steps = [
        StepRead(
            **{name: value for name, value in step.items() if name not in ("from", "until")},
            from_on=step["from"],
            until_on=step["until"],
        )
        for step in content["steps"]
    ]
    return {
        "minutes": content["minutes"],
        "steps": steps,
        "left_out": [LeftOutRead(**each) for each in content["left_out"]],
        "more_left_out": content.get("more_left_out", 0),
        "gap": [GapRead(**each) for each in content["gap"]],
    }


def _change(row: Any) -> ChangeRead:
    return ChangeRead(at=row.at, cause=row.cause, added=row.added, removed=row.removed)

"""What goes over the wire about assigned learning."""

from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from lms.assigned.domain.cost import Preview
from lms.assigned.domain.due import AssignmentState, EndedWhy
from lms.assigned.domain.rules import MOST_DAYS, Due, DueFrom, RuleState, RuleTerms, Whom
from lms.assigned.domain.standing import Standing
from lms.kernel.http import Day
from lms.people.domain import Role
from lms.people.schemas import Key, PersonRef, Strict

Kind = Literal["staff", "un_volunteer", "consultant", "intern", "gratis"]
Grade = Annotated[str, Field(min_length=1, max_length=20)]
DueDays = Annotated[int | None, Field(ge=1, le=MOST_DAYS)]


class RuleUpdate(Strict):
    """What is to change of a draft; what is left out stays."""

    course: Key | None = Field(None, examples=["partnership-essentials"])
    programme: Key | None = Field(None, description="Instead of a course.")
    kinds: list[Kind] = Field(["staff"], max_length=5, description="Kinds of affiliation; one of them holds.")
    grades: list[Grade] = Field([], max_length=50, description="None: any grade.", examples=[["P-3", "P-4"]])
    roles: list[Role] = Field([], max_length=10, description="Granted roles; none: whatever the role.")
    profiles: list[Key] = Field(
        [], max_length=50, description="Target profiles as they hold for the post, chosen or by default."
    )
    new_joiners: bool = Field(False, description="Only who joined the entity on `starts_on` or later.")
    starts_on: Day | None = Field(None, description="Left out: the day of activation.")
    due_on: Day | None = Field(None, description="A fixed day. Instead of it, `due_days`.")
    due_days: DueDays = Field(None, description="So many days after what `due_from` names.")
    due_from: DueFrom = DueFrom.ASSIGNED
    compulsory: bool = Field(False, description="Such a rule is activated by the head of the entity alone.")
    decision: str | None = Field(
        None,
        min_length=1,
        max_length=200,
        description="Reference of the decision; needed for what is compulsory.",
    )
    reason: str | None = Field(None, min_length=1, max_length=1000, description="Shown to whom it reaches.")

    def onto(self, known: RuleTerms) -> RuleTerms:
        """`known` with what was sent put in its place."""
        sent = {name: getattr(self, name) for name in self.model_fields_set}
        changed: dict[str, Any] = {
            name: tuple(str(each) for each in sent.pop(name)) for name in _LISTS if name in sent
        }
        if "new_joiners" in sent:
            changed["new_joiners"] = sent.pop("new_joiners")
        due = self._due(known.due, {name: sent.pop(name) for name in _DUE if name in sent})
        sent.pop("entity", None)
        return replace(known, whom=replace(known.whom, **changed), due=due, **sent)

    @staticmethod
    def _due(known: Due, sent: dict[str, Any]) -> Due:
        days = sent.get("due_days", known.days)
        since = sent.get("due_from", known.since or DueFrom.ASSIGNED)
        return Due(sent.get("due_on", known.on), days, None if days is None else DueFrom(since))


_LISTS = ("kinds", "grades", "roles", "profiles")
_DUE = ("due_on", "due_days", "due_from")


class RuleCreate(RuleUpdate):
    """A rule for an entity and what lies under it. It is a draft until it is activated."""

    entity: Key = Field(examples=["uneo"])

    def terms(self) -> RuleTerms:
        """What was sent, as the rules see it."""
        return self.onto(RuleTerms(whom=Whom()))


class RuleProgress(BaseModel):
    """How far the people of a rule are. `overdue` counts those who were reminded of it, among those `open`.

    To who may not see who has done it, all are null of a rule that was assigned to fewer than five people: to whom it
    was not assigned holds it already.
    """

    assigned: int | None
    done: int | None
    ended: int | None
    open: int | None
    overdue: int | None


class RuleRead(BaseModel):
    """A rule and how far its people are."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    state: RuleState
    entity: str
    course: str | None
    programme: str | None
    kinds: list[str]
    grades: list[str]
    roles: list[str]
    profiles: list[str]
    new_joiners: bool
    starts_on: date | None
    due_on: date | None
    due_days: int | None
    due_from: DueFrom | None
    compulsory: bool
    decision: str | None
    reason: str | None
    made_by: PersonRef
    made_at: datetime
    activated_by: PersonRef | None
    activated_at: datetime | None
    ended_at: datetime | None
    progress: RuleProgress


_OWN = ("made_by", "activated_by", "progress")


def rule_read(row: Any, progress: RuleProgress) -> RuleRead:
    """A rule's row with its counts."""
    values = {name: getattr(row, name) for name in RuleRead.model_fields if name not in _OWN}
    activated = row.activated_by_id and PersonRef(id=row.activated_by_id, name=row.activated_by_name)
    return RuleRead(
        **values,
        made_by=PersonRef(id=row.made_by_id, name=row.made_by_name),
        activated_by=activated,
        progress=progress,
    )


class UnitPreviewRead(BaseModel):
    """An office's share of a preview."""

    entity: str
    name: str
    people: int
    holds: int | None
    fresh: int | None
    minutes: int


class PreviewRead(BaseModel):
    """What activating a rule would do at this moment.

    Of the `people` it reaches, `holds` have a valid completion already, `assigned` have it from this rule, and to the
    `fresh` ones it would be assigned. `minutes` are what they have to do for it together. To who may not see who has
    done it, these three are null, and `minutes` are the most it can be, as if nobody had done any of it.
    """

    people: int
    holds: int | None
    assigned: int | None
    fresh: int | None
    minutes: int
    hours: float
    days: float = Field(description="Working days of seven and a half hours.")
    units: list[UnitPreviewRead]


def preview_read(preview: Preview) -> PreviewRead:
    """A preview with its offices."""
    units = [
        UnitPreviewRead(
            entity=each.unit,
            name=each.unit_name,
            people=each.people,
            holds=each.holds,
            fresh=each.fresh,
            minutes=each.minutes,
        )
        for each in preview.units
    ]
    names = [name for name in PreviewRead.model_fields if name != "units"]
    return PreviewRead(**{name: getattr(preview, name) for name in names}, units=units)


class ReachedRead(BaseModel):
    """Someone a rule reaches. `holds` and `assigned` are null for who may not see completions: to whoever holds it
    nothing was assigned.
    """

    person: PersonRef
    entity: str
    joined_on: date
    assigned: bool | None
    holds: bool | None


class ExtensionSummary(BaseModel):
    """More time asked for, without the words: `granted` is null as long as it waits."""

    id: UUID
    until: date
    asked_on: date
    granted: bool | None
    decided_on: date | None


class AssignmentRead(BaseModel):
    """A course or programme that a rule assigned.

    `due_on` is the day as it stands, moved by absence and by extensions; `first_due_on` the one that the rule gave.
    To others than the person, what is overdue is `open` until the person was reminded of it.
    """

    id: UUID
    rule: UUID
    person: PersonRef
    course: str | None
    programme: str | None
    entity: str = Field(description="Of the rule.")
    compulsory: bool
    decision: str | None
    reason: str | None
    assigned_by: PersonRef
    assigned_on: date
    due_on: date
    first_due_on: date
    state: AssignmentState
    done_on: date | None
    ended_on: date | None
    ended_why: EndedWhy | None
    extensions: list[ExtensionSummary] = Field(description="Of one's own, and of who reports to one.")


def assignment_read(standing: Standing, *, today: date, own: bool, extensions: bool = True) -> AssignmentRead:
    """An assignment as its person (`own`) or somebody else sees it."""
    asked = [
        ExtensionSummary(
            id=each.id,
            until=each.until,
            asked_on=each.asked_on,
            granted=each.granted,
            decided_on=each.decided_on,
        )
        for each in standing.extensions
    ]
    return AssignmentRead(
        id=standing.id,
        rule=standing.rule_id,
        person=PersonRef(id=standing.person_id, name=standing.person_name),
        course=standing.course,
        programme=standing.programme,
        entity=standing.entity,
        compulsory=standing.compulsory,
        decision=standing.decision,
        reason=standing.reason,
        assigned_by=PersonRef(id=standing.by_id, name=standing.by_name),
        assigned_on=standing.assigned_on,
        due_on=standing.due_on,
        first_due_on=standing.first_due_on,
        state=standing.state(today) if own else standing.state_to_others(today),
        done_on=standing.done_on,
        ended_on=standing.ended_on,
        ended_why=standing.ended_why,
        extensions=asked if extensions else [],
    )


class ExtensionCreate(Strict):
    """Ask for more time."""

    until: Day = Field(description="The new due day.", examples=["2026-12-31"])
    reason: str = Field(min_length=1, max_length=2000)


class ExtensionAnswer(Strict):
    """Words to the person; a refusal needs them."""

    answer: str = Field("", max_length=2000)


class ExtensionRead(BaseModel):
    """More time that was asked for, with the words of both: for the person and those who decide."""

    id: UUID
    assignment: UUID
    person: PersonRef
    course: str | None
    programme: str | None
    until: date
    reason: str | None
    asked_at: datetime
    granted: bool | None
    answer: str | None
    decided_by: PersonRef | None
    decided_at: datetime | None


def extension_read(row: Any) -> ExtensionRead:
    """A request's row."""
    decided_by = row.decided_by_id and PersonRef(id=row.decided_by_id, name=row.decided_by_name)
    return ExtensionRead(
        id=row.id,
        assignment=row.assignment_id,
        person=PersonRef(id=row.person_id, name=row.person_name),
        course=row.course,
        programme=row.programme,
        until=row.until_on,
        reason=row.reason,
        asked_at=row.asked_at,
        granted=row.granted,
        answer=row.answer,
        decided_by=decided_by,
        decided_at=row.decided_at,
    )

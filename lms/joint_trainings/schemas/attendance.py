"""What goes over the wire about attendance: codes, marks, what hosts sign, what was attended."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from lms.joint_trainings.domain.attendance import MarkSource
from lms.joint_trainings.domain.checkin import When
from lms.joint_trainings.domain.signoff import ClosedBy
from lms.joint_trainings.queries.attendance import Reach
from lms.joint_trainings.service.attendance import NewMark
from lms.joint_trainings.service.checkin import Shown
from lms.joint_trainings.service.signoff import Sheet
from lms.kernel import clock
from lms.people.schemas import PersonRef, Strict

ClientId = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="Made by the sender; sent twice it is one mark.")
]
Reason = Annotated[str, Field(max_length=500)]
SessionMinutes = Annotated[int, Field(ge=0, le=1440)]
Moment = Annotated[datetime, Field(description="RFC 3339, with its offset.")]
LONGEST = 30 * 86_400


class CodeRead(BaseModel):
    """The code that is shown now; null outside the time in which it is taken."""

    when: When
    opens_at: datetime
    closes_at: datetime
    code: str | None = Field(examples=["482913"])
    seconds: int = Field(description="That it is still shown; the one before is taken a while longer.")


def code_read(shown: Shown) -> CodeRead:
    """The code as facilitators show it."""
    return CodeRead(
        when=shown.when,
        opens_at=shown.opens_at,
        closes_at=shown.closes_at,
        code=shown.code,
        seconds=shown.seconds,
    )


class CheckIn(Strict):
    """The code that is read from the wall."""

    code: Annotated[str, Field(min_length=1, max_length=20, examples=["482913"])]


class CheckedIn(BaseModel):
    """Minutes that are on record for oneself now."""

    minutes: int


class MarkCreate(Strict):
    """One person was there: for so many `minutes` (0: was not), or from `came_at` until `left_at`; else for all of it.

    `ago_seconds` says how long ago it was marked, by the device's own clock, so that a wrong one does no harm.
    """

    client_id: ClientId
    person: UUID
    minutes: SessionMinutes | None = None
    came_at: Moment | None = None
    left_at: Moment | None = None
    ago_seconds: Annotated[int, Field(ge=0, le=LONGEST)] = 0
    reason: Reason = Field("", description="Of a late entry, which is made after the session.")

    @model_validator(mode="after")
    def _moments(self) -> "MarkCreate":
        for each in (self.came_at, self.left_at):
            if each is not None and each.tzinfo is None:
                raise ValueError("a moment has its offset, such as Z")
        if self.left_at is not None and self.came_at is None:
            raise ValueError("left_at needs came_at")
        if self.came_at is not None and self.minutes is not None:
            raise ValueError("give minutes, or came_at and left_at")
        return self

    def mark(self) -> NewMark:
        """As the service takes it."""
        at = clock.now() - timedelta(seconds=self.ago_seconds)
        came, left = (each and each.astimezone(UTC) for each in (self.came_at, self.left_at))
        return NewMark(self.client_id, self.person, at, self.minutes, came, left, self.reason)


class MarksCreate(Strict):
    """Marks that lay on a device."""

    marks: list[MarkCreate] = Field(min_length=1, max_length=500)


class MarkAnswer(BaseModel):
    """What became of one mark; `why` is the problem's type where it was refused."""

    client_id: str
    is_taken: bool
    why: str | None
    detail: str | None


class MarksAnswer(BaseModel):
    """An answer for each mark, in their order."""

    results: list[MarkAnswer]


class CorrectionCreate(Strict):
    """What a host says after it has signed."""

    person: UUID
    minutes: SessionMinutes
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class SignatureCreate(Strict):
    """Sign what was read: its digest."""

    host: UUID
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class LineRead(BaseModel):
    """One participant; `minutes` null: nobody has marked them yet."""

    person: PersonRef
    minutes: int | None
    source: MarkSource | None
    at: datetime | None


class SheetRead(BaseModel):
    """One host's people at a session. Names of those whom the asker does not see are left out; the counts are of all.

    `digest` is what the host signs, and there for who acts for it; `closed` null: it has not signed.
    """

    host: UUID
    name: str
    people: int
    present: int
    lines: list[LineRead]
    digest: str | None
    closed: ClosedBy | None
    closed_at: datetime | None
    to_sign_again: bool = Field(description="It was corrected since it was signed.")


class AttendanceRead(BaseModel):
    """Who was there at a session, as far as the asker may see."""

    session: UUID
    title: str
    minutes: int
    starts_at: datetime
    ends_at: datetime
    facilitates: bool
    hosts: list[SheetRead]


def attendance_read(row: Any, reach: Reach, sheets: Sequence[Sheet]) -> AttendanceRead:
    """A session's attendance, narrowed to what `reach` sees."""
    return AttendanceRead(
        session=row.id,
        title=row.title,
        minutes=row.minutes,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        facilitates=reach.facilitates,
        hosts=[_sheet(each, reach) for each in sheets],
    )


def _sheet(sheet: Sheet, reach: Reach) -> SheetRead:
    seen, signature = sheet.host.id in reach.sees, sheet.signature
    return SheetRead(
        host=sheet.host.id,
        name=sheet.host.name,
        people=len(sheet.lines),
        present=sum(1 for each in sheet.lines if each.minutes),
        lines=[_line(each) for each in sheet.lines] if seen else [],
        digest=sheet.digest if sheet.host.id in reach.signs else None,
        closed=ClosedBy(signature.kind) if signature else None,
        closed_at=signature.recorded_at if signature else None,
        to_sign_again=signature is not None and not sheet.is_closed,
    )


def _line(line: Any) -> LineRead:
    return LineRead(
        person=PersonRef(id=line.person.id, name=line.person.name),
        minutes=line.minutes if line.mark else None,
        source=line.mark.source if line.mark else None,
        at=line.mark.at if line.mark else None,
    )


class AttendedRead(BaseModel):
    """A joint training that somebody attended; revoked after a correction, it says when."""

    id: UUID
    training: UUID
    title: str
    minutes: int
    occurred_on: date
    recorded_at: datetime
    completion: UUID | None = Field(description="Of the course that it took people through.")
    revoked_at: datetime | None


def attended_read(row: Any) -> AttendedRead:
    """A row of one's own attendances."""
    return AttendedRead(
        id=row.id,
        training=row.training_id,
        title=row.training_title,
        minutes=row.minutes,
        occurred_on=row.occurred_on,
        recorded_at=row.recorded_at,
        completion=row.completion_id,
        revoked_at=row.revoked_at,
    )


# -- assessed work -----------------------------------------------------------------------------------------

Levels = Annotated[dict[str, int], Field(min_length=1, max_length=20, examples=[{"legal-instruments": 2}])]


class AssessmentCreate(Strict):
    """What somebody's work at a training showed."""

    person: UUID
    levels: Levels = Field(description="By competency of the training.")
    words: Annotated[str, Field(min_length=1, max_length=2_000)]


class AssessmentRead(BaseModel):
    """Somebody whose work the asker may assess; `assessment` null: it is not assessed yet."""

    person: PersonRef
    assessment: UUID | None
    levels: Mapping[str, int]
    recorded_at: datetime | None


def assessment_read(row: Any) -> AssessmentRead:
    """A row of people to assess."""
    return AssessmentRead(
        person=PersonRef(id=row.id, name=row.name),
        assessment=row.assessment_id,
        levels=row.levels or {},
        recorded_at=row.recorded_at,
    )


class AssessorCreate(Strict):
    """One of the partner's own people, by e-mail."""

    person: Annotated[str, Field(min_length=3, max_length=254)]


class AssessorRead(BaseModel):
    """Somebody whom the partner named to assess the work of its people."""

    id: UUID
    person: PersonRef
    named_at: datetime


def assessor_read(row: Any) -> AssessorRead:
    """A named assessor's row."""
    return AssessorRead(id=row.id, person=PersonRef(id=row.person_id, name=row.name), named_at=row.named_at)

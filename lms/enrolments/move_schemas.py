"""What goes over the wire about moving to the newest version of a course."""

from typing import Annotated

from pydantic import BaseModel, Field

from lms.enrolments.service import Prospect
from lms.people.schemas import Strict

Version = Annotated[int, Field(ge=1, le=2**31 - 1)]


class MoveCreate(Strict):
    """The newest version, as it was looked at: when another one is the newest by now, nothing is changed."""

    version: Version = Field(examples=[2])


class MoveRead(BaseModel):
    """What moving would come to; activities by key, in the order of study of the newest version.

    `kept` are done and count; `again` were begun or done and are to be done again; `gone` are no longer a part of the
    course. `under_way` has to be finished first. `minutes_left` are those of required activities after the move.
    """

    course: str
    from_version: int
    to_version: int
    change: str
    note: str
    kept: list[str]
    again: list[str]
    new: list[str]
    gone: list[str]
    under_way: list[str]
    minutes_left: int
    completes: bool


def move_read(prospect: Prospect) -> MoveRead:
    """What a learner is told before they decide."""
    move = prospect.move
    return MoveRead(
        course=prospect.new.key,
        from_version=prospect.now.number,
        to_version=prospect.newest.number,
        change=prospect.newest.change,
        note=prospect.newest.note,
        kept=list(move.kept),
        again=list(move.again),
        new=list(move.new),
        gone=list(move.gone),
        under_way=list(prospect.under_way),
        minutes_left=move.minutes_left,
        completes=move.completes,
    )

"""What goes over the wire about the checklist."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from lms.joint_trainings.domain.checklist import Answer, Item, Setting, may_not_apply
from lms.people.schemas import Strict


class ChecklistAnswerCreate(Strict):
    """An answer to one item; a "no" says why in its note."""

    answer: Answer
    note: Annotated[str, Field(max_length=1_000)] = Field("", description="Part of what both sides sign.")


class ChecklistItemRead(BaseModel):
    """One item; `answer` null: not answered yet. `by` null: not told to other sides."""

    item: Item
    may_not_apply: bool
    answer: Answer | None
    note: str
    by: str | None
    recorded_at: datetime | None


class ChecklistRead(BaseModel):
    """All twelve items, in their order."""

    items: list[ChecklistItemRead]


def checklist_read(rows: Sequence[Any], setting: Setting, *, tell_who: bool) -> ChecklistRead:
    """All items with their newest answers."""
    given = {row.item: row for row in rows}
    return ChecklistRead(items=[_item(item, given.get(item.value), setting, tell_who) for item in Item])


def _item(item: Item, row: Any, setting: Setting, tell_who: bool) -> ChecklistItemRead:
    return ChecklistItemRead(
        item=item,
        may_not_apply=may_not_apply(item, setting),
        answer=Answer(row.answer) if row else None,
        note=row.note if row else "",
        by=row.by if row and tell_who else None,
        recorded_at=row.recorded_at if row else None,
    )

"""What happened: written to the event log and heard by those whom `lms.reactions` names, in one transaction.

The log serves audit, reactions and clients alike. `data` holds ids and values of facts, never a name, an
address or free text, since it outlives the erasure of a person.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Column, Identity, Index, Integer, Text, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import UserDefinedType
from sqlmodel import Field, SQLModel

from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.database import document, moment, table_of
from lms.kernel.jobs import enqueue
from lms.kernel.writes import gather


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened. Subclasses name it in the past tense and set `type` (`room.what_happened`)."""

    type: ClassVar[str]
    version: ClassVar[int] = 1
    subject_type: ClassVar[str]
    subject_id: UUID
    entity_id: UUID | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


class EventRow(SQLModel, table=True):
    """One event; partitioned by month of `at`, append-only by trigger."""

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_xid_id", "xid", "id"),
        Index("ix_events_subject_id", "subject_id"),
        {"postgresql_partition_by": "RANGE (at)"},
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    at: Any = Field(sa_column=moment(primary_key=True))
    xid: int | None = Field(
        default=None,
        # Ids are handed out before commit, so their order is not the order in which events become visible.
        sa_column=Column(Xid8(), nullable=False, server_default=text("pg_current_xact_id()")),
    )
    type: str = Field(sa_column=Column(Text(), nullable=False))
    v: int = Field(sa_column=Column(Integer(), nullable=False))
    actor_id: UUID | None = None
    subject_type: str = Field(sa_column=Column(Text(), nullable=False))
    subject_id: UUID
    entity_id: UUID | None = None
    data: dict[str, Any] = Field(sa_column=document(nullable=False))


_events = table_of(EventRow)

Reaction = Callable[[AsyncSession, Sequence[Any]], Awaitable[None]]


@dataclass(slots=True)
class _Reactions:
    at_once: Mapping[type[Event], Sequence[Reaction]] = field(default_factory=dict)
    afterwards: Mapping[type[Event], Sequence[str]] = field(default_factory=dict)


_reactions = _Reactions()


def install(
    at_once: Mapping[type[Event], Sequence[Reaction]],
    afterwards: Mapping[type[Event], Sequence[str]],
) -> None:
    """Say who hears what; called once at start with the tables of `lms.reactions`."""
    _reactions.at_once, _reactions.afterwards = at_once, afterwards


async def publish(session: AsyncSession, events: Sequence[Event], *, acting: Actor | None) -> None:
    """Log `events`, hand each reaction its whole list at once, and enqueue one job per kind and purpose."""
    at = clock.now()
    gather(session, _events, [_row(event, acting, at) for event in events])
    by_type: dict[type[Event], list[Event]] = defaultdict(list)
    for event in events:
        by_type[type(event)].append(event)
    for kind, some in by_type.items():
        for reaction in _reactions.at_once.get(kind, ()):
            await reaction(session, some)
        for job in _reactions.afterwards.get(kind, ()):
            enqueue(session, job, ids=[str(event.subject_id) for event in some])


def _row(event: Event, acting: Actor | None, at: datetime) -> dict[str, Any]:
    return {
        "at": at,
        "type": event.type,
        "v": event.version,
        "actor_id": acting.person_id if acting else None,
        "subject_type": event.subject_type,
        "subject_id": event.subject_id,
        "entity_id": event.entity_id,
        "data": dict(event.data),
    }

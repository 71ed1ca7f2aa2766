"""Tables of focal points: what each says of their post, exchanges with companies, topic sessions, working groups."""

from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlmodel import Field, SQLModel

from lms.kernel import clock
from lms.kernel.database import PERSONAL, keys, moment
from lms.kernel.ids import new_id


class FocalPointProfile(SQLModel, table=True):
    """What a focal point says of themselves and the post. Kept when the role ends: the grant says who holds it."""

    __tablename__ = "focal_point_profiles"
    __table_args__ = (CheckConstraint("share_percent BETWEEN 0 AND 100", name="share_percent"),)

    person_id: UUID = Field(foreign_key="persons.id", primary_key=True)
    share_percent: int | None = None  # of working time, for partnerships
    background: list[str] = Field(default_factory=list, sa_column=keys(info=PERSONAL))
    sponsor_id: UUID | None = Field(default=None, foreign_key="persons.id")
    head_supports: bool | None = None  # of the office; none: not said
    support_words: str | None = Field(default=None, sa_column_kwargs={"info": PERSONAL})
    languages: list[str] = Field(default_factory=list, sa_column=keys())
    topics: list[str] = Field(
        default_factory=list, sa_column=keys()
    )  # skill areas and competencies of the taxonomy
    search_words: Any = Field(default=None, sa_column=Column(TSVECTOR(), nullable=True, info=PERSONAL))
    shown_to_partners: bool = False
    wants_sessions: bool = False  # a mail for each topic session that is announced
    revision: int = 1
    changed_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class CompanyExchange(SQLModel, table=True):
    """People of an entity and of a company were with each other. Never changed; what was learned stands apart."""

    __tablename__ = "company_exchanges"
    __table_args__ = (
        Index("ix_company_exchanges_person_id", "person_id", "from_on"),
        Index("ix_company_exchanges_entity_id", "entity_id", "until_on"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="persons.id")
    entity_id: UUID | None = Field(default=None, foreign_key="entities.id")  # whose focal point it was then
    partner_id: UUID = Field(foreign_key="partners.id")
    kind: str  # domain.ExchangeKind
    is_two_sided: bool  # people of both went, or learned
    from_on: date
    until_on: date
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class ExchangeWords(SQLModel, table=True):
    """What was learned at an exchange, in the person's words: apart, since it may be erased."""

    __tablename__ = "company_exchange_words"

    exchange_id: UUID = Field(foreign_key="company_exchanges.id", primary_key=True)
    learned: str = Field(sa_column_kwargs={"info": PERSONAL})


class ExchangeEnd(SQLModel, table=True):
    """An exchange was recorded by mistake, and counts no more from when this was recorded."""

    __tablename__ = "company_exchange_ends"

    exchange_id: UUID = Field(foreign_key="company_exchanges.id", primary_key=True)
    by_id: UUID = Field(foreign_key="persons.id")
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class WorkingGroup(SQLModel, table=True):
    """Focal points who go on working on what a topic session began."""

    __tablename__ = "working_groups"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    title: str
    purpose: str
    convener_id: UUID = Field(foreign_key="persons.id")
    state: str = "open"  # domain.GroupState
    outcome: str | None = None
    created_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))
    closed_at: datetime | None = Field(default=None, sa_column=moment())
    closed_by_id: UUID | None = Field(default=None, foreign_key="persons.id")


class GroupMember(SQLModel, table=True):
    """A time for which somebody belongs to a working group."""

    __tablename__ = "working_group_members"
    __table_args__ = (
        Index(
            "uq_working_group_members_now",
            "group_id",
            "person_id",
            unique=True,
            postgresql_where=text("left_at IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    group_id: UUID = Field(foreign_key="working_groups.id")
    person_id: UUID = Field(foreign_key="persons.id", index=True)
    joined_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))
    left_at: datetime | None = Field(default=None, sa_column=moment())


class TopicSession(SQLModel, table=True):
    """A meeting of focal points about a topic. The first of a group keeps the group's id as its later ones do."""

    __tablename__ = "topic_sessions"
    __table_args__ = (
        CheckConstraint("minutes > 0", name="minutes"),
        Index("ix_topic_sessions_starts_at", "starts_at", "id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    title: str
    topic: str  # a skill area or competency of the taxonomy
    local_date: date
    local_time: time
    time_zone: str  # IANA
    starts_at: datetime = Field(sa_column=moment(nullable=False))  # what the three above come to
    minutes: int
    link: str | None = None
    place: str | None = None
    language: str
    host_id: UUID = Field(foreign_key="persons.id")
    group_id: UUID | None = Field(default=None, foreign_key="working_groups.id", index=True)
    state: str = "announced"  # domain.SessionState
    notes: str | None = None
    revision: int = 1
    created_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class SessionMember(SQLModel, table=True):
    """A time for which somebody has joined a topic session; its host is among them. `came` once that was noted."""

    __tablename__ = "topic_session_members"
    __table_args__ = (
        Index(
            "uq_topic_session_members_now",
            "session_id",
            "person_id",
            unique=True,
            postgresql_where=text("left_at IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    session_id: UUID = Field(foreign_key="topic_sessions.id")
    person_id: UUID = Field(foreign_key="persons.id", index=True)
    joined_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))
    left_at: datetime | None = Field(default=None, sa_column=moment())
    came: bool | None = None

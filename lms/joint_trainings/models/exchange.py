"""Needs and offers, the introductions between them, and what came of each. What was said is never changed."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlmodel import Field, SQLModel

from lms.kernel import clock
from lms.kernel.database import keys, moment
from lms.kernel.ids import new_id


class ExchangeNotice(SQLModel, table=True):
    """A training need of an entity, or an offer of a partner or of an entity."""

    __tablename__ = "exchange_notices"
    __table_args__ = (
        Index("ix_exchange_notices_kind_changed_at", "kind", "changed_at", "id"),
        Index("ix_exchange_notices_entity_id", "entity_id"),
        Index("ix_exchange_notices_partner_id", "partner_id"),
        Index("ix_exchange_notices_search_words", "search_words", postgresql_using="gin"),
        CheckConstraint("(entity_id IS NULL) <> (partner_id IS NULL)", name="one"),
        CheckConstraint("kind = 'offer' OR partner_id IS NULL", name="need"),
        CheckConstraint("seats > 0", name="seats"),
        CheckConstraint(
            "state IN ('draft', 'withdrawn') OR (seats IS NOT NULL AND from_on IS NOT NULL"
            " AND until_on IS NOT NULL AND stands_until IS NOT NULL)",
            name="whole",
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    kind: str  # domain.exchange.NoticeKind
    state: str = "draft"  # domain.exchange.NoticeState
    entity_id: UUID | None = Field(default=None, foreign_key="entities.id")
    partner_id: UUID | None = Field(default=None, foreign_key="partners.id")
    title: str
    words: str = ""
    language: str = "en"  # of the words
    languages: list[str] = Field(default_factory=list, sa_column=keys())
    skill_areas: list[str] = Field(default_factory=list, sa_column=keys())
    competencies: list[str] = Field(default_factory=list, sa_column=keys())
    focuses: list[str] = Field(default_factory=list, sa_column=keys())  # none: for every focus
    audiences: list[str] = Field(default_factory=list, sa_column=keys())
    audience_words: str = ""
    seats: int | None = None
    from_on: date | None = None
    until_on: date | None = None
    stands_until: date | None = None
    setting: str = "either"  # domain.exchange.Setting
    place: str = ""
    teachers: str = ""
    in_return: str = ""
    search_words: Any = Field(default=None, sa_column=Column(TSVECTOR(), nullable=True))
    contact_id: UUID = Field(foreign_key="persons.id")  # who posted it last; named with an introduction
    revision: int = 1
    posted_at: datetime | None = Field(default=None, sa_column=moment())
    changed_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))
    created_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class Introduction(SQLModel, table=True):
    """A need and an offer brought together; with one of them only where it became a training by itself."""

    __tablename__ = "exchange_introductions"
    __table_args__ = (
        Index(
            "uq_exchange_introductions",
            "need_id",
            "offer_id",
            "entity_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_exchange_introductions_offer_id", "offer_id"),
        CheckConstraint("need_id IS NOT NULL OR offer_id IS NOT NULL", name="one_at_least"),
        CheckConstraint("entity_id IS NULL OR need_id IS NULL", name="entity"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    need_id: UUID | None = Field(default=None, foreign_key="exchange_notices.id")
    offer_id: UUID | None = Field(default=None, foreign_key="exchange_notices.id")
    entity_id: UUID | None = Field(
        default=None, foreign_key="entities.id"
    )  # asked by an offer without a need
    by_id: UUID = Field(foreign_key="persons.id")
    words: str = ""  # to both sides
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class IntroductionDecline(SQLModel, table=True):
    """One side declined."""

    __tablename__ = "exchange_declines"

    introduction_id: UUID = Field(foreign_key="exchange_introductions.id", primary_key=True)
    side: str  # domain.exchange.NoticeKind: whose side it was
    by_id: UUID = Field(foreign_key="persons.id")
    words: str
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class IntroductionDraft(SQLModel, table=True):
    """The joint training that came of it: one, however often it is asked for."""

    __tablename__ = "exchange_drafts"

    introduction_id: UUID = Field(foreign_key="exchange_introductions.id", primary_key=True)
    training_id: UUID = Field(foreign_key="joint_trainings.id", unique=True)
    by_id: UUID = Field(foreign_key="persons.id")
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))

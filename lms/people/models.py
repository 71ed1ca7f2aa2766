"""Tables of entities, persons, affiliations, grants, accounts and what they sign in with."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Index, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlmodel import Field, SQLModel

from lms.kernel import clock
from lms.kernel.database import PERSONAL, document, keys, moment, sortable
from lms.kernel.ids import new_id


class Entity(SQLModel, table=True):
    """An organisation of the UN system or an office of one. `path` is the keys from the root, "/a/b/"."""

    __tablename__ = "entities"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    key: str = Field(unique=True)
    name: str
    sort_key: str = Field(sa_column=sortable(nullable=False))
    kind: str  # domain.EntityKind
    parent_id: UUID | None = Field(default=None, foreign_key="entities.id")
    path: str = Field(sa_column=sortable(nullable=False, unique=True))
    focuses: list[str] = Field(default_factory=list, sa_column=keys())
    modality: str | None = None
    strategy_title: str | None = None
    strategy_year: int | None = None
    strategy_url: str | None = None
    learning_days: int | None = None  # a year; none: as the entity above, or five
    revision: int = 1
    created_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class Person(SQLModel, table=True):
    """A person; facts name them by id only, so that this row alone says who it is. Erasure empties it."""

    __tablename__ = "persons"
    __table_args__ = (
        Index("ix_persons_sort_key_id", "sort_key", "id"),
        Index("ix_persons_search_words", "search_words", postgresql_using="gin"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    name: str = Field(sa_column_kwargs={"info": PERSONAL})
    sort_key: str = Field(sa_column=sortable(nullable=False, info=PERSONAL))
    search_words: Any = Field(default=None, sa_column=Column(TSVECTOR(), nullable=True, info=PERSONAL))
    email: str | None = Field(default=None, sa_column_kwargs={"info": PERSONAL})
    email_key: str | None = Field(
        default=None, unique=True, sa_column_kwargs={"info": PERSONAL}
    )  # casefolded
    gender: str | None = Field(
        default=None, sa_column_kwargs={"info": PERSONAL}
    )  # as held by HR; totals only
    language: str = "en"  # of pages and mails
    languages: list[str] = Field(default_factory=list, sa_column=keys())
    background: list[str] = Field(default_factory=list, sa_column=keys())
    modality: str | None = None
    time_zone: str = "UTC"
    revision: int = 1
    created_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))
    erased_at: datetime | None = Field(default=None, sa_column=moment())
    erased_by: UUID | None = None  # the person who decided
    erased_under: str | None = None  # the rule


class Affiliation(SQLModel, table=True):
    """A person's tie to an entity or a partner for a time. Several may run at once; past ones stay."""

    __tablename__ = "affiliations"
    __table_args__ = (
        Index("ix_affiliations_entity_id", "entity_id", "from_on"),
        Index("ix_affiliations_first_reporting_officer_id", "first_reporting_officer_id"),
        Index("ix_affiliations_second_reporting_officer_id", "second_reporting_officer_id"),
        Index("ix_affiliations_personnel_number", "personnel_number"),
        Index("ix_affiliations_partner_id", "partner_id", postgresql_where=text("partner_id IS NOT NULL")),
        Index(
            "uq_affiliations_person_id_primary",
            "person_id",
            "from_on",
            unique=True,
            postgresql_where=text("is_primary"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="persons.id", index=True)
    entity_id: UUID | None = Field(default=None, foreign_key="entities.id")
    partner_id: UUID | None = Field(default=None, foreign_key="partners.id")
    kind: str  # domain.AffiliationKind
    appointment: str | None = None  # domain.Appointment, of staff
    is_primary: bool = True
    personnel_number: str | None = Field(default=None, sa_column_kwargs={"info": PERSONAL})
    post_title: str | None = None
    grade: str | None = None
    duty_station: str | None = None
    hardship: str | None = None  # H, A to E
    working_time_percent: int = 100
    target_profile: str | None = None  # key of a profile in courses/profiles
    from_on: date
    until_on: date | None = None  # last day, inclusive
    first_reporting_officer_id: UUID | None = Field(default=None, foreign_key="persons.id")
    second_reporting_officer_id: UUID | None = Field(default=None, foreign_key="persons.id")
    revision: int = 1
    created_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class Absence(SQLModel, table=True):
    """Days on which a person's clocks stand still. No reason is kept."""

    __tablename__ = "absences"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="persons.id", index=True)
    from_on: date
    until_on: date
    created_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class RoleGrant(SQLModel, table=True):
    """A role given to a person for an entity and below (none: the whole system), or for a partner."""

    __tablename__ = "role_grants"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="persons.id", index=True)
    role: str  # domain.Role
    entity_id: UUID | None = Field(default=None, foreign_key="entities.id")
    partner_id: UUID | None = Field(default=None, foreign_key="partners.id")
    granted_by_id: UUID | None = Field(default=None, foreign_key="persons.id")
    granted_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))
    until_on: date | None = None
    revoked_at: datetime | None = Field(default=None, sa_column=moment())


class Account(SQLModel, table=True):
    """How a person signs in with a password."""

    __tablename__ = "accounts"

    person_id: UUID = Field(foreign_key="persons.id", primary_key=True)
    password_hash: str = Field(sa_column_kwargs={"info": PERSONAL})
    created_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class SignIn(SQLModel, table=True):
    """A browser's session: revocable here, known to the browser by a secret of which only the hash is kept."""

    __tablename__ = "sign_ins"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    token_hash: str = Field(unique=True)
    person_id: UUID = Field(foreign_key="persons.id", index=True)
    created_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))
    expires_at: datetime = Field(sa_column=moment(nullable=False))
    revoked_at: datetime | None = Field(default=None, sa_column=moment())


class ApiToken(SQLModel, table=True):
    """A bearer token of a person's machine: kept as a hash, with scopes, revocable."""

    __tablename__ = "api_tokens"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    token_hash: str = Field(unique=True)
    person_id: UUID = Field(foreign_key="persons.id", index=True)
    name: str
    scopes: list[str] | None = Field(default=None, sa_column=document())  # None: all that the person may
    created_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))
    expires_at: datetime = Field(sa_column=moment(nullable=False))
    revoked_at: datetime | None = Field(default=None, sa_column=moment())


class SignInThrottle(SQLModel, table=True):
    """Failed sign-ins of one account name in one window of time."""

    __tablename__ = "sign_in_throttles"

    email_key: str = Field(primary_key=True, sa_column_kwargs={"info": PERSONAL})
    window_at: datetime = Field(sa_column=moment(primary_key=True))
    failures: int = 0


class PersonChange(SQLModel, table=True):
    """Before and after of a change to what identifies a person; apart from the event log, since it may be erased."""

    __tablename__ = "person_changes"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="persons.id", index=True)
    at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))
    actor_id: UUID | None = None
    before: dict[str, Any] = Field(sa_column=document(nullable=False, info=PERSONAL))
    after: dict[str, Any] = Field(sa_column=document(nullable=False, info=PERSONAL))


class Invitation(SQLModel, table=True):
    """An invitation to one address. Of the link only a hash is kept; the letter's job makes it and forgets it."""

    __tablename__ = "invitations"
    __table_args__ = (
        Index("ix_invitations_partner_id_id", "partner_id", "id"),
        Index("ix_invitations_email_key", "email_key"),
        Index(
            "uq_invitations_open",
            "partner_id",
            "email_key",
            "purpose_kind",
            "purpose_id",
            unique=True,
            postgresql_where=text("accepted_at IS NULL AND withdrawn_at IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    email: str | None = Field(default=None, sa_column_kwargs={"info": PERSONAL})  # none: erased
    email_key: str | None = Field(default=None, sa_column_kwargs={"info": PERSONAL})  # casefolded
    name: str | None = Field(default=None, sa_column_kwargs={"info": PERSONAL})
    language: str  # of the letter
    partner_id: UUID = Field(foreign_key="partners.id")
    entity_id: UUID | None = Field(
        default=None, foreign_key="entities.id"
    )  # on whose side; none: the partner's
    purpose_kind: str  # a word of the room above that invites, or invitations.domain.PARTNER
    purpose_id: UUID  # of that room's row
    purpose_title: str | None = None
    purpose_path: str | None = None
    invited_by_id: UUID = Field(foreign_key="persons.id")
    token_digest: str | None = Field(default=None, unique=True)  # none: the letter is still to be written
    sendings: int = 1
    sent_at: datetime | None = Field(default=None, sa_column=moment())
    expires_at: datetime = Field(sa_column=moment(nullable=False))
    accepted_at: datetime | None = Field(default=None, sa_column=moment())
    person_id: UUID | None = Field(default=None, foreign_key="persons.id", index=True)  # who accepted
    withdrawn_at: datetime | None = Field(default=None, sa_column=moment())
    withdrawn_by_id: UUID | None = Field(default=None, foreign_key="persons.id")
    created_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class Import(SQLModel, table=True):
    """A file of people or entities that was sent, and how far it has been worked off.

    `line` is the last line whose batch is committed: a worker that was killed goes on behind it.
    """

    __tablename__ = "imports"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    kind: str  # imports.domain.ImportKind
    state: str  # imports.domain.ImportState
    dry_run: bool = False
    entity_id: UUID | None = Field(default=None, foreign_key="entities.id")  # none: the whole system
    by_id: UUID | None = None  # the person who sent it; none: the command line
    file_key: str | None = None  # name in storage, until it is worked off
    fault: str | None = None  # why it could not be worked off
    rows: int = 0
    line: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    created_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))
    done_at: datetime | None = Field(default=None, sa_column=moment())


class ImportResult(SQLModel, table=True):
    """What became of one line of an import."""

    __tablename__ = "import_results"
    __table_args__ = (Index("ix_import_results_import_id_person_id", "import_id", "person_id"),)

    import_id: UUID = Field(foreign_key="imports.id", primary_key=True)
    line: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    outcome: str  # imports.domain.Outcome
    person_id: UUID | None = Field(default=None, foreign_key="persons.id")
    key: str | None = None  # of an entity
    # What is wrong; it may quote a cell.
    errors: list[dict[str, str]] = Field(sa_column=document(nullable=False, info=PERSONAL))
    # Reporting officers who stand later in the file, by what the line calls them; emptied at the end.
    pending: dict[str, str] | None = Field(default=None, sa_column=document(info=PERSONAL))

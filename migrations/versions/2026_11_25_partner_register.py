"""The partner register: profiles, contacts, agreements and their changes; screening and early warnings."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_DOCUMENT = postgresql.JSONB(none_as_null=True, astext_type=sa.Text())
_MOMENT = sa.DateTime(timezone=True)
_SORTED = sa.Text(collation="C")
_FACTS = ("screening_facts", "screening_ends", "early_warnings", "early_warning_steps")
_WHOLE = (
    "(kind = 'decision') = (may_proceed IS NOT NULL) AND (kind = 'exclusion' OR entity_id IS NOT NULL)"
    " AND (kind NOT IN ('decision', 'waiver') OR valid_until IS NOT NULL)"
)


def _to(table: str, name: str, nullable: bool = False) -> sa.Column[object]:
    """A column that points at a table."""
    return sa.Column(name, sa.Uuid(), sa.ForeignKey(f"{table}.id"), nullable=nullable)


def _id() -> sa.Column[object]:
    return sa.Column("id", sa.Uuid(), nullable=False)


def _key(table: str, column: str = "id") -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(column, name=op.f(f"pk_{table}"))


def _moment(name: str, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, _MOMENT, nullable=nullable)


def _texts(*names: str, nullable: bool = False) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.String(), nullable=nullable) for name in names]


def upgrade() -> None:
    _profiles()
    _parts()
    _screening()
    _warnings()
    for table in _FACTS:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _profiles() -> None:
    added = (
        sa.Column("sort_key", _SORTED, nullable=False, server_default=""),
        sa.Column("search_words", postgresql.TSVECTOR(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False, server_default="company"),
        *_texts("sector", nullable=True),
        _to("partners", "parent_id", nullable=True),
        *_texts("website", "about", "participation_id", "participation_status", nullable=True),
        sa.Column("participation_since", sa.Date(), nullable=True),
        sa.Column("participation_checked_on", sa.Date(), nullable=True),
        sa.Column("committed_on", sa.Date(), nullable=True),
        *_texts("commitment_reference", nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False, server_default="1"),
    )
    for column in added:
        op.add_column("partners", column)
    # Whoever is there already is found by plain words until its profile is next saved.
    op.execute("UPDATE partners SET sort_key = lower(name), search_words = to_tsvector('simple', name)")
    for name in ("sort_key", "kind", "revision"):
        op.alter_column("partners", name, server_default=None)
    op.create_unique_constraint(op.f("uq_partners_participation_id"), "partners", ["participation_id"])
    op.create_index("ix_partners_sort_key_id", "partners", ["sort_key", "id"])
    op.create_index("ix_partners_search_words", "partners", ["search_words"], postgresql_using="gin")
    op.create_index("ix_partners_parent_id", "partners", ["parent_id"])


def _parts() -> None:
    op.create_table(
        "partner_contacts",
        _id(),
        _to("partners", "partner_id"),
        *_texts("name"),
        *_texts("post_title", "email", "phone", nullable=True),
        _moment("created_at"),
        _key("partner_contacts"),
    )
    op.create_index(op.f("ix_partner_contacts_partner_id"), "partner_contacts", ["partner_id"])
    op.create_table(
        "partner_agreements",
        _id(),
        _to("partners", "partner_id"),
        _to("entities", "entity_id"),
        *_texts("kind", "version"),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        _to("persons", "proposed_by_id"),
        _to("persons", "managed_by_id"),
        *_texts("file_key", "file_name", "file_type", nullable=True),
        sa.Column("file_size", sa.Integer(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        _moment("created_at"),
        _key("partner_agreements"),
    )
    op.create_index(op.f("ix_partner_agreements_partner_id"), "partner_agreements", ["partner_id"])
    op.create_table(
        "partner_changes",
        _id(),
        _to("partners", "partner_id"),
        *_texts("part"),
        sa.Column("part_id", sa.Uuid(), nullable=True),
        _moment("at"),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("before", _DOCUMENT, nullable=False),
        sa.Column("after", _DOCUMENT, nullable=False),
        _key("partner_changes"),
    )
    op.create_index("ix_partner_changes_partner_id", "partner_changes", ["partner_id", "id"])


def _screening() -> None:
    op.create_table(
        "screening_facts",
        _id(),
        *_texts("kind"),
        _to("partners", "partner_id"),
        _to("entities", "entity_id", nullable=True),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        _to("persons", "by_id"),
        *_texts("reference", nullable=True),
        sa.Column("may_proceed", sa.Boolean(), nullable=True),
        *_texts("scope", "effort", "subject", "reason", "conditions", nullable=True),
        _moment("recorded_at"),
        sa.CheckConstraint(_WHOLE, name=op.f("ck_screening_facts_whole")),
        _key("screening_facts"),
    )
    op.create_index(
        "ix_screening_facts_partner_id_recorded_at", "screening_facts", ["partner_id", "recorded_at"]
    )
    op.create_table(
        "screening_ends",
        _to("screening_facts", "fact_id"),
        _to("persons", "by_id"),
        *_texts("reason"),
        _moment("recorded_at"),
        _key("screening_ends", "fact_id"),
    )
    op.create_table(
        "screening_circle",
        _id(),
        _to("entities", "entity_id"),
        _to("persons", "person_id"),
        _to("persons", "named_by_id"),
        _moment("named_at"),
        _to("persons", "ended_by_id", nullable=True),
        _moment("ended_at", nullable=True),
        _key("screening_circle"),
    )
    op.create_index(op.f("ix_screening_circle_person_id"), "screening_circle", ["person_id"])
    op.create_index(
        "uq_screening_circle_now",
        "screening_circle",
        ["entity_id", "person_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def _warnings() -> None:
    op.create_table(
        "early_warnings",
        _id(),
        _to("partners", "partner_id"),
        _to("entities", "entity_id"),
        *_texts("category", "source_kind", "facts"),
        sa.Column("is_heard", sa.Boolean(), nullable=False),
        _to("persons", "author_id"),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        _moment("recorded_at"),
        _key("early_warnings"),
    )
    op.create_index("ix_early_warnings_partner_id", "early_warnings", ["partner_id"])
    op.create_table(
        "early_warning_steps",
        _id(),
        _to("early_warnings", "warning_id"),
        *_texts("kind"),
        _to("persons", "by_id"),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("stands_in_the_way", sa.Boolean(), nullable=True),
        *_texts("outcome", "words", nullable=True),
        _moment("recorded_at"),
        _key("early_warning_steps"),
    )
    op.create_index("ix_early_warning_steps_warning_id", "early_warning_steps", ["warning_id", "id"])


def downgrade() -> None:
    held = " OR ".join(f"EXISTS (SELECT 1 FROM {table})" for table in ("screening_facts", "early_warnings"))
    if op.get_bind().scalar(sa.text(f"SELECT {held}")):
        raise RuntimeError("Facts would be lost.")
    for table in ("early_warning_steps", "early_warnings", "screening_circle", "screening_ends"):
        op.drop_table(table)
    for table in ("screening_facts", "partner_changes", "partner_agreements", "partner_contacts"):
        op.drop_table(table)
    op.drop_constraint(op.f("uq_partners_participation_id"), "partners")
    for index in ("ix_partners_sort_key_id", "ix_partners_search_words", "ix_partners_parent_id"):
        op.drop_index(index, "partners")
    for column in (
        "sort_key", "search_words", "kind", "sector", "parent_id", "website", "about", "participation_id",
        "participation_status", "participation_since", "participation_checked_on", "committed_on",
        "commitment_reference", "revision",
    ):  # fmt: skip
        op.drop_column("partners", column)

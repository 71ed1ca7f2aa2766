"""Practice that people describe, its ratings, decisions and confirmed facts; the skill records that come of it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_DOCUMENT = postgresql.JSONB(none_as_null=True, astext_type=sa.Text())
_FACTS = ("practice_ratings", "practice_decisions")


def _to(table: str, name: str, nullable: bool = False) -> sa.Column[object]:
    """A column that points at a table."""
    return sa.Column(name, sa.Uuid(), sa.ForeignKey(f"{table}.id"), nullable=nullable)


def _id() -> sa.Column[object]:
    return sa.Column("id", sa.Uuid(), nullable=False)


def _key(table: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))


def _of(kind: object, *names: str, nullable: bool = False) -> list[sa.Column[object]]:
    return [sa.Column(name, kind, nullable=nullable) for name in names]  # type: ignore[call-overload]


def upgrade() -> None:
    op.add_column("skill_records", sa.Column("practice_id", sa.Uuid(), nullable=True))
    _claims()
    _ratings()
    _confirmations()
    for table in _FACTS:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _claims() -> None:
    table = "practice_claims"
    op.create_table(
        table,
        _id(),
        _to("persons", "person_id"),
        _to("partners", "partner_id"),
        *_of(sa.String(), "role", "place", "outcome"),
        *_of(_DOCUMENT, "indicators"),
        *_of(sa.Boolean(), "has_interest"),
        *_of(sa.String(), "interest_words"),
        *_of(sa.Date(), "from_on"),
        *_of(sa.Date(), "until_on", nullable=True),
        *_of(_DOCUMENT, "levels"),
        *_of(sa.String(), "state"),
        _to("persons", "officer_id", nullable=True),
        *_of(_MOMENT, "submitted_at", nullable=True),
        *_of(sa.Integer(), "revision"),
        *_of(_MOMENT, "created_at"),
        _key(table),
        sa.CheckConstraint("until_on IS NULL OR until_on >= from_on", name=op.f(f"ck_{table}_days")),
    )
    op.create_index(op.f(f"ix_{table}_partner_id"), table, ["partner_id"])
    op.create_index(f"ix_{table}_person_id", table, ["person_id", "id"])
    op.create_index(f"ix_{table}_officer_id", table, ["officer_id", "state"])
    table = "practice_files"
    op.create_table(
        table,
        _id(),
        _to("practice_claims", "claim_id"),
        *_of(sa.String(), "file_name", "file_key", "file_type"),
        *_of(sa.Integer(), "file_size"),
        _key(table),
    )
    op.create_index(op.f(f"ix_{table}_claim_id"), table, ["claim_id"])


def _ratings() -> None:
    table = "practice_ratings"
    op.create_table(
        table,
        _id(),
        _to("practice_claims", "claim_id"),
        *_of(sa.String(), "competency"),
        *_of(sa.Integer(), "level"),
        *_of(sa.String(), "rated_by"),
        _to("persons", "by_id"),
        *_of(_MOMENT, "recorded_at"),
        _key(table),
        sa.CheckConstraint("level BETWEEN 0 AND 4", name=op.f(f"ck_{table}_level")),
    )
    op.create_index(f"ix_{table}_claim_id", table, ["claim_id", "id"])
    table = "practice_decisions"
    op.create_table(
        table,
        _id(),
        _to("practice_claims", "claim_id"),
        *_of(sa.String(), "state"),
        _to("persons", "by_id"),
        _to("evidence", "words_id"),
        *_of(sa.Date(), "occurred_on"),
        *_of(_MOMENT, "recorded_at"),
        _key(table),
    )
    op.create_index(f"ix_{table}_claim_id", table, ["claim_id", "id"])


def _confirmations() -> None:
    table = "practice_confirmations"
    op.create_table(
        table,
        _id(),
        _to("practice_claims", "claim_id"),
        *_of(sa.Uuid(), "contact_id", nullable=True),
        *_of(sa.String(), "email", "name", "token_digest", nullable=True),
        *_of(_MOMENT, "asked_at", "expires_at"),
        *_of(_MOMENT, "answered_at", nullable=True),
        *_of(_DOCUMENT, "answers", nullable=True),
        _key(table),
        sa.UniqueConstraint("token_digest", name=op.f(f"uq_{table}_token_digest")),
    )
    op.create_index(
        f"uq_{table}_open",
        table,
        ["claim_id", "contact_id"],
        unique=True,
        postgresql_where=sa.text("answered_at IS NULL"),
    )


def downgrade() -> None:
    if op.get_bind().scalar(sa.text("SELECT EXISTS (SELECT 1 FROM practice_ratings)")):
        raise RuntimeError("Facts would be lost.")
    for table in (
        "practice_confirmations",
        "practice_decisions",
        "practice_ratings",
        "practice_files",
        "practice_claims",
    ):
        op.drop_table(table)
    op.drop_column("skill_records", "practice_id")

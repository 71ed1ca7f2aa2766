"""Needs and offers, the introductions between them, who declined, and the trainings that came of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_KEYS = postgresql.ARRAY(sa.Text())
_FACTS = ("exchange_introductions", "exchange_declines", "exchange_drafts")
_WHOLE = (
    "state IN ('draft', 'withdrawn') OR (seats IS NOT NULL AND from_on IS NOT NULL"
    " AND until_on IS NOT NULL AND stands_until IS NOT NULL)"
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


def _texts(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def _lists(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name, _KEYS, nullable=False, server_default="{}") for name in names]


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def upgrade() -> None:
    _notices()
    _introductions()
    for table in _FACTS:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _notices() -> None:
    table = "exchange_notices"
    op.create_table(
        table,
        _id(),
        *_texts("kind", "state"),
        _to("entities", "entity_id", nullable=True),
        _to("partners", "partner_id", nullable=True),
        *_texts("title", "words", "language"),
        *_lists("languages", "skill_areas", "competencies", "focuses", "audiences"),
        *_texts("audience_words"),
        sa.Column("seats", sa.Integer(), nullable=True),
        *(sa.Column(name, sa.Date(), nullable=True) for name in ("from_on", "until_on", "stands_until")),
        *_texts("setting", "place", "teachers", "in_return"),
        sa.Column("search_words", postgresql.TSVECTOR(), nullable=True),
        _to("persons", "contact_id"),
        sa.Column("revision", sa.Integer(), nullable=False),
        _moment("posted_at", nullable=True),
        _moment("changed_at"),
        _moment("created_at"),
        _key(table),
        _check(table, "one", "(entity_id IS NULL) <> (partner_id IS NULL)"),
        _check(table, "need", "kind = 'offer' OR partner_id IS NULL"),
        _check(table, "seats", "seats > 0"),
        _check(table, "whole", _WHOLE),
    )
    op.create_index("ix_exchange_notices_kind_changed_at", table, ["kind", "changed_at", "id"])
    op.create_index("ix_exchange_notices_entity_id", table, ["entity_id"])
    op.create_index("ix_exchange_notices_partner_id", table, ["partner_id"])
    op.create_index("ix_exchange_notices_search_words", table, ["search_words"], postgresql_using="gin")


def _introductions() -> None:
    table = "exchange_introductions"
    op.create_table(
        table,
        _id(),
        _to("exchange_notices", "need_id", nullable=True),
        _to("exchange_notices", "offer_id", nullable=True),
        _to("entities", "entity_id", nullable=True),
        _to("persons", "by_id"),
        *_texts("words"),
        _moment("recorded_at"),
        _key(table),
        _check(table, "one_at_least", "need_id IS NOT NULL OR offer_id IS NOT NULL"),
        _check(table, "entity", "entity_id IS NULL OR need_id IS NULL"),
    )
    op.create_index(
        "uq_exchange_introductions",
        table,
        ["need_id", "offer_id", "entity_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_index("ix_exchange_introductions_offer_id", table, ["offer_id"])
    op.create_table(
        "exchange_declines",
        _to("exchange_introductions", "introduction_id"),
        *_texts("side"),
        _to("persons", "by_id"),
        *_texts("words"),
        _moment("recorded_at"),
        _key("exchange_declines", "introduction_id"),
    )
    op.create_table(
        "exchange_drafts",
        _to("exchange_introductions", "introduction_id"),
        _to("joint_trainings", "training_id"),
        _to("persons", "by_id"),
        _moment("recorded_at"),
        _key("exchange_drafts", "introduction_id"),
        sa.UniqueConstraint("training_id", name=op.f("uq_exchange_drafts_training_id")),
    )


def downgrade() -> None:
    if op.get_bind().scalar(sa.text("SELECT EXISTS (SELECT 1 FROM exchange_introductions)")):
        raise RuntimeError("Facts would be lost.")
    for table in (*reversed(_FACTS), "exchange_notices"):
        op.drop_table(table)

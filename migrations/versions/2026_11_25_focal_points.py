"""Focal points: profiles, exchanges with companies, topic sessions and working groups."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_FACTS = ("company_exchanges", "company_exchange_ends")


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


def _keys(*names: str) -> list[sa.Column[object]]:
    words = postgresql.ARRAY(sa.Text())
    return [sa.Column(name, words, nullable=False, server_default="{}") for name in names]


def _flags(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.Boolean(), nullable=False) for name in names]


def upgrade() -> None:
    _profiles()
    _exchanges()
    _groups()
    _sessions()
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
    op.create_table(
        "focal_point_profiles",
        _to("persons", "person_id"),
        sa.Column("share_percent", sa.Integer(), nullable=True),
        *_keys("background"),
        _to("persons", "sponsor_id", nullable=True),
        sa.Column("head_supports", sa.Boolean(), nullable=True),
        *_texts("support_words", nullable=True),
        *_keys("languages", "topics"),
        sa.Column("search_words", postgresql.TSVECTOR(), nullable=True),
        *_flags("shown_to_partners", "wants_sessions"),
        sa.Column("revision", sa.Integer(), nullable=False),
        _moment("changed_at"),
        sa.CheckConstraint(
            "share_percent BETWEEN 0 AND 100", name=op.f("ck_focal_point_profiles_share_percent")
        ),
        _key("focal_point_profiles", "person_id"),
    )


def _exchanges() -> None:
    op.create_table(
        "company_exchanges",
        _id(),
        _to("persons", "person_id"),
        _to("entities", "entity_id", nullable=True),
        _to("partners", "partner_id"),
        *_texts("kind"),
        *_flags("is_two_sided"),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        _moment("recorded_at"),
        _key("company_exchanges"),
    )
    op.create_index("ix_company_exchanges_person_id", "company_exchanges", ["person_id", "from_on"])
    op.create_index("ix_company_exchanges_entity_id", "company_exchanges", ["entity_id", "until_on"])
    op.create_table(
        "company_exchange_words",
        _to("company_exchanges", "exchange_id"),
        *_texts("learned"),
        _key("company_exchange_words", "exchange_id"),
    )
    op.create_table(
        "company_exchange_ends",
        _to("company_exchanges", "exchange_id"),
        _to("persons", "by_id"),
        _moment("recorded_at"),
        _key("company_exchange_ends", "exchange_id"),
    )


def _groups() -> None:
    op.create_table(
        "working_groups",
        _id(),
        *_texts("title", "purpose"),
        _to("persons", "convener_id"),
        *_texts("state"),
        *_texts("outcome", nullable=True),
        _moment("created_at"),
        _moment("closed_at", nullable=True),
        _to("persons", "closed_by_id", nullable=True),
        _key("working_groups"),
    )
    _members("working_group_members", "working_groups", "group_id")


def _sessions() -> None:
    op.create_table(
        "topic_sessions",
        _id(),
        *_texts("title", "topic"),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("local_time", sa.Time(), nullable=False),
        *_texts("time_zone"),
        _moment("starts_at"),
        sa.Column("minutes", sa.Integer(), nullable=False),
        *_texts("link", "place", nullable=True),
        *_texts("language"),
        _to("persons", "host_id"),
        _to("working_groups", "group_id", nullable=True),
        *_texts("state"),
        *_texts("notes", nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        _moment("created_at"),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_topic_sessions_minutes")),
        _key("topic_sessions"),
    )
    op.create_index("ix_topic_sessions_starts_at", "topic_sessions", ["starts_at", "id"])
    op.create_index(op.f("ix_topic_sessions_group_id"), "topic_sessions", ["group_id"])
    _members(
        "topic_session_members",
        "topic_sessions",
        "session_id",
        sa.Column("came", sa.Boolean(), nullable=True),
    )


def _members(table: str, whole: str, column: str, *more: sa.Column[object]) -> None:
    """Who belongs to something now and who did before; nobody twice at a time."""
    op.create_table(
        table,
        _id(),
        _to(whole, column),
        _to("persons", "person_id"),
        _moment("joined_at"),
        _moment("left_at", nullable=True),
        *more,
        _key(table),
    )
    op.create_index(op.f(f"ix_{table}_person_id"), table, ["person_id"])
    op.create_index(
        f"uq_{table}_now",
        table,
        [column, "person_id"],
        unique=True,
        postgresql_where=sa.text("left_at IS NULL"),
    )


def downgrade() -> None:
    if op.get_bind().scalar(sa.text("SELECT EXISTS (SELECT 1 FROM company_exchanges)")):
        raise RuntimeError("Facts would be lost.")
    for table in (
        "topic_session_members", "topic_sessions", "working_group_members", "working_groups",
        "company_exchange_ends", "company_exchange_words", "company_exchanges", "focal_point_profiles",
    ):  # fmt: skip
        op.drop_table(table)

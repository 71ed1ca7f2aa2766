"""Lessons of joint trainings: texts, reviews, approvals of names, authors, courses that quote them, readers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_FACTS = ("lesson_texts", "lesson_reviews", "lesson_approvals", "lesson_authors")


def _to(table: str, name: str, nullable: bool = False) -> sa.Column[object]:
    """A column that points at a table."""
    return sa.Column(name, sa.Uuid(), sa.ForeignKey(f"{table}.id"), nullable=nullable)


def _id() -> sa.Column[object]:
    return sa.Column("id", sa.Uuid(), nullable=False)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*(columns or ("id",)), name=op.f(f"pk_{table}"))


def _texts(*names: str, nullable: bool = False) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.String(), nullable=nullable) for name in names]


def _keys(*names: str) -> list[sa.Column[object]]:
    return [
        sa.Column(name, postgresql.ARRAY(sa.Text()), nullable=False, server_default="{}") for name in names
    ]


def _moment(name: str, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, _MOMENT, nullable=nullable)


def upgrade() -> None:
    _lessons()
    _handed_in()
    _read()
    _around()
    for table in _FACTS:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _lessons() -> None:
    op.create_table(
        "lessons",
        _id(),
        _to("joint_trainings", "training_id"),
        *_texts("key", nullable=True),
        *_texts("state", "language"),
        sa.Column("draft", postgresql.JSONB(none_as_null=True), nullable=False),
        *_texts("private_part"),
        *_keys("competencies", "focuses"),
        sa.Column("submitted_text_id", sa.Uuid(), nullable=True),
        sa.Column("published_text_id", sa.Uuid(), nullable=True),
        sa.Column("published_on", sa.Date(), nullable=True),
        _moment("withdrawn_at", nullable=True),
        _to("persons", "withdrawn_by_id", nullable=True),
        *_texts("withdrawn_because", nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        _moment("created_at"),
        _key("lessons"),
        sa.UniqueConstraint("training_id", name=op.f("uq_lessons_training_id")),
        sa.UniqueConstraint("key", name=op.f("uq_lessons_key")),
        sa.CheckConstraint(
            "(published_text_id IS NULL) = (published_on IS NULL)", name=op.f("ck_lessons_published")
        ),
    )
    op.create_index("ix_lessons_published_on_id", "lessons", ["published_on", "id"])


def _handed_in() -> None:
    op.create_table(
        "lesson_texts",
        _id(),
        _to("lessons", "lesson_id"),
        _to("lesson_texts", "translates_id", nullable=True),
        *_texts("language", "title", "context", "done", "worked", "failed", "again", "advice", "digest"),
        *_keys("competencies", "focuses"),
        sa.Column("search_words", postgresql.TSVECTOR(), nullable=False),
        _to("persons", "by_id"),
        _moment("recorded_at"),
        _key("lesson_texts"),
    )
    op.create_index("ix_lesson_texts_lesson_id", "lesson_texts", ["lesson_id", "id"])
    op.create_index("ix_lesson_texts_translates_id", "lesson_texts", ["translates_id", "language"])
    for column in ("search_words", "competencies"):
        op.create_index(f"ix_lesson_texts_{column}", "lesson_texts", [column], postgresql_using="gin")
    op.create_table(
        "lesson_private_parts",
        _to("lesson_texts", "text_id"),
        *_texts("words"),
        _key("lesson_private_parts", "text_id"),
    )


def _read() -> None:
    op.create_table(
        "lesson_reviews",
        _id(),
        _to("lessons", "lesson_id"),
        _to("lesson_texts", "text_id"),
        *_texts("outcome"),
        *_texts("words", nullable=True),
        _to("persons", "by_id"),
        _moment("recorded_at"),
        _key("lesson_reviews"),
    )
    op.create_index("ix_lesson_reviews_lesson_id", "lesson_reviews", ["lesson_id", "id"])
    op.create_index("ix_lesson_reviews_text_id", "lesson_reviews", ["text_id"])
    op.create_table(
        "lesson_approvals",
        _id(),
        _to("lessons", "lesson_id"),
        *_texts("digest"),
        _to("training_hosts", "host_id"),
        _to("persons", "by_id"),
        _moment("recorded_at"),
        _key("lesson_approvals"),
    )
    op.create_index(
        "uq_lesson_approvals_lesson_id_digest_host_id",
        "lesson_approvals",
        ["lesson_id", "digest", "host_id"],
        unique=True,
    )


def _around() -> None:
    op.create_table(
        "lesson_authors",
        _to("lessons", "lesson_id"),
        _to("persons", "person_id"),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        _moment("recorded_at"),
        _key("lesson_authors", "lesson_id", "person_id"),
    )
    op.create_index("ix_lesson_authors_person_id", "lesson_authors", ["person_id"])
    op.create_table(
        "lesson_quotes",
        _to("courses", "course_id"),
        *_texts("lesson"),
        _key("lesson_quotes", "course_id", "lesson"),
    )
    op.create_index("ix_lesson_quotes_lesson", "lesson_quotes", ["lesson"])
    op.create_table(
        "lesson_readers",
        _to("persons", "person_id"),
        _moment("created_at"),
        _key("lesson_readers", "person_id"),
    )


def downgrade() -> None:
    if op.get_bind().scalar(sa.text("SELECT EXISTS (SELECT 1 FROM lesson_texts)")):
        raise RuntimeError("Facts would be lost.")
    for table in ("lesson_readers", "lesson_quotes", "lesson_authors", "lesson_approvals", "lesson_reviews"):
        op.drop_table(table)
    for table in ("lesson_private_parts", "lesson_texts", "lessons"):
        op.drop_table(table)

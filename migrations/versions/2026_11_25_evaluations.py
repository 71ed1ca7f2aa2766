"""Evaluations of joint trainings: levels, forms that are asked and counted, tests, and values of indicators."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_JSON = postgresql.JSONB()
_FACTS = ("test_scores", "result_values", "result_confirmations")


def _to(table: str, name: str, nullable: bool = False) -> sa.Column[object]:
    """A column that points at a table."""
    return sa.Column(name, sa.Uuid(), sa.ForeignKey(f"{table}.id"), nullable=nullable)


def _id() -> sa.Column[object]:
    return sa.Column("id", sa.Uuid(), nullable=False)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*(columns or ("id",)), name=op.f(f"pk_{table}"))


def _texts(*names: str, nullable: bool = False) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.String(), nullable=nullable) for name in names]


def _days(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.Date(), nullable=False) for name in names]


def _moment(name: str, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _number(name: str, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "evaluation_levels",
        _to("joint_trainings", "training_id"),
        *_texts("level"),
        *_days("opens_on", "closes_on"),
        _moment("announced_at", nullable=True),
        _number("form_version"),
        *_texts("form_digest"),
        _number("asked", nullable=True),
        _number("answered", nullable=True),
        _moment("closed_at", nullable=True),
        _to("persons", "closed_by_id", nullable=True),
        sa.Column("result", _JSON, nullable=True),
        _key("evaluation_levels", "training_id", "level"),
    )
    op.create_table(
        "evaluation_asks",
        _id(),
        _to("joint_trainings", "training_id"),
        *_texts("kind"),
        _to("persons", "person_id"),
        _to("persons", "about_id"),
        *_days("opens_on", "closes_on"),
        sa.Column("is_answered", sa.Boolean(), nullable=True),
        _key("evaluation_asks"),
    )
    op.create_index(
        "uq_evaluation_asks", "evaluation_asks", ["training_id", "kind", "person_id", "about_id"], unique=True
    )
    op.create_index("ix_evaluation_asks_person_id", "evaluation_asks", ["person_id"])
    op.create_index("ix_evaluation_asks_opens_on", "evaluation_asks", ["opens_on"])
    _reaction()
    _behaviour()
    _learning()
    _results()
    for table in _FACTS:
        _keep(table)


def _reaction() -> None:
    op.create_table(
        "reaction_counts",
        _to("joint_trainings", "training_id"),
        *_texts("question"),
        _number("score"),
        _number("people"),
        _key("reaction_counts", "training_id", "question", "score"),
        sa.CheckConstraint("people >= 0", name=op.f("ck_reaction_counts_people")),
    )
    op.create_table(
        "reaction_words",
        _id(),
        _to("joint_trainings", "training_id"),
        *_texts("question", "words"),
        _key("reaction_words"),
    )
    op.create_index(op.f("ix_reaction_words_training_id"), "reaction_words", ["training_id"])


def _behaviour() -> None:
    op.create_table(
        "behaviour_answers",
        sa.Column("ask_id", sa.Uuid(), nullable=False),
        sa.Column("scores", _JSON, nullable=False),
        sa.Column("words", _JSON, nullable=False),
        _key("behaviour_answers", "ask_id"),
        sa.ForeignKeyConstraint(["ask_id"], ["evaluation_asks.id"], ondelete="CASCADE"),
    )
    op.create_table(
        "behaviour_consents",
        _id(),
        _to("joint_trainings", "training_id"),
        _to("persons", "person_id"),
        _to("persons", "asked_id"),
        _moment("given_at"),
        _moment("withdrawn_at", nullable=True),
        _key("behaviour_consents"),
    )
    op.create_index(op.f("ix_behaviour_consents_training_id"), "behaviour_consents", ["training_id"])
    op.create_index("ix_behaviour_consents_person_id", "behaviour_consents", ["person_id", "training_id"])


def _learning() -> None:
    op.create_table(
        "training_tests",
        _to("joint_trainings", "training_id"),
        *_texts("activity", nullable=True),
        sa.Column("questions", _JSON, nullable=True),
        _to("persons", "set_by_id"),
        _moment("set_at"),
        _key("training_tests", "training_id"),
        sa.CheckConstraint("(activity IS NULL) <> (questions IS NULL)", name=op.f("ck_training_tests_one")),
    )
    op.create_table(
        "test_scores",
        _to("joint_trainings", "training_id"),
        _to("persons", "person_id"),
        *_texts("kind"),
        _number("score"),
        _moment("recorded_at"),
        _key("test_scores", "training_id", "person_id", "kind"),
        sa.CheckConstraint("score BETWEEN 0 AND 10000", name=op.f("ck_test_scores_score")),
    )
    op.create_index("ix_test_scores_person_id", "test_scores", ["person_id"])


def _results() -> None:
    op.create_table(
        "result_values",
        _id(),
        _to("joint_trainings", "training_id"),
        sa.Column("indicator_id", sa.Uuid(), nullable=False),
        sa.Column("value", sa.Numeric(14, 2), nullable=False),
        *_days("occurred_on"),
        *_texts("source"),
        *_texts("note", nullable=True),
        _to("persons", "by_id"),
        _moment("recorded_at"),
        _key("result_values"),
    )
    op.create_index("ix_result_values_training_id", "result_values", ["training_id", "id"])
    op.create_table(
        "result_confirmations",
        _to("result_values", "value_id"),
        _to("training_hosts", "host_id"),
        _to("persons", "by_id"),
        _moment("recorded_at"),
        _key("result_confirmations", "value_id", "host_id"),
    )


def _keep(table: str) -> None:
    op.execute(
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        f"CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    held = " OR ".join(f"EXISTS (SELECT 1 FROM {table})" for table in (*_FACTS, "evaluation_levels"))
    if op.get_bind().scalar(sa.text(f"SELECT {held}")):
        raise RuntimeError("Facts would be lost.")
    for table in ("result_confirmations", "result_values", "test_scores", "training_tests"):
        op.drop_table(table)
    for table in ("behaviour_consents", "behaviour_answers", "reaction_words", "reaction_counts"):
        op.drop_table(table)
    for table in ("evaluation_asks", "evaluation_levels"):
        op.drop_table(table)

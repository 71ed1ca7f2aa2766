"""Completions by waiver, equivalence and prior learning; the equivalence register; requests and decisions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_DOCUMENT = postgresql.JSONB(none_as_null=True, astext_type=sa.Text())
_MOMENT = sa.DateTime(timezone=True)
_FACTS = (
    "equivalences",
    "equivalence_withdrawals",
    "learning_request_decisions",
    "learning_request_levels",
)
_ORIGIN = """(source = 'activities') = (enrolment_id IS NOT NULL) AND (source = 'recorded') = (sender IS NOT NULL)
AND (source = 'prior_learning') = (request_id IS NOT NULL) AND (source = 'equivalence') = (ground_id IS NOT NULL)
AND (ground_id IS NULL) = (equivalence_id IS NULL) AND (source <> 'waiver' OR valid_until IS NOT NULL)"""


def upgrade() -> None:
    _register()
    _completions()
    _requests()
    for table in _FACTS:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _register() -> None:
    op.create_table(
        "equivalences",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("held_id", sa.Uuid(), sa.ForeignKey("courses.id"), nullable=False),
        sa.Column("gives_id", sa.Uuid(), sa.ForeignKey("courses.id"), nullable=False),
        sa.Column("entity_id", sa.Uuid(), sa.ForeignKey("entities.id"), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("decided_by_id", sa.Uuid(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", _MOMENT, nullable=False),
        sa.CheckConstraint("held_id <> gives_id", name=op.f("ck_equivalences_two_courses")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_equivalences")),
    )
    op.create_table(
        "equivalence_withdrawals",
        sa.Column("equivalence_id", sa.Uuid(), sa.ForeignKey("equivalences.id"), nullable=False),
        sa.Column("withdrawn_by_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("recorded_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("equivalence_id", name=op.f("pk_equivalence_withdrawals")),
    )


def _completions() -> None:
    op.add_column("completions", sa.Column("request_id", sa.Uuid(), nullable=True))
    op.add_column(
        "completions", sa.Column("ground_id", sa.Uuid(), sa.ForeignKey("completions.id"), nullable=True)
    )
    op.add_column(
        "completions",
        sa.Column("equivalence_id", sa.Uuid(), sa.ForeignKey("equivalences.id"), nullable=True),
    )
    op.drop_constraint(op.f("ck_completions_origin"), "completions")
    op.create_check_constraint(op.f("ck_completions_origin"), "completions", _ORIGIN)
    for name, columns, where in (
        ("uq_completions_ground_id", ["ground_id", "course_id"], "ground_id IS NOT NULL"),
        ("uq_completions_request_id", ["request_id"], "request_id IS NOT NULL"),
        ("uq_completions_waiver", ["person_id", "course_id", "occurred_on", "round"], "source = 'waiver'"),
    ):
        op.create_index(name, "completions", columns, unique=True, postgresql_where=sa.text(where))


def _requests() -> None:
    op.create_table(
        "learning_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), sa.ForeignKey("persons.id"), nullable=False),
        sa.Column("course_id", sa.Uuid(), sa.ForeignKey("courses.id"), nullable=False),
        sa.Column("course_version_id", sa.Uuid(), sa.ForeignKey("course_versions.id"), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=True),
        sa.Column("links", _DOCUMENT, nullable=False),
        sa.Column("submitted_at", _MOMENT, nullable=False),
        sa.Column("closed_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learning_requests")),
    )
    op.create_index("ix_learning_requests_person_id", "learning_requests", ["person_id"])
    op.create_index("ix_learning_requests_state", "learning_requests", ["state", "id"])
    op.create_index(
        "uq_learning_requests_open",
        "learning_requests",
        ["person_id", "course_id"],
        unique=True,
        postgresql_where=sa.text("state = 'submitted'"),
    )
    op.create_table(
        "learning_request_files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), sa.ForeignKey("learning_requests.id"), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("file_key", sa.String(), nullable=False),
        sa.Column("file_type", sa.String(), nullable=False),
        sa.Column("file_size", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learning_request_files")),
    )
    op.create_index(op.f("ix_learning_request_files_request_id"), "learning_request_files", ["request_id"])
    op.create_table(
        "learning_request_decisions",
        sa.Column("request_id", sa.Uuid(), sa.ForeignKey("learning_requests.id"), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("assessor_id", sa.Uuid(), sa.ForeignKey("persons.id"), nullable=False),
        sa.Column("words_id", sa.Uuid(), sa.ForeignKey("evidence.id"), nullable=False),
        sa.Column(
            "completion_id",
            sa.Uuid(),
            sa.ForeignKey("completions.id", deferrable=True, initially="DEFERRED"),
            nullable=True,
        ),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_learning_request_decisions")),
    )
    op.create_table(
        "learning_request_levels",
        sa.Column(
            "request_id", sa.Uuid(), sa.ForeignKey("learning_request_decisions.request_id"), nullable=False
        ),
        sa.Column("competency", sa.String(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("words_id", sa.Uuid(), sa.ForeignKey("evidence.id"), nullable=True),
        sa.CheckConstraint("level BETWEEN 0 AND 4", name=op.f("ck_learning_request_levels_level")),
        sa.PrimaryKeyConstraint("request_id", "competency", name=op.f("pk_learning_request_levels")),
    )


def downgrade() -> None:
    held = "SELECT EXISTS (SELECT 1 FROM completions WHERE source NOT IN ('activities', 'recorded'))"
    decided = (
        "SELECT EXISTS (SELECT 1 FROM equivalences) OR EXISTS (SELECT 1 FROM learning_request_decisions)"
    )
    if op.get_bind().scalar(sa.text(held)) or op.get_bind().scalar(sa.text(decided)):
        raise RuntimeError("Facts would be lost.")
    for table in ("learning_request_levels", "learning_request_decisions", "learning_request_files"):
        op.drop_table(table)
    op.drop_table("learning_requests")
    op.drop_constraint(op.f("ck_completions_origin"), "completions")
    for column in ("equivalence_id", "ground_id", "request_id"):
        op.drop_column("completions", column)
    op.drop_index("uq_completions_waiver", "completions")
    op.create_check_constraint(
        op.f("ck_completions_origin"), "completions", "(enrolment_id IS NULL) <> (sender IS NULL)"
    )
    op.drop_table("equivalence_withdrawals")
    op.drop_table("equivalences")

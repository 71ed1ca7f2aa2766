"""Attendance at joint trainings: marks, signatures, what was attended, and work that was assessed there."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_DOCUMENT = postgresql.JSONB(none_as_null=True)
_FACTS = (
    "attendance_marks",
    "refused_marks",
    "attendance_signatures",
    "attendance_reminders",
    "training_attendances",
    "training_attendance_revocations",
    "training_assessments",
)
_ORIGIN = """(source = 'activities') = (enrolment_id IS NOT NULL) AND (source = 'recorded') = (sender IS NOT NULL)
AND (source = 'prior_learning') = (request_id IS NOT NULL) AND (source = 'equivalence') = (ground_id IS NOT NULL)
{}AND (ground_id IS NULL) = (equivalence_id IS NULL) AND (source <> 'waiver' OR valid_until IS NOT NULL)"""
_ATTENDED = "AND (source = 'joint_training') = (attendance_id IS NOT NULL)\n"


def _to(table: str, name: str, nullable: bool = False) -> sa.Column[object]:
    """A column that points at a table."""
    return sa.Column(name, sa.Uuid(), sa.ForeignKey(f"{table}.id"), nullable=nullable)


def _id() -> sa.Column[object]:
    return sa.Column("id", sa.Uuid(), nullable=False)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*(columns or ("id",)), name=op.f(f"pk_{table}"))


def _of(kind: object, *names: str, nullable: bool = False) -> list[sa.Column[object]]:
    return [sa.Column(name, kind, nullable=nullable) for name in names]  # type: ignore[call-overload]


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def upgrade() -> None:
    _notes()
    _marks()
    _refused()
    _signatures()
    _attended()
    _assessed()
    _sources()
    for table in _FACTS:
        for name, when, each in (
            ("append_only", "UPDATE OR DELETE", "ROW"),
            ("never_emptied", "TRUNCATE", "STATEMENT"),
        ):
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {when} ON {table} "
                f"FOR EACH {each} EXECUTE FUNCTION refuse_change()"
            )


def _notes() -> None:
    table = "attendance_notes"
    op.create_table(
        table,
        _id(),
        _to("persons", "person_id"),
        *_of(sa.String(), "words", nullable=True),
        *_of(_MOMENT, "recorded_at"),
        *_of(_MOMENT, "erased_at", nullable=True),
        _key(table),
    )
    op.create_index(op.f(f"ix_{table}_person_id"), table, ["person_id"])
    table = "check_in_throttles"
    op.create_table(
        table,
        _to("training_sessions", "session_id"),
        _to("persons", "person_id"),
        *_of(_MOMENT, "window_at"),
        *_of(sa.Integer(), "failures"),
        _key(table, "session_id", "person_id", "window_at"),
    )


def _marks() -> None:
    table = "attendance_marks"
    op.create_table(
        table,
        _id(),
        _to("training_sessions", "session_id"),
        _to("persons", "person_id"),
        _to("training_hosts", "host_id"),
        *_of(sa.String(), "source"),
        *_of(sa.Integer(), "minutes"),
        *_of(_MOMENT, "at"),
        _to("persons", "by_id"),
        *_of(sa.String(), "client_id"),
        _to("attendance_notes", "note_id", nullable=True),
        *_of(_MOMENT, "recorded_at"),
        _key(table),
        _check(table, "minutes", "minutes BETWEEN 0 AND 1440"),
        _check(table, "reason", "(source IN ('late', 'correction')) = (note_id IS NOT NULL)"),
        _check(table, "own", "(source = 'code') = (by_id = person_id)"),
    )
    op.create_index(f"ix_{table}_session_id", table, ["session_id", "person_id"])
    op.create_index(f"ix_{table}_person_id", table, ["person_id"])
    op.create_index(f"uq_{table}_client_id", table, ["session_id", "by_id", "client_id"], unique=True)


def _refused() -> None:
    table = "refused_marks"
    op.create_table(
        table,
        _id(),
        _to("training_sessions", "session_id"),
        _to("persons", "person_id"),
        *_of(sa.Integer(), "minutes"),
        *_of(_MOMENT, "at"),
        _to("persons", "by_id"),
        *_of(sa.String(), "client_id", "why"),
        *_of(_MOMENT, "recorded_at"),
        _key(table),
    )
    op.create_index(f"uq_{table}_client_id", table, ["session_id", "by_id", "client_id"], unique=True)


def _signatures() -> None:
    table = "attendance_signatures"
    op.create_table(
        table,
        _id(),
        _to("training_sessions", "session_id"),
        _to("training_hosts", "host_id"),
        *_of(sa.Integer(), "number"),
        *_of(sa.String(), "kind"),
        *_of(_DOCUMENT, "lines"),
        *_of(sa.String(), "digest", "rule"),
        _to("persons", "by_id", nullable=True),
        *_of(_MOMENT, "recorded_at"),
        _key(table),
        _check(table, "signed", "(kind = 'signed') = (by_id IS NOT NULL)"),
    )
    op.create_index(f"uq_{table}", table, ["session_id", "host_id", "number"], unique=True)
    table = "attendance_reminders"
    op.create_table(
        table,
        _id(),
        _to("training_sessions", "session_id"),
        _to("training_hosts", "host_id"),
        *_of(_MOMENT, "recorded_at"),
        _key(table),
    )
    op.create_index(f"uq_{table}", table, ["session_id", "host_id"], unique=True)


def _attended() -> None:
    table = "training_attendances"
    op.create_table(
        table,
        _id(),
        _to("joint_trainings", "training_id"),
        _to("persons", "person_id"),
        *_of(sa.Integer(), "round", "minutes"),
        *_of(sa.String(), "rule"),
        *_of(sa.Date(), "occurred_on"),
        _to("completions", "completion_id", nullable=True),
        *_of(_MOMENT, "recorded_at"),
        _key(table),
        _check(table, "minutes", "minutes > 0"),
    )
    op.create_index(f"uq_{table}", table, ["training_id", "person_id", "round"], unique=True)
    op.create_index(f"ix_{table}_person_id", table, ["person_id", "recorded_at"])
    table = "training_attendance_revocations"
    op.create_table(
        table,
        _to("training_attendances", "attendance_id"),
        *_of(sa.Uuid(), "revoked_by_id"),
        _to("attendance_notes", "note_id"),
        *_of(_MOMENT, "recorded_at"),
        _key(table, "attendance_id"),
    )


def _assessed() -> None:
    table = "partner_assessors"
    op.create_table(
        table,
        _id(),
        _to("partners", "partner_id"),
        _to("persons", "person_id"),
        _to("persons", "named_by_id"),
        *_of(_MOMENT, "named_at"),
        *_of(_MOMENT, "ended_at", nullable=True),
        _to("persons", "ended_by_id", nullable=True),
        _key(table),
    )
    live = sa.text("ended_at IS NULL")
    op.create_index(f"uq_{table}", table, ["partner_id", "person_id"], unique=True, postgresql_where=live)
    op.create_index(f"ix_{table}_person_id", table, ["person_id"])
    table = "training_assessments"
    op.create_table(
        table,
        _id(),
        _to("joint_trainings", "training_id"),
        _to("persons", "person_id"),
        _to("training_hosts", "host_id"),
        _to("persons", "assessor_id"),
        *_of(_DOCUMENT, "levels"),
        _to("attendance_notes", "note_id"),
        *_of(_MOMENT, "recorded_at"),
        _key(table),
    )
    op.create_index(f"uq_{table}", table, ["training_id", "person_id"], unique=True)
    op.create_index(f"ix_{table}_person_id", table, ["person_id"])


def _sources() -> None:
    op.add_column("skill_records", sa.Column("assessment_id", sa.Uuid(), nullable=True))
    op.add_column("completions", sa.Column("attendance_id", sa.Uuid(), nullable=True))
    op.drop_constraint(op.f("ck_completions_origin"), "completions")
    op.create_check_constraint(op.f("ck_completions_origin"), "completions", _ORIGIN.format(_ATTENDED))
    given = sa.text("attendance_id IS NOT NULL")
    op.create_index(
        "uq_completions_attendance_id", "completions", ["attendance_id"], unique=True, postgresql_where=given
    )


def downgrade() -> None:
    for table in _FACTS:
        if op.get_bind().scalar(sa.text(f"SELECT EXISTS (SELECT 1 FROM {table})")):
            raise RuntimeError("Facts would be lost.")
    op.drop_index("uq_completions_attendance_id", "completions")
    op.drop_constraint(op.f("ck_completions_origin"), "completions")
    op.drop_column("completions", "attendance_id")
    op.create_check_constraint(op.f("ck_completions_origin"), "completions", _ORIGIN.format(""))
    op.drop_column("skill_records", "assessment_id")
    for table in (*reversed(_FACTS), "partner_assessors", "check_in_throttles", "attendance_notes"):
        op.drop_table(table)

"""Assigned learning: rules, whom they reached, more time asked for and decided, reminders."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_FACTS = ("assignment_extensions", "extension_decisions", "assignment_reminders")
_MOMENT = sa.DateTime(timezone=True)


def _id() -> sa.Column[object]:
    return sa.Column("id", sa.Uuid(), primary_key=True)


def _to(name: str, table: str, **options: bool) -> sa.Column[object]:
    """A foreign key; needed unless said otherwise."""
    return sa.Column(name, sa.Uuid(), sa.ForeignKey(f"{table}.id"), **({"nullable": False} | options))


def _keys(name: str) -> sa.Column[object]:
    return sa.Column(name, postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False)


def upgrade() -> None:
    op.create_table(
        "assignment_rules",
        _id(),
        _to("entity_id", "entities"),
        sa.Column("course", sa.String(), nullable=True),
        sa.Column("programme", sa.String(), nullable=True),
        *(_keys(name) for name in ("kinds", "grades", "roles", "profiles")),
        sa.Column("new_joiners", sa.Boolean(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("due_days", sa.Integer(), nullable=True),
        sa.Column("due_from", sa.String(), nullable=True),
        sa.Column("compulsory", sa.Boolean(), nullable=False),
        sa.Column("decision", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        _to("made_by_id", "persons"),
        sa.Column("made_at", _MOMENT, nullable=False),
        _to("activated_by_id", "persons", nullable=True),
        sa.Column("activated_at", _MOMENT, nullable=True),
        _to("ended_by_id", "persons", nullable=True),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.CheckConstraint("(course IS NULL) <> (programme IS NULL)", name=op.f("ck_assignment_rules_what")),
        sa.CheckConstraint("(due_on IS NULL) <> (due_days IS NULL)", name=op.f("ck_assignment_rules_due")),
        sa.CheckConstraint(
            "decision IS NOT NULL OR NOT compulsory", name=op.f("ck_assignment_rules_decision")
        ),
    )
    op.create_index("ix_assignment_rules_entity_id", "assignment_rules", ["entity_id"])
    op.create_table(
        "assignments",
        _id(),
        _to("rule_id", "assignment_rules"),
        _to("person_id", "persons"),
        sa.Column("assigned_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("ended_why", sa.String(), nullable=True),
        sa.CheckConstraint("(ended_on IS NULL) = (ended_why IS NULL)", name=op.f("ck_assignments_ended")),
    )
    op.create_index(
        "uq_assignments_rule_id_person_id_open",
        "assignments",
        ["rule_id", "person_id"],
        unique=True,
        postgresql_where=sa.text("ended_on IS NULL"),
    )
    op.create_index("ix_assignments_person_id", "assignments", ["person_id"])
    _extensions()
    _reminders()
    for table in _FACTS:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _extensions() -> None:
    op.create_table(
        "assignment_extensions",
        _id(),
        _to("assignment_id", "assignments"),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
    )
    op.create_index("ix_assignment_extensions_assignment_id", "assignment_extensions", ["assignment_id"])
    op.create_table(
        "extension_decisions",
        _to("extension_id", "assignment_extensions", primary_key=True),
        sa.Column("granted", sa.Boolean(), nullable=False),
        _to("decided_by_id", "persons"),
        sa.Column("decided_at", _MOMENT, nullable=False),
    )
    op.create_table(
        "extension_words",
        _to("extension_id", "assignment_extensions", primary_key=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
    )


def _reminders() -> None:
    op.create_table(
        "assignment_reminders",
        _id(),
        _to("assignment_id", "assignments"),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("reminded_on", sa.Date(), nullable=False),
    )
    op.create_index(
        "uq_assignment_reminders_step",
        "assignment_reminders",
        ["assignment_id", "due_on", "step"],
        unique=True,
    )
    op.create_index("ix_assignment_reminders_step_due_on", "assignment_reminders", ["step", "due_on"])


def downgrade() -> None:
    if op.get_bind().scalar(sa.text("SELECT EXISTS (SELECT 1 FROM assignments)")):
        raise RuntimeError("What was assigned would be lost.")
    for table in (
        "assignment_reminders",
        "extension_words",
        "extension_decisions",
        "assignment_extensions",
        "assignments",
        "assignment_rules",
    ):
        op.drop_table(table)

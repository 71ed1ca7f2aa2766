"""Joint trainings, their hosts, and the way each went."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_KEYS = postgresql.ARRAY(sa.Text())


def _to(table: str, name: str, nullable: bool = False) -> sa.Column[object]:
    """A column that points at a table."""
    return sa.Column(name, sa.Uuid(), sa.ForeignKey(f"{table}.id"), nullable=nullable)


def _id() -> sa.Column[object]:
    return sa.Column("id", sa.Uuid(), nullable=False)


def _key(table: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))


def _texts(*names: str, nullable: bool = False) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.String(), nullable=nullable) for name in names]


def _flags(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.Boolean(), nullable=False) for name in names]


def upgrade() -> None:
    op.create_table(
        "joint_trainings",
        _id(),
        *_texts("title", "aim", "language"),
        *(
            sa.Column(name, _KEYS, nullable=False, server_default="{}")
            for name in ("languages", "focuses", "competencies")
        ),
        _to("courses", "course_id", nullable=True),
        _to("course_versions", "course_version_id", nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=False),
        *_flags("every_session"),
        sa.Column("attended_percent", sa.Integer(), nullable=False),
        *_flags("name_or_emblem", "is_recorded", "experts_only"),
        *_texts("state"),
        _to("entities", "lead_entity_id", nullable=True),
        _to("persons", "proposed_by_id"),
        _to("persons", "managed_by_id", nullable=True),
        sa.Column("evaluated_at", _MOMENT, nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        _key("joint_trainings"),
        sa.CheckConstraint(
            "attended_percent BETWEEN 1 AND 100", name=op.f("ck_joint_trainings_attended_percent")
        ),
        sa.CheckConstraint("minutes >= 0", name=op.f("ck_joint_trainings_minutes")),
    )
    op.create_index(op.f("ix_joint_trainings_course_id"), "joint_trainings", ["course_id"])
    op.create_index("ix_joint_trainings_lead_entity_id", "joint_trainings", ["lead_entity_id"])
    op.create_index("ix_joint_trainings_state_starts_on", "joint_trainings", ["state", "starts_on"])
    _hosts()
    _moves()


def _hosts() -> None:
    op.create_table(
        "training_hosts",
        _id(),
        _to("joint_trainings", "training_id"),
        _to("entities", "entity_id", nullable=True),
        _to("partners", "partner_id", nullable=True),
        _to("persons", "accepted_by_id", nullable=True),
        sa.Column("accepted_at", _MOMENT, nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        _key("training_hosts"),
        sa.CheckConstraint("(entity_id IS NULL) <> (partner_id IS NULL)", name=op.f("ck_training_hosts_one")),
    )
    for of in ("entity", "partner"):
        op.create_index(
            f"uq_training_hosts_{of}",
            "training_hosts",
            ["training_id", f"{of}_id"],
            unique=True,
            postgresql_where=sa.text(f"{of}_id IS NOT NULL"),
        )
        op.create_index(f"ix_training_hosts_{of}_id", "training_hosts", [f"{of}_id"])


def _moves() -> None:
    op.create_table(
        "training_moves",
        _id(),
        _to("joint_trainings", "training_id"),
        *_texts("from_state", "to_state"),
        _to("persons", "by_id", nullable=True),
        *_texts("reason", "track", nullable=True),
        sa.Column("recorded_at", _MOMENT, nullable=False),
        _key("training_moves"),
    )
    op.create_index("ix_training_moves_training_id", "training_moves", ["training_id", "id"])
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON training_moves "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER never_emptied BEFORE TRUNCATE ON training_moves "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    if op.get_bind().scalar(sa.text("SELECT EXISTS (SELECT 1 FROM training_moves)")):
        raise RuntimeError("Facts would be lost.")
    for table in ("training_moves", "training_hosts", "joint_trainings"):
        op.drop_table(table)

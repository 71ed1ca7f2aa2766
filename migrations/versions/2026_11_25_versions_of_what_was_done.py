"""Attempts and work name the version they were made for, since an enrolment may move on; previews of courses."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_TABLES = ("attempts", "submissions")


def upgrade() -> None:
    for table in _TABLES:
        op.add_column(
            table,
            sa.Column("course_version_id", sa.Uuid(), sa.ForeignKey("course_versions.id"), nullable=True),
        )
        op.execute(
            f"UPDATE {table} t SET course_version_id = n.course_version_id FROM enrolments n"
            " WHERE n.id = t.enrolment_id"
        )
        op.alter_column(table, "course_version_id", nullable=False)
    op.create_table(
        "course_previews",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("owner_id", sa.Uuid(), sa.ForeignKey("persons.id"), nullable=False),
        sa.Column("course", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("findings", postgresql.JSONB(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index("ix_course_previews_owner_id_created_at", "course_previews", ["owner_id", "created_at"])


def downgrade() -> None:
    op.drop_table("course_previews")
    for table in _TABLES:
        op.drop_column(table, "course_version_id")

"""The job queue's own tables, from the library's SQL as it stood at this revision."""

import sqlalchemy as sa
from alembic import op
from procrastinate.schema import SchemaManager

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # asyncpg prepares one statement at a time; a script of many goes through its simple protocol.
    connection = op.get_bind()
    raw = connection.connection.dbapi_connection
    raw.run_async(lambda driver: driver.execute(SchemaManager.get_schema()))
    # A mail that was sent is not sent again when its job runs twice.
    op.create_table(
        "sent_mails",
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("sent_mails")
    for table in ("events", "periodic_defers", "jobs", "workers"):
        op.execute(f"DROP TABLE procrastinate_{table} CASCADE")
    op.execute(
        "DROP TYPE procrastinate_job_to_defer_v1, procrastinate_job_event_type, procrastinate_job_status CASCADE"
    )
    op.execute(
        """
        DO $$ DECLARE f regprocedure; BEGIN
            FOR f IN SELECT p.oid::regprocedure FROM pg_proc p WHERE p.proname LIKE 'procrastinate_%' LOOP
                EXECUTE 'DROP FUNCTION ' || f || ' CASCADE';
            END LOOP;
        END $$
        """
    )

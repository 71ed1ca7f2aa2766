"""Facts are append-only, and events have their monthly partitions."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

FACTS = (
    "completions",
    "completion_revocations",
    "skill_records",
    "skill_revocations",
    "events",
    "course_versions",
)


def upgrade() -> None:
    op.execute(
        """
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'table % is append-only: % is refused', TG_TABLE_NAME, TG_OP
                USING ERRCODE = 'restrict_violation';
        END $$
        """
    )
    for table in FACTS:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    # Rows of months that have no partition yet go to the default one, so that no event is ever refused.
    op.execute("CREATE TABLE events_other PARTITION OF events DEFAULT")
    op.execute(
        """
        CREATE FUNCTION make_event_partition(month date) RETURNS void LANGUAGE plpgsql AS $$
        DECLARE
            first date := date_trunc('month', month)::date;
            name text := 'events_' || to_char(first, 'YYYY_MM');
        BEGIN
            IF to_regclass(name) IS NOT NULL THEN RETURN; END IF;
            IF EXISTS (SELECT 1 FROM events_other WHERE at >= first AND at < first + interval '1 month') THEN
                RETURN; -- rows came before their partition; they stay where they are
            END IF;
            EXECUTE format('CREATE TABLE %I PARTITION OF events FOR VALUES FROM (%L) TO (%L)',
                           name, first::timestamp AT TIME ZONE 'UTC',
                           (first + interval '1 month')::timestamp AT TIME ZONE 'UTC');
        END $$
        """
    )
    op.execute(
        "SELECT make_event_partition((current_date + (n || ' months')::interval)::date) FROM generate_series(0, 2) n"
    )


def downgrade() -> None:
    raise RuntimeError("Facts would no longer be protected, and their partitions hold events.")

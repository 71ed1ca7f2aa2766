"""A month of events refuses TRUNCATE too: PostgreSQL hands triggers for rows on to partitions, and no others."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_MAKE = """
CREATE OR REPLACE FUNCTION make_event_partition(month date) RETURNS void LANGUAGE plpgsql AS $$
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
    {guard}
END $$
"""
_GUARD = """EXECUTE format('CREATE TRIGGER never_emptied BEFORE TRUNCATE ON %I '
                   'FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', name);"""
_EACH_PARTITION = """
DO $$ DECLARE partition regclass; BEGIN
    FOR partition IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'events'::regclass LOOP
        EXECUTE '{statement}';
    END LOOP;
END $$
"""


def upgrade() -> None:
    op.execute(_MAKE.format(guard=_GUARD))
    guard = (
        "CREATE TRIGGER never_emptied BEFORE TRUNCATE ON ' || partition || "
        "' FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute(_EACH_PARTITION.format(statement=guard))


def downgrade() -> None:
    op.execute(_MAKE.format(guard=""))
    op.execute(_EACH_PARTITION.format(statement="DROP TRIGGER never_emptied ON ' || partition || '"))

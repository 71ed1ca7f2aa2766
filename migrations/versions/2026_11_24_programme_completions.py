"""Completions of programmes: facts like completions, with what they rest on and when they stopped counting."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_FACTS = ("programme_completions", "programme_grounds", "programme_revocations")
# In PL/pgSQL, since each statement of a function sees what was committed while the one before it waited: whoever
# waits for the same person's other completion then sees it. One statement alone would not, and two courses completed
# at once would complete no programme.
_GROUND = """
CREATE FUNCTION programme_ground(people uuid[], courses text[])
RETURNS TABLE (person_id uuid, completion_id uuid, course text, occurred_on date, valid_until date,
               programme_completion_id uuid, programme text, digest text, document_id uuid, rests_on uuid[],
               is_revoked boolean)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    PERFORM 1 FROM persons p WHERE p.id = ANY (people) ORDER BY p.id FOR NO KEY UPDATE;
    RETURN QUERY
    SELECT m.person_id, m.id, c.key::text, m.occurred_on, m.valid_until,
           NULL::uuid, NULL::text, NULL::text, NULL::uuid, NULL::uuid[], false
      FROM completions m JOIN courses c ON c.id = m.course_id
     WHERE m.person_id = ANY (people) AND c.key = ANY (courses)
       AND NOT EXISTS (SELECT 1 FROM completion_revocations r WHERE r.completion_id = m.id);
    RETURN QUERY
    SELECT d.person_id, NULL::uuid, NULL::text, d.occurred_on, d.valid_until,
           d.id, d.programme::text, d.digest::text, d.document_id,
           ARRAY(SELECT g.completion_id FROM programme_grounds g WHERE g.programme_completion_id = d.id),
           EXISTS (SELECT 1 FROM programme_revocations r WHERE r.programme_completion_id = d.id)
      FROM programme_completions d WHERE d.person_id = ANY (people);
END $$
"""


def upgrade() -> None:
    op.create_table(
        "programme_completions",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("person_id", sa.Uuid(), sa.ForeignKey("persons.id"), nullable=False),
        sa.Column("programme", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("document_id", sa.Uuid(), sa.ForeignKey("library_documents.id"), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
    )
    op.create_index(
        "uq_programme_completions_round",
        "programme_completions",
        ["person_id", "programme", "digest", "round"],
        unique=True,
    )
    for columns in (["person_id", "recorded_at"], ["programme", "occurred_on"]):
        name = f"ix_programme_completions_{'_'.join(columns)}"
        op.create_index(name, "programme_completions", columns)
    op.create_table(
        "programme_grounds",
        sa.Column(
            "programme_completion_id", sa.Uuid(), sa.ForeignKey("programme_completions.id"), primary_key=True
        ),
        sa.Column("completion_id", sa.Uuid(), sa.ForeignKey("completions.id"), primary_key=True),
    )
    op.create_index("ix_programme_grounds_completion_id", "programme_grounds", ["completion_id"])
    op.create_table(
        "programme_revocations",
        sa.Column(
            "programme_completion_id", sa.Uuid(), sa.ForeignKey("programme_completions.id"), primary_key=True
        ),
        sa.Column("completion_id", sa.Uuid(), sa.ForeignKey("completions.id"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
    )
    for table in _FACTS:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(_GROUND)


def downgrade() -> None:
    if op.get_bind().scalar(sa.text("SELECT EXISTS (SELECT 1 FROM programme_completions)")):
        raise RuntimeError("Facts would be lost.")
    op.execute("DROP FUNCTION programme_ground")
    for table in reversed(_FACTS):
        op.drop_table(table)

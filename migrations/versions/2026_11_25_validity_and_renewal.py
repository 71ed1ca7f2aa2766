"""Until when facts count, where that is not as recorded; enrolments that renew a completion."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# As in revision 0007, where it is explained.
_GROUND = """
CREATE OR REPLACE FUNCTION programme_ground(people uuid[], courses text[])
RETURNS TABLE (person_id uuid, completion_id uuid, course text, occurred_on date, valid_until date,
               programme_completion_id uuid, programme text, digest text, document_id uuid, rests_on uuid[],
               is_revoked boolean)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    PERFORM 1 FROM persons p WHERE p.id = ANY (people) ORDER BY p.id FOR NO KEY UPDATE;
    RETURN QUERY
    SELECT m.person_id, m.id, c.key::text, m.occurred_on, {valid[m]},
           NULL::uuid, NULL::text, NULL::text, NULL::uuid, NULL::uuid[], false
      FROM completions m JOIN courses c ON c.id = m.course_id
     WHERE m.person_id = ANY (people) AND c.key = ANY (courses)
       AND NOT EXISTS (SELECT 1 FROM completion_revocations r WHERE r.completion_id = m.id);
    RETURN QUERY
    SELECT d.person_id, NULL::uuid, NULL::text, d.occurred_on, {valid[d]},
           d.id, d.programme::text, d.digest::text, d.document_id,
           ARRAY(SELECT g.completion_id FROM programme_grounds g WHERE g.programme_completion_id = d.id),
           EXISTS (SELECT 1 FROM programme_revocations r WHERE r.programme_completion_id = d.id)
      FROM programme_completions d WHERE d.person_id = ANY (people);
END $$
"""
_AS_RECORDED = {"m": "m.valid_until", "d": "d.valid_until"}
_AS_CHANGED = {
    fact: f"""coalesce((SELECT w.valid_until FROM validity_changes w WHERE w.fact_id = {fact}.id
                         ORDER BY w.recorded_at DESC, w.id DESC LIMIT 1), {fact}.valid_until)"""
    for fact in _AS_RECORDED
}


def upgrade() -> None:
    op.create_table(
        "validity_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("fact_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("days_added", sa.Integer(), nullable=False),
        sa.Column("superseded_by_id", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_validity_changes_person_id_persons")
        ),
        sa.ForeignKeyConstraint(
            ["superseded_by_id"],
            ["course_versions.id"],
            name=op.f("fk_validity_changes_superseded_by_id_course_versions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_validity_changes")),
    )
    op.create_index("ix_validity_changes_fact_id_recorded_at", "validity_changes", ["fact_id", "recorded_at"])
    op.create_index("ix_validity_changes_person_id", "validity_changes", ["person_id"])
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON validity_changes "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER never_emptied BEFORE TRUNCATE ON validity_changes "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute(_GROUND.format(valid=_AS_CHANGED))
    op.add_column("enrolments", sa.Column("renews_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_enrolments_renews_id_completions"), "enrolments", "completions", ["renews_id"], ["id"]
    )


def downgrade() -> None:
    if op.get_bind().scalar(sa.text("SELECT EXISTS (SELECT 1 FROM validity_changes)")):
        raise RuntimeError("Facts would be lost.")
    op.drop_column("enrolments", "renews_id")
    op.execute(_GROUND.format(valid=_AS_RECORDED))
    op.drop_table("validity_changes")

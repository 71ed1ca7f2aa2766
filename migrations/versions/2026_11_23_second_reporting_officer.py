"""An index for second reporting officers: whether the asker supervises anybody is asked on every request."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_affiliations_second_reporting_officer_id", "affiliations", ["second_reporting_officer_id"]
    )


def downgrade() -> None:
    op.drop_index("ix_affiliations_second_reporting_officer_id", "affiliations")

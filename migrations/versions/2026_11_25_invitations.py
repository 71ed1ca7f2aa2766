"""Invitations by e-mail, each accepted once; contacts of partners count their changes."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def _to(table: str, name: str, nullable: bool = False) -> sa.Column[object]:
    """A column that points at a table."""
    return sa.Column(name, sa.Uuid(), sa.ForeignKey(f"{table}.id"), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=True) for name in ("email", "email_key", "name")),
        sa.Column("language", sa.String(), nullable=False),
        _to("partners", "partner_id"),
        _to("entities", "entity_id", nullable=True),
        sa.Column("purpose_kind", sa.String(), nullable=False),
        sa.Column("purpose_id", sa.Uuid(), nullable=False),
        sa.Column("purpose_title", sa.String(), nullable=True),
        sa.Column("purpose_path", sa.String(), nullable=True),
        _to("persons", "invited_by_id"),
        sa.Column("token_digest", sa.String(), nullable=True),
        sa.Column("sendings", sa.Integer(), nullable=False),
        sa.Column("sent_at", _MOMENT, nullable=True),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("accepted_at", _MOMENT, nullable=True),
        _to("persons", "person_id", nullable=True),
        sa.Column("withdrawn_at", _MOMENT, nullable=True),
        _to("persons", "withdrawn_by_id", nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_invitations_token_digest")),
    )
    op.create_index("ix_invitations_partner_id_id", "invitations", ["partner_id", "id"])
    op.create_index("ix_invitations_email_key", "invitations", ["email_key"])
    op.create_index(op.f("ix_invitations_person_id"), "invitations", ["person_id"])
    op.create_index(
        "uq_invitations_open",
        "invitations",
        ["partner_id", "email_key", "purpose_kind", "purpose_id"],
        unique=True,
        postgresql_where=sa.text("accepted_at IS NULL AND withdrawn_at IS NULL"),
    )
    op.create_index(
        "ix_affiliations_partner_id",
        "affiliations",
        ["partner_id"],
        postgresql_where=sa.text("partner_id IS NOT NULL"),
    )
    op.add_column("partner_contacts", sa.Column("revision", sa.Integer(), nullable=False, server_default="1"))
    op.alter_column("partner_contacts", "revision", server_default=None)


def downgrade() -> None:
    op.drop_column("partner_contacts", "revision")
    op.drop_index("ix_affiliations_partner_id", "affiliations")
    op.drop_table("invitations")

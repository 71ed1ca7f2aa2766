"""Assessment, indicators, checklist, costs, agreement and signatures of joint trainings."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_DOCUMENT = postgresql.JSONB(none_as_null=True, astext_type=sa.Text())
_MONEY = sa.Numeric(14, 2)
_FACTS = (
    "ex_ante_assessments",
    "checklist_answers",
    "agreement_documents",
    "standard_clearances",
    "clearance_requests",
    "agreement_clearances",
    "signing_authorities",
    "signing_authority_ends",
    "agreement_signatures",
)


def _to(table: str, name: str, nullable: bool = False) -> sa.Column[object]:
    """A column that points at a table."""
    return sa.Column(name, sa.Uuid(), sa.ForeignKey(f"{table}.id"), nullable=nullable)


def _id() -> sa.Column[object]:
    return sa.Column("id", sa.Uuid(), nullable=False)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*(columns or ("id",)), name=op.f(f"pk_{table}"))


def _moment(name: str = "recorded_at", nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, _MOMENT, nullable=nullable)


def _texts(*names: str, nullable: bool = False) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.String(), nullable=nullable) for name in names]


def _check(table: str, name: str, says: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(says, name=op.f(f"ck_{table}_{name}"))


_training = ("joint_trainings", "training_id")


def upgrade() -> None:
    _content()
    _agreement()
    _signing()
    for table in _FACTS:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _content() -> None:
    op.create_table(
        "ex_ante_assessments",
        _id(),
        _to(*_training),
        _to("partners", "partner_id", nullable=True),
        sa.Column("answers", _DOCUMENT, nullable=False),
        _to("persons", "by_id"),
        _moment(),
        _key("ex_ante_assessments"),
    )
    op.create_table(
        "training_indicators",
        _id(),
        _to(*_training),
        *_texts("name", "unit"),
        sa.Column("baseline", _MONEY, nullable=True),
        sa.Column("target", _MONEY, nullable=True),
        *_texts("verification"),
        sa.Column("measured_on", sa.Date(), nullable=True),
        _moment("created_at"),
        _key("training_indicators"),
    )
    op.create_table(
        "checklist_answers",
        _id(),
        _to(*_training),
        *_texts("item", "answer", "note"),
        _to("persons", "by_id"),
        _moment(),
        _key("checklist_answers"),
    )
    op.create_table(
        "training_costs",
        _id(),
        _to(*_training),
        sa.Column(
            "host_id", sa.Uuid(), sa.ForeignKey("training_hosts.id", ondelete="CASCADE"), nullable=False
        ),
        *_texts("kind", "for_whom", "what"),
        sa.Column("is_cash", sa.Boolean(), nullable=False),
        sa.Column("amount", _MONEY, nullable=False),
        *_texts("currency", "basis"),
        _to("persons", "accepted_by_id", nullable=True),
        _moment("accepted_at", nullable=True),
        _moment("created_at"),
        _key("training_costs"),
        _check("training_costs", "amount", "amount >= 0"),
        _check("training_costs", "accepted", "(accepted_by_id IS NULL) = (accepted_at IS NULL)"),
    )
    for table in ("ex_ante_assessments", "training_indicators", "training_costs"):
        op.create_index(f"ix_{table}_training_id", table, ["training_id", "id"])
    op.create_index(
        "ix_checklist_answers_training_id_item", "checklist_answers", ["training_id", "item", "id"]
    )


def _agreement() -> None:
    op.create_table(
        "training_clauses",
        _to(*_training),
        *_texts("key", "text"),
        _to("persons", "changed_by_id"),
        _moment("changed_at"),
        _key("training_clauses", "training_id", "key"),
    )
    op.create_table(
        "agreement_documents",
        _id(),
        _to(*_training),
        *_texts("digest", "legal_digest"),
        sa.Column("content", _DOCUMENT, nullable=False),
        _moment(),
        _key("agreement_documents"),
    )
    op.create_index(
        "uq_agreement_documents_digest", "agreement_documents", ["training_id", "digest"], unique=True
    )
    op.create_table(
        "standard_clearances",
        _id(),
        _to("entities", "entity_id"),
        *_texts("version", "digest"),
        _to("persons", "by_id"),
        _moment(),
        _key("standard_clearances"),
    )
    op.create_index(
        "uq_standard_clearances_digest", "standard_clearances", ["entity_id", "digest"], unique=True
    )
    op.create_table(
        "clearance_requests",
        _id(),
        _to(*_training),
        _to("agreement_documents", "document_id"),
        _to("persons", "by_id"),
        _moment(),
        _key("clearance_requests"),
    )
    op.create_table(
        "agreement_clearances",
        _id(),
        _to(*_training),
        _to("agreement_documents", "document_id"),
        _to("entities", "entity_id"),
        *_texts("decision"),
        *_texts("words", nullable=True),
        _to("persons", "by_id"),
        _moment(),
        _key("agreement_clearances"),
    )
    for table in ("clearance_requests", "agreement_clearances"):
        op.create_index(f"ix_{table}_training_id", table, ["training_id", "id"])


def _signing() -> None:
    op.create_table(
        "signing_authorities",
        _id(),
        _to("persons", "person_id"),
        _to("entities", "entity_id", nullable=True),
        _to("partners", "partner_id", nullable=True),
        *_texts("source"),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("limit_amount", _MONEY, nullable=True),
        *_texts("limit_currency", nullable=True),
        _to("persons", "by_id"),
        _moment(),
        _key("signing_authorities"),
        _check("signing_authorities", "one", "(entity_id IS NULL) <> (partner_id IS NULL)"),
        _check("signing_authorities", "limit", "(limit_amount IS NULL) = (limit_currency IS NULL)"),
    )
    for name in ("person_id", "entity_id", "partner_id"):
        op.create_index(f"ix_signing_authorities_{name}", "signing_authorities", [name])
    op.create_table(
        "signing_authority_ends",
        _to("signing_authorities", "authority_id"),
        _to("persons", "by_id"),
        *_texts("reason"),
        _moment(),
        _key("signing_authority_ends", "authority_id"),
    )
    op.create_table(
        "agreement_signatures",
        _id(),
        _to(*_training),
        _to("agreement_documents", "document_id"),
        sa.Column("host_id", sa.Uuid(), nullable=False),
        _to("signing_authorities", "authority_id"),
        _to("persons", "person_id"),
        _moment(),
        _key("agreement_signatures"),
    )
    op.create_index(
        "uq_agreement_signatures_host", "agreement_signatures", ["document_id", "host_id"], unique=True
    )
    op.create_index("ix_agreement_signatures_training_id", "agreement_signatures", ["training_id", "id"])


def downgrade() -> None:
    for table in _FACTS:
        if op.get_bind().scalar(sa.text(f"SELECT EXISTS (SELECT 1 FROM {table})")):
            raise RuntimeError("Facts would be lost.")
    for table in (
        "agreement_signatures",
        "signing_authority_ends",
        "signing_authorities",
        "agreement_clearances",
        "clearance_requests",
        "standard_clearances",
        "agreement_documents",
        "training_clauses",
        "training_costs",
        "checklist_answers",
        "training_indicators",
        "ex_ante_assessments",
    ):
        op.drop_table(table)

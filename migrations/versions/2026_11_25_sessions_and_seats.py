"""Sessions of joint trainings, their facilitators, seats shared out by quota, and bookings."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_LIVE = sa.text("state IN ('held', 'seated', 'waitlisted')")


def _to(table: str, name: str, nullable: bool = False, **options: str) -> sa.Column[object]:
    """A column that points at a table."""
    return sa.Column(name, sa.Uuid(), sa.ForeignKey(f"{table}.id", **options), nullable=nullable)


def _id() -> sa.Column[object]:
    return sa.Column("id", sa.Uuid(), nullable=False)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*(columns or ("id",)), name=op.f(f"pk_{table}"))


def _of(kind: object, *names: str, nullable: bool = False) -> list[sa.Column[object]]:
    return [sa.Column(name, kind, nullable=nullable) for name in names]  # type: ignore[call-overload]


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def upgrade() -> None:
    _sessions()
    _facilitators()
    _quotas()
    _bookings()
    _moves()


def _sessions() -> None:
    table = "training_sessions"
    op.create_table(
        table,
        _id(),
        _to("joint_trainings", "training_id"),
        *_of(sa.String(), "title"),
        *_of(sa.String(), "place", "link", nullable=True),
        *_of(sa.Date(), "local_on"),
        *_of(sa.Time(), "local_at"),
        *_of(sa.Integer(), "fold"),
        *_of(sa.String(), "zone"),
        *_of(sa.Integer(), "minutes"),
        *_of(_MOMENT, "starts_at", "ends_at"),
        sa.Column("languages", postgresql.ARRAY(sa.Text()), nullable=False, server_default="{}"),
        *_of(sa.Integer(), "seats"),
        *_of(sa.Date(), "release_on", nullable=True),
        *_of(_MOMENT, "released_at", nullable=True),
        *_of(sa.String(), "code_secret"),
        *_of(sa.Integer(), "sequence"),
        *_of(_MOMENT, "week_reminded_at", "day_reminded_at", "cancelled_at", nullable=True),
        _to("persons", "cancelled_by_id", nullable=True),
        *_of(sa.String(), "cancelled_reason", nullable=True),
        _to("persons", "created_by_id"),
        *_of(sa.Integer(), "revision"),
        *_of(_MOMENT, "created_at"),
        _key(table),
        _check(table, "minutes", "minutes BETWEEN 1 AND 1440"),
        _check(table, "seats", "seats BETWEEN 1 AND 10000"),
        _check(table, "ends_at", "ends_at > starts_at"),
    )
    op.create_index("ix_training_sessions_training_id", table, ["training_id", "starts_at"])
    op.create_index("ix_training_sessions_starts_at", table, ["starts_at"])


def _facilitators() -> None:
    table = "session_facilitators"
    op.create_table(
        table,
        _id(),
        _to("training_sessions", "session_id"),
        _to("persons", "person_id"),
        _to("training_hosts", "host_id", ondelete="CASCADE"),
        *_of(_MOMENT, "consented_at", nullable=True),
        *_of(_MOMENT, "created_at"),
        _key(table),
    )
    op.create_index("uq_session_facilitators", table, ["session_id", "person_id"], unique=True)
    op.create_index("ix_session_facilitators_person_id", table, ["person_id"])


def _quotas() -> None:
    table = "seat_quotas"
    op.create_table(
        table,
        _to("training_sessions", "session_id"),
        _to("training_hosts", "host_id", ondelete="CASCADE"),
        *_of(sa.Integer(), "seats"),
        _key(table, "session_id", "host_id"),
        _check(table, "seats", "seats >= 0"),
    )


def _bookings() -> None:
    table = "bookings"
    op.create_table(
        table,
        _id(),
        *_of(sa.Integer(), "number"),
        _to("training_sessions", "session_id"),
        _to("persons", "person_id", nullable=True),
        *_of(sa.Uuid(), "invitation_id", nullable=True),
        _to("training_hosts", "host_id"),
        _to("training_hosts", "seat_host_id", nullable=True),
        *_of(sa.String(), "state"),
        _to("persons", "booked_by_id", nullable=True),
        *_of(_MOMENT, "booked_at"),
        *_of(_MOMENT, "seated_at", "held_until", "ended_at", nullable=True),
        _to("persons", "ended_by_id", nullable=True),
        *_of(sa.Boolean(), "is_late"),
        *_of(_MOMENT, "no_show_at", nullable=True),
        *_of(sa.Integer(), "revision"),
        _key(table),
        _check(table, "somebody", "person_id IS NOT NULL OR invitation_id IS NOT NULL"),
        _check(table, "held", "(state = 'held') = (held_until IS NOT NULL AND ended_at IS NULL)"),
    )
    op.create_index("uq_bookings_number", table, ["session_id", "number"], unique=True)
    for name, of in (("live", "person_id"), ("invitation", "invitation_id")):
        op.create_index(f"uq_bookings_{name}", table, ["session_id", of], unique=True, postgresql_where=_LIVE)
        op.create_index(f"ix_bookings_{of}", table, [of])


def _moves() -> None:
    table = "booking_moves"
    op.create_table(
        table,
        _id(),
        _to("bookings", "booking_id"),
        _to("training_sessions", "session_id"),
        _to("persons", "person_id", nullable=True),
        *_of(sa.String(), "from_state", nullable=True),
        *_of(sa.String(), "to_state", "cause"),
        _to("training_hosts", "seat_host_id", nullable=True),
        _to("persons", "by_id", nullable=True),
        *_of(_MOMENT, "recorded_at"),
        _key(table),
    )
    op.create_index("ix_booking_moves_booking_id", table, ["booking_id", "id"])
    for name, when, each in (
        ("append_only", "UPDATE OR DELETE", "ROW"),
        ("never_emptied", "TRUNCATE", "STATEMENT"),
    ):
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {when} ON {table} FOR EACH {each} EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    if op.get_bind().scalar(sa.text("SELECT EXISTS (SELECT 1 FROM booking_moves)")):
        raise RuntimeError("Facts would be lost.")
    for table in (
        "booking_moves", "bookings", "seat_quotas", "session_facilitators", "training_sessions",
    ):  # fmt: skip
        op.drop_table(table)

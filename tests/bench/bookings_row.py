"""Bookings under contention: everybody wants a seat of the same session, two hundred people for fifty seats."""

import json
import time
from collections.abc import Iterator

import asyncpg

from lms.demo.generate import PERSON, made_id, made_id_sql
from tests.bench import load
from tests.bench.context import Context
from tests.bench.ground import secret_of
from tests.bench.report import HEADING, Result, Rounds, ratio

CONNECTIONS, LIMIT = 16, 0.15
PEOPLE, SEATS = 200, 50  # of a session
_SESSION = 0x40  # kind of made ids
_SESSIONS_A_ROUND = 100

_TRAINING = """
WITH t AS (INSERT INTO joint_trainings (id, title, aim, language, languages, minutes, every_session, attended_percent,
                                        name_or_emblem, is_recorded, experts_only, state, proposed_by_id, revision,
                                        created_at)
           VALUES ($1, 'Bench', '', 'en', '{en}', 60, false, 80, false, false, true, 'published', $2, 1, now())
           RETURNING id)
INSERT INTO training_hosts (id, training_id, entity_id, accepted_at, created_at)
SELECT gen_random_uuid(), t.id, e.id, now(), now() FROM t, entities e WHERE e.parent_id IS NULL
"""
_SESSIONS = f"""
INSERT INTO training_sessions (id, training_id, title, place, local_on, local_at, fold, zone, minutes, starts_at, ends_at,
                               languages, seats, code_secret, sequence, created_by_id, revision, created_at)
SELECT {made_id_sql(_SESSION, "n")}, $1, 'Bench', 'Here', current_date + 30, '09:00', 0, 'UTC', 60,
       now() + interval '30 days', now() + interval '31 days', '{{en}}', {SEATS}, 'secret', 0, $2, 1, now()
  FROM generate_series($3::bigint, $4::bigint) n
"""


def _script(first: int, people: int, host: str) -> str:
    """pgbench: lock the session, count its seats, write the booking, what happened, the event and the job."""
    number = "(SELECT currval('bench_numbers'))"
    session = f"(SELECT {made_id_sql(_SESSION, f'{first} + {number} / {PEOPLE}')})"
    person = made_id_sql(PERSON, f"{number} % {people}")
    return f"""
BEGIN;
SELECT seats FROM training_sessions
 WHERE id = (SELECT {made_id_sql(_SESSION, f"{first} + nextval('bench_numbers') / {PEOPLE}")}) FOR NO KEY UPDATE;
WITH k AS MATERIALIZED (
    SELECT uuidv7() AS id, {session} AS session, {person} AS person, now() AS at, coalesce(max(number), 0) + 1 AS number,
           CASE WHEN count(*) FILTER (WHERE state = 'seated') < {SEATS} THEN 'seated' ELSE 'waitlisted' END AS state
      FROM bookings WHERE session_id = {session}),
b AS (INSERT INTO bookings (id, number, session_id, person_id, host_id, state, booked_by_id, booked_at, seated_at, is_late,
                            revision)
      SELECT id, number, session, person, '{host}', state, person, at, at, false, 1 FROM k),
m AS (INSERT INTO booking_moves (id, booking_id, session_id, person_id, to_state, cause, by_id, recorded_at)
      SELECT uuidv7(), id, session, person, state, 'booked', person, at FROM k),
e AS (INSERT INTO events (at, type, v, actor_id, subject_type, subject_id, data)
      SELECT at, 'joint_trainings.booking_moved', 1, person, 'booking', id,
             jsonb_build_object('session', session, 'state', state, 'cause', 'booked') FROM k)
SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('lms', 'mail.bookings', 0, NULL, NULL,
       (SELECT jsonb_build_object('ids', jsonb_build_array(id)) FROM k), NULL)::procrastinate_job_to_defer_v1]);
COMMIT;
"""


class _Sessions:
    """Sessions that nobody has booked yet, made before each round."""

    def __init__(self, context: Context) -> None:
        self.context, self.next = context, int(time.time()) * 1000
        self.training, self.by, self.host = made_id(_SESSION + 1, self.next), made_id(PERSON, 0), ""

    async def open(self) -> None:
        """A training of all organisations."""
        connection = await asyncpg.connect(self.context.ground.url)
        await connection.execute(_TRAINING, self.training, self.by)
        statement = "SELECT id FROM training_hosts WHERE training_id = $1 LIMIT 1"
        self.host = str(await connection.fetchval(statement, self.training))
        await connection.close()

    async def take(self) -> int:
        """The number of the first of so many new ones."""
        first, self.next = self.next, self.next + _SESSIONS_A_ROUND
        connection = await asyncpg.connect(self.context.ground.url)
        await connection.execute(_SESSIONS, self.training, self.by, first, self.next - 1)
        await connection.execute("ALTER SEQUENCE bench_numbers MINVALUE 0 RESTART WITH 0")
        await connection.close()
        return first


async def measure(context: Context) -> Result:
    """Product and pgbench in turn, each round on sessions of its own; then it is counted who sits."""
    product, scale, sessions = Rounds(), Rounds(), _Sessions(context)
    await sessions.open()

    async def run_product(counted: bool) -> None:
        requests = _requests(context, await sessions.take())
        into = product if counted else None
        await context.load(context.product, requests, into, connections=CONNECTIONS)

    async def run_pgbench(counted: bool) -> None:
        script = _script(await sessions.take(), context.ground.sizes.people, sessions.host)
        await context.pgbench(script, scale if counted else None, clients=CONNECTIONS)

    await context.take_turns(run_product, run_pgbench)
    reached, most = ratio(product, scale), await _most_seated(context, sessions)
    return Result(
        title="Booking the last seats, everybody at once",
        limit=f"at least {LIMIT} of pgbench doing the same row lock and the same rows; never a seat too many",
        reached=f"{reached:.2f}",
        good=reached >= LIMIT and most == SEATS,
        table=[HEADING, product.line("product, over HTTP"), scale.line("pgbench, the same lock and rows")],
        notes=[
            f"{CONNECTIONS} connections, 2 workers, durability on. {PEOPLE} people book a session of {SEATS} seats, then "
            "the next session: at each moment all wait for one row. A booking, its fact, an event and the job of its "
            "mail are committed before the answer.",
            f"Most seats given in a session: {most}.",
        ],
        profile=await context.profiled(_requests(context, await sessions.take()), connections=CONNECTIONS),
    )


async def _most_seated(context: Context, sessions: _Sessions) -> int:
    statement = """SELECT max(n) FROM (SELECT count(*) AS n FROM bookings b JOIN training_sessions s ON s.id = b.session_id
                    WHERE s.training_id = $1 AND b.state = 'seated' GROUP BY b.session_id) x"""
    connection = await asyncpg.connect(context.ground.url)
    most = await connection.fetchval(statement, sessions.training)
    await connection.close()
    return int(most or 0)


def _requests(context: Context, first: int) -> Iterator[bytes]:
    for number in range(PEOPLE * _SESSIONS_A_ROUND):
        body = json.dumps({"session": str(made_id(_SESSION, first + number // PEOPLE))}).encode()
        person = secret_of(number % context.ground.sizes.people)
        yield load.request("POST", "/api/v1/me/bookings", token=person, body=body)

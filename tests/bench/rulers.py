"""What the product is measured against: a bare FastAPI + asyncpg route, and the same statement under pgbench.

The bare route knows nobody's rights, locks nothing and checks nothing: it writes, or returns, the same rows.
"""

import asyncio
import json
import os
import re
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import asyncpg
from fastapi import FastAPI, Request
from pydantic import BaseModel

from lms.adapters.embedded_postgres import Cluster, binary
from lms.catalogue.schemas import CourseCard
from lms.completions.domain import RULE as COMPLETION_RULE
from lms.demo.generate import COURSE, PERSON, VERSION, made_id, made_id_sql
from lms.demo.generated_courses import AREAS, COMPETENCIES_EACH, edition
from lms.enrolments.schemas import ProgressRead
from lms.kernel import clock
from lms.kernel.ids import new_id
from lms.kernel.pagination import Page
from lms.people.domain import digest_of
from lms.people.queries.acting import _BY_TOKEN
from lms.skills.domain import RULE as SKILLS_RULE

CARDS = "LMS_BENCH_CARDS"
"""Variable that names the file with the listing's own answer."""

_UPSERT_TOTALS = (
    "ON CONFLICT (person_id, month, line) DO UPDATE "
    "SET amount = GREATEST(recognition_totals.amount, EXCLUDED.amount)"
)
_UPSERT_STANDINGS = (
    "ON CONFLICT (person_id, competency, level, source) DO UPDATE "
    "SET valid_until = GREATEST(standings.valid_until, EXCLUDED.valid_until)"
)

# The rows of one completion in one statement; $1 to $14 are listed in `_values`.
RECORD = f"""
WITH u AS (UPDATE enrolments SET progress = $2::jsonb, state = 'completed', completed_at = $3 WHERE id = $1),
c AS (INSERT INTO completions (id, person_id, course_id, course_version_id, source, enrolment_id, sender, rule, minutes,
                               occurred_on, recorded_at, recorded_by_id, valid_until, evidence_id, round)
      VALUES ($4, $5, $6, $7, 'activities', $1, NULL, '{COMPLETION_RULE}', $8, $9, $3, NULL, NULL, NULL, 0)),
s AS (INSERT INTO skill_records (id, person_id, competency, level, source, completion_id, course_version_id,
                                 submission_id, assessor_id, rule, occurred_on, recorded_at, valid_until)
      VALUES ($10, $5, $11, 1, 'course', $4, $7, NULL, NULL, '{SKILLS_RULE}', $9, $3, NULL),
             ($12, $5, $13, 1, 'course', $4, $7, NULL, NULL, '{SKILLS_RULE}', $9, $3, NULL)),
t AS (INSERT INTO standings (person_id, competency, level, source, valid_until)
      VALUES ($5, $11, 1, 'course', 'infinity'), ($5, $13, 1, 'course', 'infinity') {_UPSERT_STANDINGS}),
m AS (INSERT INTO recognition_totals (person_id, month, line, amount)
      VALUES ($5, date_trunc('month', $9::date)::date, 'course:' || $14, $8),
             ($5, date_trunc('month', $9::date)::date, 'level:course:' || $11, 1),
             ($5, date_trunc('month', $9::date)::date, 'level:course:' || $13, 1) {_UPSERT_TOTALS}),
e AS (INSERT INTO events (at, type, v, actor_id, subject_type, subject_id, entity_id, data)
      VALUES ($3, 'completions.course_completed', 1, $5, 'completion', $4, NULL,
              jsonb_build_object('person', $5::uuid, 'course_version', $7::uuid, 'source', 'activities',
                                 'occurred_on', $9::date)),
             ($3, 'skills.skills_recorded', 1, NULL, 'completion', $4, NULL,
              jsonb_build_object('person', $5::uuid, 'source', 'course',
                                 'levels', jsonb_build_object($11::text, 1, $13::text, 1))))
SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('lms', 'mail.completed', 0, NULL, NULL,
       jsonb_build_object('ids', jsonb_build_array($4::uuid)), NULL)::procrastinate_job_to_defer_v1])
"""


@dataclass(frozen=True, slots=True)
class _Known:
    """What the bare route has at hand of a course."""

    course_id: UUID
    version_id: UUID
    key: str
    minutes: int
    first: str
    second: str
    keys: tuple[str, ...]


def _known(number: int) -> _Known:
    course = edition(number).course
    taught = [each.competency for each in course.teaches]
    required = course.required_activities
    return _Known(
        made_id(COURSE, number),
        made_id(VERSION, number),
        course.key,
        sum(each.minutes for each in required),
        taught[0],
        taught[1],
        tuple(each.key for each in required),
    )


class Sent(BaseModel):
    """What the bare route is sent: whose enrolment in which course."""

    person: UUID
    course: int
    state: Literal["started", "completed"]


def bare() -> FastAPI:
    """The rulers' server."""
    pool: dict[str, asyncpg.Pool[Any]] = {}

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        pool["pool"] = await asyncpg.create_pool(os.environ["LMS_DATABASE_URL"], min_size=10, max_size=10)
        yield
        await pool["pool"].close()

    app = FastAPI(lifespan=lifespan)
    courses = {number: _known(number) for number in range(1, 40)}
    cards = Page[CourseCard].model_validate_json(Path(os.environ[CARDS]).read_bytes())

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.put("/completions/{enrolment_id}")
    async def record(enrolment_id: UUID, sent: Sent) -> ProgressRead:
        known, now = courses[sent.course], clock.now()
        progress = {key: {"state": "completed", "at": now.isoformat()} for key in known.keys}
        await pool["pool"].execute(RECORD, *_values(enrolment_id, sent.person, known, progress, now))
        return ProgressRead(
            activity=known.keys[-1], state="completed", progress=1.0, enrolment_state="completed"
        )

    @app.get("/courses")
    async def courses_listed() -> Page[CourseCard]:
        return cards

    @app.get("/courses-asked-by-somebody")
    async def courses_asked(request: Request) -> Page[CourseCard]:
        """The same, once the asker's token has been looked up as the product does on every request."""
        secret = request.headers["authorization"].removeprefix("Bearer ")
        assert await pool["pool"].fetch(_BY_TOKEN, [digest_of(secret)])
        return cards

    return app


def _values(enrolment_id: UUID, person: UUID, known: _Known, progress: Any, now: Any) -> tuple[Any, ...]:
    return (
        enrolment_id, json.dumps(progress), now, new_id(), person, known.course_id, known.version_id, known.minutes,
        now.date(), new_id(), known.first, new_id(), known.second, known.key,
    )  # fmt: skip


# -- pgbench -----------------------------------------------------------------------------------------------


def record_script(run: int, first: int, people: int) -> str:
    """pgbench: one completion by one statement, on ready enrolments from number `first` on."""
    progress = (
        "(SELECT jsonb_object_agg('page-' || m || '-' || p, jsonb_build_object('state', 'completed', 'at', now())) "
        "FROM generate_series(0, 1) m, generate_series(0, 3) p)"
    )
    number = "course_number"
    names = {
        "$1": "(SELECT enrolment FROM k)", "$2::jsonb": progress, "$3": "now()", "$4": "(SELECT completion FROM k)",
        "$5": "(SELECT person FROM k)", "$6": "(SELECT course FROM k)", "$7": "(SELECT version FROM k)", "$8": "52",
        "$9": "current_date", "$10": "uuidv7()", "$11": "(SELECT first FROM k)", "$12": "uuidv7()",
        "$13": "(SELECT second FROM k)", "$14": "(SELECT key FROM k)",
    }  # fmt: skip
    sql = re.sub(r"\$2::jsonb|\$\d+", lambda found: names[found.group()], RECORD.strip())
    known = f"""k AS MATERIALIZED (
    SELECT {made_id_sql(run, "n")} AS enrolment, uuidv7() AS completion,
           {made_id_sql(PERSON, f"n % {people}")} AS person, {made_id_sql(COURSE, number)} AS course,
           {made_id_sql(VERSION, number)} AS version, 'course-' || lpad({number}::text, 4, '0') AS key,
           {_competency(number)} AS first, {_competency(f"{number} * 3 + 1")} AS second
      FROM (SELECT n, 1 + n / {people} AS course_number
              FROM (SELECT {first} + nextval('bench_numbers') AS n) q) r),
"""
    return "WITH " + known + sql.removeprefix("WITH ") + ";\n"


def _competency(number: str) -> str:
    return f"'competency-' || (({number}) % {AREAS * COMPETENCIES_EACH})"


def batch_script(people: int, courses: int, rows: int = 100) -> str:
    """pgbench: `rows` completions recorded elsewhere, with all that follows from them, by one statement."""
    return f"""
WITH b AS MATERIALIZED (SELECT nextval('bench_numbers') * {rows} AS base),
k AS MATERIALIZED (
    SELECT uuidv7() AS id, {made_id_sql(PERSON, f"n % {people}")} AS person, {made_id_sql(COURSE, "c")} AS course,
           {made_id_sql(VERSION, "c")} AS version, 'course-' || lpad(c::text, 4, '0') AS key,
           {_competency("c")} AS first, {_competency("c * 3 + 1")} AS second,
           current_date - 10 AS day, date_trunc('month', current_date - 10)::date AS month, now() AS at
      FROM (SELECT n, 1 + (n / {people}) % {courses - 1} AS c
              FROM (SELECT base + i AS n FROM b, generate_series(0, {rows - 1}) i) q) r),
c AS (INSERT INTO completions (id, person_id, course_id, course_version_id, source, enrolment_id, sender, rule, minutes,
                               occurred_on, recorded_at, recorded_by_id, valid_until, evidence_id, round)
      SELECT id, person, course, version, 'recorded', NULL, 'pgbench', '{COMPLETION_RULE}', 52, day, at, person, NULL,
             NULL, 0 FROM k),
p AS MATERIALIZED (SELECT k.*, x.competency FROM k, LATERAL (VALUES (first), (second)) x(competency)),
s AS (INSERT INTO skill_records (id, person_id, competency, level, source, completion_id, course_version_id,
                                 submission_id, assessor_id, rule, occurred_on, recorded_at, valid_until)
      SELECT uuidv7(), person, competency, 1, 'course', id, version, NULL, NULL, '{SKILLS_RULE}', day, at, NULL FROM p),
t AS (INSERT INTO standings (person_id, competency, level, source, valid_until)
      SELECT person, competency, 1, 'course', 'infinity' FROM p ORDER BY 1, 2 {_UPSERT_STANDINGS}),
m AS (INSERT INTO recognition_totals (person_id, month, line, amount)
      SELECT * FROM (SELECT person, month, 'course:' || key, 52 FROM k
                     UNION ALL SELECT person, month, 'level:course:' || competency, 1 FROM p) l ORDER BY 1, 2, 3
      {_UPSERT_TOTALS}),
e AS (INSERT INTO events (at, type, v, actor_id, subject_type, subject_id, entity_id, data)
      SELECT at, 'completions.course_completed', 1, person, 'completion', id, NULL::uuid,
             jsonb_build_object('person', person, 'course_version', version, 'source', 'recorded', 'occurred_on', day)
        FROM k
      UNION ALL
      SELECT at, 'skills.skills_recorded', 1, NULL, 'completion', id, NULL::uuid,
             jsonb_build_object('person', person, 'source', 'course', 'levels', jsonb_build_object(first, 1, second, 1))
        FROM k)
SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('lms', 'mail.completed', 0, NULL, NULL,
       (SELECT jsonb_build_object('ids', jsonb_agg(id)) FROM k), NULL)::procrastinate_job_to_defer_v1]);
"""


@dataclass(frozen=True, slots=True)
class Pgbench:
    """What pgbench measured."""

    per_second: float
    milliseconds: float
    transactions: int


async def pgbench(
    cluster: Cluster, database: str, script: str, folder: Path, *, seconds: float, clients: int
) -> Pgbench:
    """Run a script with prepared statements for so many seconds."""
    file = folder / "pgbench.sql"
    # pgbench takes ":course" inside a text for a variable of its own.
    file.write_text(" ".join(script.split()).replace("'level:course:'", "'level:' || 'course:'") + "\n")
    command = [
        str(binary("pgbench")), "-n", "-M", "prepared", "-c", str(clients), "-j", "1",
        "-T", str(max(1, round(seconds))), "-f", str(file), cluster.url(database),
    ]  # fmt: skip
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True)
    if done.returncode or "number of failed transactions: 0" not in done.stdout:
        raise SystemExit(f"pgbench failed: {done.stderr}{done.stdout}")
    found = {name: re.search(pattern, done.stdout) for name, pattern in _PGBENCH.items()}
    figures = {name: float(match.group(1)) for name, match in found.items() if match}
    return Pgbench(figures["tps"], figures["latency"], int(figures["transactions"]))


_PGBENCH = {
    "tps": r"tps = ([\d.]+)",
    "latency": r"latency average = ([\d.]+)",
    "transactions": r"actually processed: (\d+)",
}

"""Recording a completion over HTTP: the last required activity of a course, a page."""

import json
from collections.abc import Iterator

from lms.demo.generate import PERSON, made_id
from lms.demo.generated_courses import edition
from tests.bench import load
from tests.bench.context import Context
from tests.bench.ground import secret_of
from tests.bench.report import HEADING, Result, Rounds, ratio
from tests.bench.rulers import record_script

CONNECTIONS, LIMIT, AIM = 16, 0.35, 0.5


async def measure(context: Context) -> Result:
    """Product, bare route and pgbench in turn."""
    product, ruler, scale = Rounds(), Rounds(), Rounds()
    sides = (
        _Side(context, "product", product),
        _Side(context, "ruler", ruler),
        _Side(context, "pgbench", scale),
    )
    await context.take_turns(*(side.run for side in sides))
    reached = ratio(product, ruler)
    return Result(
        title="Recording a completion over HTTP",
        limit=f"at least {LIMIT} of the bare route, aiming at {AIM}",
        reached=f"{reached:.2f}",
        good=reached >= LIMIT,
        table=[
            HEADING,
            product.line("product"),
            ruler.line("bare FastAPI + asyncpg, one statement"),
            scale.line("pgbench, the same statement"),
        ],
        notes=[
            f"{CONNECTIONS} connections, 2 workers, durability on; enrolment, completion, 2 skill records, "
            "2 standings, 3 monthly totals, 2 events and a job are written and committed before the answer.",
            f"Against pgbench: {ratio(product, scale):.2f}.",
        ],
        profile=await context.profiled(_product_requests(context, _share(context)), connections=CONNECTIONS),
    )


def _share(context: Context) -> range:
    """As many ready enrolments as a round may use up."""
    return context.ground.take(int(context.seconds * 1500))


class _Side:
    """One side of the row, with the place where its rounds go."""

    def __init__(self, context: Context, name: str, rounds: Rounds) -> None:
        self.context, self.name, self.rounds = context, name, rounds

    async def run(self, counted: bool) -> None:
        """A round; one that does not count warms up."""
        into = self.rounds if counted else None
        context = self.context
        if self.name == "pgbench":
            numbers = context.ground.take(int(context.seconds * 3000))
            script = record_script(context.ground.run, numbers.start, context.ground.sizes.people)
            await _restart_numbers(context)
            await context.pgbench(script, into, clients=CONNECTIONS)
        elif self.name == "ruler":
            numbers = context.ground.take(int(context.seconds * 2500))
            await context.load(
                context.ruler, _ruler_requests(context, numbers), into, connections=CONNECTIONS
            )
        else:
            requests = _product_requests(context, _share(context))
            await context.load(context.product, requests, into, connections=CONNECTIONS)


async def _restart_numbers(context: Context) -> None:
    import asyncpg

    connection = await asyncpg.connect(context.ground.url)
    await connection.execute("ALTER SEQUENCE bench_numbers MINVALUE 0 RESTART WITH 0")
    await connection.close()


def _product_requests(context: Context, numbers: range) -> Iterator[bytes]:
    ground, last = context.ground, edition(1).course.required_activities[-1].key
    for number in numbers:
        yield load.request(
            "PUT",
            f"/api/v1/enrolments/{ground.enrolment_id(number)}/activities/{last}/progress",
            token=secret_of(ground.person_number(number)),
            body=b'{"state":"completed"}',
        )


def _ruler_requests(context: Context, numbers: range) -> Iterator[bytes]:
    ground = context.ground
    for number in numbers:
        person = made_id(PERSON, ground.person_number(number))
        sent = {"person": str(person), "course": ground.course_number(number), "state": "completed"}
        yield load.request(
            "PUT", f"/completions/{ground.enrolment_id(number)}", token="none", body=json.dumps(sent).encode()
        )

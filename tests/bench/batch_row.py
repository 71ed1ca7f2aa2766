"""Completions recorded elsewhere, a hundred in a call."""

import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import count

from lms.demo.generate import PERSON, made_id
from lms.kernel import clock
from tests.bench import load
from tests.bench.context import Context
from tests.bench.ground import ADMIN, secret_of
from tests.bench.report import HEADING, Result, Rounds, ratio
from tests.bench.rulers import batch_script

ROWS, CONNECTIONS, LIMIT = 100, 4, 0.4


async def measure(context: Context) -> Result:
    """The batch path and pgbench in turn."""
    product, ruler = Rounds(), Rounds()
    sizes = context.ground.sizes
    requests, script = _requests(context), batch_script(sizes.people, sizes.courses, ROWS)

    async def run_product(counted: bool) -> None:
        await context.load(
            context.product, requests, product if counted else None, connections=CONNECTIONS, each=ROWS
        )

    async def run_ruler(counted: bool) -> None:
        await context.pgbench(script, ruler if counted else None, clients=CONNECTIONS, each=ROWS)

    await context.take_turns(run_product, run_ruler)
    reached = ratio(product, ruler)
    return Result(
        title="Completions recorded elsewhere, 100 a call",
        limit=f"at least {LIMIT} of pgbench with one statement",
        reached=f"{reached:.2f}",
        good=reached >= LIMIT,
        table=[
            (HEADING[0], "completions " + HEADING[1], *HEADING[2:]),
            product.line("product"),
            ruler.line("pgbench, one statement that inserts the same rows"),
        ],
        notes=[
            f"{CONNECTIONS} connections each. CPU and waiting times are for a call of {ROWS}: {ROWS} completions, "
            f"{2 * ROWS} skill records, {2 * ROWS} standings, {3 * ROWS} monthly totals, {2 * ROWS} events, one job."
        ],
        profile=await context.profiled(requests, connections=CONNECTIONS),
    )


def _requests(context: Context) -> Iterator[bytes]:
    """Never the same completion twice: the sender's name holds this run's number."""
    sizes, day = context.ground.sizes, clock.today() - timedelta(days=10)
    for call in count():
        rows = []
        for number in range(call * ROWS, (call + 1) * ROWS):
            course = 1 + (number // sizes.people) % (sizes.courses - 1)
            rows.append(
                {
                    "person": str(made_id(PERSON, number % sizes.people)),
                    "course": f"course-{course:04d}",
                    "occurred_on": day.isoformat(),
                    "source": f"bench {context.ground.run}",
                }
            )
        body = json.dumps({"completions": rows}).encode()
        yield load.request("POST", "/api/v1/completions/batch", token=secret_of(ADMIN), body=body)

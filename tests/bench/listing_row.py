"""Twenty courses of a thousand, filtered, against the same twenty from memory."""

import json
import urllib.request
from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import Any

from tests.bench import load
from tests.bench.context import Context
from tests.bench.ground import secret_of
from tests.bench.report import HEADING, Result, Rounds, ratio

CONNECTIONS, LIMIT = 16, 0.5
PATH = "/api/v1/courses?focus=focus-1&language=en&limit=20"
# What a working day asks for: each focus, in two languages, by many people.
PATHS = [
    PATH.replace("focus-1", f"focus-{n}").replace("=en", f"={language}")
    for language in ("en", "fr")
    for n in range(8)
]
PEOPLE = 40


async def cards(port: int) -> Any:
    """The product's own answer, which the ruler returns from memory."""
    import asyncio

    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{PATH}", headers={"Authorization": f"Bearer {secret_of(7)}"}
    )
    answer = await asyncio.to_thread(urllib.request.urlopen, request)
    found = json.loads(answer.read())
    assert len(found["items"]) == 20
    return found


async def measure(context: Context) -> Result:
    """Listing and memory in turn."""
    product, ruler, asked = Rounds(), Rounds(), Rounds()

    async def run_product(counted: bool) -> None:
        await context.load(
            context.product, _requests(PATHS), product if counted else None, connections=CONNECTIONS
        )

    async def run_ruler(counted: bool) -> None:
        await context.load(
            context.ruler, _requests(["/courses"]), ruler if counted else None, connections=CONNECTIONS
        )

    async def run_asked(counted: bool) -> None:
        requests = _requests(["/courses-asked-by-somebody"])
        await context.load(context.ruler, requests, asked if counted else None, connections=CONNECTIONS)

    await context.take_turns(run_product, run_ruler, run_asked)
    reached = ratio(product, ruler)
    return Result(
        title="Listing 20 courses, filtered",
        limit=f"at least {LIMIT} of a route with a declared response model that returns the same 20 from memory",
        reached=f"{reached:.2f}",
        good=reached >= LIMIT,
        table=[
            HEADING,
            product.line("product"),
            ruler.line("FastAPI, declared model, from memory"),
            asked.line("the same, once the asker's token is looked up"),
        ],
        notes=[
            f"`GET {PATH}` and {len(PATHS) - 1} more like it of {context.ground.sizes.courses:,} courses, "
            f"{CONNECTIONS} connections, {PEOPLE} people.",
            "The ruler asks nobody who they are; the third line is the same with the asker's rights read by a statement "
            f"of its own for each request. Of that line the product reaches {ratio(product, asked):.2f}: it reads "
            "rights, and what is published last, on every request too, together with the others who ask at that moment.",
        ],
        profile=await context.profiled(_requests(PATHS), connections=CONNECTIONS),
    )


def _requests(paths: Sequence[str]) -> Iterator[bytes]:
    many = range(max(len(paths), PEOPLE))
    return cycle([load.request("GET", paths[n % len(paths)], token=secret_of(n % PEOPLE)) for n in many])

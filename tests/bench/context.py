"""What a row is given, and how product and ruler take turns."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench import load, profile
from tests.bench.ground import DATABASE, Ground
from tests.bench.load import Load
from tests.bench.report import Rounds
from tests.bench.rulers import Pgbench, pgbench
from tests.bench.server import Database, Server, serving

PRODUCT, RULER = "lms.app:create_app", "tests.bench.rulers:bare"


@dataclass(slots=True)
class Context:
    """The filled database, both servers, and how long to measure."""

    ground: Ground
    product: Server
    ruler: Server
    database: Database
    folder: Path
    rounds: int
    seconds: float
    port: int
    with_profile: bool = True

    async def load(
        self,
        server: Server,
        requests: Iterator[bytes],
        into: Rounds | None,
        *,
        connections: int,
        each: int = 1,
    ) -> Load:
        """A round against a server; `each` is how many things one request does."""
        before = server.cpu(), self.database.cpu()
        made = await load.run(server.port, requests, seconds=self.seconds, connections=connections)
        after = server.cpu(), self.database.cpu()
        if into is not None:
            into.per_second.append(made.per_second * each)
            into.server_ms.append((after[0] - before[0]) * 1000 / made.requests)
            into.database_ms.append((after[1] - before[1]) * 1000 / made.requests)
            into.p50.append(made.percentile(0.5))
            into.p95.append(made.percentile(0.95))
        return made

    async def pgbench(self, script: str, into: Rounds | None, *, clients: int, each: int = 1) -> Pgbench:
        """A round of pgbench."""
        before = self.database.cpu()
        made = await pgbench(
            self.ground.cluster, DATABASE, script, self.folder, seconds=self.seconds, clients=clients
        )
        if into is not None:
            into.per_second.append(made.per_second * each)
            into.database_ms.append((self.database.cpu() - before) * 1000 / made.transactions)
            into.p50.append(made.milliseconds)
        return made

    async def take_turns(self, *sides: Callable[[bool], Awaitable[object]]) -> None:
        """Every side once to warm up, then round by round, the order turned each time."""
        for side in sides:
            await side(False)
        for number in range(self.rounds):
            for side in sides if number % 2 == 0 else reversed(sides):
                await side(True)

    async def profiled(
        self, requests: Iterator[bytes], *, connections: int
    ) -> dict[str, list[tuple[str, float]]]:
        """Shares of a worker's CPU under these requests; empty when no profile is wanted."""
        if not self.with_profile:
            return {}
        path = self.folder / "profile.json"
        async with serving(
            "tests.bench.profile:profiled",
            port=self.port,
            url=self.ground.url,
            var=self.folder,
            workers=1,
            profile=path,
        ) as server:
            await load.run(server.port, requests, seconds=self.seconds, connections=connections)
        return profile.read(path)


@asynccontextmanager
async def servers(ground: Ground, folder: Path, port: int) -> AsyncIterator[tuple[Server, Server]]:
    """The product and the rulers' server, two workers each; the ruler is given the product's own listing."""
    import os

    from tests.bench.listing_row import cards
    from tests.bench.rulers import CARDS

    async with serving(PRODUCT, port=port, url=ground.url, var=folder) as product:
        file = folder / "cards.json"
        file.write_text(json.dumps(await cards(product.port)))
        os.environ[CARDS] = str(file)
        async with serving(RULER, port=port + 1, url=ground.url, var=folder) as ruler:
            yield product, ruler

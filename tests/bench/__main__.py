"""`python -m tests.bench`: measure every row beside its ruler, print it, and write docs/benchmarks.md."""

import argparse
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import uvloop

from lms.demo.generate import Sizes
from tests.bench import (
    batch_row,
    bookings_row,
    completion_row,
    coverage_row,
    files_row,
    import_row,
    listing_row,
    partners_row,
    plans_row,
    recognition_row,
    report,
)
from tests.bench.context import Context, servers
from tests.bench.ground import Ground, filled
from tests.bench.report import PAGE, Result
from tests.bench.server import Database

ROWS: dict[str, Callable[[Context], Awaitable[Result]]] = {
    "completion": completion_row.measure,
    "batch": batch_row.measure,
    "listing": listing_row.measure,
    "recognition": recognition_row.measure,
    "coverage": coverage_row.measure,
    "completion-report": files_row.completion_report,
    "recognition-file": files_row.recognition_report,
    "import": import_row.measure,
    "plans": plans_row.measure,
    "partners": partners_row.measure,
    "bookings": bookings_row.measure,
}
QUICK = Sizes(
    people=20_000, courses=1_000, facts=400_000, large=5_000, report=2_000, enrolled=5_000, entities=40
)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="smaller and shorter, about two minutes; writes no page"
    )
    parser.add_argument("--rows", nargs="*", choices=sorted(ROWS), default=list(ROWS), help="only these")
    parser.add_argument("--rounds", type=int, help="rounds of each side")
    parser.add_argument("--seconds", type=float, help="seconds of a round")
    parser.add_argument("--people", type=int)
    parser.add_argument("--facts", type=int)
    parser.add_argument(
        "--keep", type=Path, help="folder for the filled database, used again by the next run"
    )
    parser.add_argument("--port", type=int, default=8141, help="first of three ports")
    parser.add_argument("--no-profile", action="store_true")
    parser.add_argument("--output", type=Path, help="where the page is written")
    return parser.parse_args()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _sizes(arguments: argparse.Namespace) -> Sizes:
    from dataclasses import replace

    sizes = QUICK if arguments.quick else Sizes()
    given = {name: getattr(arguments, name) for name in ("people", "facts") if getattr(arguments, name)}
    return replace(sizes, **given)


async def main() -> int:
    """Run; 1 when a limit was missed."""
    arguments = _arguments()
    rounds, seconds = (
        arguments.rounds or (3 if arguments.quick else 5),
        arguments.seconds or (3.0 if arguments.quick else 6.0),
    )
    started = time.perf_counter()
    ready = int((rounds + 2) * seconds * 7000) if "completion" in arguments.rows else 1
    with tempfile.TemporaryDirectory(prefix="lms-bench-var-") as var:
        async with filled(arguments.keep, _sizes(arguments), ready) as ground:
            _say(f"The database was ready after {ground.seconds_to_fill:.0f} s.")
            results = await _measure(arguments, ground, Path(var), rounds, seconds)
    took = f"The whole run took {(time.perf_counter() - started) / 60:.1f} minutes."
    _say(took)
    if arguments.output or not arguments.quick:
        about = [_about(_sizes(arguments)), f"{rounds} rounds of {seconds:.0f} s.", took]
        report.write(results, about, arguments.output or PAGE)
    return 0 if all(each.good for each in results) else 1


async def _measure(
    arguments: argparse.Namespace, ground: Ground, folder: Path, rounds: int, seconds: float
) -> list[Result]:
    results = []
    async with servers(ground, folder, arguments.port) as (product, ruler):
        database = Database(ground.cluster.data_dir)
        context = Context(ground, product, ruler, database, folder, rounds, seconds, arguments.port + 2,
                          not arguments.no_profile)  # fmt: skip
        for name in arguments.rows:
            results.append(await ROWS[name](context))
            _say("\n" + report.text(results[-1]))
    return results


def _about(sizes: Sizes) -> str:
    return f"{sizes.people:,} people, {sizes.courses:,} courses, {sizes.facts:,} facts."


if __name__ == "__main__":
    sys.exit(uvloop.run(main()))

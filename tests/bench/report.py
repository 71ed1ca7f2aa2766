"""What was measured, as lines on the screen and as a page of the documentation."""

import os
import platform
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from lms.kernel import clock

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"


@dataclass(slots=True)
class Result:
    """One row: what was asked, what was reached, and the figures behind it."""

    title: str
    limit: str
    reached: str
    good: bool
    table: list[tuple[str, ...]] = field(default_factory=list)  # the first is the heading
    notes: list[str] = field(default_factory=list)
    profile: dict[str, list[tuple[str, float]]] = field(default_factory=dict)


@dataclass(slots=True)
class Rounds:
    """The rounds of one side: requests a second, CPU of server and database for each, waiting times."""

    per_second: list[float] = field(default_factory=list)
    server_ms: list[float] = field(default_factory=list)
    database_ms: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p95: list[float] = field(default_factory=list)

    def line(self, name: str) -> tuple[str, ...]:
        """As a line of the table; medians over the rounds."""
        low, high = min(self.per_second), max(self.per_second)
        return (
            name,
            f"{median(self.per_second):,.0f}",
            f"{low:,.0f} to {high:,.0f}",
            _milliseconds(self.server_ms),
            _milliseconds(self.database_ms),
            _milliseconds(self.p50),
            _milliseconds(self.p95),
        )


HEADING = ("", "a second (median)", "rounds", "CPU ms, server", "CPU ms, database", "p50 ms", "p95 ms")


def _milliseconds(values: list[float]) -> str:
    return f"{median(values):.2f}" if values else ""


def ratio(product: Rounds, ruler: Rounds) -> float:
    """The median of the rounds' ratios: both sides of a round ran in the same minute."""
    return median(a / b for a, b in zip(product.per_second, ruler.per_second, strict=True))


def text(result: Result) -> str:
    """One row as Markdown."""
    sign = "met" if result.good else "**missed**"
    lines = [f"## {result.title}", "", f"Limit: {result.limit}. Reached: **{result.reached}** ({sign}).", ""]
    if result.table:
        head, *rest = result.table
        lines += [_row(head), "|" + "---|" * len(head), *map(_row, rest), ""]
    lines += [f"- {note}" for note in result.notes]
    if result.notes:
        lines.append("")
    for kind, shares in result.profile.items():
        said = ", ".join(f"{name} {share:.0f} %" for name, share in shares if share >= 1)
        if said:  # a request that mostly waits for the database leaves too few samples
            lines += [f"{_KINDS[kind]}: {said}.", ""]
    return "\n".join(lines)


_KINDS = {
    "packages": "CPU of a worker by package",
    "functions": "By function",
    "ours": "By function of the product, with all it calls",
}


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cells) + " |"


def write(results: list[Result], about: list[str], path: Path) -> None:
    """The page: what was run where, then a section for each row."""
    machine = f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}"
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench` (`python -m tests.bench`); do not edit it by hand. Product and ruler run in the same",
        "minutes, in turn, on the same database with durability on; the load generator shares the machine with them.",
        "A ratio is the median over the rounds. CPU milliseconds are for one request: steadier than requests a second.",
        "",
        f"Run on {clock.today()}, {machine}. " + " ".join(about),
        "",
        "| row | limit | reached | |",
        "|---|---|---|---|",
        *(f"| {r.title} | {r.limit} | {r.reached} | {'met' if r.good else '**missed**'} |" for r in results),
        "",
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n" + "\n".join(text(each) for each in results).rstrip() + "\n")

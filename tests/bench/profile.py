"""Where a worker's CPU goes: one sample for every millisecond of CPU it uses, added up by package and by function.

A timer of CPU time and a signal: unlike cProfile it makes no call dearer than another, and waiting is not counted.
"""

import json
import os
import signal
import sys
from collections import Counter
from pathlib import Path
from types import FrameType

from fastapi import FastAPI

EVERY_SECONDS = 0.001
WARM_SECONDS = 1.5  # of CPU: what is done once in a process is of no interest


def profiled() -> FastAPI:
    """The product's application with the sampler running; the result is written when the worker ends."""
    from lms.app import create_app

    packages: Counter[str] = Counter()
    functions: Counter[str] = Counter()
    ours: Counter[str] = Counter()

    def sample(_: int, frame: FrameType | None) -> None:
        if frame is None:
            return
        while frame.f_code.co_filename.startswith("<frozen abc") and frame.f_back is not None:
            frame = frame.f_back  # isinstance of an abstract class: whoever asks is of interest
        file = frame.f_code.co_filename
        packages[_package(file)] += 1
        functions[f"{_short(file)} {frame.f_code.co_qualname}"] += 1
        seen = set()
        walker: FrameType | None = frame
        while walker is not None:
            name = walker.f_code.co_filename
            if "/lms/" in name:
                seen.add(f"{_short(name)} {walker.f_code.co_qualname}")
            walker = walker.f_back
        ours.update(seen)

    def write() -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)
        result = {"packages": packages, "functions": functions, "ours": ours}
        Path(os.environ["LMS_BENCH_PROFILE"]).write_text(json.dumps(result))

    app = create_app()
    inner = app.router.lifespan_context

    from contextlib import asynccontextmanager

    @asynccontextmanager
    async def lifespan(served: FastAPI):  # type: ignore[no-untyped-def]
        async with inner(served) as state:
            signal.signal(signal.SIGPROF, sample)
            signal.setitimer(signal.ITIMER_PROF, WARM_SECONDS, EVERY_SECONDS)
            try:
                yield state
            finally:
                write()

    app.router.lifespan_context = lifespan
    return app


def _package(file: str) -> str:
    if "/site-packages/" in file:
        return file.split("/site-packages/")[1].split("/")[0].removesuffix(".py")
    if "/lms/" in file:
        return "lms"
    if file.startswith("<"):
        return "generated code"
    return "python" if file.startswith(sys.base_prefix) else "other"


def _short(file: str) -> str:
    for mark in ("/site-packages/", "/lms/"):
        if mark in file:
            return ("lms/" if mark == "/lms/" else "") + file.split(mark)[-1]
    return Path(file).name


def read(path: Path, top: int = 12) -> dict[str, list[tuple[str, float]]]:
    """The largest shares, in per cent, of each kind of count."""
    result = json.loads(path.read_text())
    total = sum(result["packages"].values()) or 1
    return {
        kind: [(name, 100 * count / total) for name, count in Counter(counts).most_common(top)]
        for kind, counts in result.items()
    }

"""Servers as `lms serve` starts them, uvicorn with worker processes, and what they and the database cost in CPU."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

WORKERS = 2
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, by its parent's process id."""

    pid: int
    port: int

    def cpu(self) -> float:
        """Seconds of CPU that the server's processes have used."""
        return cpu_of([self.pid, *children_of(self.pid)])


@asynccontextmanager
async def serving(
    factory: str, *, port: int, url: str, var: Path, workers: int = WORKERS, profile: Path | None = None
) -> AsyncIterator[Server]:
    """`factory` (module:function) served by uvicorn with the arguments of `lms serve`; jobs are left waiting.

    Logs are written as in production, to a file.
    """
    environment = os.environ | {
        "LMS_DATABASE_URL": url,
        "LMS_VAR_DIR": str(var),
        "LMS_JOBS_IN_SERVER": "false",  # the ruler's server works off none either
    }
    if profile is not None:
        environment["LMS_BENCH_PROFILE"] = str(profile)
    command = [sys.executable, "-m", "uvicorn", factory, "--factory", "--host", "127.0.0.1", "--port", str(port),
               "--no-access-log", "--log-level", "warning", "--no-server-header",
               "--timeout-graceful-shutdown", "3"]  # fmt: skip
    if workers > 1:
        command += ["--workers", str(workers)]
    var.mkdir(parents=True, exist_ok=True)
    with (var / f"server-{port}.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stderr=log, stdout=log, start_new_session=True)
        try:
            await _answering(process, port)
            yield Server(process.pid, port)
        except BaseException:
            sys.stderr.write((var / f"server-{port}.log").read_text(errors="replace")[-6000:])
            raise
        finally:
            await asyncio.to_thread(_stop, process)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """Ask it to end; what is left of its own session after a while is killed."""
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(5)


async def _answering(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            await asyncio.to_thread(urllib.request.urlopen, f"http://127.0.0.1:{port}/healthz", None, 2)
        except (urllib.error.URLError, OSError):
            await asyncio.sleep(0.2)
        else:
            await asyncio.sleep(0.5)  # the other worker
            return
    raise SystemExit(f"The server on port {port} does not answer.")


def children_of(pid: int) -> list[int]:
    """Its children, and theirs."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, task.read_text().split()):
                found += [child, *children_of(child)]
    return found


def cpu_of(pids: Iterable[int]) -> float:
    """Seconds of CPU of these processes, with that of children that have ended."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += sum(int(value) for value in fields[11:15])
    return total / _TICK


def memory_of(pids: Iterable[int]) -> float:
    """Megabytes resident in these processes together."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            total += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return total * os.sysconf("SC_PAGE_SIZE") / 2**20


@dataclass(frozen=True, slots=True)
class Database:
    """The PostgreSQL server, for its CPU."""

    data_dir: Path

    def cpu(self) -> float:
        """Seconds of CPU of the postmaster and all it has started."""
        pid = int((self.data_dir / "postmaster.pid").read_text().split()[0])
        return cpu_of([pid, *children_of(pid)])

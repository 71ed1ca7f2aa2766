"""A real `lms serve` as a process group of its own, on its own database, that a test may kill."""

import asyncio
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, LiteralString
from urllib.parse import quote

import psycopg
from httpx2 import AsyncClient, HTTPError

from lms.adapters import postgres_server as server
from lms.adapters.postgres_programs import owner
from lms.kernel.database import Database, make_engine
from lms.people.domain import digest_of
from lms.rebuild import compare_projections
from tests.catalogue.small_library import NEXT_QUIZ, PROVIDERS, TAXONOMY

COURSE, QUIZ, PAGE = "short-course", "check", "the-page"
_COURSE = """\
key: short-course
provider: our-office
original: en
languages: [en]
audiences: [un-personnel]
focuses: []
modalities: []
prerequisites: []
teaches:
  - {competency: legal-instruments, level: 1}
release: {change: minor, note: First edition.}
modules:
  - key: only
    minutes: 15
    activities:
      - {key: check, kind: quiz, minutes: 5, pass_mark: 50}
      - {key: the-page, kind: page, minutes: 10}
sources: []
"""
_WORDS = {
    "course.md": "---\ntitle: Short course\nsummary: Short.\nmodules: {only: Only}\n---\nAbout.\n",
    "check.md": NEXT_QUIZ,
    "the-page.md": "---\ntitle: The page\n---\nRead it.\n",
}


def write_library(folder: Path) -> Path:
    """A library of one course: a quiz of one question, then a page, so that much can be completed in a second."""
    words = folder / COURSE / "en"
    words.mkdir(parents=True)
    (folder / "taxonomy.yaml").write_text(TAXONOMY)
    (folder / "providers.yaml").write_text(PROVIDERS)
    (folder / COURSE / "course.yaml").write_text(_COURSE)
    for name, text in _WORDS.items():
        (words / name).write_text(text)
    return folder


@dataclass
class Served:
    """The server's folder and address; `begin` starts it, `kill` ends it and its database as a power cut would."""

    home: Path
    port: int
    settings: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @classmethod
    def make(cls, home: Path | None = None, **settings: str) -> "Served":
        """In this folder or a new one that the database's own account can reach, in memory where there is room."""
        memory = Path("/dev/shm")
        roomy = memory.is_dir() and shutil.disk_usage(memory).free > 2**30
        home = home or Path(tempfile.mkdtemp(prefix="lms-served-", dir=memory if roomy else None))
        home.chmod(0o755)
        write_library(home / "courses")
        with socket.create_server(("127.0.0.1", 0)) as listener:
            return cls(home, listener.getsockname()[1], settings)

    @property
    def var(self) -> Path:
        return self.home / "var"

    @property
    def data(self) -> Path:
        """The database's own folder."""
        return (self.var / "postgres" / "data").resolve()

    @property
    def url(self) -> str:
        """The address of the database."""
        password = (self.var / "postgres" / "password").read_text().strip()
        port = (self.var / "postgres" / "port").read_text().strip()
        return f"postgresql://lms:{quote(password, safe='')}@127.0.0.1:{port}/lms"

    def client(self) -> AsyncClient:
        return AsyncClient(base_url=f"http://127.0.0.1:{self.port}", timeout=20)

    async def begin(self, *arguments: str) -> None:
        """Start `lms serve` with two workers and durability on, and wait until it is ready."""
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("LMS_")},
            "LMS_VAR_DIR": str(self.var),
            "LMS_COURSES_DIR": str(self.home / "courses"),
            "LMS_PORT": str(self.port),
            "LMS_WORKERS": "2",
            "LMS_LOG_LEVEL": "warning",
            **self.settings,
        }
        with (self.home / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "lms.cli", "serve", *arguments],
                env=environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        async with self.client() as client:
            for _ in range(600):
                assert self.process.poll() is None, (self.home / "log").read_text()[-3000:]
                with suppress(HTTPError):
                    if (await client.get("/readyz")).status_code == 200:
                        return
                await asyncio.sleep(0.1)
        raise AssertionError((self.home / "log").read_text()[-3000:])

    def sign_everybody(self) -> dict[str, dict[str, str]]:
        """A bearer token for everybody who has an e-mail, as headers."""
        headers = {}
        with psycopg.connect(self.url, autocommit=True) as connection:
            people = connection.execute("SELECT email, id FROM persons WHERE email IS NOT NULL").fetchall()
            for email, person in people:
                secret = secrets.token_urlsafe(16)
                connection.execute(
                    "INSERT INTO api_tokens (id, token_hash, person_id, name, created_at, expires_at) "
                    "VALUES (gen_random_uuid(), %s, %s, 'test', now(), now() + interval '1 day')",
                    [digest_of(secret), person],
                )
                headers[email] = {"Authorization": f"Bearer {secret}"}
        return headers

    def children(self) -> set[int]:
        """The server's own processes."""
        assert self.process is not None
        told = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return {int(each) for each in told.split()}

    def column(self, statement: LiteralString, *values: object) -> list[Any]:
        """The first column of what the database answers."""
        with psycopg.connect(self.url) as connection:
            return [row[0] for row in connection.execute(statement, values).fetchall()]

    async def differences(self) -> set[int]:
        """How many rows of each projection differ from what the facts make of them."""
        database = Database(make_engine(self.url, pool_size=1))
        try:
            async with database.reading() as session:
                return set((await compare_projections(session)).values())
        finally:
            await database.close()

    def kill(self) -> None:
        """`kill -9` to every process of the server and of its database."""
        assert self.process is not None
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.kill_database()
        self.process.wait()
        self.process = None

    def kill_database(self) -> None:
        for pid in server.server_processes(self.data):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def stop_database(self) -> None:
        server.stop(self.data.parent, owner(self.data))

    def begin_database(self) -> None:
        server.serve(self.data.parent, owner(self.data), {})

    def end(self) -> None:
        """Stop what still runs and remove everything."""
        if self.process is not None:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=30)
        if self.process is not None and self.process.poll() is None:
            self.kill()
        self.kill_database()
        shutil.rmtree(self.home, ignore_errors=True)

"""The command line as an operator uses it, in processes of its own on an embedded PostgreSQL of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lms.adapters import embedded_postgres
from lms.cli import keeping
from lms.settings import PROJECT

Lms = Callable[..., subprocess.CompletedProcess[str]]
pytestmark = pytest.mark.xdist_group("command-line")


def _runner(var: Path, **more: str) -> Lms:
    environment = {name: value for name, value in os.environ.items() if name != "LMS_DATABASE_URL"}
    environment |= {"LMS_VAR_DIR": str(var), **more}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "lms.cli", *arguments]
        return subprocess.run(
            command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=120
        )

    return run


@pytest.fixture(scope="module")
def var(scratch: Path) -> Iterator[Path]:
    folder = scratch / "operator"
    folder.mkdir()
    # Held for the whole module, so that each command joins the server instead of starting one.
    embedded_postgres.start(folder)
    yield folder
    embedded_postgres.destroy(folder)


@pytest.fixture(scope="module")
def lms(var: Path) -> Lms:
    """Run a command on an installation whose demo was made."""
    run = _runner(var)
    made = run("demo")
    assert made.returncode == 0, made.stdout + made.stderr
    return run


def test_the_demo_is_made_once_and_tells_its_sign_ins(lms: Lms, var: Path) -> None:
    first = json.loads(lms("demo", "--accounts").stdout)
    roles = {each["role"] for each in first}
    assert roles >= {"learner", "supervisor", "hr_officer", "senior_manager", "assessor", "admin"}
    assert len({each["entity"] for each in first if each["role"] == "hr_officer"}) >= 2
    assert lms("demo").returncode == 0
    assert json.loads(lms("demo", "--accounts").stdout) == first
    assert (var / "demo-accounts.json").stat().st_mode & 0o777 == 0o600


def test_production_refuses_a_demo(var: Path) -> None:
    refused = _runner(var, LMS_ENVIRONMENT="production")("demo")
    assert refused.returncode == 1
    assert "no demo" in refused.stdout + refused.stderr


def test_a_token_is_one_line(lms: Lms) -> None:
    done = lms("token", "learner@demo.example")
    assert len(done.stdout.strip()) == 43
    unknown = lms("token", "nobody@demo.example")
    assert unknown.returncode == 1
    assert "Nobody has the e-mail" in unknown.stdout


def test_projections_agree_with_the_facts(lms: Lms) -> None:
    done = lms("rebuild", "--check")
    assert (done.returncode, done.stdout.count(": 0 rows")) == (0, 2)
    assert lms("rebuild").returncode == 0


def test_publishing_again_publishes_nothing(lms: Lms) -> None:
    assert "0 editions" in lms("courses", "publish").stdout
    assert "Nothing was published" in lms("courses", "publish", "--dry-run").stdout


def test_digests_of_a_course(lms: Lms) -> None:
    assert "en/course.md" in lms("courses", "digest", "legal-foundations").stdout
    assert lms("courses", "digest", "no-such-course").returncode == 1


def test_a_backup_restores_everything(lms: Lms, var: Path, tmp_path: Path) -> None:
    (var / "storage").mkdir(exist_ok=True)
    (var / "storage" / ("0" * 32)).write_text("handed in", encoding="utf-8")
    file = tmp_path / "lms.backup"
    assert lms("backup", str(file)).returncode == 0
    assert file.stat().st_mode & 0o077 == 0, "a backup is for its owner alone"
    assert lms("grant", "volunteer@demo.example", "author").returncode == 0
    (var / "storage" / ("0" * 32)).unlink()
    restored = lms("restore", str(file), "--yes")
    assert restored.returncode == 0, restored.stdout + restored.stderr
    assert (var / "storage" / ("0" * 32)).read_text(encoding="utf-8") == "handed in"
    assert lms("rebuild", "--check").returncode == 0
    assert lms("restore", str(tmp_path / "missing"), "--yes").returncode == 1


@pytest.mark.parametrize(
    ("url", "shown", "password"),
    [
        ("postgresql://lms:s%40cret@db.example/lms", "postgresql://lms@db.example/lms", "s@cret"),
        ("postgresql:///lms?host=/run/postgresql", "postgresql:///lms?host=/run/postgresql", None),
    ],
)
def test_no_password_stands_among_the_arguments_of_a_program(
    monkeypatch: pytest.MonkeyPatch, url: str, shown: str, password: str | None
) -> None:
    ran: list[tuple[list[str], dict[str, str]]] = []

    def run(command: list[str], *, env: dict[str, str], **_: object) -> subprocess.CompletedProcess[str]:
        ran.append((command, env))
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.delenv("PGPASSWORD", raising=False)
    monkeypatch.setattr(keeping.subprocess, "run", run)
    keeping._postgres("pg_dump", "--format=custom", url=url)
    ((command, env),) = ran
    assert command[1:] == ["--format=custom", f"--dbname={shown}"]
    assert env.get("PGPASSWORD") == password

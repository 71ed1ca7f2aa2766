"""The embedded PostgreSQL against real processes: killed, doubled, locked out, as root and as others."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from lms.adapters import embedded_postgres as embedded
from lms.adapters import postgres_programs as programs
from lms.adapters import postgres_server as server
from lms.adapters.embedded_postgres import Cluster, EmbeddedPostgresError

ROOT = os.geteuid() == 0
needs_root = pytest.mark.skipif(not ROOT, reason="only root can become other users and mount")
needs_no_root = pytest.mark.skipif(ROOT, reason="root is stopped by no mode")
QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "16MB"}
NOBODY, DAEMON = 65534, 1

# A command of its own: argv is var/, the state folder, and the user to become once everything is imported,
# since the interpreter may lie where that user cannot read.
PRELUDE = f"""
import os, sys, time
from pathlib import Path
import psycopg, encodings.idna
from lms.adapters import embedded_postgres as embedded, postgres_programs as programs
from lms.adapters import postgres_server as server
var, programs.STATE_FOLDER, uid = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
if uid != os.geteuid():
    os.setgroups([]); os.setgid(uid); os.setuid(uid)
QUICK = {QUICK!r}
def ask(cluster, query):
    with psycopg.connect(cluster.url("postgres")) as connection:
        return connection.execute(query).fetchone()[0]
def say(*words):
    print(*words, flush=True)
"""
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
HOLD = """
with embedded.running(var, settings=QUICK) as cluster:
    say(server.find(cluster.data_dir).pid)
    sys.stdin.readline()
"""


def open_folder() -> Path:
    """A new folder that every user can reach, which pytest's own is not; in memory where there is room."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2**30
    there = roomy and not os.statvfs(memory).f_flag & os.ST_NOEXEC
    made = Path(tempfile.mkdtemp(prefix="lms postgres ", dir=memory if there else None))
    made.chmod(0o755)
    return made


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """With a state folder in it, so that the system's is left alone."""
    made = open_folder()
    monkeypatch.setattr(programs, "STATE_FOLDER", made / "state")
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def fresh(folder: Path) -> Iterator[Path]:
    """A var/ that is not there yet."""
    yield folder / "var"
    with suppress(EmbeddedPostgresError):  # some tests leave it unusable, and stopped
        embedded.destroy(folder / "var")


@pytest.fixture(scope="module")
def shared() -> Iterator[Path]:
    made = open_folder()
    try:
        with embedded.running(made / "var", settings=QUICK):
            pass
        yield made / "var"
    finally:
        shutil.rmtree(made)


@pytest.fixture
def var(shared: Path, folder: Path) -> Iterator[Path]:
    """A var/ with a cluster in it that is stopped, and is used by many tests: making one takes a second."""
    assert folder.exists()
    yield shared
    assert server.find(shared / "postgres" / "data") is None


@pytest.fixture
def spoilt(shared: Path, fresh: Path) -> Path:
    """One that a test may spoil."""
    subprocess.run(["cp", "-a", shared, fresh], check=True)
    return fresh


@contextmanager
def command(code: str, var: Path, *, uid: int | None = None) -> Iterator[subprocess.Popen[str]]:
    """Another process that runs `code`, killed at the end if it still lives."""
    arguments = [str(var), str(programs.STATE_FOLDER), str(os.geteuid() if uid is None else uid)]
    process = subprocess.Popen(
        [sys.executable, "-c", PRELUDE + code, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        env=ENVIRONMENT,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def said(code: str, var: Path, *, uid: int | None = None) -> str:
    with command(code, var, uid=uid) as process:
        return process.communicate(timeout=30)[0]


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def finish(process: subprocess.Popen[str]) -> None:
    output, _ = process.communicate("\n", timeout=30)
    assert process.returncode == 0, output


def ask(cluster: Cluster, query: str, database: str = "postgres") -> object:
    with psycopg.connect(cluster.url(database), autocommit=True) as connection:
        row = connection.execute(query).fetchone()
        assert row is not None
        return row[0]


def pid_of(cluster: Cluster) -> int:
    found = server.find(cluster.data_dir)
    assert found is not None
    return found.pid


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def eventually(true: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(0.02)
    return true()


# -- what it is for


def test_data_outlives_the_server_and_everything_is_as_the_architecture_says(fresh: Path) -> None:
    with embedded.running(fresh) as cluster:
        assert embedded.ensure_database(cluster, "lms")
        with psycopg.connect(cluster.url()) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 'é法' AS word")
        first, port = pid_of(cluster), cluster.port
        shown = {
            name: ask(cluster, f"SHOW {name}")
            for name in ("server_encoding", "TimeZone", "fsync", "jit", "listen_addresses")
        }
        version = str(ask(cluster, "SHOW server_version"))
        assert ask(cluster, "SELECT datcollate FROM pg_database WHERE datname = 'lms'") == "C"
        assert ask(cluster, "SHOW unix_socket_directories") == ""
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(cluster.url().replace(cluster.password, "guessed"))
    assert shown == {
        "server_encoding": "UTF8",
        "TimeZone": "UTC",
        "fsync": "on",
        "jit": "off",
        "listen_addresses": "127.0.0.1",
    }
    assert version.startswith("18.")
    assert not alive(first)

    with embedded.running(fresh) as cluster:
        assert ask(cluster, "SELECT word FROM kept", "lms") == "é法"
        assert cluster.port == port
        assert pid_of(cluster) != first


def test_secrets_are_for_the_owner_only_and_not_in_a_repr(fresh: Path) -> None:
    with embedded.running(fresh, settings=QUICK) as cluster:
        home = cluster.data_dir.parent
        for private in ("password", "postgres.log", "users.lock", "server.lock"):
            assert (home / private).stat().st_mode & 0o777 == 0o600
        assert cluster.data_dir.stat().st_mode & 0o777 == 0o700
        assert cluster.password not in repr(cluster)
        assert len(cluster.password) >= 32
        assert cluster.url("a b") == f"postgresql://lms:{cluster.password}@127.0.0.1:{cluster.port}/a%20b"


def test_settings_reach_the_server_and_alter_system_stands_above_them(spoilt: Path) -> None:
    with embedded.running(spoilt, settings={**QUICK, "application_name": "it's \\ odd"}) as cluster:
        assert ask(cluster, "SHOW fsync") == "off"
        assert (
            ask(cluster, "SELECT reset_val FROM pg_settings WHERE name = 'application_name'") == "it's \\ odd"
        )
        with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET work_mem = '7MB'")
    with embedded.running(spoilt, settings={**QUICK, "work_mem": "5MB"}) as cluster:
        assert ask(cluster, "SHOW work_mem") == "7MB"


@pytest.mark.usefixtures("folder")
def test_a_throwaway_cluster_works_in_pytest_s_own_private_folder(tmp_path: Path) -> None:
    """Which is 0700, and root's when root runs the tests: the data must then lie elsewhere."""
    private = tmp_path / "closed"
    private.mkdir(mode=0o700)
    embedded.start(private, settings=QUICK)
    home = (private / "postgres").resolve()
    assert (private / "postgres").is_symlink() == ROOT
    assert home.is_relative_to(programs.STATE_FOLDER) == ROOT
    embedded.destroy(private)
    assert not home.exists()
    assert not (private / "postgres").is_symlink()
    embedded.leave(private)  # of no consequence after that


def test_databases_are_made_once_however_many_ask(var: Path) -> None:
    with embedded.running(var, settings=QUICK) as cluster:
        with ThreadPoolExecutor(6) as pool:
            made = list(pool.map(lambda _: embedded.ensure_database(cluster, 'my "db"'), range(6)))
        assert sorted(made) == [False] * 5 + [True]
        with psycopg.connect(cluster.url('my "db"')) as connection:
            connection.execute("CREATE TABLE migrated AS SELECT 1 AS n")
            connection.commit()
        assert embedded.ensure_database(cluster, "clone", template='my "db"')
        assert ask(cluster, "SELECT n FROM migrated", "clone") == 1
        with pytest.raises(EmbeddedPostgresError, match=r"could not be made.*does not exist"):
            embedded.ensure_database(cluster, "other", template="missing")


@pytest.mark.parametrize(
    "name", ["pg_dump", "pg_restore", "psql", "pgbench", "initdb", "pg_ctl", "pg_basebackup"]
)
def test_programs_come_from_the_wheel(name: str) -> None:
    path = embedded.binary(name)
    assert programs.PACKAGE in path.parts
    version = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
    assert " 18." in version


def test_programs_that_the_wheel_lacks_come_from_the_path(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = folder / "pg_oddity"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    assert embedded.binary("pg_oddity") == program
    with pytest.raises(EmbeddedPostgresError, match="pg_nothing is not on this machine"):
        embedded.binary("pg_nothing")


def test_a_dump_can_be_restored(var: Path, folder: Path) -> None:
    with embedded.running(var, settings=QUICK) as cluster:
        for name in ("one", "two"):
            embedded.ensure_database(cluster, name)
        with psycopg.connect(cluster.url("one")) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
            connection.commit()
        dump = folder / "dump"
        subprocess.run([embedded.binary("pg_dump"), "-Fc", "-f", dump, cluster.url("one")], check=True)
        subprocess.run([embedded.binary("pg_restore"), "-d", cluster.url("two"), dump], check=True)
        assert ask(cluster, "SELECT n FROM kept", "two") == 7


# -- who uses it


def test_three_commands_at_once_share_one_server_and_the_last_stops_it(fresh: Path) -> None:
    with command(HOLD, fresh) as one, command(HOLD, fresh) as two, command(HOLD, fresh) as three:
        pids = {line(process) for process in (one, two, three)}
        assert len(pids) == 1
        pid = int(pids.pop())
        finish(two)
        finish(one)
        assert alive(pid)
        finish(three)
        assert not alive(pid)


def test_a_process_leaves_as_often_as_it_started(var: Path) -> None:
    embedded.leave(var)  # never started: nothing happens
    cluster = embedded.start(var, settings=QUICK)
    assert embedded.start(var) == cluster
    pid = pid_of(cluster)
    embedded.leave(var)
    assert alive(pid)
    embedded.leave(var)
    assert not alive(pid)


def test_a_forked_child_does_not_leave_for_its_parent(var: Path) -> None:
    code = """
cluster = embedded.start(var, settings=QUICK)
child = os.fork()
if child == 0:
    embedded.leave(var)
    os._exit(0)
os.waitpid(child, 0)
say(ask(cluster, "SELECT 'still there'"))
embedded.leave(var)
say(server.find(cluster.data_dir))
"""
    assert said(code, var).split("\n")[:2] == ["still there", "None"]


def test_an_app_killed_outright_leaves_a_server_that_the_next_command_uses_and_stops(var: Path) -> None:
    with command(HOLD, var) as app:
        pid = int(line(app))
        app.kill()
        app.wait()
    assert alive(pid)
    with embedded.running(var) as cluster:
        assert pid_of(cluster) == pid
    assert not alive(pid)


def test_an_app_killed_while_others_use_the_server_counts_no_longer(var: Path) -> None:
    with embedded.running(var, settings=QUICK) as cluster:
        pid = pid_of(cluster)
        with command(HOLD, var) as app:
            assert int(line(app)) == pid
            app.kill()
            app.wait()
    assert not alive(pid)


def test_ctrl_c_reaches_the_app_and_not_the_database(var: Path) -> None:
    code = """
with embedded.running(var, settings=QUICK) as cluster:
    try:
        say(server.find(cluster.data_dir).pid)
        time.sleep(30)
    except KeyboardInterrupt:
        time.sleep(0.5)  # a server of the app finishes its requests
        say(ask(cluster, "SELECT 'finished'"))
"""
    with command(code, var) as app:
        pid = int(line(app))
        assert os.getsid(pid) != os.getsid(app.pid)
        os.killpg(app.pid, signal.SIGINT)
        assert line(app) == "finished"
        assert app.wait(30) == 0
    assert not alive(pid)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_command_told_to_end_stops_the_server(var: Path, number: signal.Signals) -> None:
    with command(HOLD, var) as app:
        pid = int(line(app))
        app.send_signal(number)
        assert app.wait(30) == 128 + number
    assert not alive(pid)


def test_uvicorn_told_to_end_stops_the_server(var: Path) -> None:
    code = """
import uvicorn
async def app(scope, receive, send):
    message = await receive()
    say(server.find(cluster.data_dir).pid)
    await send({"type": "lifespan.startup.complete"})
    await receive()
    say(ask(cluster, "SELECT 'asked while ending'"))
    await send({"type": "lifespan.shutdown.complete"})
with embedded.running(var, settings=QUICK) as cluster:
    uvicorn.run(app, port=0, lifespan="on", log_level="critical")
"""
    with command(code, var) as app:
        pid = int(line(app))
        time.sleep(0.3)
        app.send_signal(signal.SIGTERM)
        assert line(app) == "asked while ending"
        app.wait(30)
    assert not alive(pid)


def test_ctrl_c_during_the_first_start_leaves_nothing_running(fresh: Path) -> None:
    with command(HOLD, fresh) as app:
        assert eventually((fresh / "postgres" / "data.new" / "PG_VERSION").exists)
        os.killpg(app.pid, signal.SIGINT)
        assert app.wait(30) != 0
    home = fresh / "postgres"
    assert eventually(lambda: not server.server_processes(home / "data.new"))
    assert not server.server_processes(home / "data")
    with embedded.running(fresh, settings=QUICK) as cluster:
        assert ask(cluster, "SELECT 1") == 1


# -- what is left of those killed


def test_a_killed_first_start_is_made_good(fresh: Path) -> None:
    with command(HOLD, fresh) as app:
        assert eventually((fresh / "postgres" / "data.new" / "PG_VERSION").exists)
        app.kill()
        app.wait()
    assert not (fresh / "postgres" / "data").exists()
    with embedded.running(fresh, settings=QUICK) as cluster:  # waits for the initdb that goes on alone
        assert ask(cluster, "SELECT 1") == 1
        assert not (fresh / "postgres" / "data.new").exists()


def test_a_killed_postmaster_with_a_busy_backend(var: Path) -> None:
    """The backend does not notice, and holds the shared memory: no new server could start while it lives."""
    cluster = embedded.start(var, settings={"shared_buffers": "16MB"})
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS n")
    first = pid_of(cluster)

    def be_busy() -> None:
        with pytest.raises(psycopg.OperationalError):
            ask(cluster, "SELECT count(*) FROM generate_series(1, 100000000000) /* busy */")

    busy = threading.Thread(target=be_busy)
    busy.start()
    running = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%busy%' AND state = 'active'"
    assert eventually(lambda: ask(cluster, running) == 2)  # and the one that asks
    os.kill(first, signal.SIGKILL)
    assert eventually(lambda: not alive(first))
    assert server.server_processes(cluster.data_dir)

    with embedded.running(var, settings=QUICK) as again:
        busy.join(10)
        assert pid_of(again) != first
        assert again.port == cluster.port  # the app's pool finds it again
        assert ask(again, "SELECT n FROM kept") == 42
    assert alive(pid_of(again))  # our own first start still counts
    embedded.leave(var)
    assert not server.server_processes(cluster.data_dir)


def test_the_server_holds_its_lock_until_its_last_process_is_gone(var: Path) -> None:
    file = var / "postgres" / "server.lock"
    with embedded.running(var, settings=QUICK), file.open() as lock, pytest.raises(BlockingIOError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with file.open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_server_that_cannot_be_seen_is_not_doubled(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One in another container, say: its processes are hidden, its lock is not."""
    with command(HOLD, var) as other:
        line(other)
        monkeypatch.setattr(server, "is_server", lambda *_: False)
        monkeypatch.setattr(server, "CRASH_SECONDS", 0.3)
        with pytest.raises(EmbeddedPostgresError, match="in another container"):
            embedded.start(var)
        monkeypatch.undo()
        finish(other)


def test_a_stale_pid_that_now_is_someone_else_s(var: Path) -> None:
    data = var / "postgres" / "data"
    # of the same account as the server: PostgreSQL itself refuses to start then
    with subprocess.Popen(["sleep", "60"], user=data.stat().st_uid if ROOT else None) as stranger:
        (data / "postmaster.pid").write_text(
            f"{stranger.pid}\n{data}\n1\n5432\n\n127.0.0.1\n  1  1\nready   \n"
        )
        with embedded.running(var, settings=QUICK) as again:
            assert pid_of(again) != stranger.pid
            assert ask(again, "SELECT 1") == 1
        assert stranger.poll() is None
        stranger.kill()


def test_a_broken_pid_file_is_no_obstacle(var: Path) -> None:
    data = var / "postgres" / "data"
    for content in ("", "\n\n", "-5\n", "0\n", "what\n", f"{2**40}\n"):
        (data / "postmaster.pid").write_text(content)
        assert server.find(data) is None
    with embedded.running(var, settings=QUICK) as cluster:
        assert ask(cluster, "SELECT 1") == 1


def test_a_start_refused_for_shared_memory_still_in_use_is_tried_again(
    var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused: list[object] = []
    run = programs.run

    def refuse_twice(*args: object, **kwargs: object) -> subprocess.CompletedProcess[str]:
        words = args[1]
        if isinstance(words, list) and "start" in words and len(refused) < 2:
            refused.append(words)
            with (var / "postgres" / "postgres.log").open("a") as log:
                log.write("FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use\n")
            return subprocess.CompletedProcess([], 1, "", "")
        return run(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(server, "run", refuse_twice)
    with embedded.running(var, settings=QUICK) as cluster:
        assert ask(cluster, "SELECT 1") == 1
    assert len(refused) == 2


def test_var_deleted_under_a_running_server(spoilt: Path) -> None:
    cluster = embedded.start(spoilt, settings=QUICK)
    pid = pid_of(cluster)
    shutil.rmtree(spoilt)
    embedded.leave(spoilt)
    os.kill(pid, signal.SIGQUIT)  # it would notice by itself within a minute
    assert eventually(lambda: not alive(pid))


# -- ports


def test_a_recorded_port_that_is_taken_is_given_up(var: Path) -> None:
    with embedded.running(var, settings=QUICK) as cluster:
        port = cluster.port
    with socket.create_server(("127.0.0.1", port)), embedded.running(var, settings=QUICK) as cluster:
        assert cluster.port != port
        assert ask(cluster, "SELECT 1") == 1


def test_a_port_taken_between_choice_and_start_is_given_up(
    var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(server, "_recorded_port", lambda _: port)
        with embedded.running(var, settings=QUICK) as cluster:
            assert cluster.port != port
            assert ask(cluster, "SELECT 1") == 1


# -- what goes wrong is said plainly


def test_a_wrong_setting_is_named_with_the_log_and_does_no_harm(var: Path) -> None:
    with pytest.raises(EmbeddedPostgresError) as caught:
        embedded.start(var, settings={"shared_buffers": "plenty"})
    assert "A setting has a value that PostgreSQL does not take." in str(caught.value)
    assert 'invalid value for parameter "shared_buffers": "plenty"' in str(caught.value)
    with pytest.raises(EmbeddedPostgresError, match="does not know"):
        embedded.start(var, settings={"shared_buffer": "16MB"})
    with pytest.raises(EmbeddedPostgresError, match="not a setting"):
        embedded.start(var, settings={"port = 1\nfsync": "off"})
    with embedded.running(var, settings=QUICK) as cluster:
        assert ask(cluster, "SELECT 1") == 1


def test_data_of_another_version_is_left_alone(spoilt: Path) -> None:
    (spoilt / "postgres" / "data" / "PG_VERSION").write_text("17\n")
    with pytest.raises(EmbeddedPostgresError, match="is of PostgreSQL 17, and the programs here are of 18"):
        embedded.start(spoilt)


def test_a_lost_password_or_a_lost_cluster_is_said(spoilt: Path) -> None:
    (spoilt / "postgres" / "password").unlink()
    with pytest.raises(EmbeddedPostgresError, match="password of the database is missing"):
        embedded.start(spoilt)
    shutil.rmtree(spoilt / "postgres")
    (spoilt / "postgres").symlink_to("/nowhere/at/all")
    with pytest.raises(EmbeddedPostgresError, match="lies in /nowhere/at/all, which is not there"):
        embedded.start(spoilt)


def test_var_that_is_a_file(folder: Path) -> None:
    (folder / "var").write_text("")
    with pytest.raises(EmbeddedPostgresError, match="var is not a folder"):
        embedded.start(folder / "var")


def test_a_path_that_pg_ctl_s_shell_would_read(folder: Path) -> None:
    with pytest.raises(EmbeddedPostgresError, match="may not hold"):
        embedded.start(folder / "$HOME")


def test_a_server_that_does_not_answer(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "MUTE_SECONDS", 0.2)
    with embedded.running(var, settings=QUICK) as cluster:
        monkeypatch.setattr(server, "_answers", lambda _: False)
        with pytest.raises(EmbeddedPostgresError, match="runs but does not answer"):
            embedded.start(var)
        assert ask(cluster, "SELECT 1") == 1


def test_a_start_that_takes_for_ever_in_another_process(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "LOCK_SECONDS", 0.2)
    with (var / "postgres.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(EmbeddedPostgresError, match="Another process has been starting or stopping"):
            embedded.start(var)


@needs_no_root
def test_a_closed_folder_of_one_s_own(folder: Path) -> None:
    (folder / "closed").mkdir(mode=0o500)
    with pytest.raises(EmbeddedPostgresError, match="is closed even to"):
        embedded.start(folder / "closed" / "var")


@contextmanager
def small_disk(at: Path, megabytes: int) -> Iterator[None]:
    at.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "none", str(at)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this system lets root mount nothing")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(at)], check=True)


def fill(disk: Path) -> None:
    with suppress(OSError), (disk / "rest").open("wb", buffering=0) as rest:
        while True:
            rest.write(bytes(4096))


@needs_root
def test_a_full_disk(folder: Path) -> None:
    with small_disk(folder / "disk", 20):
        with pytest.raises(EmbeddedPostgresError, match="The disk is full") as caught:
            embedded.start(folder / "disk" / "var")
        assert "HINT:  Check free disk space." in str(caught.value) or "No space left" in str(caught.value)
        assert not (folder / "disk" / "var" / "postgres" / "data.new").exists()  # the space is given back
        fill(folder / "disk")
        with pytest.raises(EmbeddedPostgresError, match=r"disk .*is full"):
            embedded.start(folder / "disk" / "var")


@needs_root
def test_a_disk_that_fills_up_between_two_starts(folder: Path) -> None:
    with small_disk(folder / "disk", 100):
        var = folder / "disk" / "var"
        with embedded.running(var, settings=QUICK):
            pass
        fill(folder / "disk")
        with pytest.raises(EmbeddedPostgresError, match=r"disk .*is full"):
            embedded.start(var, settings=QUICK)
        (folder / "disk" / "rest").unlink()
        with embedded.running(var, settings=QUICK) as cluster:
            assert ask(cluster, "SELECT 1") == 1


@needs_root
def test_a_read_only_disk(folder: Path) -> None:
    with small_disk(folder / "disk", 1):
        subprocess.run(["mount", "-o", "remount,ro", str(folder / "disk")], check=True)
        with pytest.raises(EmbeddedPostgresError, match="read-only disk"):
            embedded.start(folder / "disk" / "var")


# -- whose it is


TRY = """
try:
    with embedded.running(var, settings=QUICK) as cluster:
        say("data of", cluster.data_dir.stat().st_uid, "asked", ask(cluster, "SELECT 7"))
except embedded.EmbeddedPostgresError as error:
    say(error)
"""


@needs_root
def test_an_ordinary_user_needs_nothing_of_root(folder: Path) -> None:
    own = folder / "own"
    own.mkdir(mode=0o700)
    os.chown(own, DAEMON, DAEMON)
    assert said(TRY, own / "var", uid=DAEMON) == f"data of {DAEMON} asked 7\n"
    assert not programs.STATE_FOLDER.exists()


@needs_root
def test_as_root_the_server_runs_as_nobody_and_the_rest_stays_root_s(fresh: Path) -> None:
    with embedded.running(fresh, settings=QUICK) as cluster:
        assert Path(f"/proc/{pid_of(cluster)}").stat().st_uid == NOBODY
        assert cluster.data_dir.stat().st_uid == NOBODY
        assert cluster.data_dir.parent.stat().st_uid == 0  # nobody can plant no link there for root to follow
        groups = next(
            x for x in Path(f"/proc/{pid_of(cluster)}/status").read_text().split("\n") if "Groups" in x
        )
        assert "0" not in groups.split()


@needs_root
def test_root_s_cluster_used_by_another_says_whose_it_is(spoilt: Path) -> None:
    answer = said(TRY, spoilt, uid=DAEMON)
    assert "belongs to root, and this is daemon. Start as root, or" in answer
    assert f"chown -R daemon '{spoilt}'" in answer

    # the advice holds
    for path in (spoilt, *spoilt.rglob("*")):
        os.chown(path, DAEMON, DAEMON)
    assert said(TRY, spoilt, uid=DAEMON) == f"data of {DAEMON} asked 7\n"

    # and a folder that is given away without its data is told apart
    data = spoilt / "postgres" / "data"
    os.chown(data, NOBODY, NOBODY)
    assert "belongs to nobody" in said(TRY, spoilt, uid=DAEMON)
    os.chown(data, 0, 0)
    with pytest.raises(EmbeddedPostgresError, match="chown -R nobody"):
        embedded.start(spoilt)


@needs_root
def test_a_folder_that_an_ordinary_user_may_not_write(folder: Path) -> None:
    answer = said(TRY, folder / "var", uid=DAEMON)
    assert f"{folder / 'var'} belongs to root, and this is daemon." in answer


@needs_root
def test_root_in_the_project_of_another_acts_for_the_owner(folder: Path) -> None:
    var = folder / "var"
    var.mkdir(mode=0o700)
    os.chown(var, DAEMON, DAEMON)
    with embedded.running(var, settings=QUICK) as cluster:
        assert cluster.data_dir.stat().st_uid == DAEMON
    assert {path.stat().st_uid for path in var.rglob("*")} == {DAEMON}
    assert said(TRY, var, uid=DAEMON) == f"data of {DAEMON} asked 7\n"
    embedded.destroy(var)


@needs_root
def test_a_folder_of_a_number_without_a_name_is_served_by_nobody(folder: Path) -> None:
    """As when a container's root sees a folder of its host."""
    var = folder / "var"
    var.mkdir(mode=0o755)
    os.chown(var, 4_000_001, 4_000_001)
    with embedded.running(var, settings=QUICK) as cluster:
        assert cluster.data_dir.stat().st_uid == NOBODY
    embedded.destroy(var)


@needs_root
def test_a_number_without_a_name_cannot_be_served(folder: Path) -> None:
    os.chown(folder, 4_000_001, 4_000_001)
    answer = said(TRY, folder / "var", uid=4_000_001)
    assert "no entry in /etc/passwd" in answer


@needs_root
def test_where_nobody_cannot_come_the_cluster_lies_in_the_state_folder(folder: Path) -> None:
    private = folder / "private"
    private.mkdir(mode=0o700)
    var = private / "var"
    with embedded.running(var, settings=QUICK) as cluster:
        embedded.ensure_database(cluster, "lms")
        home = cluster.data_dir.parent
        assert home.parent == programs.STATE_FOLDER / "clusters"
        assert (var / "postgres").readlink() == home
        assert (home / "var").read_text() == f"{var}\n"
    assert private.stat().st_mode & 0o777 == 0o700  # nothing was opened to others
    with embedded.running(var, settings=QUICK) as cluster:
        assert not embedded.ensure_database(cluster, "lms")

    # a project that moves takes its database along
    private.rename(folder / "moved")
    with embedded.running(folder / "moved" / "var", settings=QUICK) as cluster:
        assert not embedded.ensure_database(cluster, "lms")

    # a var/ thrown away is not found again, as it would not be elsewhere: pytest gives folders the same names
    (folder / "moved").rename(private)
    shutil.rmtree(var)
    with embedded.running(var, settings=QUICK) as cluster:
        assert embedded.ensure_database(cluster, "lms")
        assert cluster.data_dir.parent == home.with_name(f"{home.name}-2")
    embedded.destroy(var)


@needs_root
def test_a_folder_closed_later_is_said(spoilt: Path) -> None:
    spoilt.chmod(0o700)
    with pytest.raises(EmbeddedPostgresError, match=r"nobody, who cannot reach .*: a folder above is closed"):
        embedded.start(spoilt)


@needs_root
def test_programs_that_nobody_cannot_read_are_copied(
    folder: Path, spoilt: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = programs._wheel_package()
    assert wheel is not None
    private = folder / "venv"
    private.mkdir(mode=0o700)
    shutil.copytree(wheel / programs.INSTALL, private / programs.PACKAGE / programs.INSTALL)
    shutil.copytree(wheel.with_name(f"{programs.PACKAGE}.libs"), private / f"{programs.PACKAGE}.libs")
    for path in private.rglob("*"):
        path.chmod(path.stat().st_mode & 0o700)  # installed under umask 077
    monkeypatch.setattr(programs, "_wheel_package", lambda: private / programs.PACKAGE)
    with embedded.running(spoilt, settings=QUICK) as cluster:
        program = os.readlink(f"/proc/{pid_of(cluster)}/exe")
        assert Path(program).is_relative_to(programs.STATE_FOLDER / "programs")
        assert cluster.bin_dir.is_relative_to(private)  # for root's own use
        copied = Path(program).stat().st_mtime_ns, Path(program).stat().st_ino
    with embedded.running(spoilt, settings=QUICK):
        assert (Path(program).stat().st_mtime_ns, Path(program).stat().st_ino) == copied
    Path(program).with_name("initdb").write_bytes(b"")  # a copy that power failed on
    with embedded.running(spoilt, settings=QUICK):
        assert Path(program).stat().st_ino != copied[1]


def said_with_capabilities(code: str, folder: Path, capabilities: str) -> str:
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("setpriv is not on this machine")
    sets = [f"--{which}={capabilities}" for which in ("bounding-set", "inh-caps")]
    arguments = [str(folder / "var"), str(folder / "state"), "0"]
    return subprocess.run(
        [setpriv, *sets, sys.executable, "-c", PRELUDE + code, *arguments],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env=ENVIRONMENT,
    ).stdout


@needs_root
def test_root_that_may_not_become_another(folder: Path) -> None:
    answer = said_with_capabilities(TRY, folder, "-setuid,-setgid")
    assert "root cannot become nobody here (no CAP_SETUID" in answer


@needs_root
def test_root_of_a_container(fresh: Path) -> None:
    """Docker's root may not look into processes of other users."""
    docker = "-all,+chown,+dac_override,+fsetid,+fowner,+mknod,+net_raw,+setgid,+setuid,+setfcap,+setpcap"
    docker += ",+net_bind_service,+sys_chroot,+kill,+audit_write"
    code = """
import signal, threading
cluster = embedded.start(var, settings=QUICK)
try:
    os.readlink(f"/proc/{server.find(cluster.data_dir).pid}/cwd")
except PermissionError:
    say("may not look")
assert embedded.start(var) == cluster
embedded.leave(var)
def be_busy():
    try:
        ask(cluster, "SELECT count(*) FROM generate_series(1, 100000000000)")
    except psycopg.OperationalError:
        say("was busy")
busy = threading.Thread(target=be_busy)
busy.start()
time.sleep(0.5)
os.kill(server.find(cluster.data_dir).pid, signal.SIGKILL)
assert embedded.start(var) == cluster
busy.join()
embedded.leave(var)
embedded.leave(var)
say(server.find(cluster.data_dir), server.server_processes(cluster.data_dir))
"""
    answer = said_with_capabilities(code, fresh.parent, docker)
    assert answer == "may not look\nwas busy\nNone []\n"

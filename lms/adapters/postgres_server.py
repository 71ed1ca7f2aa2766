"""One PostgreSQL server over one folder: made, started, recognised and stopped. Knows nothing of who uses it.

The folder of a cluster ("home") holds `data/`, `password`, `port`, `server.conf` (rewritten at each start),
`postgres.log` and `server.lock`, which every process of the server holds open and locked as long as it lives.
Call `serve` and `stop` under a lock of your own.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
import signal
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from lms.adapters.postgres_programs import (
    Account,
    EmbeddedPostgresError,
    current_account,
    major_version,
    owner,
    programs_for,
    run,
)

HOST = "127.0.0.1"
USER = "lms"
DEFAULTS: Mapping[str, str] = {
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "maintenance_work_mem": "64MB",
    "max_connections": "100",
    "jit": "off",  # costs more than it saves on short statements
    "min_wal_size": "80MB",
    "max_wal_size": "512MB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",  # no spinning disk
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%d ",
    "log_checkpoints": "off",
}
START_SECONDS = 300  # recovery after a crash may be long
MUTE_SECONDS = 15  # for a server that says it is ready and does not answer
STOP_SECONDS = 60
CRASH_SECONDS = 10  # how long processes of a dead server may take to go
KILL_AFTER_SECONDS = 2  # of these, how long they are left to go by themselves
LOG_BYTES = 10_000_000
TAIL_LINES = 15

_PORT_TAKEN = "Address already in use"
_STILL_GOING = re.compile(r"pre-existing shared memory block|lock file \"postmaster.pid\" already exists")
_SENTENCES = {
    "No space left on device": "The disk is full.",
    "Check free disk space": "The disk is full.",
    "Disk quota exceeded": "The disk quota is used up.",
    "Read-only file system": "The disk is read-only.",
    "database files are incompatible": "The data was made by another build of PostgreSQL.",
    "unrecognized configuration parameter": "A setting has a name that PostgreSQL does not know.",
    "invalid value for parameter": "A setting has a value that PostgreSQL does not take.",
    "contains errors": "A setting is wrong.",
    "could not map anonymous shared memory": "There is too little memory for shared_buffers.",
    "Cannot allocate memory": "There is too little memory.",
    "could not look up effective user ID": "The account this runs as has no entry in /etc/passwd.",
    "did not start in time": "It is still recovering after a crash: wait and try again.",
}


@dataclass(frozen=True)
class Postmaster:
    """A live server, from its own `postmaster.pid`."""

    pid: int
    port: int
    status: str


def serve(home: Path, account: Account, settings: Mapping[str, str]) -> int:
    """Makes the cluster if there is none, starts the server if none runs, and gives its port.

    A server that runs already keeps the settings it has.
    """
    if found := _awaited(home / "data"):
        return found.port
    if odd := set(str(home)) & set('"$`\\\n'):
        raise EmbeddedPostgresError(f"{home}: pg_ctl hands the path to a shell, so it may not hold {odd}.")
    lock = _claim(home)
    try:
        programs = programs_for(account)
        if not (home / "data").exists():
            _initialise(home, account, programs, lock, durable=settings.get("fsync") != "off")
        _check_version(home / "data", programs, account)
        # It names no server of this folder, or _awaited had found it. PostgreSQL itself would take any live
        # process of the same account for one.
        (home / "data" / "postmaster.pid").unlink(missing_ok=True)
        _write_settings(home, settings)
        _launch(home, account, programs, lock)
    finally:
        os.close(lock)  # the server's processes hold it on
    started = _awaited(home / "data")
    if started is None:
        raise failure("PostgreSQL stopped right after its start.", home)
    _write(home / "port", f"{started.port}\n", owner(home), mode=0o644)
    return started.port


def stop(home: Path, account: Account) -> None:
    """A fast shutdown: open transactions are rolled back. Nothing happens where no server runs."""
    data = home / "data"
    if find(data) is None:
        return
    options = ["-m", "fast", "-w", "-t", str(STOP_SECONDS)]
    result = run(account, [programs_for(account) / "pg_ctl", "stop", "-D", data, *options])
    if result.returncode and find(data) is not None:
        raise failure(
            f"PostgreSQL in {data} did not stop within {STOP_SECONDS} seconds.", home, result.stderr
        )


def find(data: Path) -> Postmaster | None:
    """The server of this folder; none where `postmaster.pid` is missing or names another kind of process."""
    try:
        lines = (data / "postmaster.pid").read_text(errors="replace").splitlines()
        pid = int(lines[0])
    except (FileNotFoundError, NotADirectoryError, ValueError, IndexError):
        return None
    if not is_server(pid, data):
        return None
    # pid, folder, start, port, socket folder, address, shared memory, status; the last come as it starts
    port = int(lines[3]) if len(lines) > 3 and lines[3].isdigit() else 0
    return Postmaster(pid, port, lines[7].strip() if len(lines) > 7 else "starting")


def is_server(pid: int, data: Path) -> bool:
    """Whether the process is a `postgres` that works in this data folder; all processes of its server do."""
    if pid <= 0 or not data.exists():
        return False
    if not os.path.exists("/proc/self/comm"):  # macOS
        shown = run(current_account(), ["ps", "-p", str(pid), "-o", "command="]).stdout
        return "postgres" in shown and str(data) in shown
    try:
        if Path(f"/proc/{pid}/comm").read_text() != "postgres\n":
            return False
        return os.path.samefile(f"/proc/{pid}/cwd", data)
    except PermissionError:
        # A container's root may not look at processes of others (no CAP_SYS_PTRACE): the account itself may.
        same_folder = ["/bin/sh", "-c", 'test "/proc/$1/cwd" -ef "$2"', "sh", str(pid), str(data)]
        return os.geteuid() == 0 and run(owner(data), same_folder).returncode == 0
    except OSError:  # gone, or a zombie
        return False


def server_processes(data: Path) -> list[int]:
    """All processes of the server of this folder, also where the first of them is dead."""
    try:
        numbers = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    except FileNotFoundError:
        return []
    return [pid for pid in numbers if is_server(pid, data)]


def private_file(path: Path, account: Account) -> int:
    """Opens a file for its owner alone, making it where missing. Follows no link: `data/` is not root's."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    account.take(file)
    return file


def _write(path: Path, text: str, account: Account, *, mode: int) -> None:
    file = private_file(path, account)
    try:
        os.fchmod(file, mode)
        os.ftruncate(file, 0)
        os.write(file, text.encode())
        os.fsync(file)
    finally:
        os.close(file)


def failure(sentence: str, home: Path, said: str = "") -> EmbeddedPostgresError:
    """An error with the cause in plain words where it is a known one, and the end of what the server said."""
    log = home / "postgres.log"
    text = said + "\n" + (_tail(log) if log.is_file() else "")
    causes = [cause for fragment, cause in _SENTENCES.items() if fragment in text]
    tail = "\n".join(f"  {line}" for line in text.splitlines()[-TAIL_LINES:] if line.strip())
    return EmbeddedPostgresError(" ".join([sentence, *causes[:1], f"The log is {log}."]) + f"\n{tail}")


def _tail(log: Path) -> str:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 20_000))
        return file.read().decode(errors="replace")


def _awaited(data: Path) -> Postmaster | None:
    """The server of this folder once it takes connections; none if there is none, or it went away."""
    began = time.monotonic()
    while (found := find(data)) is not None:
        if found.status == "ready" and _answers(found.port):
            return found
        if time.monotonic() - began > (MUTE_SECONDS if found.status == "ready" else START_SECONDS):
            where = f"(process {found.pid}, port {found.port}, {found.status})"
            raise failure(f"The PostgreSQL server of {data} runs but does not answer {where}.", data.parent)
        time.sleep(0.05)
    return None


def _answers(port: int) -> bool:
    """Whether a PostgreSQL server is behind the port: asked for encryption it says one letter, yes or no."""
    try:
        with socket.create_connection((HOST, port), timeout=2) as connection:
            connection.sendall(bytes.fromhex("0000000804d2162f"))  # SSLRequest, protocol-message-formats
            return connection.recv(1) in (b"N", b"S")
    except OSError:
        return False


def _claim(home: Path) -> int:
    """Locks `server.lock`, which the processes of the server will inherit.

    While it is held there are still some: of a server whose first process was killed, or of an initdb whose
    caller was. They are told to quit at once after a moment; the data is recovered from the log in any case.
    """
    lock = private_file(home / "server.lock", owner(home))
    began = time.monotonic()
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock
        except BlockingIOError:
            waited = time.monotonic() - began
        left = server_processes(home / "data") + server_processes(home / "data.new")
        if waited > CRASH_SECONDS:
            os.close(lock)
            seen = f"processes {left}" if left else "none that is seen from here: in another container?"
            raise failure(f"Processes of an earlier server still use {home / 'data'} ({seen}).", home)
        if waited > KILL_AFTER_SECONDS:
            for pid in left:
                _quit(pid)
        time.sleep(0.1)


def _quit(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGQUIT)


def _initialise(home: Path, account: Account, programs: Path, lock: int, *, durable: bool) -> None:
    """Makes `data.new` and renames it when whole: what a killed initdb leaves behind is not a cluster."""
    new = home / "data.new"
    if new.exists():
        shutil.rmtree(new)
    new.mkdir(mode=0o700)
    account.take(new)
    _write(home / "password", secrets.token_urlsafe(24) + "\n", account, mode=0o600)
    options = [
        "-U",
        USER,
        "-E",
        "UTF8",
        "--no-locale",
        "-A",
        "scram-sha-256",
        f"--pwfile={home / 'password'}",
    ]
    if not durable:
        options.append("--no-sync")
    result = run(account, [programs / "initdb", "-D", new, *options], pass_fds=[lock])
    if result.returncode:
        shutil.rmtree(new, ignore_errors=True)
        raise failure(f"PostgreSQL could not make a cluster in {home}.", home, result.stderr)
    with (new / "postgresql.conf").open("a") as file:
        file.write("\ninclude_if_exists = '../server.conf'  # ours, below what ALTER SYSTEM writes\n")
    new.rename(home / "data")


def _check_version(data: Path, programs: Path, account: Account) -> None:
    made, have = (data / "PG_VERSION").read_text().strip(), major_version(programs, account)
    if made != have:
        raise EmbeddedPostgresError(
            f"The data in {data} is of PostgreSQL {made}, and the programs here are of {have}. Dump it "
            "with its own pg_dump, move the folder away, start again, and restore the dump with pg_restore."
        )


def _write_settings(home: Path, settings: Mapping[str, str]) -> None:
    lines = ["# Written at each start. Set your own with ALTER SYSTEM."]
    for name, value in {**DEFAULTS, **settings}.items():
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.]*", name) or "\n" in value:
            raise EmbeddedPostgresError(f"{name!r} = {value!r} is not a setting of PostgreSQL.")
        quoted = value.replace("\\", "\\\\").replace("'", "''")
        lines.append(f"{name} = '{quoted}'")
    _write(home / "server.conf", "\n".join(lines) + "\n", owner(home), mode=0o644)


def _launch(home: Path, account: Account, programs: Path, lock: int) -> None:
    """Starts the server. pg_ctl gives it a session of its own: Ctrl-C in our terminal does not reach it."""
    log = home / "postgres.log"
    if log.is_file() and log.stat().st_size > LOG_BYTES:
        log.rename(home / "postgres.log.1")
    os.close(private_file(log, account))
    port, ports, began = _recorded_port(home) or _free_port(), 0, time.monotonic()
    while True:
        before = log.stat().st_size
        # On the command line, so that no file can overrule it. No socket file: paths may be too long for one.
        options = f"-p {port} -c listen_addresses={HOST} -c unix_socket_directories="
        start = ["start", "-w", "-t", str(START_SECONDS), "-l", str(log), "-o", options]
        result = run(account, [programs / "pg_ctl", "-D", home / "data", *start], pass_fds=[lock])
        if result.returncode == 0:
            return
        with log.open("rb") as file:
            file.seek(before)
            said = file.read().decode(errors="replace")
        if _PORT_TAKEN in said and ports < 5:
            port, ports = _free_port(), ports + 1
        elif _STILL_GOING.search(said) and time.monotonic() - began < CRASH_SECONDS:
            time.sleep(0.3)
        else:
            raise failure(f"PostgreSQL did not start in {home / 'data'}.", home, result.stderr)


def _recorded_port(home: Path) -> int | None:
    """The port of last time, kept while it is free, so that what people noted down goes on working."""
    try:
        port = int((home / "port").read_text())
        with socket.create_server((HOST, port)):
            return port
    except (FileNotFoundError, ValueError, OSError, OverflowError):
        return None


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port

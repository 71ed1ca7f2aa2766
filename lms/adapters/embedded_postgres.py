"""An own PostgreSQL for machines without one, in `var/`: started by the first command, stopped by the last.

A command calls `start` before it makes any worker process, and `leave` at its end; workers only get the URL.
Whoever uses the server holds a shared lock on a file, so that a command killed outright counts no longer; the
server it left behind is used by the next. As root the server runs as the owner of `var/`, or as nobody where
that is root; if nobody cannot reach `var/`, the cluster lies under /var/lib/lms and `var/postgres` is a link.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from urllib.parse import quote

from lms.adapters import postgres_programs as programs
from lms.adapters import postgres_server as server
from lms.adapters.postgres_programs import Account, EmbeddedPostgresError, binary, can_reach, owner

__all__ = [
    "Cluster",
    "EmbeddedPostgresError",
    "binary",
    "destroy",
    "ensure_database",
    "leave",
    "running",
    "start",
]

LOCK_SECONDS = server.START_SECONDS + 60


@dataclass(frozen=True)
class Cluster:
    """A running server and its superuser."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    data_dir: Path
    bin_dir: Path

    def url(self, database: str = "lms") -> str:
        return f"postgresql://{self.user}:{self.password}@{self.host}:{self.port}/{quote(database, safe='')}"


@dataclass
class _Use:
    """That this process uses a cluster, and how often it said so.

    The lock belongs to the open file, so a forked child shares it: when it leaves, its parent still counts.
    """

    home: Path
    account: Account
    file: int  # open on users.lock, with a shared lock
    times: int = 0


_uses: dict[Path, _Use] = {}
_mutex = threading.RLock()


def start(var: Path, *, settings: Mapping[str, str] | None = None) -> Cluster:
    """Makes, starts or joins the cluster in `var/postgres`; leave it as often as you started it.

    `settings` are PostgreSQL's own, over the defaults; a server that runs already keeps those it has. For a
    throw-away cluster set fsync, synchronous_commit and full_page_writes to off, and `destroy` it afterwards.
    """
    var = var.resolve()
    with _mutex, _told_plainly(var):
        var.mkdir(parents=True, exist_ok=True)
        with _locked(var):
            use = _uses.get(var) or _new_use(var)
            try:
                port = server.serve(use.home, use.account, settings or {})
                cluster = _cluster(use.home, port)
            except BaseException as error:
                if not use.times:
                    os.close(use.file)
                    if not isinstance(error, EmbeddedPostgresError):  # Ctrl-C while it was starting
                        _stop_if_unused(use)
                raise
            use.times += 1
            _uses[var] = use
            return cluster


def leave(var: Path) -> None:
    """Ends one use; the last one to leave stops the server. Does nothing where this process uses none."""
    var = var.resolve()
    with _mutex, _told_plainly(var):
        use = _uses.get(var)
        if use is None:
            return
        use.times -= 1
        if use.times:
            return
        del _uses[var]
        os.close(use.file)
        with _locked(var) if var.is_dir() else nullcontext():  # or it was deleted under us
            _stop_if_unused(use)


@contextmanager
def running(var: Path, *, settings: Mapping[str, str] | None = None) -> Iterator[Cluster]:
    """`start` and `leave`, also when a signal that the command does not handle itself tells it to end."""
    with _signals_exit():
        cluster = start(var, settings=settings)
        try:
            yield cluster
        finally:
            leave(var)


def destroy(var: Path) -> None:
    """Stops the server, whoever uses it, and deletes the cluster with its data. For throw-away clusters."""
    var = var.resolve()
    place = var / "postgres"
    with _mutex, _told_plainly(var):
        if not place.exists():
            return
        with _locked(var):
            if use := _uses.pop(var, None):
                os.close(use.file)
            home, account = _place(var)
            server.stop(home, account)
            shutil.rmtree(home)
            if place.is_symlink():
                place.unlink()


def ensure_database(cluster: Cluster, name: str, *, template: str | None = None) -> bool:
    """Creates a database where it is missing; true if it did. Nobody may be connected to the template."""
    import psycopg  # the rest of this module needs nothing but Python
    from psycopg import errors, sql

    statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    if template is not None:
        statement += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return False
        try:
            connection.execute(statement)
        except (errors.DuplicateDatabase, errors.UniqueViolation):  # another process was faster
            return False
        except psycopg.Error as error:
            raise EmbeddedPostgresError(f"The database {name} could not be made: {error}") from error
    return True


@contextmanager
def _signals_exit() -> Iterator[None]:
    """SIGTERM and SIGHUP would end Python without its `finally`; uvicorn raises them again when it ends."""

    def leave_off(number: int, _: FrameType | None) -> None:
        raise SystemExit(128 + number)

    numbers = (signal.SIGTERM, signal.SIGHUP) if threading.current_thread() is threading.main_thread() else ()
    mine = [number for number in numbers if signal.getsignal(number) is signal.SIG_DFL]
    for number in mine:
        signal.signal(number, leave_off)
    try:
        yield
    finally:
        for number in mine:
            signal.signal(number, signal.SIG_DFL)


def _new_use(var: Path) -> _Use:
    home, account = _place(var)
    file = server.private_file(home / "users.lock", owner(home))
    fcntl.flock(file, fcntl.LOCK_SH)
    return _Use(home, account, file)


def _stop_if_unused(use: _Use) -> None:
    """Call it under the lock: then nobody joins between the question and the stop."""
    if not use.home.is_dir():
        return
    file = server.private_file(use.home / "users.lock", owner(use.home))
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    finally:
        os.close(file)
    server.stop(use.home, use.account)


def _cluster(home: Path, port: int) -> Cluster:
    password = (home / "password").read_text().strip()
    return Cluster(server.HOST, port, server.USER, password, home / "data", binary("initdb").parent)


def _place(var: Path) -> tuple[Path, Account]:
    """Where the cluster lies or shall lie, and who runs its server."""
    place = var / "postgres"
    if not (place.is_symlink() or place.exists()):
        return _new_place(var)
    home = place.resolve()
    if not home.is_dir():
        raise EmbeddedPostgresError(
            f"The database of {var} lies in {home}, which is not there. "
            f"If it is lost for good, remove {place}: the next start makes an empty one."
        )
    account = owner(home / "data") if (home / "data").exists() else _server_account(var)
    if account.uid == 0:
        raise EmbeddedPostgresError(
            f"{home / 'data'} is root's, as whom PostgreSQL does not run: chown -R nobody '{home / 'data'}'"
        )
    if os.geteuid() not in (0, account.uid):
        raise EmbeddedPostgresError(
            f"The database in {home} belongs to {account.name}. {_way_out(var, owner(home))}"
        )
    if (home / "data").exists() and not (home / "password").exists():
        raise EmbeddedPostgresError(f"The password of the database is missing: {home / 'password'}.")
    if not can_reach(account, home):
        raise EmbeddedPostgresError(
            f"PostgreSQL runs as {account.name}, who cannot reach {home}: a folder above is closed to others."
        )
    return home, account


def _new_place(var: Path) -> tuple[Path, Account]:
    account, keeper, place = _server_account(var), _keeper(var), var / "postgres"
    if can_reach(account, var):
        home = place
        home.mkdir()
    else:
        home = _new_state_folder(var)
        place.symlink_to(home)
    # root's own folder is only passed through by the server's account, which owns `data/` and the log in it
    home.chmod(0o711 if keeper != account else 0o700)
    keeper.take(home)
    return home, account


def _new_state_folder(var: Path) -> Path:
    """A folder that no cluster had before: one of the same path is of a var/ that was thrown away."""
    digest = hashlib.sha256(str(var).encode()).hexdigest()[:16]
    parent = programs.public_folder(programs.STATE_FOLDER / "clusters")
    for name in (digest, *(f"{digest}-{number}" for number in range(2, 1000))):
        try:
            (parent / name).mkdir()
        except FileExistsError:
            continue
        (parent / name / "var").write_text(f"{var}\n")  # for people who wonder whose it is
        return parent / name
    raise EmbeddedPostgresError(f"{parent} is full of clusters that nothing names: {digest}-*")


def _keeper(var: Path) -> Account:
    """Who owns what this module makes: we, or as root the owner of var/, so that `sudo` locks nobody out."""
    keeper = owner(var)
    return keeper if os.geteuid() == 0 and programs.is_known(keeper.uid) else programs.current_account()


def _server_account(var: Path) -> Account:
    keeper = _keeper(var)
    return keeper if keeper.uid else programs.account_named("nobody")


@contextmanager
def _locked(var: Path) -> Iterator[None]:
    """One start or stop at a time. The lock goes with the process that holds it, however that ends."""
    file = server.private_file(var / "postgres.lock", _keeper(var))
    deadline = time.monotonic() + LOCK_SECONDS
    try:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise EmbeddedPostgresError(
                        f"Another process has been starting or stopping the database in {var} "
                        f"for more than {LOCK_SECONDS} seconds."
                    ) from None
            time.sleep(0.05)
        yield
    finally:
        os.close(file)


@contextmanager
def _told_plainly(var: Path) -> Iterator[None]:
    """Turns what the operating system refuses into a sentence."""
    try:
        yield
    except OSError as error:
        path = Path(os.fsdecode(error.filename)) if isinstance(error.filename, str | bytes) else var
        raise EmbeddedPostgresError(
            f"The database in {var} cannot be used: {_told(error, path, var)}"
        ) from error


def _told(error: OSError, path: Path, var: Path) -> str:
    if error.errno in (errno.EACCES, errno.EPERM):
        holder = _nearest_owner(path)
        mine = programs.current_account()
        if holder.uid == mine.uid:
            return f"{path} is closed even to {mine.name}, whose it is: chmod u+rwX '{path}'"
        return f"{path} belongs to {holder.name}, and this is {mine.name}. {_way_out(var, holder)}"
    if error.errno == errno.EROFS:
        return f"{path} is on a read-only disk. Mount it for writing, or set LMS_DATABASE_URL."
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"the disk of {path} is full."
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        return f"{path} is not a folder."
    return f"{error.strerror}: {path}."


def _way_out(var: Path, holder: Account) -> str:
    give = f"chown -R {programs.current_account().name} '{var}'"
    return f"Start as {holder.name}, or let root give you the folder ({give}), or set LMS_DATABASE_URL."


def _nearest_owner(path: Path) -> Account:
    for step in (path, *path.parents):
        try:
            return owner(step)
        except OSError:
            continue
    return programs.current_account()

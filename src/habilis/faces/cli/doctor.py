"""`doctor`: whether an installation is well, and what to do where it is not."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import click

from habilis.faces.cli.output import plainly, say, say_json

UNWELL = 1
LEAST_FREE = 500 * 1024 * 1024  # bytes
PATIENCE = 3.0  # seconds


@dataclass(frozen=True)
class Finding:
    """One thing looked at: whether it is well, what was seen, and what to do."""

    what: str
    well: bool
    seen: str
    cure: str = ""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@plainly
@click.pass_context
def doctor(context: click.Context, *, as_json: bool) -> None:
    """Examine this installation and say what to do. Exit code 1 when something is wrong."""
    findings = list(examine())
    well = all(finding.well for finding in findings)
    if as_json:
        say_json({"well": well, "findings": [vars(finding) for finding in findings]})
    else:
        for finding in findings:
            say(f"{'ok  ' if finding.well else 'FAIL'}  {finding.what}: {finding.seen}")
            if finding.cure:
                say(f"      {finding.cure}")
    context.exit(0 if well else UNWELL)


def examine() -> Iterator[Finding]:
    """Look at everything; without a database, at what needs none."""
    checks: tuple[Callable[[], Finding], ...] = (tables, role, journal, portals, jobs, queue)
    first = attempt("database", database)
    yield first
    if first.well:
        for check in checks:
            yield attempt(check.__name__, check)
    for check in (mail, disk):
        yield attempt(check.__name__, check)


def attempt(what: str, check: Callable[[], Finding]) -> Finding:
    """The finding of *check*; what fails while looking is a finding too."""
    from django.db import Error

    try:
        return check()
    except Error as error:
        first = next(iter(str(error).splitlines()), type(error).__name__)
        return Finding(what, False, first, "look at DATABASE_URL and at the server's own log")


def database() -> Finding:
    """The server answers."""
    from habilis.store.queries import health

    return Finding("database", True, f"PostgreSQL {health.version()} answers")


def tables() -> Finding:
    """The tables are those of this version."""
    from habilis.store.queries import health

    behind = health.missing_migrations()
    if behind:
        return Finding("tables", False, f"{len(behind)} steps behind, from {behind[0]} on", "run `habilis migrate`")
    return Finding("tables", True, "up to date")


def role() -> Finding:
    """The application may not alter the journal."""
    from habilis.store.queries import health

    name, may_alter = health.role()
    if not may_alter:
        return Finding("role", True, f"`{name}` may not alter the journal")
    cure = (
        "name the owner of the tables, another role, in DATABASE_OWNER_URL; its chain alone keeps the journal till then"
    )
    return Finding("role", False, f"`{name}` could alter the journal", cure)


def journal() -> Finding:
    """The journal can be read."""
    from habilis.store.queries import health

    seen = f"can be read, up to entry {health.last_entry()}; `habilis journal verify` proves it whole"
    return Finding("journal", True, seen)


def portals() -> Finding:
    """There is something to serve."""
    from habilis.store.queries import health

    keys = health.portals()
    return Finding("portals", True, ", ".join(keys) or "none yet", "" if keys else "make one with `habilis init`")


def jobs() -> Finding:
    """Somebody runs the jobs, and they succeed."""
    from habilis.store.queries import health

    found = health.jobs()
    if found.late or found.abandoned:
        seen = f"{found.late} late, {found.abandoned} abandoned by a worker that is gone"
        return Finding("jobs", False, seen, "see that `habilis serve` or `habilis worker` runs")
    if found.failed:
        return Finding("jobs", False, f"{found.failed} given up", "read the worker's log, mend the cause")
    return Finding("jobs", True, "none waits for longer than it should")


def queue() -> Finding:
    """Mails leave soon after what they tell of."""
    from habilis.store.queries import health

    found = health.mails()
    if not found.waiting:
        return Finding("queue", True, "no mail waits to leave")
    seen = f"{found.waiting} mails wait to leave, the oldest for {duration(found.oldest)}"
    if found.oldest < health.LATE:
        return Finding("queue", True, seen)
    return Finding("queue", False, seen, "they leave by themselves once the mail server takes them; see `mail` below")


def duration(length: timedelta) -> str:
    """A length of time as one reads it: `3 d 4 h`, `2 h 5 min`, `40 s`."""
    seconds = int(length.total_seconds())
    parts = [
        (seconds // 86400, "d"),
        (seconds % 86400 // 3600, "h"),
        (seconds % 3600 // 60, "min"),
        (seconds % 60, "s"),
    ]
    first = next((n for n, (count, _) in enumerate(parts) if count), len(parts) - 1)
    return " ".join(f"{count} {unit}" for count, unit in parts[first : first + 2] if count) or "0 s"


def mail() -> Finding:
    """The mail server takes connections."""
    from django.conf import settings

    if settings.HABILIS_DEMO:
        return Finding("mail", True, "a trial: mails are kept to be looked at, none is sent")
    where = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    try:
        socket.create_connection((settings.EMAIL_HOST, settings.EMAIL_PORT), timeout=PATIENCE).close()
    except OSError as error:
        seen = f"{where} does not answer: {error.strerror or error}"
        return Finding("mail", False, seen, "set HABILIS_MAIL_HOST and HABILIS_MAIL_PORT to your mail server")
    return Finding("mail", True, f"{where} answers; mails come from {settings.DEFAULT_FROM_EMAIL}")


def disk() -> Finding:
    """Files can be kept."""
    from django.conf import settings

    folder = Path(settings.MEDIA_ROOT)
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if not os.access(folder, os.W_OK):
        return Finding("disk", False, f"{folder} cannot be written", "give it to the user that runs habilis")
    seen = f"{free // 2**20:,} MB free at {folder}"
    return Finding("disk", free >= LEAST_FREE, seen, "" if free >= LEAST_FREE else "make room, or set HABILIS_DATA")

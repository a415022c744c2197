"""
Lists that are too long to wait for: written by the worker, told of when they are ready, kept for one person alone.

The rule is asked when the file is asked for, when it is written, and again when it is fetched.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from habilis.core import Conflict, HabilisError, NotFound
from habilis.store import blobs
from habilis.store.models import PreparedFile, User
from habilis.workflows import access, clock, delivery, exports, journal, letters, notices
from habilis.workflows.acting import Acting, change

LARGE = 50_000
"""The rows beyond which a spreadsheet is prepared."""
LASTS = timedelta(days=7)
ABANDONED = 24 * 3600  # seconds after which a file that no transaction committed is removed
MOST = 5  # prepared for one person at a time
WAITING, READY, REFUSED = "waiting", "ready", "refused"
ASKING = 900  # seconds after which a job that failed is tried again
LISTS: Mapping[str, Callable[..., exports.Table]] = {
    "resources": exports.resources,
    "scopes": exports.scopes,
    "people": exports.people,
    "contacts": exports.contacts,
}


@dataclass(frozen=True)
class Asked:
    """A list to be written: which one, in which language, and what it is narrowed to, as plain values."""

    list: str
    language: str
    filters: Mapping[str, Any]


@dataclass(frozen=True)
class Prepared:
    """A file as its owner sees it."""

    number: int
    name: str
    state: str
    rows: int
    size: int
    created: datetime
    expires: datetime


def table(portal: str, subject: str, asked: Asked) -> exports.Table:
    """The list, where *subject* may have it now."""
    return LISTS[asked.list](portal, subject, language=asked.language, **asked.filters)


@change("export:prepare")
def prepare(acting: Acting, *, asked: Asked, name: str) -> int:
    """Have the list written by the worker; return the number of the file to come."""
    table(acting.portal, acting.person, asked)  # raises where the person may not have it
    user, portal_id = User.objects.get(email=acting.person), access.load(acting.portal).portal_id
    mine = PreparedFile.objects.filter(portal_id=portal_id, user=user, state=WAITING)
    if mine.count() >= MOST:
        raise Conflict(f"{MOST} files are being prepared already: wait until one is ready", code="many_files")
    instant = clock.now()
    plain = {"list": asked.list, "language": asked.language, "filters": dict(asked.filters)}
    row = PreparedFile.objects.create(
        portal_id=portal_id, user=user, asked=plain, name=name[:200], created=instant, expires=instant + LASTS
    )
    journal.record(acting, "export:prepare", facts={"list": asked.list, "file": row.pk})
    write.defer(number=row.pk)
    return row.pk


@app.task(name="export:write", queue="exports", retry=RetryStrategy(max_attempts=3, wait=ASKING))
def write(number: int) -> None:
    """Write the file, as its owner may have it now, and tell them."""
    with transaction.atomic():
        row = PreparedFile.objects.select_for_update().filter(pk=number, state=WAITING).first()
        if row is None:
            return
        portal, person = row.portal.key, row.user.email
        asked = Asked(**row.asked)
        try:
            row.reach = reach(portal, person, asked)
            listed = table(portal, person, asked)
            row.rows = listed.total
            with exports.to_xlsx(listed) as file:
                row.blob, row.size = blobs.keep(file)
        except HabilisError:
            row.state = REFUSED
            row.save()
            return
        row.state, row.expires = READY, clock.now() + LASTS
        row.save()
        entry = journal.record(Acting(person, portal), "export:ready", facts={"list": asked.list, "file": row.pk})
        link = f"{letters.portal_link(portal)}files/"
        notices.tell(entry, row.user, "export_ready", title=row.name, link=link)


def mine(portal: str, subject: str) -> tuple[Prepared, ...]:
    """The person's own files, the newest first."""
    rows = _kept(portal, subject).order_by("-created", "-pk")
    return tuple(Prepared(row.pk, row.name, row.state, row.rows, row.size, row.created, row.expires) for row in rows)


def fetch(portal: str, subject: str, number: int) -> tuple[Prepared, Path]:
    """
    One's own file, where one may still have the list and reaches what one reached when it was written; `Conflict`
    where that has changed. Any other is unknown.
    """
    row = _kept(portal, subject).filter(pk=number, state=READY).first()
    if row is None or row.blob is None:
        raise NotFound(f"unknown file `{number}`")
    asked = Asked(**row.asked)
    table(portal, subject, asked)
    if row.reach != reach(portal, subject, asked):
        raise Conflict("your rights have changed since this file was written: ask for it again", code="stale_file")
    shown = Prepared(row.pk, row.name, row.state, row.rows, row.size, row.created, row.expires)
    return shown, blobs.path_of(row.blob)


def reach(portal: str, subject: str, asked: Asked) -> str:
    """What tells what *subject* reaches of the list from what they would reach with other rights."""
    if asked.list == "resources":
        questions = [("list", asked.filters["type_"])]
    elif asked.list == "scopes":
        questions = [("list", asked.filters["kind"])]
    else:
        questions = [("export", kind) for kind in access.model_of(portal).kinds]
    found = [access.branches(portal, subject, action, type_) for action, type_ in questions]
    said = [(one.type, sorted((repr(opening), sorted(ids)) for opening, ids in one.openings.items())) for one in found]
    return hashlib.sha256(repr(said).encode()).hexdigest()


@app.periodic(cron="23 * * * *")
@app.task(name="export:sweep", queueing_lock="export:sweep", priority=delivery.FIRST)
def sweep(timestamp: int = 0) -> None:  # noqa: ARG001 - given by procrastinate
    """Remove the files that have expired, and what failures left of any file."""
    forget_expired()
    blobs.sweep(ABANDONED, clock.now().timestamp())


def forget_expired() -> int:
    """Remove what has expired, the bytes once the rows are gone; return how many."""
    with transaction.atomic():
        rows = list(PreparedFile.objects.select_for_update(skip_locked=True).filter(expires__lte=clock.now()))
        gone = [row.blob for row in rows if row.blob]
        PreparedFile.objects.filter(pk__in=[row.pk for row in rows]).delete()
        transaction.on_commit(lambda: blobs.remove(gone))
    return len(rows)


def _kept(portal: str, subject: str) -> Any:
    return PreparedFile.objects.filter(portal__key=portal, user__email=subject, expires__gt=clock.now())

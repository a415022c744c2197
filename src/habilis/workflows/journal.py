"""
The one way a journal entry is written, and the proof that none was changed.

Each entry's digest covers its content and the digest before it in its portal; numbers follow each other without a gap.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction

from habilis.core import HabilisError, NotFound, Ref
from habilis.store.models import JournalEntry, Portal
from habilis.workflows import clock
from habilis.workflows.acting import Acting

GENESIS = "0" * 64
BATCH = 1000  # entries of one statement


@dataclass(frozen=True)
class Draft:
    """What an entry is to say: *subject* is whom it concerns, *target* what (`type:key`)."""

    tag: str
    subject: str = ""
    scope: str = ""
    target: str = ""
    comment: str = ""
    refused: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)


def record(
    acting: Acting,
    tag: str,
    *,
    subject: str = "",
    scope: str = "",
    target: str = "",
    comment: str = "",
    refused: bool = False,
    facts: Mapping[str, Any] | None = None,
) -> JournalEntry:
    """Write one entry, inside the transaction of what it tells."""
    return record_all(acting, [Draft(tag, subject, scope, target, comment, refused, facts or {})])[0]


def record_all(acting: Acting, drafts: Sequence[Draft]) -> list[JournalEntry]:
    """Write entries, one after the other, inside the transaction of what they tell."""
    portal_id = Portal.objects.values_list("id", flat=True).get(key=acting.portal)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(2, %s)", [portal_id])
    last = JournalEntry.objects.filter(portal_id=portal_id).order_by("-number").values_list("number", "digest").first()
    number, before = last or (0, GENESIS)
    instant, gesture, entries = clock.now(), _gesture(acting), []
    for n, draft in enumerate(drafts, start=1):
        entry = JournalEntry(
            portal_id=portal_id,
            number=number + n,
            at=instant,
            actor=clean(acting.doer)[:254],
            tag=draft.tag,
            refused=draft.refused,
            subject=clean(draft.subject),
            scope=clean(draft.scope),
            target=clean(draft.target)[:270],
            facts=plain({**draft.facts, **gesture}),
            comment=clean(draft.comment),
        )
        before = entry.digest = digest(entry, before)
        entries.append(entry)
    return JournalEntry.objects.bulk_create(entries, batch_size=BATCH)


def _gesture(acting: Acting) -> dict[str, str]:
    """What an entry says of the gesture that it is part of, and of whom it was done for."""
    known = {"correlation": acting.correlation, "for": acting.person if acting.by else ""}
    return {name: value for name, value in known.items() if value}


def record_refusal(acting: Acting, tag: str, error: HabilisError, asked: Mapping[str, Any]) -> None:
    """
    Write down that a change was refused, with what was asked; an unknown portal has no journal.

    What the actor may not know of is told to the portal alone: nobody writes in the journal of a scope out of their
    sight.
    """
    told = {name: value for name, value in asked.items() if isinstance(value, str | int | bool | Ref | list | tuple)}
    with transaction.atomic():
        if Portal.objects.filter(key=clean(acting.portal)).exists():
            asked_on = str(told.get("scope") or told.get("key") or told.get("parent") or "")[:200]
            unseen = isinstance(error, NotFound)
            if not unseen:
                told.pop("scope", None)
            record(
                acting,
                tag,
                subject=str(told.pop("person", "") or told.pop("email", ""))[:254],
                scope="" if unseen else asked_on,
                target=str(told.pop("ref", "")),
                comment=str(told.pop("comment", ""))[:2000],
                refused=True,
                facts={"code": error.code, "asked": {k: _short(v) for k, v in told.items()}},
            )


def digest(entry: JournalEntry, before: str) -> str:
    """What proves *entry*, given the digest of the one before it."""
    content = [
        before,
        entry.number,
        entry.at.astimezone(UTC).isoformat(),
        entry.actor,
        entry.tag,
        entry.refused,
        entry.subject,
        entry.scope,
        entry.target,
        entry.facts,
        entry.comment,
    ]
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def verify(portal: str) -> tuple[int, int | None]:
    """
    Reread the whole journal of *portal*: how many entries, and the number of the first that is not as it was
    written.
    """
    before, expected = GENESIS, 0
    for entry in JournalEntry.objects.filter(portal__key=portal).order_by("number").iterator(chunk_size=1000):
        expected += 1
        if entry.number != expected or entry.digest != digest(entry, before):
            return expected, expected
        before = entry.digest
    if (_head(portal) or (0, GENESIS)) != (expected, before):
        return expected, expected + 1  # what followed was cut off, or the head itself was changed
    return expected, None


def _head(portal: str) -> tuple[int, str] | None:
    """The newest entry as it was remembered apart when it was written."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT number, digest FROM store_journalhead "
            "WHERE portal_id = (SELECT id FROM store_portal WHERE key = %s)",
            [portal],
        )
        row: tuple[int, str] | None = cursor.fetchone()
    return row


def plain(value: Any) -> Any:
    """*value* as JSON holds it."""
    if isinstance(value, str):
        return clean(value)
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {clean(str(key)): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset) and not isinstance(value, Ref):
        return [plain(item) for item in value]
    return clean(str(value))


def clean(text: str) -> str:
    """*text* with a mark in place of what the database cannot hold: NUL, and half characters."""
    if text.isascii() and "\x00" not in text:
        return text
    return "".join("\ufffd" if c == "\x00" or "\ud800" <= c <= "\udfff" else c for c in text)


def _short(value: Any) -> Any:
    return value[:300] if isinstance(value, str) else value

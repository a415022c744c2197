"""What a person was told, as their portal shows it: newest first, and nothing of what they may see no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from habilis.core import Invalid, NotFound
from habilis.store.models import Message
from habilis.store.queries.records import Page
from habilis.workflows import clock, delivery, digests, letters, pages, sight

MOST = 100  # unread notices that are counted; beyond, a page says so
AT_ONCE = 50  # looked at in one reading
BACK = 1000  # looked at for one page, however many of them are about what is seen no more


@dataclass(frozen=True)
class Notice:
    """What somebody was told: when, in what words, and the page of the portal where there is more."""

    id: int
    subject: str
    text: str
    link: str
    at: datetime
    read: bool


def unread(portal: str, person: str) -> int:
    """How many notices *person* has not read, `MOST` at most."""
    return sum(sight.seen(portal, person, _rows(portal, person).filter(seen=None)[:MOST]))


def page(portal: str, person: str, *, cursor: str | None = None, limit: int = 20) -> Page[Notice]:
    """The notices of *person*, newest first; those about what they may see no more are left out."""
    key = (portal, person, "notices")
    at: tuple[Any, int] | None = None
    if found := pages.opened(cursor, key):
        try:
            at = (datetime.fromisoformat(found[0]), found[1])
        except ValueError:
            raise Invalid("this page's address was altered", code="bad_cursor") from None
    kept: list[Message] = []
    looked = 0
    while len(kept) <= limit and looked < BACK:
        rows = _rows(portal, person)
        if at is not None:
            rows = rows.filter(Q(created__lt=at[0]) | Q(created=at[0], id__lt=at[1]))
        batch = list(rows[:AT_ONCE])
        kept += [row for row, allowed in zip(batch, sight.seen(portal, person, batch), strict=True) if allowed]
        looked += len(batch)
        if len(batch) < AT_ONCE:
            break
        at = (batch[-1].created, batch[-1].pk)
    shown = kept[:limit]
    following = pages.signed(key, shown[-1].created.isoformat(), shown[-1].pk, back=False) if kept[limit:] else None
    return Page(tuple(_notice(row) for row in shown), len(shown), following, None)


def open_(portal: str, person: str, number: int) -> str:
    """Mark a notice as read; return the page of the portal that it leads to, empty for none."""
    row = _one(portal, person, number)
    _mark([row.pk], read=True)
    return row.link


def mark(portal: str, person: str, number: int, *, read: bool) -> None:
    """Mark one notice as read, or as not read."""
    _mark([_one(portal, person, number).pk], read=read)


def mark_all(portal: str, person: str, until: int) -> None:
    """Mark as read every notice up to the number *until*: what came after the page was drawn stays unread."""
    _mark(_rows(portal, person).filter(seen=None, pk__lte=until).values_list("id", flat=True), read=True)


def _rows(portal: str, person: str) -> Any:
    rows = Message.objects.filter(portal__key=portal, user__email=person, secret=False)
    return rows.select_related("portal", *delivery.REQUEST).order_by("-created", "-id")


def _one(portal: str, person: str, number: int) -> Message:
    row: Message | None = _rows(portal, person).filter(pk=number).first()
    if row is None or not sight.seen(portal, person, [row])[0]:
        raise NotFound(f"unknown notice `{number}`")
    return row


def _mark(numbers: Sequence[int], *, read: bool) -> None:
    rows = Message.objects.filter(pk__in=numbers)
    if read:
        rows.filter(seen=None).update(seen=clock.now())
    else:
        rows.update(seen=None)


def _notice(row: Message) -> Notice:
    subject = digests.short(row.subject, row.portal.name) if row.portal else row.subject
    return Notice(row.pk, subject, _body(row.text), row.link, row.created, row.seen is not None)


def _body(text: str) -> str:
    """The words of a mail without the addresses that stand alone: the notice has its own button."""
    lines = [line for line in text.splitlines() if not letters.WEB.fullmatch(line.strip())]
    return "\n".join(lines).strip()

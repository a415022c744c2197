"""The open sessions of a person: where they are signed in, and how each is ended."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from allauth.usersessions.models import UserSession

from habilis.core import NotFound
from habilis.store.models import User

BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True)
class SessionRecord:
    """A browser in which the person is signed in."""

    number: int
    browser: str
    ip: str
    since: datetime
    current: bool


def open_for(address: str, session_key: str | None) -> list[SessionRecord]:
    """Every open session of the person, that of *session_key* first, then the newest."""
    user = User.objects.get(email=address)
    rows = sorted(UserSession.objects.purge_and_list(user), key=lambda row: row.created_at, reverse=True)
    found = [
        SessionRecord(row.pk, named(row.user_agent), row.ip, row.created_at, row.session_key == session_key)
        for row in rows
    ]
    return sorted(found, key=lambda record: not record.current)


def end(address: str, number: int) -> None:
    """End one session of the person, from its next request on."""
    row = UserSession.objects.filter(user__email=address, pk=number).first()
    if row is None:
        raise NotFound("no such session")
    row.end()


def end_others(address: str, session_key: str | None) -> int:
    """End every session of the person but that of *session_key*; return how many."""
    rows = list(UserSession.objects.filter(user__email=address).exclude(session_key=session_key or ""))
    for row in rows:
        row.end()
    return len(rows)


def named(user_agent: str) -> str:
    """A browser as people know it: its name and its machine's, as far as it says."""
    browser = next((name for mark, name in BROWSERS if re.search(rf"{mark}[/A]", user_agent)), "")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    return ", ".join(filter(None, (browser, system))) or user_agent[:60]

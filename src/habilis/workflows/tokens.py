"""
Bearer tokens of programs: created once, kept as hashes, valid until revoked.

One created at the command line belongs to the installation. One created in a page dies with its author's right to set
the portal.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from habilis.core import PORTAL, NotFound, Ref
from habilis.store import prepared
from habilis.store.models import Portal, Token, User
from habilis.workflows import access, clock, journal
from habilis.workflows.acting import Acting, change, hold_still
from habilis.workflows.scopes import named

PREFIX = "hab_"
OPENS = """
SELECT p.key, u.email, t.id, t.last_used IS NULL OR t.last_used < clock_timestamp() - interval '1 minute'
FROM store_token t JOIN store_portal p ON p.id = t.portal_id LEFT JOIN store_user u ON u.id = t.author_id
WHERE t.digest = %s AND t.revoked IS NULL
"""
ROOT = Ref(PORTAL, "")


@dataclass(frozen=True)
class TokenRecord:
    """A token as those who may set the portal see it."""

    id: int
    name: str
    author: str
    created: datetime
    last_used: datetime | None
    revoked: datetime | None


def digest(raw: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(raw.encode("utf-8", "replace")).hexdigest()


@transaction.atomic
def create(portal: str, name: str = "") -> str:
    """Create a token for *portal* and return it: it is shown this once. The publisher's act."""
    return _made(Acting("", portal), name)


@change("token:create")
def issue(acting: Acting, *, name: str) -> str:
    """Create a token in the name of whoever may set the portal, and return it: it is shown this once."""
    hold_still(access.load(acting.portal).portal_id)
    access.require(acting, "set", ROOT)
    return _made(acting, named(name))


def _made(acting: Acting, name: str) -> str:
    found = Portal.objects.filter(key=acting.portal).first()
    if found is None:
        raise NotFound(f"unknown portal `{acting.portal[:60]}`")
    raw = PREFIX + secrets.token_urlsafe(32)
    author = User.objects.get(email=acting.person) if acting.person else None
    token = Token.objects.create(portal=found, name=name[:200], digest=digest(raw), author=author)
    journal.record(acting, "token:create", target=f"token:{token.pk}", facts={"name": name})
    return raw


def find(raw: str) -> str | None:
    """The key of the portal that *raw* opens, or none. That it was used is noted, once a minute at most."""
    with prepared.cursor() as cursor:
        cursor.execute(OPENS, [digest(raw)])
        row = cursor.fetchone()
    if row is None:
        return None
    portal, author, number, unnoted = row
    if author is not None and not access.check(portal, author, "set", ROOT):
        return None
    if unnoted:
        Token.objects.filter(pk=number).update(last_used=clock.now())
    return str(portal)


def listed(portal: str) -> list[tuple[int, str, datetime, datetime | None]]:
    """The tokens of *portal*: number, name, when created, when revoked."""
    return list(Token.objects.filter(portal__key=portal).order_by("id").values_list("id", "name", "created", "revoked"))


def known(portal: str, subject: str) -> list[TokenRecord]:
    """The tokens of *portal*, newest first, for whoever may set it."""
    access.require(Acting(subject, portal), "set", ROOT)
    rows = Token.objects.filter(portal__key=portal).select_related("author").order_by("revoked", "-created", "-id")
    return [
        TokenRecord(row.pk, row.name, row.author.name if row.author else "", row.created, row.last_used, row.revoked)
        for row in sorted(rows, key=lambda row: row.revoked is not None)
    ]


@transaction.atomic
def revoke(portal: str, number: int) -> None:
    """End a token; the next request that carries it is refused. The publisher's act."""
    _ended(Acting("", portal), number)


@change("token:revoke")
def end(acting: Acting, *, number: int) -> None:
    """End a token of the portal, for whoever may set it."""
    hold_still(access.load(acting.portal).portal_id)
    access.require(acting, "set", ROOT)
    _ended(acting, number)


def _ended(acting: Acting, number: int) -> None:
    if not Token.objects.filter(portal__key=acting.portal, pk=number, revoked=None).update(revoked=clock.now()):
        raise NotFound(f"unknown token `{number}`")
    journal.record(acting, "token:revoke", target=f"token:{number}")

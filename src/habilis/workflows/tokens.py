"""Bearer tokens of programs: created once, kept as hashes, valid until revoked."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from django.db import transaction

from habilis.core import NotFound
from habilis.store import prepared
from habilis.store.models import Portal, Token
from habilis.workflows import clock, journal
from habilis.workflows.acting import Acting

PREFIX = "hab_"
OPENS = """
SELECT p.key FROM store_token t JOIN store_portal p ON p.id = t.portal_id WHERE t.digest = %s AND t.revoked IS NULL
"""


def digest(raw: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(raw.encode("utf-8", "replace")).hexdigest()


@transaction.atomic
def create(portal: str, name: str = "") -> str:
    """Create a token for *portal* and return it: it is shown this once. The publisher's act."""
    found = Portal.objects.filter(key=portal).first()
    if found is None:
        raise NotFound(f"unknown portal `{portal[:60]}`")
    raw = PREFIX + secrets.token_urlsafe(32)
    token = Token.objects.create(portal=found, name=name[:200], digest=digest(raw))
    journal.record(Acting("", portal), "token:create", target=f"token:{token.pk}", facts={"name": name})
    return raw


def find(raw: str) -> str | None:
    """The key of the portal that *raw* opens, or none."""
    with prepared.cursor() as cursor:
        cursor.execute(OPENS, [digest(raw)])
        row = cursor.fetchone()
    return row[0] if row else None


def listed(portal: str) -> list[tuple[int, str, datetime, datetime | None]]:
    """The tokens of *portal*: number, name, when created, when revoked."""
    return list(Token.objects.filter(portal__key=portal).order_by("id").values_list("id", "name", "created", "revoked"))


@transaction.atomic
def revoke(portal: str, number: int) -> None:
    """End a token; the next request that carries it is refused."""
    if not Token.objects.filter(portal__key=portal, pk=number, revoked=None).update(revoked=clock.now()):
        raise NotFound(f"unknown token `{number}`")
    journal.record(Acting("", portal), "token:revoke", target=f"token:{number}")

"""Pages of lists: what narrows them, and the signed cursors that lead from one to the next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core import signing

from habilis.core import Invalid
from habilis.store.facts import storable
from habilis.store.listing import Branches
from habilis.store.models import Scope
from habilis.store.queries import paging
from habilis.store.queries.paging import Narrowing
from habilis.store.queries.records import Page

LARGEST_PAGE = 200
SALT = "habilis.cursor"


def narrowed(
    portal: str,
    subject: str,
    states: Sequence[str],
    scope: str | None,
    text: str,
    author: str,
    *,
    awaiting: bool = False,
) -> Narrowing:
    """What a list of resources is narrowed to."""
    narrowing = inside(portal, scope, Narrowing())
    if states:
        narrowing = narrow(narrowing, "row.state = ANY(%(states)s)", states=[clean(state) for state in states])
    if text.strip():
        narrowing = narrow(narrowing, "upper(row.title) LIKE upper(%(text)s)", text=like(text))
    if author:
        narrowing = narrow(
            narrowing, "row.author_id = (SELECT id FROM store_user WHERE email = %(author)s)", author=clean(author)
        )
    if awaiting:
        narrowing = narrow(
            narrowing,
            "EXISTS (SELECT 1 FROM store_approver w JOIN store_user u ON u.id = w.user_id "
            "WHERE w.resource_id = row.id AND NOT w.approved AND u.email = %(myself)s)",
            myself=subject,
        )
    return narrowing


def inside(portal: str, scope: str | None, narrowing: Narrowing) -> Narrowing:
    """*narrowing*, and only what stands on *scope* or below."""
    if scope is None:
        return narrowing
    row = (
        Scope.objects.filter(portal__key=portal, key=scope).values_list("id", "depth").first()
        if storable(scope)
        else None
    )
    if row is None:
        return narrow(narrowing, "FALSE")
    return narrow(narrowing, f"row.a{row[1]} = %(within)s", within=row[0])


def scope_text(text: str) -> Narrowing:
    """Only the scopes whose name or key holds *text*, or of which it is a number in full."""
    if not text.strip():
        return Narrowing()
    return narrow(
        Narrowing(),
        "(upper(row.name) LIKE upper(%(text)s) OR upper(row.key) LIKE upper(%(text)s) OR EXISTS ("
        "SELECT 1 FROM jsonb_each_text(row.identifiers) AS number(scheme, value) "
        "WHERE upper(value) = upper(%(number)s)))",
        text=like(text),
        number="".join(clean(text).split()),
    )


def narrow(narrowing: Narrowing, condition: str, **parameters: Any) -> Narrowing:
    """*narrowing*, and *condition* too."""
    return Narrowing((*narrowing.conditions, condition), {**narrowing.parameters, **parameters})


def clean(text: str) -> str:
    """*text* as it is looked for: without the spaces around, and without what the database could not hold."""
    return "".join(c for c in text if storable(c)).strip()[:300]


def like(text: str) -> str:
    """The pattern of what holds *text*, letter by letter."""
    plain = clean(text).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{plain}%"


def page_of(
    found: Branches, narrowing: Narrowing, sort: str, cursor: str | None, limit: int, key: tuple[Any, ...]
) -> Page[int]:
    """The numbers of one page of a list, its total, and the cursors around it. *key* tells this list from any other."""
    if sort not in paging.SORTS:
        raise Invalid(f"unknown order `{sort[:40]}`", code="sort")
    key = (*key, sort)
    at_cursor = opened(cursor, key)
    backwards = bool(at_cursor and at_cursor[2])
    limit = max(1, min(limit, LARGEST_PAGE))
    cut = paging.slice_of(found, narrowing, sort, limit, at_cursor, backwards=backwards)
    following = cut.last if cut.more or backwards else None
    preceding = cut.first if (at_cursor and not backwards) or (backwards and cut.more) else None
    return Page(
        cut.ids,
        paging.count(found, narrowing),
        signed(key, *following, back=False) if following else None,
        signed(key, *preceding, back=True) if preceding else None,
    )


def signed(key: tuple[Any, ...], value: str, id_: int, *, back: bool) -> str:
    """A cursor, good for this list of this person only."""
    return signing.dumps([value, id_, back], salt=f"{SALT}.{key!r}", compress=True)


def opened(cursor: str | None, key: tuple[Any, ...]) -> list[Any] | None:
    """What a cursor of this list says; `Invalid` for an altered one, or another list's."""
    if not cursor:
        return None
    try:
        found: list[Any] = signing.loads(cursor, salt=f"{SALT}.{key!r}")
    except (signing.BadSignature, ValueError):
        raise Invalid("this page's address was altered, or is another list's", code="bad_cursor") from None
    return found

"""The map of a portal: how many scopes of one kind stand below each of its tiles; every count is the rule's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from habilis.core import NotFound
from habilis.store.queries import paging
from habilis.store.queries.paging import Narrowing
from habilis.store.queries.records import ScopeRecord
from habilis.workflows import access, browse
from habilis.workflows.pages import LARGEST_PAGE


@dataclass(frozen=True)
class Territory:
    """A scope that may be a tile, and how many of what the map counts stand below it."""

    scope: ScopeRecord
    count: int


def territories(portal: str, subject: str) -> tuple[Territory, ...]:
    """Every scope of the kind of the tiles that *subject* may list, in the order of the tree, with its count."""
    drawn = access.blueprint_of(portal).map
    if drawn is None:
        raise NotFound("no map")
    listed = sorted(_listed(portal, subject, drawn.kind), key=lambda one: [name.casefold() for name in one.path_names])
    found = access.branches(portal, subject, "list", drawn.counts)
    counts: dict[int, int] = {}
    for depth in sorted({one.depth for one in listed}):
        counts |= paging.counts(found, Narrowing(), f"row.a{depth}")
    return tuple(Territory(one, counts.get(one.id, 0)) for one in listed)


def _listed(portal: str, subject: str, kind: str) -> Iterator[ScopeRecord]:
    cursor = None
    while True:
        page = browse.scopes(portal, subject, kind=kind, cursor=cursor, limit=LARGEST_PAGE)
        yield from page.items
        cursor = page.next
        if cursor is None:
            return

"""A portal's map: tiles and a list of the same, each with its count, and below it what is counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from habilis.core import NotFound
from habilis.faces.web.gate import gate
from habilis.faces.web.presenters import words
from habilis.faces.web.shell import Here, page
from habilis.workflows import browse, maps

PER_PAGE = 25
SIDE, GAP = 50, 4
SHADES = (1, 2, 4, 8)
"""The counts from which a tile is darker."""


@dataclass(frozen=True)
class Tile:
    """One square: where it is drawn, its key, and what it holds, if the reader may know of it."""

    key: str
    x: int
    y: int
    territory: maps.Territory | None
    shade: int

    @property
    def middle(self) -> int:
        """Where its words are centred."""
        return self.x + (SIDE - GAP) // 2

    @property
    def upper(self) -> int:
        """The line of its key."""
        return self.y + 19

    @property
    def lower(self) -> int:
        """The line of its count."""
        return self.y + 38


@require_safe
@gate("list", "the scopes of the kind that is drawn")
def show(request: HttpRequest, here: Here) -> HttpResponse:
    """The map and the list beside it; what is counted there, everywhere or within one territory."""
    drawn = here.blueprint.map
    if drawn is None or not here.opens("map"):
        raise NotFound("no map")
    territories = maps.territories(here.portal, here.me) if here.draws else ()
    by_key = {one.scope.key: one for one in territories}
    asked = request.GET.get("within", "")
    if asked and asked not in by_key:
        raise NotFound(f"unknown territory `{asked[:60]}`")
    text = request.GET.get("q", "").strip()
    found = browse.scopes(
        here.portal,
        here.me,
        kind=drawn.counts,
        within=asked or None,
        text=text,
        cursor=request.GET.get("cursor") or None,
        limit=PER_PAGE,
    )
    entry = next((line for line in here.menu if line.page == "map"), None)
    columns = 1 + max(column for column, _line in drawn.tiles.values())
    lines = 1 + max(line for _column, line in drawn.tiles.values())
    context = {
        "menu_page": "map",
        "title": words.said(entry.label) if entry else words.said(here.blueprint.kinds[drawn.counts].plural),
        "tiles": [tile(key, column, line, by_key.get(key)) for key, (column, line) in drawn.tiles.items()],
        "width": columns * SIDE,
        "height": lines * SIDE,
        "side": SIDE - GAP,
        "groups": groups(territories),
        "counted": here.blueprint.kinds[drawn.counts],
        "within": by_key[asked].scope if asked else None,
        "q": text,
        "found": found,
    }
    return page(request, "map.html", context)


def tile(key: str, column: int, line: int, territory: maps.Territory | None) -> Tile:
    """A square at its place, as dark as it is full."""
    count = territory.count if territory else 0
    return Tile(key, column * SIDE, line * SIDE, territory, sum(count >= step for step in SHADES))


def groups(territories: tuple[maps.Territory, ...]) -> list[tuple[maps.Territory | None, list[maps.Territory]]]:
    """The territories that hold something, each below the highest one that is shown with it."""
    shown: list[tuple[Any, list[Any]]] = []
    for one in territories:
        if len(one.scope.path_names) == 1:
            shown.append((one, []))
        elif shown and shown[-1][0] and shown[-1][0].scope.path_names[0] == one.scope.path_names[0]:
            if one.count:
                shown[-1][1].append(one)
        elif one.count:
            shown.append((None, [one]))
    return [(top, below) for top, below in shown if below or (top and top.count)]

"""Reads where the scopes of one kind stand on a map made of tiles, and what each tile counts below it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from habilis.blueprints.reading import Table
from habilis.blueprints.schema import TileMap
from habilis.core import PORTAL, ScopeKind

NOTHING = "."


def read(root: Table, kinds: Mapping[str, ScopeKind]) -> TileMap | None:
    """The map of a portal, or nothing; a fault where a line of the menu leads to one that is not drawn."""
    if not root.has("map"):
        if any(isinstance(line, dict) and line.get("page") == "map" for line in _lines(root.raw("menu"))):
            root.fault("menu", "leads to a map that is not there: expected `[map]`")
        return None
    table = root.table("map")
    known = [key for key in kinds if key != PORTAL]
    kind = table.one_of("kind", known, required=True)
    counts = table.one_of("counts", known, required=True)
    if kind and counts and kind not in kinds[counts].under:
        table.fault("counts", f"`{counts}` never stands under a `{kind}`: expected a kind that does")
    found = TileMap(kind, counts, _tiles(table))
    table.done()
    return found


def _tiles(table: Table) -> dict[str, tuple[int, int]]:
    tiles: dict[str, tuple[int, int]] = {}
    for line, row in enumerate(table.texts("lines")):
        for column, key in enumerate(row.split()):
            if key in tiles:
                table.fault("lines", f"`{key[:60]}` stands there twice: expected once")
            elif key != NOTHING:
                tiles[key] = (column, line)
    if not tiles:
        table.fault("lines", f"expected lines of keys separated by spaces, with `{NOTHING}` where there is nothing")
    return tiles


def _lines(menu: Any) -> list[Any]:
    return menu if isinstance(menu, list) else []

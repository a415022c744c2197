"""Reads what a portal calls in its own words, where every portal has words already; and the headings of its menu."""

from __future__ import annotations

from collections.abc import Callable

from habilis.blueprints.reading import Table
from habilis.blueprints.schema import WORDS, Label


def read(root: Table, label: Callable[..., Label]) -> dict[str, Label]:
    """The section `[words]`: those of `WORDS` that the portal says otherwise."""
    if not root.has("words"):
        return {}
    table = root.table("words")
    found = {key: label(table, key) for key in WORDS if table.has(key)}
    table.done()
    return found


def heading(table: Table) -> Label:
    """A heading of the menu."""
    texts = {language: table.text(language, required=True) for language in ("fr", "en")}
    table.done()
    return Label(**texts)

"""The headings of the menu as places of their own: each has an address, and the headings and lines that stand in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.text import slugify

from habilis.blueprints.schema import Label, MenuEntry
from habilis.faces.web.presenters import words


@dataclass(frozen=True)
class Domain:
    """A heading with those above it: what it is called and where it is."""

    name: str
    path: str


def of(under: Sequence[Label]) -> list[Domain]:
    """The headings above a line, outermost first."""
    slugs = [slugify(label.en) for label in under]
    return [Domain(words.said(label), "/".join(slugs[: n + 1])) for n, label in enumerate(under)]


def inside(menu: Sequence[MenuEntry], path: str) -> tuple[list[Domain], list[Domain | MenuEntry]]:
    """
    The domain at *path* after those above it, and what stands in it, in the order of the menu. A line that has the name
    of a domain beside it stands for both, as in the menu.
    """
    trail: list[Domain] = []
    found: dict[Any, Domain | MenuEntry] = {}
    for entry in menu:
        above = of(entry.under)
        depth = next((n for n, domain in enumerate(above, 1) if domain.path == path), 0)
        if depth:
            trail = above[:depth]
            lower: Domain | MenuEntry = above[depth] if len(above) > depth else entry
            found.setdefault(lower.path if isinstance(lower, Domain) else entry, lower)
    lines = {words.said(one.label) for one in found.values() if isinstance(one, MenuEntry)}
    return trail, [one for one in found.values() if isinstance(one, MenuEntry) or one.name not in lines]


def titled(menu: Sequence[MenuEntry], page: str) -> str:
    """What the menu calls one of its pages."""
    return next((words.said(entry.label) for entry in menu if entry.page == page), "")


def outermost(menu: Sequence[MenuEntry]) -> list[Domain]:
    """The highest domains that lead to several pages, and not only to lists."""
    found = [of(entry.under)[0] for entry in menu if entry.under and entry.page]
    return [domain for domain in dict.fromkeys(found) if found.count(domain) > 1]

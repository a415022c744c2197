"""Many scopes at once: of those that a person's rights cannot tell apart, one stands for all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from habilis.core import Access, Condition, Ref
from habilis.core.delegation import lent
from habilis.store.facts import Loaded
from habilis.workflows import access

PATH = ("a0", "a1", "a2", "a3", "a4", "a5", "a6")

Place = tuple[str, str, bool, tuple[int | None, ...]]  # key, kind, pending or below what is, the numbers of its path
Lent = Mapping[tuple[str, Condition | None], Access]


def places(rows: Any) -> list[Place]:
    """The scopes of grants, each once."""
    columns = ("scope__key", "scope__kind", "scope__pending_path", *(f"scope__{column}" for column in PATH))
    found = rows.order_by().values_list(*columns).distinct()
    return [(key, kind, pending, path) for key, kind, pending, *path in found]


def held_on(loaded: Loaded, subject: str) -> frozenset[int]:
    """The numbers of the scopes on which *subject* holds something in force."""
    return frozenset(loaded.scope_ids[one.scope] for one in loaded.facts.held.get(subject, ()) if one.in_force)


def alike(held: frozenset[int], place: Place) -> tuple[Any, ...]:
    """What a person's rights see of a scope: its kind, and which of the scopes they hold something on lead to it."""
    _key, kind, pending, path = place
    whole = [number for number in path if number is not None]
    return kind, pending, whole[-1] in held, tuple(number for number in whole if number in held)


def samples(loaded: Loaded, subject: str, found: Iterable[Place]) -> dict[tuple[Any, ...], Ref]:
    """For each class of scopes that *subject*'s rights tell apart, one of them."""
    chosen: dict[tuple[Any, ...], Ref] = {}
    held = held_on(loaded, subject)
    for place in found:
        chosen.setdefault(alike(held, place), Ref(place[1], place[0]))
    return chosen


def lent_on(portal: str, subject: str, refs: Iterable[Ref], *, below: bool) -> dict[str, Lent]:
    """What *subject* can give on each of the scopes *refs*; with *below*, on what is under them too."""
    asked = list(refs)
    facts = access.load(portal, [subject], asked).facts
    return {ref.id: lent(subject, ref.id, facts, below=below) for ref in asked if ref.id in facts.scopes}

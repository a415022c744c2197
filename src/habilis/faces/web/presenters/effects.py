"""The effect of a change in words: for each person where they gain or lose what, on how many things."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from habilis.faces.web.presenters import words
from habilis.workflows.simulating import NOBODYS, Effect, Shift

SHOWN = 50  # people, by name


@dataclass(frozen=True)
class Line:
    """What somebody gains, or loses, in one scope by what one feature governs."""

    gain: bool
    scope: str
    feature: str
    actions: str
    count: int
    things: str


@dataclass(frozen=True)
class Concerned:
    """Somebody for whom something changes."""

    email: str
    name: str
    lines: tuple[Line, ...]


def told(here: Any, effect: Effect) -> dict[str, Any]:
    """What a page needs to show *effect*."""
    people = sorted(effect.shifts, key=lambda email: (effect.names.get(email, "").casefold(), email))
    shown = [
        Concerned(
            *_called(effect, email),
            tuple(line for one in effect.of(email) for line in _lines(here, effect, one)),
        )
        for email in people[:SHOWN]
    ]
    return {
        "effect": effect,
        "people": shown,
        "more": len(people) - len(shown),
        "features": _features(here, effect),
        "orphans": [effect.scopes.get(key, key) for key in effect.orphans],
        "dearer": effect.cost[1] > effect.cost[0],
        "costs": effect.cost[0] != effect.cost[1],
    }


def _called(effect: Effect, email: str) -> tuple[str, str]:
    """The address and the name under which somebody is shown."""
    if email.endswith(NOBODYS):
        return "", _("Hypothetical person")
    return email, effect.names.get(email, "")


def _lines(here: Any, effect: Effect, shift: Shift) -> list[Line]:
    blueprint = here.blueprint
    scope = effect.scopes.get(shift.scope, "") if shift.scope else here.name
    actions = ", ".join(words.action_name(blueprint, action, shift.type) for action in shift.actions)
    feature = words.said(blueprint.features[shift.feature].label)
    return [
        Line(gain, scope, feature, actions, count, _things(here, shift, count))
        for gain, count in ((True, shift.gained), (False, shift.lost))
        if count
    ]


def _things(here: Any, shift: Shift, count: int) -> str:
    """The word for what is counted; nothing for a scope, which is named already."""
    if shift.type not in here.blueprint.types:
        return ""
    info = here.blueprint.types[shift.type]
    return words.said(info.plural if count > 1 else info.label).lower()


def _features(here: Any, effect: Effect) -> list[tuple[str, int, int]]:
    """For each feature concerned, in the blueprint's order: its name, how many people gain and how many lose."""
    gaining: Counter[str] = Counter()
    losing: Counter[str] = Counter()
    for shifts in effect.shifts.values():
        gaining.update({shift.feature for shift in shifts if shift.gained})
        losing.update({shift.feature for shift in shifts if shift.lost})
    return [
        (words.said(info.label), gaining[key], losing[key])
        for key, info in here.blueprint.features.items()
        if gaining[key] or losing[key]
    ]

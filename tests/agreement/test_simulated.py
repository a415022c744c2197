"""Random changes of random worlds: what the simulation says is the difference of all answers, before and after."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from habilis.blueprints.loader import SHIPPED
from tests.random_changes import OF_GRANTS, Changes, answers
from tests.random_worlds import NOW, random_world

pytestmark = pytest.mark.django_db
SEEDS = range(2)
CHANGES = 18  # of each world
KEPT = 0.3  # of them; the others are taken back, lest everything end up closed


def difference(
    before: dict[Any, Any], after: dict[Any, Any], seen_by: str = "", known: frozenset[str] = frozenset()
) -> tuple[Counter[Any], Counter[Any]]:
    """
    What is allowed only after, and only before, counted by person, action, type, feature and scope.

    With *seen_by*, on what that person may list, and of the people *known* to them.
    """

    def only(one: dict[Any, Any], other: dict[Any, Any]) -> Counter[Any]:
        kept = [question for question in one if question not in other]
        if seen_by:
            kept = [(who, a, ref) for who, a, ref in kept if who in known and (seen_by, "list", ref) in before]
        return Counter((person, action, ref.type, *one[person, action, ref]) for person, action, ref in kept)

    return only(after, before), only(before, after)


def simulated(effect: Any) -> tuple[Counter[Any], Counter[Any]]:
    gained: Counter[Any] = Counter()
    lost: Counter[Any] = Counter()
    for person, shifts in effect.shifts.items():
        for shift in shifts:
            for action in shift.actions:
                gained[person, action, shift.type, shift.feature, shift.scope] += shift.gained
                lost[person, action, shift.type, shift.feature, shift.scope] += shift.lost
    return +gained, +lost


@pytest.mark.parametrize("blueprint", SHIPPED)
def test_the_effect_is_the_difference_of_all_answers(blueprint, tmp_path):
    from django.db import IntegrityError, transaction

    from habilis.workflows import clock, loading, simulating

    tried: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for seed in SEEDS:
        world = random_world(blueprint, 900 + seed, people=10)
        path = tmp_path / f"{seed}.toml"
        path.write_text(world.toml, encoding="utf-8")
        loading.load([path])
        portal = world.tables["portal"]["key"]
        changes = Changes(portal, f"{blueprint}/{seed}")
        before = answers(portal)
        for _ in range(CHANGES):
            kind, change = changes.one()
            tried[kind] += 1
            try:
                with clock.frozen(NOW), transaction.atomic():
                    effect = simulating.effect_of(portal, change, at=NOW)
                    seen_by = changes.chance.choice(world.people)
                    partly = simulating.effect_of(portal, change, seen_by=seen_by, at=NOW)
            except IntegrityError:
                continue  # what the tables refuse is no change
            assert answers(portal) == before, kind  # it was all taken back
            with transaction.atomic():
                change()
                after = answers(portal)
                kept = changes.chance.random() < KEPT
                transaction.set_rollback(not kept)
            expected, found = difference(before, after), simulated(effect)
            assert expected == found, (kind, [(e - f, f - e) for e, f in zip(expected, found, strict=True)])
            if kind in OF_GRANTS:
                shown = frozenset(partly.names) | {seen_by}
                assert difference(before, after, seen_by, shown) == simulated(partly), kind
            seen[kind] += before != after
            before = after if kept else before
        with clock.frozen(NOW):
            assert simulating.effect_of(portal, lambda: None).empty
    assert len(+seen) > len(seen) // 3, (tried, seen)

"""The rule, compared with a second and plainer writing of it, on random worlds of the shipped blueprints."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from habilis.blueprints import scenarios, worlds
from habilis.blueprints.loader import SHIPPED
from habilis.blueprints.reading import Source
from habilis.core import AccessQuery, Decision, Facts, Ref, Unanswerable, Verdict, decide, explain, list_actions
from tests.random_worlds import NOW, RandomWorld, random_world

SEEDS = max(6, int(os.environ.get("HABILIS_EXAMPLES") or 0) // 50)


def facts_of(world: RandomWorld) -> Facts:
    return scenarios.facts_of(worlds.read(worlds.open_source(Source("random.toml", world.toml), Path())), NOW)


def aimed(blueprint: str) -> list[tuple[RandomWorld, Decision]]:
    decisions = []
    for seed in range(SEEDS):
        world = random_world(blueprint, seed)
        facts = facts_of(world)
        decisions += [(world, decide(AccessQuery(p, a, Ref(t, k)), facts)) for p, a, t, k in world.aimed]
    return decisions


@pytest.mark.parametrize("blueprint", SHIPPED)
def test_the_rule_and_its_second_writing_agree_on_near_misses(blueprint):
    wrong = [
        f"seed {world.seed}: {d.query.subject} {d.query.action} {d.query.resource}: decided {d.allowed}"
        for world, d in aimed(blueprint)
        if d.allowed is not world.oracle.allowed(d.query.subject, d.query.action, *d.query.resource)
    ]

    assert [] == wrong


@pytest.mark.parametrize("blueprint", SHIPPED)
def test_the_rule_and_its_second_writing_agree_on_every_question_of_one_world(blueprint):
    world = random_world(blueprint, 1000, people=6)
    facts, oracle = facts_of(world), world.oracle
    wrong = []
    for person in world.people:
        for ref in [*map(Ref._make, world.things), Ref("unit", "nowhere"), Ref("nothing", "")]:
            allowed = list_actions(person, ref, facts)
            asked = [*facts.model.rules.get(ref.type, {}), "fly", "create", "create_portal", ""]
            wrong += [(person, a, str(ref)) for a in asked if oracle.allowed(person, a, *ref) is not (a in allowed)]

    assert [] == wrong


def test_the_questions_are_near_misses_of_every_sort():
    decisions = [decision for blueprint in SHIPPED for _, decision in aimed(blueprint)]
    refused = [decision for decision in decisions if not decision]
    # the reason of the grant that comes nearest
    reasons = Counter(explain(decision).steps[-1].verdict for decision in refused if decision.steps)

    assert 0.2 <= 1 - len(refused) / len(decisions) <= 0.6
    assert not [d for d in refused if d.unanswerable not in (None, Unanswerable.NO_GRANT)]
    rare = {str(v): reasons[v] for v in Verdict if v is not Verdict.DECISIVE and reasons[v] < 0.02 * len(refused)}
    assert {} == rare

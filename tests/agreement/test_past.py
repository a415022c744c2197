"""Random histories: what is asked of a past instant is answered as it was then, by every form of the rule."""

from __future__ import annotations

from itertools import pairwise

import pytest

from habilis.blueprints.loader import SHIPPED
from habilis.core import Ref
from tests.random_changes import Changes, answers
from tests.random_worlds import random_world

pytestmark = pytest.mark.django_db
CHANGES = 12
LISTS = 40  # lists, and questions of who may, at each instant


@pytest.mark.parametrize("blueprint", SHIPPED)
def test_the_past_answers_as_it_did(blueprint, tmp_path):
    from django.db import IntegrityError, transaction

    from habilis.workflows import access, clock, loading

    world = random_world(blueprint, 700, people=10)
    path = tmp_path / "world.toml"
    path.write_text(world.toml, encoding="utf-8")
    loading.load([path])
    portal = world.tables["portal"]["key"]
    changes, recorded = Changes(portal, f"past/{blueprint}"), []
    for _ in range(CHANGES):
        try:
            with transaction.atomic():
                changes.one()[1]()
        except IntegrityError:
            continue  # what the tables refuse is no change
        instant = clock.now()
        recorded.append((instant, answers(portal, instant)))

    rules, refs = access.model_of(portal).rules, [Ref(*thing) for thing in world.things]
    questions = [(who, action, ref) for who in world.people for ref in refs for action in rules[ref.type]]
    assert any(one != other for (_, one), (_, other) in pairwise(recorded))
    for n, (instant, then) in enumerate(recorded):
        with clock.as_of(instant):
            found = access.check_many(portal, questions)
            assert {q for q, allowed in zip(questions, found, strict=True) if allowed} == set(then), n
            lists: dict[tuple[str, str, str], list[str]] = {}
            subjects: dict[tuple[str, Ref], list[str]] = {}
            for who, action, ref in then:
                lists.setdefault((who, action, ref.type), []).append(ref.id)
                subjects.setdefault((action, ref), []).append(who)
            for question in list(lists)[n :: max(1, len(lists) // LISTS)]:
                assert sorted(lists[question]) == access.keys(portal, *question), question
            for action, ref in list(subjects)[n :: max(1, len(subjects) // LISTS)]:
                assert sorted(subjects[action, ref]) == access.subjects(portal, action, ref), (action, ref)
            for who, action, ref in questions[n :: max(1, len(questions) // LISTS)]:
                assert access.explain(portal, who, action, ref).allowed is ((who, action, ref) in then)

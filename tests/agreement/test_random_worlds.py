"""
Random worlds, loaded from their data files, asked through every door: each must answer as the plain rule does.

A state is one person, one action, one thing. Portals stand side by side in one database with the same people in them,
so that an answer that looked into another portal would show.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from habilis.blueprints import scenarios
from habilis.blueprints.loader import SHIPPED
from habilis.core import AccessQuery, Facts, Model, Ref, Verdict, decide, explain, list_resources, list_subjects
from tests.random_worlds import NOW, RandomWorld, random_world

pytestmark = pytest.mark.django_db

EXAMPLES = int(os.environ.get("HABILIS_EXAMPLES") or 100)
SEEDS = range(100, 100 + max(2, EXAMPLES // 50))
LEAST = 4_000  # states, for each of the five blueprints
BATCH = 1000
Question = tuple[str, str, Ref]


def some(questions: Iterable[Any], most: int) -> list[Any]:
    """*questions* where they are few, else as many of them spread evenly; a long night asks more."""
    found = list(questions)
    return found[:: max(1, len(found) * 100 // (most * EXAMPLES))]


@dataclass
class Loaded:
    """A random world in the store, and the answers that the plain rule gives."""

    random: RandomWorld
    facts: Facts
    portal: str

    @property
    def model(self) -> Model:
        return self.facts.model

    @cached_property
    def refs(self) -> list[Ref]:
        return [Ref(type_, key) for type_, key in self.random.things]

    @cached_property
    def expected(self) -> dict[Question, bool]:
        """Every state of the world, with its answer."""
        allowed = self.random.oracle.allowed
        return {
            (person, action, ref): allowed(person, action, *ref)
            for person in self.random.people
            for ref in self.refs
            for action in self.model.rules[ref.type]
        }

    @cached_property
    def lists(self) -> dict[tuple[str, str, str], list[str]]:
        """For each person, action and type, the keys of what is allowed."""
        lists: dict[tuple[str, str, str], list[str]] = {
            (person, action, type_): []
            for person in self.random.people
            for type_, rules in self.model.rules.items()
            for action in rules
        }
        for (person, action, ref), allowed in self.expected.items():
            if allowed:
                lists[person, action, ref.type].append(ref.id)
        return {question: sorted(keys) for question, keys in lists.items()}

    @cached_property
    def subjects(self) -> dict[tuple[str, Ref], list[str]]:
        """For each action and thing, who may."""
        found: dict[tuple[str, Ref], list[str]] = {(action, ref): [] for _, action, ref in self.expected}
        for (person, action, ref), allowed in self.expected.items():
            if allowed:
                found[action, ref].append(person)
        return {question: sorted(people) for question, people in found.items()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("worlds")


@pytest.fixture(scope="module", params=SHIPPED)
def loaded(request, folder, django_db_setup, django_db_blocker) -> Iterator[list[Loaded]]:
    """The worlds of one blueprint, in the store side by side."""
    from django.db import transaction

    from habilis.workflows import loading

    made, paths = [], []
    for seed in SEEDS:
        world = random_world(request.param, seed, people=10)
        path = folder / f"{request.param}-{seed}.toml"
        path.write_text(world.toml, encoding="utf-8")
        assert world.tables == {section: [] for section in world.tables} | tomllib.loads(world.toml)
        facts = scenarios.facts_of(scenarios.read_world(path), NOW)
        made.append(Loaded(world, facts, world.tables["portal"]["key"]))
        paths.append(path)
    with django_db_blocker.unblock(), transaction.atomic():
        loading.load(paths)
        yield made
        transaction.set_rollback(True)


def disagreements(expected: dict[Any, Any], found: dict[Any, Any]) -> list[str]:
    """The first few questions that *found* answers otherwise."""
    assert expected.keys() == found.keys()
    wrong = [
        f"{question}: expected {answer}, found {found[question]}"
        for question, answer in expected.items()
        if answer != found[question]
    ]
    return wrong[:10]


def test_there_are_enough_states(loaded):
    assert LEAST <= sum(len(world.expected) for world in loaded)


def test_the_heart_answers_as_the_plain_rule(loaded):
    for world in loaded:
        found = {question: decide(AccessQuery(*question), world.facts).allowed for question in world.expected}

        assert [] == disagreements(world.expected, found)


def test_the_reference_lists_are_made_of_the_answers(loaded):
    for world in loaded:
        found = {question: sorted(list_resources(*question, world.facts)) for question in world.lists}
        assert [] == disagreements(world.lists, found)

        who = {(action, ref): sorted(list_subjects(action, ref, world.facts)) for action, ref in world.subjects}
        assert [] == disagreements(world.subjects, who)


def test_an_account_names_grants_that_each_suffice(loaded):
    for world in loaded:
        for person, action, ref in [(p, a, Ref(t, k)) for p, a, t, k in world.random.aimed]:
            account = explain(decide(AccessQuery(person, action, ref), world.facts))
            assert world.expected[person, action, ref] is account.allowed is bool(account.decisive)
            assert all(step.verdict is not Verdict.DECISIVE for step in account.steps if step not in account.decisive)


def test_the_store_answers_as_the_plain_rule(loaded):
    from habilis.workflows import access, clock

    for world in loaded:
        with clock.frozen(NOW):
            answers = access.check_many(world.portal, list(world.expected))
        found = dict(zip(world.expected, answers, strict=True))

        assert [] == disagreements(world.expected, found)


def test_a_batch_is_its_single_questions(loaded):
    from habilis.workflows import access, clock

    for world in loaded:
        asked = some(world.expected, 100)
        with clock.frozen(NOW):
            found = {question: access.check(world.portal, *question) for question in asked}
            accounts = {question: access.explain(world.portal, *question).allowed for question in asked}

        expected = {question: world.expected[question] for question in asked}
        assert [] == disagreements(expected, found)
        assert [] == disagreements(expected, accounts)


def test_a_list_is_what_each_check_allows(loaded):
    from habilis.workflows import access, clock

    for world in loaded:
        full = [question for question, keys in world.lists.items() if keys]
        empty = [question for question, keys in world.lists.items() if not keys]
        with clock.frozen(NOW):
            asked = [*some(full, 300), *some(empty, 100)]
            found = {question: access.keys(world.portal, *question) for question in asked}

        assert [] == disagreements({question: world.lists[question] for question in asked}, found)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50])
def test_a_list_is_the_same_at_every_page_size(loaded, size):
    from habilis.workflows import access, clock

    for world in loaded:
        for question in some([question for question, keys in world.lists.items() if len(keys) > 1], 20):
            found, after = [], None
            with clock.frozen(NOW):
                while True:
                    keys, after = access.search(world.portal, *question, limit=size, after=after)
                    assert len(keys) <= size
                    found += keys
                    if after is None:
                        break

            assert world.lists[question] == found, question


def test_who_may_is_everyone_whom_a_check_allows(loaded):
    from habilis.workflows import access, clock

    for world in loaded:
        asked = some(world.subjects, 120)
        with clock.frozen(NOW):
            found = {question: access.subjects(world.portal, *question) for question in asked}

        assert [] == disagreements({question: world.subjects[question] for question in asked}, found)


def test_every_action_that_is_allowed_is_named(loaded):
    from habilis.workflows import access, clock

    for world in loaded:
        for person in world.random.people:
            with clock.frozen(NOW):
                found = access.actions(world.portal, person, world.refs)
            named = {(person, action, ref): action in found[ref] for p, action, ref in world.expected if p == person}

            assert [] == disagreements({q: world.expected[q] for q in named}, named)


def test_another_program_is_answered_alike(loaded, client):
    from habilis.workflows import clock, tokens

    for world in loaded:
        token = tokens.create(world.portal, "agreement")
        asked, found = list(world.expected), []
        for start in range(0, len(asked), BATCH):
            items = [
                {"subject": {"type": "user", "id": p}, "action": {"name": a}, "resource": {"type": r.type, "id": r.id}}
                for p, a, r in asked[start : start + BATCH]
            ]
            with clock.frozen(NOW):
                response = client.post(
                    f"/{world.portal}/access/v1/evaluations",
                    json.dumps({"evaluations": items}).encode(),
                    content_type="application/json",
                    headers={"Authorization": f"Bearer {token}"},
                )
            assert 200 == response.status_code, response.content
            found += [answer["decision"] for answer in response.json()["evaluations"]]

        assert [] == disagreements(world.expected, dict(zip(asked, found, strict=True)))


def test_nobody_of_one_portal_is_answered_from_another(loaded):
    from habilis.workflows import access, clock

    one, other = loaded[0], loaded[1]
    foreign = [ref for ref in other.refs if ref not in set(one.refs)]
    questions = [(person, "list", ref) for person in other.random.people for ref in foreign]
    with clock.frozen(NOW):
        assert not any(access.check_many(one.portal, questions))

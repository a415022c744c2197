"""
Every expectation of every scenario file, asked through every door.

The answers were written by hand in the files. The heart gives them in tests/blueprints; here the store does, in each of
its forms, then the command line, another program and the pages.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from habilis.blueprints.loader import HERE, SHIPPED
from habilis.blueprints.scenarios import ALWAYS, read_world
from habilis.blueprints.worlds import Expectation, World
from habilis.core import Ref
from habilis.workflows import access, clock, loading, tokens

pytestmark = pytest.mark.django_db

EXAMPLES = int(os.environ.get("HABILIS_EXAMPLES") or 100)
MOST_PAGES = 30


@pytest.fixture(scope="module", params=SHIPPED)
def world(request, django_db_setup, django_db_blocker) -> Iterator[World]:
    """One scenario file, loaded once for the module."""
    from django.db import transaction

    path: Path = HERE / request.param / "scenarios.toml"
    with django_db_blocker.unblock(), transaction.atomic():
        loading.load([path])
        yield read_world(path)
        transaction.set_rollback(True)


def questions(expect: Expectation) -> list[tuple[str, str, Ref]]:
    return [(expect.subject, expect.action, Ref(expect.type, key)) for key in (*expect.allowed, *expect.denied)]


def some(expects: tuple[Expectation, ...], most: int) -> list[Expectation]:
    """*expects* where they are few, else as many spread evenly; a long night asks more."""
    return list(expects)[:: max(1, len(expects) * 100 // (most * EXAMPLES))]


def wrong(expects: Any, answer: Callable[[Expectation, Ref], bool]) -> list[str]:
    """What *answer* says otherwise than the file, each expectation at its instant."""
    found = []
    for expect in expects:
        with clock.frozen(expect.at or ALWAYS):
            for subject, action, ref in questions(expect):
                if answer(expect, ref) is not (ref.id in expect.allowed):
                    found.append(f"{expect.says}: {subject} {action} {ref}, should be {ref.id in expect.allowed}")
    return found


def test_the_store_answers_every_expectation(world):
    faults = []
    for expect in world.expects:
        with clock.frozen(expect.at or ALWAYS):
            answers = access.check_many(world.portal.key, questions(expect))
            listed = set(access.keys(world.portal.key, expect.subject, expect.action, expect.type))
        for (_, _, ref), answer in zip(questions(expect), answers, strict=True):
            expected = ref.id in expect.allowed
            if answer is not expected or (ref.id in listed) is not expected:
                faults.append(f"{expect.says}: {expect.subject} {expect.action} {ref}: {answer}, {ref.id in listed}")

    assert [] == faults


def test_those_who_may_are_those_whom_the_files_allow(world):
    asked: dict[tuple[Any, ...], list[str]] = {}

    def answer(expect: Expectation, ref: Ref) -> bool:
        question = (expect.at, expect.action, ref)
        if question not in asked:
            asked[question] = access.subjects(world.portal.key, expect.action, ref)
        return expect.subject in asked[question]

    assert [] == wrong(some(world.expects, 60), answer)


def test_an_explanation_answers_every_expectation(world):
    def answer(expect: Expectation, ref: Ref) -> bool:
        account = access.explain(world.portal.key, expect.subject, expect.action, ref)
        assert account.allowed is bool(account.decisive)
        return account.allowed

    assert [] == wrong(some(world.expects, 60), answer)


def test_the_command_line_answers_as_the_files_say(world):
    import click
    from click.testing import CliRunner

    from habilis.faces.cli.main import commands

    habilis = click.Group("habilis", {command.name or "": command for command in commands})
    portal = world.portal.key

    def run(*words: str) -> tuple[int, str]:
        result = CliRunner().invoke(habilis, words, catch_exceptions=False)
        return result.exit_code, result.stdout

    faults = []
    for expect in some(world.expects, 40):
        at = expect.at or ALWAYS  # loaded rows hold since always
        with clock.frozen(at):
            code, listed = run("list", portal, expect.subject, expect.action, expect.type)
            keys = listed.splitlines()
            for _, _, ref in questions(expect)[:4]:
                expected = ref.id in expect.allowed
                one, _ = run("check", portal, expect.subject, expect.action, str(ref))
                if (one, code, ref.id in keys) != (0 if expected else 3, 0, expected):
                    faults.append(f"{expect.says}: {expect.subject} {expect.action} {ref}: {one}, {ref.id in keys}")

    assert [] == faults


def test_another_program_is_answered_as_the_files_say(world, client):
    token = tokens.create(world.portal.key, "agreement")

    def ask(path: str, body: Any) -> Any:
        response = client.post(
            f"/{world.portal.key}/access/v1/{path}",
            json.dumps(body).encode(),
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}"},
        )
        assert 200 == response.status_code, response.content
        return response.json()

    faults = []
    for expect in some(world.expects, 100):
        asked = {"subject": {"type": "user", "id": expect.subject}, "action": {"name": expect.action}}
        items = [{"resource": {"type": ref.type, "id": ref.id}} for _, _, ref in questions(expect)]
        with clock.frozen(expect.at or ALWAYS):
            answers = ask("evaluations", {**asked, "evaluations": items})["evaluations"]
            found = ask("search/resource", {**asked, "resource": {"type": expect.type}})
            keys = {result["id"] for result in found["results"]}
        for (_, _, ref), answer in zip(questions(expect), answers, strict=True):
            expected = ref.id in expect.allowed
            if answer["decision"] is not expected or (ref.id in keys) is not expected:
                faults.append(f"{expect.says}: {expect.subject} {expect.action} {ref}: {answer}, {ref.id in keys}")

    assert [] == faults


def test_the_pages_list_what_the_files_allow(world, client):
    from django.contrib.auth import get_user_model

    listed = [e for e in world.expects if e.action == "list" and e.type in world.model.types]
    assert listed
    faults = []
    for expect in some(tuple(listed), MOST_PAGES):
        with clock.frozen(expect.at or ALWAYS):
            user = get_user_model().objects.filter(email=expect.subject, is_active=True).first()
            keys = set() if user is None else listed_on_pages(client, user, world.portal.key, expect.type)
        faults += [
            f"{expect.says}: {expect.subject} {ref}, should be {ref.id in expect.allowed}"
            for _, _, ref in questions(expect)
            if (ref.id in keys) is not (ref.id in expect.allowed)
        ]

    assert [] == faults


def listed_on_pages(client: Any, user: Any, portal: str, type_: str) -> set[str]:
    """The keys on all the pages of the list; none where there is no such page for the person."""
    client.force_login(user)
    keys: set[str] = set()
    cursor = None
    while True:
        response = client.get(f"/{portal}/r/{type_}/", {"cursor": cursor} if cursor else {})
        if response.status_code in (403, 404):
            return keys
        assert 200 == response.status_code
        keys |= {row["record"].key for row in response.context["rows"]}
        cursor = response.context["found"].next
        if not cursor:
            return keys

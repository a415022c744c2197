"""Every expectation of every scenario file, asked of the store: one question at a time, in a list, and of `who`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from habilis.blueprints.loader import HERE, SHIPPED
from habilis.blueprints.scenarios import ALWAYS, read_world
from habilis.core import Ref
from habilis.workflows import access, clock, loading

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", params=SHIPPED)
def world(request, django_db_setup, django_db_blocker) -> Iterator[object]:
    """One scenario file, loaded once for the module."""
    from django.db import transaction

    path = HERE / request.param / "scenarios.toml"
    with django_db_blocker.unblock(), transaction.atomic():
        loading.load([path])
        yield read_world(path)
        transaction.set_rollback(True)


def test_the_store_answers_every_expectation(world):
    wrong = []
    for e in world.expects:
        with clock.frozen(e.at or ALWAYS):
            questions = [(e.subject, e.action, Ref(e.type, key)) for key in (*e.allowed, *e.denied)]
            answers = access.check_many(world.portal.key, questions)
            listed = set(access.keys(world.portal.key, e.subject, e.action, e.type))
        for (_, _, ref), answer in zip(questions, answers, strict=True):
            expected = ref.id in e.allowed
            if answer is not expected or (ref.id in listed) is not expected:
                wrong.append(f"{e.says}: {e.subject} {e.action} {ref}: check {answer}, listed {ref.id in listed}")

    assert [] == wrong

"""Grants of one person that overlap: a list drops the branch that another covers, and only when it really does."""

from __future__ import annotations

import pytest

from habilis.core import Ref
from habilis.workflows import access, clock, loading
from tests.oracle import Oracle
from tests.random_worlds import NOW, raw_blueprint, written

pytestmark = pytest.mark.django_db

PEOPLE = {
    "moderates_below": [("", {}), ("r/d", {"moderation": "view"})],
    "moderates_above": [("r", {"moderation": "view"}), ("r/d", {})],
    "direct_below": [("r", {}), ("r/d/open", {})],
    "less_above": [("r", {"recommendations": "none"}), ("r/d", {})],
    "less_below": [("r", {}), ("r/d", {"recommendations": "none"})],
    "looks_above_writes_below": [("", {"messages": "view"}), ("r/d/open", {})],
    "twice_the_same": [("r", {}), ("r/d", {})],
    "author": [],
    "inactive_author": [],
}
SCOPES = {
    "r": ("territory", "active"),
    "r/d": ("territory", "active"),
    "r/d/open": ("dossier", "active"),
    "r/d/pending": ("dossier", "pending"),
    "r/d/pending2": ("dossier", "pending"),
    "r/d/closed": ("dossier", "inactive"),
    "r/e": ("territory", "inactive"),
    "r/e/open": ("dossier", "active"),
}


def address(name: str) -> str:
    return f"{name}@acme.example"


TABLES = {
    "blueprint": "advisory",
    "portal": {"key": "overlapping", "name": "Overlapping"},
    "people": [{"email": address(p), "name": p, "active": p != "inactive_author"} for p in PEOPLE],
    "scopes": [
        {"key": key, "kind": kind, "name": key, "status": status}
        | ({"parent": key.rpartition("/")[0]} if "/" in key else {})
        | ({"author": address("author")} if key == "r/d/pending" else {})
        | ({"author": address("inactive_author")} if key == "r/d/pending2" else {})
        for key, (kind, status) in SCOPES.items()
    ],
    "grants": [
        {"person": address(person), "scope": scope, "profile": "advisor", "adjustments": adjustments}
        for person, grants in PEOPLE.items()
        for scope, adjustments in grants
    ],
    "resources": [
        {"type": type_, "key": f"{type_}-{key}", "scope": key, "title": key}
        for type_ in ("recommendation", "internal_note", "message")
        for key, (kind, _) in SCOPES.items()
        if kind == "dossier"
    ],
}


@pytest.fixture
def portal(db, tmp_path) -> str:
    path = tmp_path / "overlapping.toml"
    path.write_text(written(TABLES), encoding="utf-8")
    return loading.load([path])[0].portal


@pytest.mark.parametrize("person", PEOPLE)
def test_the_list_of(person, portal):
    oracle, who = Oracle(raw_blueprint("advisory"), TABLES, NOW), address(person)
    things = [(scope["kind"], scope["key"]) for scope in TABLES["scopes"]]
    things += [(resource["type"], resource["key"]) for resource in TABLES["resources"]]
    wrong = []
    with clock.frozen(NOW):
        for type_, rules in access.model_of(portal).rules.items():
            keys = [key for kind, key in things if kind == type_]
            for action in rules if type_ != "portal" else ():
                expected = sorted(key for key in keys if oracle.allowed(who, action, type_, key))
                if expected != access.keys(portal, who, action, type_):
                    wrong.append((action, type_, expected))
            answers = access.check_many(portal, [(who, "read", Ref(type_, key)) for key in keys])
            assert answers == [oracle.allowed(who, "read", type_, key) for key in keys]

    assert [] == wrong

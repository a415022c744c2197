from __future__ import annotations

import pytest

from habilis.core import Ref
from habilis.faces.api.authzen import search, wire
from habilis.faces.api.authzen.wire import Question
from habilis.faces.api.problems import Malformed

from .conftest import item

OMAR = item("omar@acme.example", "read", "mail_item", "pli-1")


def test_a_question_is_read_from_its_three_entities():
    assert Question("omar@acme.example", "read", Ref("mail_item", "pli-1")) == wire.question(OMAR)


def test_an_address_is_compared_in_its_canonical_form():
    assert "omar@acme.example" == wire.question(item("Omar@ACME.example", "read", "t", "k")).subject


def test_the_root_has_an_empty_key():
    assert wire.question(item("omar@acme.example", "list", "portal", "")).askable


@pytest.mark.parametrize("subject", [{"type": "service", "id": "omar@acme.example"}, {"type": "user", "id": "omar"}])
def test_a_subject_that_can_be_nobody_is_no_error(subject):
    assert not wire.question({**OMAR, "subject": subject}).askable


@pytest.mark.parametrize("name", ["\x00", "\ud800", "a\x1bb", "k" * 301])
def test_what_no_database_holds_is_never_asked(name):
    assert not wire.question(item("omar@acme.example", "read", "mail_item", name)).askable
    assert not wire.question(item("omar@acme.example", name, "mail_item", "pli-1")).askable
    assert not wire.question(item("omar@acme.example", "read", name, "pli-1")).askable
    assert not wire.question(item(f"{name}@acme.example", "read", "mail_item", "pli-1")).askable


@pytest.mark.parametrize("member", ["subject", "action", "resource"])
@pytest.mark.parametrize("value", ["missing", None, "text", 1, [], {}, {"type": 1, "id": "x", "name": 1}])
def test_a_required_entity_is_an_object_with_its_strings(member, value):
    asked = {**OMAR, member: value}
    if value == "missing":
        del asked[member]

    with pytest.raises(Malformed, match=f"`{member}"):
        wire.question(asked)


@pytest.mark.parametrize(
    "more",
    [{"context": []}, {"context": "x"}, {"subject": {**OMAR["subject"], "properties": []}}],
)
def test_what_is_optional_is_an_object_too(more):
    with pytest.raises(Malformed):
        wire.question({**OMAR, **more})


def test_nulls_are_absent_and_unknown_members_are_ignored():
    assert wire.question(OMAR) == wire.question(
        {**OMAR, "context": None, "future": [1], "resource": {**OMAR["resource"], "x": 1}}
    )


def test_a_page_token_goes_on_with_the_same_question_and_size():
    token = search.page_of({"page": {"limit": 2}}, "q").answer([{}, {}], "b")["page"]["next_token"]

    assert search.Asked(("q",), 2, "b") == search.page_of({"page": {"token": token}}, "q")
    assert search.Asked(("q",), 2, "b") == search.page_of({"page": {"token": token, "limit": 2}}, "q")
    for page, question in (
        ({"token": token, "limit": 3}, "q"),
        ({"token": token}, "other"),
        ({"token": token + "x"}, "q"),
    ):
        with pytest.raises(Malformed, match="page"):
            search.page_of({"page": page}, question)


@pytest.mark.parametrize("page", [[], "x", {"limit": 0}, {"limit": -1}, {"limit": True}, {"limit": 1.5}, {"token": 1}])
def test_a_page_says_a_size_and_a_token(page):
    with pytest.raises(Malformed):
        search.page_of({"page": page}, "q")


def test_a_huge_page_is_served_as_a_large_one():
    assert search.LARGEST_PAGE == search.page_of({"page": {"limit": 10**30}}, "q").size

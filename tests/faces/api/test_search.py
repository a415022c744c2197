from __future__ import annotations

import pytest

from .conftest import BLUEPRINTS, item, world_of

pytestmark = pytest.mark.django_db


def resources(subject, action, type_, **page):
    asked = {"subject": {"type": "user", "id": subject}, "action": {"name": action}, "resource": {"type": type_}}
    return {**asked, "page": page} if page else asked


def ids(answer):
    return [result["id"] for result in answer["results"]]


@pytest.mark.parametrize("blueprint", BLUEPRINTS)
def test_what_a_scenario_expects_is_what_a_search_finds(program_for, blueprint):
    program = program_for(blueprint)
    for expect in world_of(blueprint).expects:
        if expect.at is None:
            found = set(ids(program.ask("search/resource", resources(expect.subject, expect.action, expect.type))))

            assert set(expect.allowed) <= found, expect.says
            assert not set(expect.denied) & found, expect.says


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 1000])
def test_pages_of_any_size_make_the_same_list(plis, limit):
    whole = plis.ask("search/resource", resources("maud@acme.example", "list", "mail_item"))
    found, token = [], None
    while token != "":
        page = {"limit": limit} if token is None else {"limit": limit, "token": token}
        answer = plis.ask("search/resource", resources("maud@acme.example", "list", "mail_item", **page))
        assert ["page", "results"] == list(answer)
        assert answer["page"]["count"] == len(answer["results"]) <= limit
        found += ids(answer)
        token = answer["page"]["next_token"]

    assert len(whole["results"]) > 3
    assert ids(whole) == found == sorted(found)


def test_a_token_belongs_to_its_search_and_its_size(plis):
    first = resources("maud@acme.example", "list", "mail_item", limit=2)
    token = plis.ask("search/resource", first)["page"]["next_token"]

    assert 2 == len(
        plis.ask("search/resource", resources("maud@acme.example", "list", "mail_item", token=token))["results"]
    )
    for other in (
        resources("maud@acme.example", "list", "mail_item", token=token, limit=3),
        resources("maud@acme.example", "read", "mail_item", token=token),
        resources("omar@acme.example", "list", "mail_item", token=token),
        resources("maud@acme.example", "list", "unit", token=token),
        resources("maud@acme.example", "list", "mail_item", token=token[:-2]),
        resources("maud@acme.example", "list", "mail_item", token="x"),
    ):
        response = plis.post("search/resource", other)
        assert 400 == response.status_code
        assert response.json().startswith("`page.")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("resource", resources("maud@acme.example", "list", "nothing")),
        ("resource", resources("maud@acme.example", "nothing", "mail_item")),
        ("resource", resources("nobody@acme.example", "list", "mail_item")),
        ("resource", resources("nobody", "list", "mail_item")),
        ("resource", resources("\x00", "\ud800", "\x00")),
        ("subject", item("x", "list", "mail_item", "nothing")),
        ("subject", item("x", "list", "mail_item", "\x00")),
        ("subject", item("x", "nothing", "mail_item", "x")),
        ("subject", {**item("x", "list", "unit", "acme/paie"), "subject": {"type": "service"}}),
        ("action", item("nobody@acme.example", "x", "unit", "acme/paie")),
        ("action", item("maud@acme.example", "x", "unit", "nothing")),
        ("action", item("maud@acme.example", "x", "nothing", "\ud800")),
    ],
)
def test_what_is_unknown_finds_nothing(plis, path, body):
    assert {"page": {"next_token": "", "count": 0}, "results": []} == plis.ask(f"search/{path}", body)


def test_the_id_of_what_is_searched_is_ignored(plis):
    asked = resources("maud@acme.example", "list", "unit")

    assert plis.ask("search/resource", asked) == plis.ask(
        "search/resource", {**asked, "resource": {"type": "unit", "id": ["anything"]}}
    )


def test_every_subject_found_may_and_the_others_may_not(plis):
    people = {person.email for person in world_of("mailroom").people}
    asked = {"subject": {"type": "user"}, "action": {"name": "list"}, "resource": {"type": "unit", "id": "acme/paie"}}
    answer = plis.ask("search/subject", asked)

    assert {"user"} == {result["type"] for result in answer["results"]}
    assert set(ids(answer)) == {who for who in people if plis.allowed(who, "list", "unit", "acme/paie")}
    paged = plis.ask("search/subject", {**asked, "page": {"limit": 2}})
    rest = plis.ask("search/subject", {**asked, "page": {"token": paged["page"]["next_token"]}})
    assert ids(answer)[:4] == [*ids(paged), *ids(rest)]


def test_every_action_found_is_allowed_and_no_other(plis):
    from habilis.workflows import access

    answer = plis.ask("search/action", {**item("omar@acme.example", "ignored", "unit", "acme/paie")})

    found = [result["name"] for result in answer["results"]]
    rules = access.model_of(plis.portal).rules["unit"]
    assert found == [name for name in sorted(rules) if plis.allowed("omar@acme.example", name, "unit", "acme/paie")]
    assert "create_mail_item" in found

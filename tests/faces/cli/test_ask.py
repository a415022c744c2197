from __future__ import annotations

import json

import pytest

from habilis.blueprints import loader, scenarios

pytestmark = pytest.mark.django_db

MAUD, BERTHE = "maud@acme.example", "berthe@borea.example"


def test_allowed_is_0_and_denied_is_3(run, plis):
    yes = run("check", plis, MAUD, "list", "unit:acme/paie")
    no = run("check", plis, BERTHE, "list", "unit:acme/paie")

    assert (0, "allowed\n") == (yes.exit_code, yes.output)
    assert (3, "denied\n") == (no.exit_code, no.output)


def test_the_address_may_be_typed_in_any_case(run, plis):
    assert 0 == run("check", plis, "Maud@ACME.example", "list", "unit:acme/paie").exit_code


@pytest.mark.parametrize("thing", ["unit:nothing", "unit:", "unit:a:b", "unit:\ud800", "unit:\x00"])
@pytest.mark.parametrize("question", ["check", "explain"])
def test_an_unknown_key_is_denied(run, plis, question, thing):
    assert 3 == run(question, plis, MAUD, "list", thing).exit_code


@pytest.mark.parametrize("question", ["check", "explain"])
def test_an_unknown_person_is_denied(run, plis, question):
    assert 3 == run(question, plis, "nobody@nowhere.example", "list", "unit:acme/paie").exit_code


@pytest.mark.parametrize("question", ["check", "explain"])
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("nowhere", MAUD, "list", "unit:acme/paie"), "unknown portal `nowhere`"),
        (("\ud800", MAUD, "list", "unit:acme/paie"), "unknown portal"),
        (("plis", "maud", "list", "unit:acme/paie"), "`maud` is not an e-mail address"),
        (("plis", MAUD, "fly", "unit:acme/paie"), "unknown action `fly` on unit: expected adjust, "),
        (("plis", MAUD, "list", "cloud:acme/paie"), "unknown type `cloud`: expected mail_item, "),
        (("plis", MAUD, "list", "acme"), "`acme` is not of the form type:key"),
        (("plis", MAUD, "list", ":acme"), "`:acme` is not of the form type:key"),
    ],
)
def test_a_misuse_is_2_and_one_line_says_why(run, plis, question, words, says):
    result = run(question, *words)

    assert (2, "") == (result.exit_code, result.stdout)
    assert result.stderr.startswith(says) or says in result.stderr
    assert 1 == len(result.stderr.splitlines())


def test_json_repeats_the_question(run, plis):
    told = json.loads(run("check", plis, MAUD, "list", "unit:acme/paie", "--json").stdout)

    resource = {"type": "unit", "id": "acme/paie"}
    assert {"portal": plis, "subject": MAUD, "action": "list", "resource": resource, "allowed": True} == told


def test_an_explanation_weighs_each_grant_and_says_what_would_suffice(run, plis):
    result = run("explain", plis, BERTHE, "list", "unit:acme/paie")

    assert 3 == result.exit_code
    lines = result.output.splitlines()
    assert f"`{BERTHE}` may not do `list` on `unit:acme/paie`." == lines[0]
    assert "- “Operator” on `borea/paie` does not reach that far." in lines
    assert "Any one of these grants would suffice:" in lines
    assert "- “Manager” on `acme`" in lines


def test_an_explanation_in_french(run, plis):
    result = run("explain", plis, MAUD, "list", "unit:acme/paie", "--lang", "fr")

    assert 0 == result.exit_code
    assert (
        "- L’habilitation « Gestionnaire » sur `acme` décide : elle suffit à elle seule." in result.output.splitlines()
    )


def test_what_would_suffice_for_a_deactivated_person_begins_with_reactivating_them(run, plis):
    lines = run("explain", plis, "hugo@acme.example", "list", "unit:acme/paie").output.splitlines()

    assert "- “Operator” on `acme/paie` does not count: the person is deactivated here." in lines
    assert any(line.startswith("Once the person is active here again") for line in lines)


def test_an_explanation_as_json_agrees_with_check(run, plis):
    told = json.loads(run("explain", plis, BERTHE, "list", "unit:acme/paie", "--json").stdout)

    assert told["allowed"] is False
    assert "out_of_reach" in [grant["verdict"] for grant in told["grants"]]
    assert {"profile": "manager", "scope": "acme"} in told["remedies"]


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_every_scenario_is_explained_as_it_is_answered(run, plis, lang):
    world = scenarios.read_world(loader.find("mailroom") / "scenarios.toml")
    for expect in world.expects[:30]:
        at = () if expect.at is None else ("--as-of", expect.at.isoformat())
        for keys, code in ((expect.allowed[:2], 0), (expect.denied[:2], 3)):
            for key in keys:
                words = (plis, expect.subject, expect.action, f"{expect.type}:{key}", *at)
                assert code == run("check", *words).exit_code, (expect.says, key)
                assert code == run("explain", *words, "--lang", lang).exit_code, (expect.says, key)


def test_a_list_is_one_key_a_line(run, plis):
    result = run("list", plis, MAUD, "list", "unit")
    told = json.loads(run("list", plis, MAUD, "list", "unit", "--json").stdout)

    assert result.output.splitlines() == told["keys"] == sorted(told["keys"])
    assert "acme/paie" in told["keys"]
    assert "unit" == told["type"]


def test_a_list_of_nothing_prints_nothing(run, plis):
    result = run("list", plis, "nobody@nowhere.example", "list", "unit")

    assert (0, "") == (result.exit_code, result.output)


def test_who_lists_those_who_may(run, plis):
    people = run("who", plis, "list", "unit:acme/paie").output.splitlines()
    told = json.loads(run("who", plis, "list", "unit:acme/paie", "--json").stdout)

    assert people == told["subjects"]
    assert MAUD in people
    assert BERTHE not in people
    assert "" == run("who", plis, "list", "unit:nothing").output


@pytest.mark.parametrize("words", [("list", MAUD, "list", "cloud"), ("who", "fly", "unit:x"), ("who", "list", "unit")])
def test_lists_refuse_what_the_portal_does_not_know(run, plis, words):
    assert 2 == run(words[0], plis, *words[1:]).exit_code


def test_a_question_about_another_instant(run, plis):
    ines = ("check", plis, "ines@acme.example", "list", "unit:acme/paie")  # there from March to May

    assert 3 == run(*ines, "--as-of", "2026-02-01T00:00:00Z").exit_code
    assert 0 == run(*ines, "--as-of", "2026-04-01T00:00:00+02:00").exit_code
    assert 3 == run(*ines, "--as-of", "2026-06-15T00:00:00Z").exit_code
    told = json.loads(run(*ines, "--json", "--as-of", "2026-04-01T00:00:00+02:00").stdout)
    assert "2026-03-31T22:00:00+00:00" == told["as_of"]


@pytest.mark.parametrize("instant", ["yesterday", "2026-04-01", "2026-04-01T00:00:00", "", "0001-01-01T00:00:00+23:59"])
def test_an_instant_without_an_offset_is_a_misuse(run, plis, instant):
    result = run("check", plis, MAUD, "list", "unit:acme/paie", "--as-of", instant)

    assert 2 == result.exit_code
    assert "is not an instant" in result.stderr

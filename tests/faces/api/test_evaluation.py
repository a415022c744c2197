from __future__ import annotations

import random

import pytest

from .conftest import BLUEPRINTS, item, world_of

pytestmark = pytest.mark.django_db

YES = item("maud@acme.example", "list", "unit", "acme/paie")
NO = item("berthe@borea.example", "list", "unit", "acme/paie")
MALFORMED = {"subject": {"type": "user"}}


def expectations(blueprint):
    """Every question of a scenario file that is about now, with its answer."""
    for expect in world_of(blueprint).expects:
        for keys, answer in ((expect.allowed, True), (expect.denied, False)):
            for key in keys if expect.at is None else ():
                yield item(expect.subject, expect.action, expect.type, key), answer


@pytest.mark.parametrize("blueprint", BLUEPRINTS)
def test_what_a_scenario_expects_is_what_a_batch_answers(program_for, blueprint):
    program = program_for(blueprint)
    asked = list(expectations(blueprint))

    assert asked
    for start in range(0, len(asked), 200):
        part = asked[start : start + 200]
        told = program.ask("evaluations", {"evaluations": [question for question, _ in part]})
        wrong = [
            (question, answer)
            for (question, answer), one in zip(part, told["evaluations"], strict=True)
            if one != {"decision": answer}
        ]
        assert [] == wrong


@pytest.mark.row("AC-69")
def test_each_answer_of_a_batch_is_that_of_the_question_alone(plis):
    draw = random.Random(69)
    pool = [question for question, _ in expectations("mailroom")]
    alone = {}

    def single(question):
        key = str(question)
        if key not in alone:
            response = plis.post("evaluation", question)
            error = {"status": response.status_code, "message": response.json()}
            alone[key] = (
                response.json() if response.status_code == 200 else {"decision": False, "context": {"error": error}}
            )
        return alone[key]

    spoiled = [MALFORMED, {**YES, "action": None}, {**YES, "resource": "acme"}, {**NO, "context": 3}, {}]
    unknown = [
        {**YES, "resource": {"type": "nothing", "id": "x"}},
        {**YES, "subject": {"type": "user", "id": "\ud800\x00"}},
    ]
    drawn = draw.sample(pool, 40)
    for _ in range(60):
        batch = draw.choices([*drawn, *spoiled, *unknown], k=draw.randint(1, 50))
        expected = [single(question) for question in batch]

        told = plis.ask("evaluations", {"evaluations": batch})["evaluations"]
        assert expected == told

        for semantic, last in (("deny_on_first_deny", False), ("permit_on_first_permit", True)):
            options = {"options": {"evaluations_semantic": semantic}}
            prefix = plis.ask("evaluations", {"evaluations": batch, **options})["evaluations"]
            ends = [n for n, one in enumerate(expected) if one["decision"] is last]
            assert expected[: ends[0] + 1 if ends else None] == prefix


def test_a_malformed_item_is_denied_in_its_place(plis):
    told = plis.ask("evaluations", {"evaluations": [YES, MALFORMED, 7, NO]})["evaluations"]

    assert [True, False, False, False] == [one["decision"] for one in told]
    assert {"status": 400, "message": "`subject.id` is missing"} == told[1]["context"]["error"]
    assert {"status": 400, "message": "an evaluation must be an object"} == told[2]["context"]["error"]


def test_a_default_is_replaced_as_a_whole(plis):
    told = plis.ask(
        "evaluations", {**YES, "evaluations": [{}, {"resource": {"id": "acme/paie"}}, {"subject": NO["subject"]}]}
    )

    assert [True, False, False] == [one["decision"] for one in told["evaluations"]]
    assert "`resource.type` is missing" == told["evaluations"][1]["context"]["error"]["message"]


@pytest.mark.parametrize("items", [{}, {"evaluations": []}, {"evaluations": None}])
def test_a_batch_without_items_is_the_single_question(plis, items):
    assert {"decision": True} == plis.ask("evaluations", {**YES, **items})
    assert 400 == plis.post("evaluations", items).status_code


@pytest.mark.parametrize(
    "body",
    [
        {"evaluations": {}},
        {"evaluations": "x"},
        {"evaluations": [{}] * 1001},
        {"evaluations": [{**NO, "context": {"explain": True}}] * 101},
        {"evaluations": [YES], "options": {"evaluations_semantic": "all"}},
        {"evaluations": [YES], "options": {"evaluations_semantic": ["execute_all"]}},
        {"evaluations": [YES], "options": []},
    ],
)
def test_a_batch_that_cannot_be_understood_is_refused(plis, body):
    response = plis.post("evaluations", body)

    assert 400 == response.status_code
    assert isinstance(response.json(), str)


def test_a_batch_takes_as_many_queries_as_one_question(plis, django_assert_max_num_queries):
    plis.ask("evaluation", YES)
    with django_assert_max_num_queries(3):
        plis.ask("evaluation", YES)
    with django_assert_max_num_queries(3):
        plis.ask("evaluations", {"evaluations": [question for question, _ in expectations("mailroom")][:400]})


def test_properties_sent_by_the_caller_change_nothing(plis):
    boasting = {"role": "admin", "profile": "portal_admin", "grants": [{"profile": "portal_admin", "scope": ""}]}
    asked = {**NO, "subject": {**NO["subject"], "properties": boasting}, "context": {"role": "admin"}}

    assert {"decision": False} == plis.ask("evaluation", asked)


def test_only_people_have_rights(plis):
    assert {"decision": False} == plis.ask("evaluation", {**YES, "subject": {**YES["subject"], "type": "service"}})


def test_a_refusal_is_accounted_for_when_asked(plis):
    stranger = plis.ask("evaluation", {**NO, "context": {"explain": True}})
    nothing = plis.ask("evaluation", {**item("maud@acme.example", "list", "unit", "x"), "context": {"explain": True}})
    yes = plis.ask("evaluation", {**YES, "context": {"explain": True}})

    reason = stranger["context"]["reason_admin"]
    assert (False, "out_of_reach") == (stranger["decision"], reason["code"])
    assert {"profile": "operator", "scope": "borea/paie", "verdict": "out_of_reach"} in reason["grants"]
    assert {"profile": "manager", "scope": "acme"} in reason["remedies"]
    assert "unknown_resource" == nothing["context"]["reason_admin"]["code"]
    assert {"decision": True} == yes


@pytest.mark.row("AC-65")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "\x00",
        "\ud800",
        "\udfff\ud800",
        "\u202egro",
        "a\u200bb",
        "\U0001f469\u200d\U0001f467",
        "é" * 10_000,
        "e" + "\u0301" * 100_000,
        "%s{}{x.__class__}",
    ],
)
def test_strange_text_is_denied_and_never_an_error(plis, text):
    for asked in (
        item(text, "list", "unit", "acme/paie"),
        item(f"{text}@acme.example", "list", "unit", "acme/paie"),
        item(f"a@{text}", "list", "unit", "acme/paie"),
        item("maud@acme.example", text, "unit", "acme/paie"),
        item("maud@acme.example", "list", text, "acme/paie"),
        item("maud@acme.example", "list", "unit", text),
    ):
        assert {"decision": False} == plis.ask("evaluation", asked)
        assert False is plis.ask("evaluation", {**asked, "context": {"explain": True}})["decision"]

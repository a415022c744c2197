"""Asking for a territory: the whole country or a list, never by silence; what an acceptance gives, and what it ends."""

from __future__ import annotations

import pytest

from habilis.core import Conflict, Invalid, Ref
from habilis.store.models import AccessRequest, Message
from habilis.workflows import access, asking, gaining, positions, requests
from habilis.workflows.asking import Wish
from habilis.workflows.requests import Choice
from tests.factories import address, by, load, world
from tests.workflows.conftest import journal_of
from tests.workflows.test_requests import held_by, mails, state_of

WORLD = world(
    "advisory",
    "conseil",
    scopes="""
        ara territory Auvergne-Rhône-Alpes
        ara/38 territory Isère
        ara/69 territory Rhône
        bre territory Bretagne
        bre/29 territory Finistère
        mar territory Martinique
        ara/38/friche dossier Friche
        ara/69/halle dossier Halle
        bre/29/quai dossier Quai
    """,
    grants="""
        ada portal_admin /
        stan portal_staff /
        sue portal_staff /
        nat advisor /
        loc advisor ara/69
        inv advisor ara/38/friche
        zoe - -
    """,
)


@pytest.fixture
def conseil(db) -> str:
    return load(WORLD)


def ask(portal: str, *scopes: str, who: str = "zoe", comment: str = "Je rejoins la DDT") -> int:
    wish = Wish(scopes, "advisor", comment, {"employer": "DDT"})
    return asking.ask(by(who, portal), kind="join", wish=wish)


def dossiers(portal: str, who: str = "zoe") -> list[str]:
    return [key.rpartition("/")[2] for key in access.keys(portal, address(who), "list", "dossier")]


def text_to(who: str, template: str) -> str:
    text = Message.objects.get(recipient=address(who), message_id__startswith=f"<{template}.").text
    return text.replace("\xa0", " ")


@pytest.mark.row("RC-07", "RC-09")
@pytest.mark.parametrize(
    ("scopes", "seen"),
    [
        (["ara/69"], ["halle"]),
        (["ara/69", "bre/29"], ["halle", "quai"]),
        (["ara"], ["friche", "halle"]),
        ([""], ["friche", "halle", "quai"]),
    ],
)
def test_one_asks_for_the_whole_country_or_for_departments_and_gets_exactly_these(conseil, scopes, seen):
    requests.approve(by("stan", conseil), request=ask(conseil, *scopes), version=1)

    assert seen == dossiers(conseil)


@pytest.mark.parametrize(
    ("scopes", "code"),
    [([], "empty"), (["", "ara/69"], "both"), (["ara/69/halle"], "not_offered"), (["x"], "not_offered")],
)
def test_nothing_is_inferred_from_a_territory_that_is_not_said(conseil, refused, scopes, code):
    with refused(conseil, Invalid, code):
        ask(conseil, *scopes)


def test_a_region_stands_for_its_departments_and_one_without_any_for_itself(conseil):
    number = ask(conseil, "ara", "mar", "ara/69")

    assert ["mar", "ara/38", "ara/69"] == asking.keys_of(AccessRequest.objects.get(pk=number))


@pytest.mark.row("RC-10")
@pytest.mark.parametrize("comment", ["", "   ", "x" * 2001])
def test_the_context_is_mandatory_and_those_who_moderate_read_it(conseil, refused, comment):
    with refused(conseil, Invalid, "comment"):
        ask(conseil, "ara/69", comment=comment)

    number = ask(conseil, "ara/69", comment="Suivre les friches du Rhône")
    assert "Suivre les friches du Rhône" == requests.record(conseil, address("stan"), number).comment
    assert "Suivre les friches du Rhône" in text_to("stan", "request_received")


@pytest.mark.row("RC-11", "RC-12")
def test_all_staff_and_all_admins_are_told_and_nobody_else(conseil):
    ask(conseil, "ara/69")

    assert ["ada", "stan", "sue"] == mails("request_received")
    assert [] == dossiers(conseil)


@pytest.mark.row("RC-20", "RC-26")
@pytest.mark.parametrize(
    ("given", "says"), [(["bre/29"], "Finistère"), (["ara/38", "ara/69"], "Isère, Rhône"), ([""], "tout le pays")]
)
def test_the_mail_of_an_acceptance_states_the_territory_that_was_given(conseil, given, says):
    number = ask(conseil, "mar")

    requests.approve(by("stan", conseil), request=number, version=1, choice=Choice("advisor", given))

    assert f"sur : {says}" in text_to("zoe", "request_approved")
    assert "Martinique" not in text_to("zoe", "request_approved")


@pytest.mark.row("RC-21", "RC-22", "RC-23")
def test_a_refusal_opens_no_territory_and_says_whom_to_write_to_and_no_reason_of_its_own(conseil):
    number = ask(conseil, "ara/69", "bre/29", comment="Mon contexte")

    requests.reject(by("stan", conseil), request=number, version=1, reason="")

    assert ("rejected", [], []) == (state_of(number), held_by("zoe"), dossiers(conseil))
    text = text_to("zoe", "request_rejected")
    assert "écrivez aux gestionnaires du portail : ada@x.example, stan@x.example, sue@x.example" in text
    assert "Motif" not in text
    assert "Mon contexte" not in text


@pytest.mark.row("RC-25", "RT-16")
def test_what_staff_modified_is_what_waits_and_what_is_given(conseil):
    number = ask(conseil, "ara/69", "bre/29")

    requests.modify(by("stan", conseil), request=number, version=1, choice=Choice("advisor", ["bre/29"]))

    assert [number] == requests.waiting(conseil, address("sue"))
    record = requests.record(conseil, address("sue"), number)
    assert ["Finistère"] == [scope.name for scope in record.scopes]
    requests.approve(by("sue", conseil), request=number, version=2)
    assert ["quai"] == dossiers(conseil)
    assert [] == requests.waiting(conseil, address("stan"))


# --- who holds some already -------------------------------------------------------------------------------------------


@pytest.mark.row("RT-02", "A-29")
def test_a_local_advisor_asks_for_more_and_keeps_what_they_had(conseil):
    number = ask(conseil, "bre/29", who="loc")
    outcome = gaining.outcome(conseil, address("stan"), requests.record(conseil, address("stan"), number))

    assert (["Rhône"], ["Finistère", "Rhône"]) == tuple(
        sorted(scope.name for scope in some) for some in (outcome.before, outcome.after)
    )
    requests.approve(by("stan", conseil), request=number, version=1)
    assert ["halle", "quai"] == dossiers(conseil, "loc")


@pytest.mark.row("A-29")
def test_the_whole_country_supersedes_a_list_and_leaves_positions_on_dossiers(conseil):
    positions.take(by("loc", conseil), scope="ara/69/halle", profile="observer")
    number = ask(conseil, "", who="loc")

    requests.approve(by("stan", conseil), request=number, version=1)

    assert [("", "advisor"), ("ara/69/halle", "observer")] == held_by("loc")
    ended = [entry.scope for entry in journal_of(conseil) if entry.tag == "grant:detach"]
    assert ["ara/69"] == ended
    assert ["request_approved"] == [
        m.split(".")[0][1:]
        for m in Message.objects.filter(recipient=address("loc"))
        .exclude(message_id__startswith="<request_sent.")
        .values_list("message_id", flat=True)
    ]
    positions.demote(by("stan", conseil), person=address("loc"), profile="advisor")
    assert ["halle"] == dossiers(conseil, "loc")  # where they are positioned, and no list comes back


def test_the_whole_country_for_a_while_leaves_the_list_as_it_was(conseil):
    from datetime import timedelta

    from habilis.workflows import clock

    choice = Choice("advisor", [""], valid_until=clock.now() + timedelta(days=30))
    requests.approve(by("stan", conseil), request=ask(conseil, "", who="loc"), version=1, choice=choice)

    assert [("", "advisor"), ("ara/69", "advisor")] == held_by("loc")


@pytest.mark.row("RT-02")
def test_a_national_advisor_has_nothing_more_to_ask_for(conseil, refused):
    assert () == asking.forms(conseil, address("nat"))
    for scopes in (["ara/69"], [""]):
        with refused(conseil, Conflict, "held_already"):
            ask(conseil, *scopes, who="nat")
    assert ["join"] == [form.key for form in asking.forms(conseil, address("loc"))]
    assert ["join"] == [form.key for form in asking.forms(conseil, address("inv"))]


def test_what_adds_nothing_is_not_offered(conseil, mail):
    form = access.blueprint_of(conseil).requests.forms["join"]
    offered = asking.offered(conseil, address("loc"), form)
    assert "ara/69" not in [s.key for s in asking.worth_asking(conseil, address("loc"), form, offered)]

    change = access.blueprint_of(mail).requests.forms["change"]
    everything = asking.offered(mail, address("maud"), change)
    assert () == asking.worth_asking(mail, address("maud"), change, everything)
    units = asking.worth_asking(mail, address("omar"), change, asking.offered(mail, address("omar"), change))
    assert {"acme/juridique", "acme/vide"} == {scope.key for scope in units}
    assert ["join"] == [form.key for form in asking.forms(mail, address("maud"))]
    assert ["join", "change"] == [form.key for form in asking.forms(mail, address("omar"))]


def test_a_manager_cannot_ask_for_a_unit_that_they_reach(mail, refused):
    with refused(mail, Conflict, "held_already"):
        asking.ask(by("maud", mail), kind="change", wish=Wish(["acme/paie"], "operator"))
    assert access.check(mail, address("maud"), "create_mail_item", Ref("unit", "acme/paie"))

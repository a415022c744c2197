"""Invitations on the pages: looking changes nothing, each wrong link says what is wrong, and a newcomer gets in."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from habilis.store.models import Invitation, Message, User
from habilis.workflows import clock, invitations
from habilis.workflows.acting import Acting

MAUD = Acting("maud@acme.example", "courrier")
INES = "ines@neuve.example"
FORM = {"email": INES, "scope": "acme/paie", "profile": "operator", "language": "fr", "comment": "Bienvenue !"}
ACCOUNT = {"name": "Inès Roy", "language": "fr", "password": "une-phrase-assez-longue", "accept": "1"}
ACCOUNT["again"] = ACCOUNT["password"]
ACTORS = ("anonymous", "stranger", "nora", "berthe", "yvan", "lise", "omar", "maud")


def text_of(response) -> str:
    return response.content.decode().replace("&#x27;", "'")


def link(email: str = INES) -> str:
    text = Message.objects.filter(recipient=email, secret=True).latest("id").text
    return re.search(r"(/accounts/invitation/\S+)", text)[1]


def invite(email: str = INES) -> str:
    invitations.invite(MAUD, email=email, scope="acme/paie", profile="operator")
    return link(email)


def rows() -> list[tuple[object, ...]]:
    people = User.objects.order_by("id").values_list("email", "name", "password")
    return [*Invitation.objects.order_by("id").values_list(), *Message.objects.order_by("id").values_list(), *people]


@pytest.mark.parametrize("path", ["/courrier/invitations/new", "/courrier/invitations/new?scope=acme"])
def test_the_form_answers_each_kind_of_actor(client_for, path):
    expected = dict(zip(ACTORS, (302, 404, 403, 200, 403, 403, 403, 200), strict=True))

    assert expected == {name: client_for(name).get(path).status_code for name in ACTORS}


@pytest.mark.row("RC-28", "AC-11")
def test_inviting_by_each_kind_of_actor(client_for):
    for name in ACTORS:
        client_for(name).post("/courrier/invitations/new", FORM)

    assert [("maud@acme.example", INES)] == list(Invitation.objects.values_list("by__email", "email"))
    page = text_of(client_for("maud").get("/courrier/s/acme"))
    assert "Invitations en attente" in page
    assert INES in page
    assert INES not in text_of(client_for("omar").get("/courrier/s/acme"))


def test_a_fault_keeps_what_was_typed(client_for):
    maud = client_for("maud")
    for wrong, status in (({"email": "x"}, 400), ({"profile": ""}, 400), ({"email": "omar@acme.example"}, 409)):
        response = maud.post("/courrier/invitations/new", FORM | wrong)
        assert status == response.status_code
        assert "Bienvenue !" in text_of(response)


@pytest.mark.row("AC-13")
def test_what_the_form_does_not_ask_for_is_not_taken(client_for):
    extra = {"state": "accepted", "by": "omar@acme.example", "digest": "x", "expires": "2999-01-01", "portal": "autre"}
    client_for("maud").post("/courrier/invitations/new", FORM | extra)

    row = Invitation.objects.get()
    assert ("pending", "maud@acme.example", "courrier") == (row.state, row.by.email, row.portal.key)
    assert row.expires < clock.now() + timedelta(days=15)


@pytest.mark.row("AC-67")
@pytest.mark.parametrize("who", ["anonymous", "nora", "omar"])
def test_looking_changes_nothing(client_for, who):
    path, before = invite(), rows()
    for method in ("get", "head", "get"):
        getattr(client_for(who), method)(path)

    assert rows() == before


@pytest.mark.row("RT-34", "AC-13")
def test_a_newcomer_opens_an_account_and_is_in(client_for):
    path, browser = invite(), client_for("anonymous")
    assert "Créez votre compte" in text_of(browser.get(path))
    extra = {"email": "maud@acme.example", "is_staff": "1", "profile": "manager", "scope": "acme"}
    response = browser.post(path, ACCOUNT | extra)

    assert (302, "/courrier/") == (response.status_code, response["Location"])
    assert [("acme", "operator"), ("acme/paie", "operator")] == list(
        User.objects.get(email=INES).grants.order_by("scope__key").values_list("scope__key", "profile__key")
    )
    assert "Inès Roy" in text_of(browser.get("/courrier/"))
    again = client_for("anonymous").get(path)
    assert (400, True) == (again.status_code, "Cette invitation a déjà servi" in text_of(again))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"again": "autre"}, "Ces deux mots de passe sont différents"),
        ({"password": "court", "again": "court"}, "trop court"),
        ({"name": ""}, "obligatoire"),
    ],
)
def test_a_newcomer_is_told_what_is_wrong_and_types_the_name_once(client_for, wrong, says):
    path = invite()
    response = client_for("anonymous").post(path, ACCOUNT | wrong)

    assert (400, True) == (response.status_code, says in text_of(response))
    assert wrong.get("name", "Inès Roy") in text_of(response)
    assert ACCOUNT["password"] not in text_of(response)
    assert not User.objects.filter(email=INES).exists()


@pytest.mark.row("AC-51", "RT-38")
@pytest.mark.parametrize("answer", ["accept", "decline"])
def test_somebody_else_is_told_so_and_nothing_is_done(client_for, answer):
    path, before = invite(), rows()
    for who in ("omar", "maud", "berthe"):
        browser = client_for(who)
        for response in (browser.get(path), browser.post(path, ACCOUNT | {answer: "1"})):
            assert 403 == response.status_code
            assert "ne vous est pas adressée" in text_of(response)
            assert INES not in text_of(response)

    assert rows() == before


@pytest.mark.row("XX-07")
def test_who_has_an_account_signs_in_and_comes_back(client_for):
    path = invite("zoe@nowhere.example")
    browser = client_for("anonymous")
    page = text_of(browser.get(path))
    assert f"/accounts/login/?next={path}" in page.replace("%2F", "/")
    before = rows()
    browser.post(path, ACCOUNT)
    assert rows() == before

    response = browser.post(
        f"/accounts/login/?next={path}",
        {"login": "zoe@nowhere.example", "password": "une-longue-phrase", "next": path},
    )
    assert path == response["Location"]
    assert "/courrier/" == browser.post(path, {"accept": "1"})["Location"]
    assert 200 == browser.get("/courrier/").status_code


def test_an_offer_waits_on_the_home_of_the_invited(client_for):
    invite("zoe@nowhere.example")
    invite("nora@acme.example")
    zoe, nora = client_for("stranger"), client_for("nora")
    number = Invitation.objects.get(email="zoe@nowhere.example").pk
    assert f"/accounts/invitations/{number}/" in text_of(zoe.get("/"))
    assert "Vous êtes invité·e" in text_of(nora.get("/courrier/"))
    assert 404 == nora.post(f"/accounts/invitations/{number}/", {"accept": "1"}).status_code
    assert 405 == zoe.get(f"/accounts/invitations/{number}/").status_code

    assert 302 == zoe.post(f"/accounts/invitations/{number}/", {"accept": "1"}).status_code
    assert 200 == zoe.get("/courrier/s/acme/paie").status_code


def test_the_invited_without_an_account_declines_by_the_link(client_for):
    path = invite()
    response = client_for("anonymous").post(path, {"decline": "1"})

    assert (200, "declined") == (response.status_code, Invitation.objects.get().state)
    assert 400 == client_for("anonymous").get(path).status_code


@pytest.mark.row("AC-53")
def test_each_wrong_link_has_one_message(client_for):
    path, browser = invite(), client_for("anonymous")
    token = path.split("/")[-2]
    answers = {text_of(browser.get(f"/accounts/invitation/{wrong}/")).split("<main")[1] for wrong in wrongs(token)}

    assert 1 == len(answers)
    assert "Ce lien n'est pas valable".replace("'", "’") in answers.pop()


def wrongs(token: str) -> list[str]:
    return [token[:10], token[:-1], f"{token}A", token.swapcase(), "x", "%00", "%C3%A9", "a" * 3000]


def test_the_states_of_a_link_are_told_apart(client_for):
    maud, browser = client_for("maud"), client_for("anonymous")
    path = invite()
    number = Invitation.objects.get().pk
    Invitation.objects.update(expires=clock.now())
    assert "a expiré" in text_of(browser.get(path))
    assert "Invitations expirées" in text_of(maud.get("/courrier/s/acme"))
    maud.post(f"/courrier/invitations/{number}/resend", {"scope": "acme"})
    assert "pas valable" in text_of(browser.get(path))
    assert 200 == browser.get(link()).status_code
    maud.post(f"/courrier/invitations/{number}/cancel", {"scope": "acme"})
    assert "a été annulée" in text_of(browser.get(link()))


@pytest.mark.row("RT-41", "AC-11")
@pytest.mark.parametrize("verb", ["resend", "cancel"])
def test_sending_again_and_cancelling_by_each_kind_of_actor(client_for, verb):
    invite()
    path = f"/courrier/invitations/{Invitation.objects.get().pk}/{verb}"
    expected = dict(zip(ACTORS, (302, 404, 404, 404, 404, 404, 403, 302), strict=True))

    assert expected == {name: client_for(name).post(path, {"scope": "acme"}).status_code for name in ACTORS}
    assert 405 == client_for("maud").get(path).status_code


@pytest.mark.row("AC-57")
def test_the_link_has_the_configured_address(client_for, settings):
    client_for("maud").post("/courrier/invitations/new", FORM, headers={"host": "localhost:6666"})

    text = Message.objects.get().text
    assert f"{settings.HABILIS_URL}/accounts/invitation/" in text
    assert "6666" not in text


@pytest.mark.row("AC-71")
def test_a_flood_is_stopped_and_said(client_for):
    maud = client_for("maud")
    statuses = [maud.post("/courrier/invitations/new", FORM).status_code for _ in range(7)]

    assert [302] * 5 + [429] * 2 == statuses

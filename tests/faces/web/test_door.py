"""The door of a portal: its public home, the account that a stranger opens, and the form they come back to."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache import cache
from django.test import Client

from habilis.core import NotFound
from habilis.store.models import AccessRequest, Grant, Member, Message, Scope, User
from habilis.workflows import access, asking, publishing, signup
from habilis.workflows.asking import Wish
from tests.factories import ADVICE, BOOKS, MAIL, address, by, load

HOME, FORM, SIGN_UP = "/conseil/", "/conseil/ask/join", "/accounts/signup/"
NEW = "lea@ddt.example"
ACCOUNT = {"name": "Léa Martin", "language": "fr", "password": "une-longue-phrase", "again": "une-longue-phrase"}
ASKED = {"reach": "listed", "scopes": "bzh/29", "profile": "advisor", "comment": "Renfort", "field_employer": "DDT"}


@pytest.fixture(autouse=True)
def conseil(db) -> str:
    cache.clear()
    load(MAIL)
    load(BOOKS)
    return load(ADVICE)


def browser_of(name: str) -> Client:
    browser = Client()
    backend = "allauth.account.auth_backends.AuthenticationBackend"
    browser.force_login(User.objects.get(email=address(name)), backend=backend)
    return browser


def text_of(response) -> str:
    """A page without its token."""
    page = response.content.decode().replace("&#x27;", "'").replace("\xa0", " ")
    return re.sub(r'value="[A-Za-z0-9]{64}"', "", page)


def path_in(mail: Message, part: str) -> str:
    """The address in a mail that holds *part*, without its host."""
    found = next(word for word in mail.text.split() if part in word)
    parts = urlsplit(found)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def link_for(email: str = NEW, target: str = FORM, browser: Client | None = None) -> str:
    assert 200 == (browser or Client()).post(SIGN_UP, {"email": email, "next": target}).status_code
    return path_in(Message.objects.filter(recipient=email).latest("pk"), "/accounts/open/")


def set_door(portal: str, door: str) -> None:
    look = publishing.look(portal)
    name = {"conseil": "Conseil", "plis": "Plis"}[portal]
    publishing.configure(by("ada", portal), version=look.version, name=name, color=look.color, texts={}, door=door)


# --- the public home --------------------------------------------------------------------------------------------------


@pytest.mark.row("RC-05")
def test_the_button_of_the_public_home_is_a_setting_and_the_form_keeps_its_address(conseil):
    page = text_of(Client().get(HOME))
    assert "Demander un accès conseiller" in page
    assert f'href="{FORM}"' in page
    assert "Finistère" not in page

    set_door(conseil, "address")
    assert f"/accounts/login/?next={HOME}" == Client().get(HOME)["Location"]
    assert "Demander un accès" not in text_of(Client().get(f"/accounts/login/?next={HOME}"))
    assert Client().get(FORM)["Location"].startswith(SIGN_UP)

    set_door(conseil, "closed")
    for path in (HOME, FORM):
        assert Client().get(path)["Location"].startswith("/accounts/login/")


@pytest.mark.row("RC-05")
def test_whoever_sets_the_portal_chooses_its_door_and_reads_the_address_of_the_form(conseil):
    ada = browser_of("ada")
    page = text_of(ada.get("/conseil/publish/"))
    assert f"{FORM}</a>" in page
    version = re.search(r'name="version" value="([^"]+)"', page)[1]
    sent = {"name": "Conseil", "color": "#2f4b7c", "version": version}

    assert 400 == ada.post("/conseil/publish/", {**sent, "door": "ajar"}).status_code
    assert 302 == ada.post("/conseil/publish/", {**sent, "door": "closed"}).status_code
    assert "closed" == publishing.look(conseil).door
    for who in ("stan", "nat", "own", "zoe"):
        assert browser_of(who).post("/conseil/publish/", {**sent, "door": "open"}).status_code in (403, 404)
    assert "closed" == publishing.look(conseil).door


def test_a_portal_where_nothing_is_asked_for_has_no_door(conseil):
    assert Client().get("/livres/")["Location"] == Client().get("/nowhere/")["Location"].replace("nowhere", "livres")
    assert Client().get("/livres/ask/join")["Location"].startswith("/accounts/login/")
    assert 'name="door"' not in text_of(browser_of("ada").get("/livres/publish/"))


def test_a_stranger_with_an_account_is_told_of_public_portals_alone(conseil):
    otis = browser_of("otis")  # known to the portal of books only

    page = text_of(otis.get("/"))
    assert "/conseil/ask/" in page
    assert "/plis/" not in page
    assert "Demander un accès conseiller" in text_of(otis.get(HOME))
    assert 404 == otis.get("/plis/").status_code
    assert 200 == otis.get("/plis/ask/join").status_code  # by its address, which somebody gave
    set_door("plis", "closed")
    set_door(conseil, "closed")
    assert "/conseil/" not in text_of(otis.get("/"))
    for path in ("/plis/ask/join", FORM, HOME, "/conseil/theme.css", "/conseil/mine/"):
        assert 404 == otis.get(path).status_code, path


def test_a_closed_door_refuses_a_stranger_by_hand_too(conseil):
    set_door(conseil, "closed")
    answer = browser_of("otis").post(FORM, ASKED)

    assert 404 == answer.status_code
    with pytest.raises(NotFound):
        asking.ask(by("otis", conseil), kind="join", wish=Wish(["bzh/29"], "advisor", "x", {"employer": "y"}))
    assert not AccessRequest.objects.exists()


def test_whoever_asked_follows_it_even_once_the_door_is_closed(conseil):
    asking.ask(by("otis", conseil), kind="join", wish=Wish(["bzh/29"], "advisor", "Renfort", {"employer": "DDT"}))
    set_door(conseil, "closed")

    assert "Renfort" in text_of(browser_of("otis").get("/conseil/mine/"))
    assert "En attente" in text_of(browser_of("otis").get("/"))


def test_somebody_suspended_finds_nothing_at_the_door(conseil):
    Member.objects.filter(user__email=address("nat")).update(active=False)
    nat = browser_of("nat")

    assert {404} == {nat.get(path).status_code for path in (HOME, FORM, "/conseil/theme.css")}
    assert "/conseil/" not in text_of(nat.get("/"))


# --- opening an account -----------------------------------------------------------------------------------------------


@pytest.mark.row("RC-01", "RT-01", "RT-07", "XX-06")
def test_a_stranger_opens_an_account_comes_back_to_the_form_and_finds_the_request_waiting(conseil):
    browser = Client()
    sent_to = urlsplit(browser.get(FORM)["Location"])
    assert (SIGN_UP, {"next": [FORM]}) == (sent_to.path, parse_qs(sent_to.query))
    link = link_for(browser=browser)
    assert not User.objects.filter(email=NEW).exists()

    looked = browser.get(link)
    assert 200 == looked.status_code
    assert not User.objects.filter(email=NEW).exists()
    opened = browser.post(link, ACCOUNT)
    assert FORM == opened["Location"]
    assert 200 == browser.get(FORM).status_code
    assert not AccessRequest.objects.exists()

    filed = browser.post(FORM, ASKED, follow=True)
    assert "/conseil/mine/" == filed.redirect_chain[-1][0]
    assert "En attente" in text_of(filed)
    assert [] == access.keys(conseil, NEW, "list", "dossier")
    again = browser.get(link, follow=True)
    assert "/conseil/mine/" in again.redirect_chain[-1][0]


@pytest.mark.row("XX-06")
def test_a_stranger_submits_a_dossier_in_the_portals_own_words_and_reads_it_while_it_waits(conseil):
    submit = "/conseil/submit/dossier"
    assert f'href="{submit}"' in text_of(Client().get(HOME))
    browser = Client()
    assert browser.get(submit)["Location"].startswith(SIGN_UP)
    link = link_for(target=submit, browser=browser)
    mail = Message.objects.get(recipient=NEW)
    assert "déposer un dossier sur « Conseil »" in mail.text.replace("\xa0", " ")
    assert access.blueprint_of(conseil).color in mail.html
    assert "Habilis" not in mail.html

    assert submit == browser.post(link, ACCOUNT)["Location"]
    answer = browser.post(submit, {"name": "Une halle", "parent": "bzh/29"}, follow=True)
    assert "attente de modération" in text_of(answer)
    assert [("Une halle", "pending")] == list(Scope.objects.filter(author__email=NEW).values_list("name", "status"))

    set_door(conseil, "closed")
    assert 404 == browser_of("otis").get(submit).status_code
    assert 404 == browser_of("otis").post(submit, {"name": "x", "parent": "bzh/29"}).status_code


def test_the_answer_is_the_same_whether_the_address_is_known_or_not(conseil):
    pages = [
        text_of(Client().post(SIGN_UP, {"email": email, "next": FORM})).replace(email, "…")
        for email in (NEW, address("nat"))
    ]

    assert pages[0] == pages[1]
    assert [NEW, address("nat")] == list(Message.objects.order_by("pk").values_list("recipient", flat=True))
    known = Message.objects.get(recipient=address("nat"))
    assert f"/accounts/login/?next={FORM.replace('/', '%2F')}" == path_in(known, "/accounts/login/")
    assert "/accounts/open/" not in known.text


@pytest.mark.parametrize("wrong", [{"name": ""}, {"password": "court"}, {"again": "autre"}, {"name": "a\x00b"}])
def test_an_account_with_a_fault_is_not_opened_and_what_was_typed_is_kept(conseil, wrong):
    link = link_for()

    answer = Client().post(link, {**ACCOUNT, "name": "Léa Martin", **wrong})

    assert 400 == answer.status_code
    assert "name" in wrong or "Léa Martin" in text_of(answer)
    assert not User.objects.filter(email=NEW).exists()


@pytest.mark.parametrize("email", ["", "lea", "lea@", "léa@x", "a\x00@x.example", "x@y.example\r\nBcc: z@z.example"])
def test_what_is_no_address_is_said_beside_the_field_and_nobody_is_written_to(conseil, email):
    assert 400 == Client().post(SIGN_UP, {"email": email, "next": FORM}).status_code
    assert not Message.objects.exists()


@pytest.mark.parametrize("target", ["", "/", "/nowhere/", "/livres/", "//evil.example/conseil/", "https://e.example/"])
def test_without_an_open_door_nobody_opens_an_account(conseil, target):
    for answer in (Client().get(SIGN_UP, {"next": target}), Client().post(SIGN_UP, {"email": NEW, "next": target})):
        assert "ouverts par un gestionnaire" in text_of(answer)
    assert not Message.objects.exists()


def test_a_link_opens_one_account_once_and_a_forged_or_old_one_none(conseil, monkeypatch):
    link = link_for()
    assert 400 == Client().get(link[:-3] + "x/").status_code
    assert 400 == Client().post("/accounts/open/nothing/", ACCOUNT).status_code
    assert 302 == Client().post(link, ACCOUNT).status_code

    second = Client().post(link, {**ACCOUNT, "password": "une-autre-longue-phrase", "again": "une-autre-longue-phrase"})

    assert "Connectez-vous" in text_of(second)
    assert User.objects.get(email=NEW).check_password("une-longue-phrase")
    monkeypatch.setattr(signup, "LASTS", -1)
    assert 400 == Client().get(link).status_code
    assert not Grant.objects.filter(user__email=NEW).exists()


def test_a_link_opened_by_somebody_else_who_is_signed_in_changes_nothing(conseil):
    link = link_for()

    for answer in (browser_of("nat").get(link), browser_of("nat").post(link, ACCOUNT)):
        assert "une autre adresse" in text_of(answer)
    assert not User.objects.filter(email=NEW).exists()


def test_one_mailbox_is_not_flooded_and_the_answer_stays_the_same(conseil):
    pages = {text_of(Client().post(SIGN_UP, {"email": NEW, "next": FORM})) for _ in range(6)}

    assert 1 == len(pages)
    assert 3 == Message.objects.filter(recipient=NEW).count()


def test_a_mail_of_the_door_links_to_the_configured_address(conseil, settings):
    Client().post(SIGN_UP, {"email": NEW, "next": FORM}, headers={"host": "localhost:6666"})

    mail = Message.objects.get(recipient=NEW)
    assert f"{settings.HABILIS_URL}/accounts/open/" in mail.text
    assert "6666" not in mail.text

"""The effect of a form, seen before it is saved: nothing stays of it, and confirming saves what was shown."""

from __future__ import annotations

import re

import pytest

from tests.factories import address
from tests.workflows.conftest import journal_of, state

pytestmark = pytest.mark.django_db


@pytest.fixture
def mail(db):
    from tests import factories

    return factories.load(factories.MAIL)


@pytest.fixture
def browser():
    from django.contrib.auth import get_user_model
    from django.test import Client

    def of(name):
        client = Client(headers={"accept-language": "fr"})
        backend = "allauth.account.auth_backends.AuthenticationBackend"
        client.force_login(get_user_model().objects.get(email=address(name)), backend=backend)
        return client

    return of


def page(response):
    return re.sub(r"\s+", " ", response.content.decode().replace("\xa0", " "))


def hidden(response):
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', response.content.decode())
    return {name: value for name, value in found if name != "csrfmiddlewaretoken"}


CLOSE = "/plis/scope/close/acme/paie"


def test_a_form_about_rights_offers_to_see_its_effect(mail, browser):
    maud = browser("maud")

    assert "Voir l’effet" in page(maud.get(CLOSE))
    assert "Voir l’effet" not in page(maud.get("/plis/scope/rename/acme/paie"))


def test_the_effect_is_shown_and_nothing_of_it_stays(mail, browser):
    maud, before, entries = browser("maud"), state(), journal_of(mail)
    shown = maud.post(CLOSE, {"effect": "1"})
    text = page(shown)

    assert 200 == shown.status_code
    assert "Fermé" in text
    assert "Rien n’est encore enregistré" in text
    assert "Omar" in text
    assert "Bruno" not in text
    assert "Ada" not in text  # the portal's administrator loses writing there, whom she may not list
    assert "Et 1 personne que vous ne pouvez pas lister" in text
    assert (before, entries) == (state(), journal_of(mail))
    assert "Rien n’est" not in page(maud.get("/plis/s/acme"))  # nor is anything said on the next page


def test_confirming_saves_what_was_shown(mail, browser):
    from habilis.store.models import Scope

    maud = browser("maud")
    shown = maud.post(CLOSE, {"effect": "1"})
    answer = maud.post(CLOSE, hidden(shown))

    assert 302 == answer.status_code
    assert "inactive" == Scope.objects.get(key="acme/paie").status


def test_what_was_typed_goes_on_to_the_confirmation(mail, browser):
    from habilis.store.models import Grant

    maud = browser("maud")
    url = f"/plis/people/{address('omar')}/detach?scope=acme/paie&profile=operator"
    version = hidden(maud.get(url))["version"]
    shown = maud.post(url, {"effect": "1", "version": version, "comment": 'Parti le "12" <mai>'})

    assert "Plis" in page(shown) or "perd" in page(shown)
    assert 302 == maud.post(url, {"version": version, "comment": 'Parti le "12" <mai>'}).status_code
    assert "&quot;12&quot; &lt;mai&gt;" in page(shown)
    assert Grant.objects.get(user__email=address("omar"), scope__key="acme/paie").valid_until is not None


def test_a_form_that_is_not_as_expected_comes_back_as_ever(mail, browser):
    url = f"/plis/people/{address('olga')}/attach"
    answer = browser("maud").post(url, {"effect": "1", "scope": "nowhere", "profile": "operator"})

    assert 400 == answer.status_code
    assert "Rien n’est encore enregistré" not in page(answer)


@pytest.mark.parametrize(("who", "status"), [("omar", 403), ("bruno", 404), ("mona", 404), ("noe", 404)])
def test_nobody_sees_the_effect_of_what_they_may_not_do(mail, browser, who, status):
    entries = journal_of(mail)

    assert status == browser(who).post(CLOSE, {"effect": "1"}).status_code
    assert entries == journal_of(mail)


def test_an_address_alone_shows_and_changes_nothing(mail, browser):
    maud, before = browser("maud"), state()

    assert "Rien n’est encore enregistré" not in page(maud.get(CLOSE + "?effect=1"))
    assert before == state()


TRY = "/plis/people/try"


def test_a_person_who_is_not_there_is_tried(mail, browser):
    maud, before, entries = browser("maud"), state(), journal_of(mail)
    shown = maud.post(TRY, {"scopes": ["acme/paie"], "profile": "operator"})
    text = page(shown)

    assert 200 == shown.status_code
    assert "Personne hypothétique" in text
    assert "1 pli" in text  # of the unit, and nothing of the others
    assert "Juridique" not in text.partition("<form")[0]
    assert (before, entries) == (state(), journal_of(mail))


@pytest.mark.parametrize(
    ("who", "scopes", "profile", "status"),
    [
        ("maud", ["borea/paie"], "operator", 400),
        ("maud", ["acme"], "portal_admin", 400),
        ("maud", [], "operator", 400),
        ("bruno", ["acme"], "operator", 400),
        ("omar", ["acme"], "operator", 403),
        ("noe", ["acme"], "operator", 403),
    ],
)
def test_nobody_tries_what_they_could_not_give(mail, browser, who, scopes, profile, status):
    answer = browser(who).post(TRY, {"scopes": scopes, "profile": profile})

    assert status == answer.status_code
    assert "Ce que cette personne gagnerait" not in page(answer)


def test_trying_an_address_does_not_tell_whether_another_portal_knows_it(mail, browser):
    from tests import factories

    factories.load(factories.world("mailroom", "autre", grants="zoe portal_admin /"))
    shown = {}
    for email in (address("zoe"), "nobody@x.example"):
        sent = {"email": email, "name": "Xy", "language": "fr", "scopes": ["acme/paie"], "profile": "operator"}
        text = page(browser("maud").post("/plis/people/new", {**sent, "effect": "1"}))
        assert email in text
        shown[email] = re.sub(r'csrfmiddlewaretoken" value="\w+"', "", text).replace(email, "")
    one, other = (text.partition("<main")[2] for text in shown.values())
    assert one == other
    assert "Zoe" not in one

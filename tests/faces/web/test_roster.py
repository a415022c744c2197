"""Managing on one screen: people, their profile and places, the scopes below; and where a change of profile reaches."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests import factories
from tests.factories import address


@pytest.fixture
def browser(db):
    factories.load(factories.BOOKS)
    factories.load(factories.MAIL)
    return factories.browser


@pytest.mark.row("PF-11")
def test_everybody_their_profile_and_their_units_are_on_one_screen(browser):
    page = browser("maud").get("/plis/roster/", follow=True).content.decode()

    for text in ("Omar", "Gestionnaire", "Opérateur", "Paie", "Juridique", "Vide", "Services"):
        assert text in page
    assert "Bruno" not in page
    assert "Changer le profil" in page


@pytest.mark.row("PF-10")
@pytest.mark.parametrize(
    ("name", "status"), [("maud", 200), ("omar", 403), ("otto", 403), ("bruno", 404), ("noe", 404)]
)
def test_the_screen_is_for_managers(browser, name, status):
    assert status == browser(name).get("/plis/roster/of/acme").status_code


@pytest.mark.row("PF-42")
def test_what_awaits_a_decision_is_in_a_tab_of_the_screen_for_whoever_may_decide(browser):
    page = browser("maud").get("/plis/roster/of/acme").content.decode()
    assert "?tab=requests" in page
    tab = browser("maud").get("/plis/roster/of/acme?tab=requests")
    assert 200 == tab.status_code
    assert 403 == browser("omar").get("/plis/roster/of/acme?tab=requests").status_code
    assert 404 == browser("bruno").get("/plis/roster/of/acme?tab=requests").status_code


@pytest.mark.row("PF-35")
def test_who_creates_a_user_from_the_screen_comes_back_to_it(browser):
    maud, path = browser("maud"), "/plis/people/new?scope=acme&roster=acme"
    page = maud.get(path).content.decode()
    assert "Créer un utilisateur" in page
    assert 'href="/plis/roster/of/acme"' in page
    sent = {"email": "lou@x.example", "name": "Lou", "language": "fr", "scopes": "acme", "profile": "operator"}
    assert "/plis/roster/of/acme" == maud.post(path, sent)["Location"]
    assert 403 == browser("omar").post(path, sent | {"email": "li@x.example"}).status_code


@pytest.mark.row("PF-02", "PF-03", "PF-04")
def test_a_unit_is_changed_and_deleted_from_the_screen_which_one_comes_back_to(browser):
    maud, screen = browser("maud"), "/plis/roster/of/acme"
    page = maud.get(screen).content.decode()
    for path in ("rename/acme/vide?roster=acme", "close/acme/vide?roster=acme"):
        assert f"/plis/scope/{path}" in page
    assert "Supprimer" in page

    renamed = maud.post("/plis/scope/rename/acme/vide?roster=acme", {"name": "Réserve"})
    assert screen == renamed["Location"]
    closed = maud.post("/plis/scope/close/acme/vide?roster=acme")
    assert screen == closed["Location"]
    assert screen not in maud.post("/plis/scope/reopen/acme/vide?roster=borea")["Location"]
    assert 403 == browser("omar").post("/plis/scope/close/acme/paie?roster=acme").status_code


@pytest.mark.row("PF-10")
def test_an_operator_has_no_line_for_it(browser):
    assert "/plis/roster/" not in browser("omar").get("/plis/").content.decode()
    assert "/plis/roster/" in browser("maud").get("/plis/").content.decode()
    assert 302 == Client().get("/plis/roster/").status_code


@pytest.mark.row("PF-07", "PF-08")
def test_units_are_ticked_and_what_changed_meanwhile_is_said(browser):
    client = browser("maud")
    path = f"/plis/roster/places/{address('otto')}/acme"
    seen = re.search(r'name="seen"([^>]*)>', client.get(path).content.decode())
    assert seen

    assert 302 == client.post(path, {"places": ["acme/paie", "acme/vide"], "seen": ""}).status_code
    assert 409 == client.post(path, {"places": [], "seen": ""}).status_code
    assert 400 == client.post(path, {"places": ["borea/paie"], "seen": ""}).status_code
    assert 302 == client.post(path, {"places": [], "seen": "acme/paie\nacme/vide"}).status_code


@pytest.mark.parametrize(("name", "status"), [("omar", 403), ("bruno", 404), ("noe", 404)])
def test_nobody_else_ticks(browser, name, status):
    path = f"/plis/roster/places/{address('otto')}/acme"

    assert [status, status] == [browser(name).get(path).status_code, browser(name).post(path, {}).status_code]


@pytest.mark.row("CF-15", "CF-48")
def test_the_office_sees_its_dossiers_and_which_one_nobody_administers(browser):
    page = browser("otis").get("/livres/roster/").content.decode()

    lines = {
        name: line for line in page.split("<tr>")[1:] for name in ("Pain", "Vin", "Eau", "Sel") if f">{name}<" in line
    }
    assert {"Pain", "Vin", "Eau"} == set(lines)
    assert [False, False, True] == ["Sans Administrator" in lines[name] for name in ("Pain", "Vin", "Eau")]


@pytest.mark.row("CF-43")
def test_a_change_of_profile_names_the_other_dossiers(browser):
    path = f"/livres/people/{address('fred')}/profile?scope=sud/pain&profile=full_access"

    assert "il changera aussi dans Vin." in browser("anna").get(path).content.decode()


@pytest.mark.row("CF-43", "CF-44")
def test_a_dossier_out_of_sight_is_counted_and_not_named(browser):
    path = f"/livres/people/{address('fred')}/profile?scope=sud/pain&profile=full_access"

    page = browser("axel").get(path).content.decode()

    assert "1 autre périmètre que vous ne voyez pas" in page
    assert "Vin" not in page

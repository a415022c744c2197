"""The pages of users that a menu may name: attach, detach, find, everybody; each as those who may and who may not."""

from __future__ import annotations

import re

import pytest

from habilis.core import Ref
from tests import factories

BASE = "/factures"


@pytest.fixture
def client_for(db):
    """The browser of somebody of the two structures, signed in."""
    factories.load(factories.BILLS)
    return factories.browser


def holds(name: str, action: str, kind: str, key: str) -> bool:
    from habilis.workflows import access

    return access.check("factures", factories.address(name), action, Ref(kind, key))


def text(response) -> str:
    return response.content.decode()


@pytest.mark.row("CP-15", "CP-20", "CP-22")
def test_a_manager_attaches_at_the_level_that_is_chosen(client_for):
    browser = client_for("paula")
    page = text(browser.get(f"{BASE}/users/attach"))
    for domain in ("organization", "organization/users"):
        assert f'href="{BASE}/domain/{domain}"' in page
        assert 'href="/factures/users/attach"' in text(browser.get(f"{BASE}/domain/organization/users"))
    assert "checked" not in page

    sent = {"email": "Zoe@X.example", "level": "unit", "at_unit": "ville/ecoles"}
    assert 302 == browser.post(f"{BASE}/users/attach", sent).status_code
    assert holds("zoe", "read", "unit", "ville/ecoles")
    assert not holds("zoe", "read", "structure", "ville")


@pytest.mark.row("CP-20", "CP-22")
@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "id_level"),
        ({"level": "unit"}, "id_at_unit"),
        ({"level": "structure", "at_unit": "ville/ecoles"}, "id_at_unit"),
        ({"level": "galaxy"}, "id_level"),
    ],
)
def test_a_level_is_said_and_nothing_is_inferred(client_for, sent, field):
    response = client_for("paula").post(f"{BASE}/users/attach", {"email": "zoe@x.example", **sent})

    assert 400 == response.status_code
    assert f"{field}_error" in text(response)
    assert 'value="zoe@x.example"' in text(response)
    assert not holds("zoe", "read", "structure", "ville")


@pytest.mark.row("CP-23")
def test_a_unit_of_another_structure_or_a_closed_one_is_not_accepted(client_for):
    from habilis.workflows import scopes

    scopes.close(factories.by("paula", "factures"), key="ville/voirie")
    browser = client_for("paula")
    assert "ville/voirie" not in text(browser.get(f"{BASE}/users/attach"))
    for unit in ("asso/club", "ville/voirie"):
        sent = {"email": "zoe@x.example", "level": "unit", "at_unit": unit}
        assert 400 == browser.post(f"{BASE}/users/attach", sent).status_code
        assert not holds("zoe", "list", "unit", unit)


@pytest.mark.row("CP-18")
def test_an_unknown_address_says_so_and_offers_to_invite_at_the_level_that_was_chosen(client_for):
    paula = client_for("paula")
    sent = {"email": "nobody@nowhere.example", "level": "unit", "at_unit": "ville/ecoles"}
    response = paula.post(f"{BASE}/users/attach", sent)
    offered = f"{BASE}/invitations/new?scope=ville%2Fecoles&amp;email=nobody%40nowhere.example"

    assert 400 == response.status_code
    assert offered in text(response)
    form = text(paula.get(offered.replace("&amp;", "&")))
    assert 'value="nobody@nowhere.example"' in form
    assert 'value="ville/ecoles" selected' in form


@pytest.mark.row("CP-24")
def test_attaching_again_says_so_and_changes_nothing(client_for):
    browser = client_for("paula")
    response = browser.post(f"{BASE}/users/attach", {"email": "max@x.example", "level": "structure"})

    assert 409 == response.status_code
    assert "détient déjà ce profil" in text(response)


@pytest.mark.row("CP-17", "CP-32")
@pytest.mark.parametrize("name", ["max", "mia", "zoe"])
def test_whoever_manages_nobody_reaches_neither_page(client_for, name):
    browser = client_for(name)
    home = text(browser.get(f"{BASE}/"))
    for page in ("attach", "detach"):
        assert f"{BASE}/users/{page}" not in home
        assert browser.get(f"{BASE}/users/{page}").status_code in (403, 404)
        sent = {"email": "zoe@x.example", "person": "max@x.example", "level": "structure", "comment": "x"}
        assert browser.post(f"{BASE}/users/{page}", sent).status_code in (403, 404)
    assert not holds("zoe", "read", "structure", "ville")


@pytest.mark.row("CP-19", "CP-50")
def test_a_place_is_asked_for_only_where_there_are_several(client_for):
    from habilis.workflows import grants

    one = text(client_for("paula").get(f"{BASE}/users/attach"))
    assert 'name="place"' not in one
    grants.attach(factories.by("prune", "factures"), person="max@x.example", scope="asso", profile="primary_manager")
    grants.detach(factories.by("paula", "factures"), person="max@x.example", scope="ville")
    grants.attach(factories.by("ada", "factures"), person="max@x.example", scope="ville", profile="primary_manager")

    several = text(client_for("max").get(f"{BASE}/users/attach"))
    assert 'value="ville"' in several
    assert 'value="asso"' in several
    assert 'name="email"' not in several
    assert 404 == client_for("paula").get(f"{BASE}/users/attach?place=asso").status_code


@pytest.mark.row("CP-26", "CP-28", "CP-29", "CP-30", "CP-32")
def test_a_manager_detaches_at_one_level_with_the_reasons(client_for):
    from habilis.store.models import JournalEntry

    browser = client_for("paula")
    page = text(browser.get(f"{BASE}/users/detach"))
    assert "max@x.example" in page
    assert "prune@x.example" not in page
    sent = {"person": "max@x.example", "comment": "Fin de mission", "level": "unit", "at_unit": "ville/ecoles"}
    assert 400 == browser.post(f"{BASE}/users/detach", {**sent, "comment": ""}).status_code
    assert 400 == browser.post(f"{BASE}/users/detach", {**sent, "person": "prune@x.example"}).status_code
    assert 302 == browser.post(f"{BASE}/users/detach", sent).status_code
    assert holds("max", "read", "structure", "ville")
    assert not holds("max", "read", "unit", "ville/ecoles")
    assert JournalEntry.objects.filter(tag="grant:detach", comment="Fin de mission", scope="ville/ecoles").exists()

    assert 302 == browser.post(f"{BASE}/users/detach", {**sent, "level": "structure", "at_unit": ""}).status_code
    assert not holds("max", "read", "structure", "ville")


@pytest.mark.row("CP-32")
def test_whoever_is_not_among_those_proposed_is_found_by_a_search_that_keeps_what_was_typed(client_for, monkeypatch):
    from habilis.faces.web.views import users

    monkeypatch.setattr(users, "LISTED", 1)
    browser = client_for("paula")
    proposed = re.compile(r'<option value="([^"@]+@[^"]+)"')
    assert ["max@x.example"] == proposed.findall(text(browser.get(f"{BASE}/users/detach")))
    sent = {"person": "max@x.example", "comment": "Fin", "level": "unit", "at_unit": "ville/voirie", "sought": "mi"}
    found = browser.post(f"{BASE}/users/detach", {**sent, "look": "1"})

    assert 200 == found.status_code
    assert ["mia@x.example", "max@x.example"] == proposed.findall(text(found))
    assert "Fin</textarea>" in text(found)
    assert holds("mia", "read", "unit", "ville/voirie")
    assert 302 == browser.post(f"{BASE}/users/detach", {**sent, "person": "mia@x.example"}).status_code
    assert not holds("mia", "read", "unit", "ville/voirie")
    stranger = {**sent, "person": "prune@x.example", "sought": "prune"}
    assert 400 == browser.post(f"{BASE}/users/detach", stranger).status_code


@pytest.mark.row("CP-49", "CP-51")
def test_somebody_is_found_by_unit_and_by_name(client_for):
    browser = client_for("paula")
    assert "mia@x.example" not in text(browser.get(f"{BASE}/users/"))  # two structures: one is to be chosen
    everybody = text(browser.get(f"{BASE}/users/?place=ville"))
    assert "mia@x.example" in everybody
    unit = text(browser.get(f"{BASE}/users/?place=ville&scope=ville/voirie&q=mi"))
    assert "mia@x.example" in unit
    assert "max@x.example" not in unit
    assert 404 == browser.get(f"{BASE}/users/?place=ville&scope=asso/club").status_code


@pytest.mark.row("CP-54", "CP-55", "CP-56", "CP-57")
def test_contacts_are_those_whom_one_may_list_on_screen_and_in_the_files(client_for):
    browser = client_for("paula")
    page = text(browser.get(f"{BASE}/contacts/"))
    assert "Mes contacts" in page
    assert "Dernière connexion" in page
    assert "Jamais" in page
    listed = [name for name in ("paula", "max", "mia", "prune", "zoe") if f"{name}@x.example" in page]
    assert ["paula", "max", "mia", "prune"] == listed  # prune: paula is a member of her structure, and lists its people

    file = b"".join(browser.get(f"{BASE}/contacts/export/csv").streaming_content).decode("utf-8-sig")
    assert "Écoles" in file
    assert "zoe@x.example" not in file
    book = browser.get(f"{BASE}/contacts/export/xlsx")
    assert b"".join(book.streaming_content).startswith(b"PK")
    elsewhere = text(client_for("mia").get(f"{BASE}/contacts/"))
    assert "paula@x.example" not in elsewhere
    assert client_for("zoe").get(f"{BASE}/contacts/").status_code in (403, 404)
    assert client_for("zoe").get(f"{BASE}/contacts/export/csv").status_code in (403, 404)


def test_every_page_that_a_menu_may_name_has_its_route():
    from habilis.blueprints.schema import MENU_PAGES
    from habilis.faces.web.shell import PAGES

    assert set(MENU_PAGES) == set(PAGES)


def test_attaching_takes_few_queries(client_for, django_assert_max_num_queries):
    browser = client_for("paula")
    browser.get(f"{BASE}/users/attach")
    with django_assert_max_num_queries(30):
        browser.get(f"{BASE}/users/attach")
    with django_assert_max_num_queries(30):
        browser.get(f"{BASE}/contacts/")


@pytest.mark.row("CP-02")
def test_a_structure_is_founded_in_a_page_and_a_second_founder_is_led_to_ask(client_for):
    sent = {"name": "Atelier Zoé", "identifier_siret": "732 829 320 00074"}
    zoe = client_for("zoe")
    assert f"{BASE}/found/structure" in text(zoe.get(f"{BASE}/"))
    assert 400 == zoe.post(f"{BASE}/found/structure", {"name": "Atelier Zoé"}).status_code
    assert 400 == zoe.post(f"{BASE}/found/structure", {**sent, "identifier_siret": "12"}).status_code
    assert f"{BASE}/s/atelier-zoe" == zoe.post(f"{BASE}/found/structure", sent)["Location"]
    assert "attend" in text(zoe.get(f"{BASE}/s/atelier-zoe"))
    assert "Atelier Zoé" in text(client_for("ada").get(f"{BASE}/moderation/"))

    second = client_for("mia").post(f"{BASE}/found/structure", {**sent, "name": "Moi aussi"})
    assert 409 == second.status_code
    assert f"{BASE}/ask/join?scheme=siret&amp;number=732" in text(second)
    assert 'value="Moi aussi"' in text(second)
    assert "Atelier" not in text(second)
    assert client_for("mia").get(f"{BASE}/s/atelier-zoe").status_code in (403, 404)
    assert 404 == zoe.get(f"{BASE}/found/unit").status_code

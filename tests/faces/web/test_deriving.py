"""The matrix of a profile in the browser: condensed or whole, changed, confirmed, kept when somebody was first."""

from __future__ import annotations

import re
from typing import Any

import pytest

from habilis.workflows import browse, deriving
from tests.factories import address, load
from tests.workflows.test_deriving import OFFICES, cells


@pytest.fixture
def cabinet(db) -> str:
    return load(OFFICES)


def browser(name: str) -> Any:
    from django.contrib.auth import get_user_model
    from django.test import Client

    client = Client(headers={"accept-language": "fr"})
    backend = "allauth.account.auth_backends.AuthenticationBackend"
    client.force_login(get_user_model().objects.get(email=address(name)), backend=backend)
    return client


def page(response: Any) -> str:
    return response.content.decode().replace("\xa0", " ")


def sent(cabinet: str, key: str, **levels: str) -> dict[str, str]:
    found = deriving.sheet(cabinet, address("ada"), key, "fr")
    chosen = {**found.cells, **levels}
    return {"version": found.version, **{f"level_{feature}": level for feature, level in chosen.items()}}


def new(client: Any, name: str = "Connect sans Pay", source: str = "connect_pay") -> str:
    answer = client.post("/cabinet/profiles/new", {"source": source, "name": name})
    assert 302 == answer.status_code, page(answer)
    return re.search(r"profiles/of/([^?]+)", answer["Location"])[1]


@pytest.mark.row("WA-15")
def test_a_profile_is_condensed_by_group_until_all_is_asked_for(cabinet):
    ada = browser("ada")
    condensed, whole = (
        page(ada.get("/cabinet/profiles/of/connect")),
        page(ada.get("/cabinet/profiles/of/connect?all=1")),
    )

    assert "Tout afficher" in condensed
    assert 0 == condensed.count('<details class="panel matrix" open>')
    groups = condensed.count('<details class="panel matrix"')
    assert groups == whole.count('<details class="panel matrix" open>') > 3


@pytest.mark.row("WA-22")
def test_only_what_can_be_chosen_is_and_the_rest_says_what_it_takes(cabinet):
    text = page(browser("ada").get("/cabinet/profiles/of/connect?all=1"))

    assert 'id="id_level_payments_edit" value="edit">' in text
    assert 'id="id_level_payments_none" value="none" checked data-saved>' in text
    assert 'id="id_level_invoicing_view" value="view" disabled>' in text
    assert "Il faut la licence « Easy Invoicing » ou « Gestion Commerciale avancée »." in text
    assert "level_booking_print" not in text
    assert "level_members_edit" not in text


def test_saving_shows_the_effect_first_and_then_saves(cabinet):
    ada, values = browser("ada"), sent(cabinet, "connect", turnover="view", archives="print")
    shown = ada.post("/cabinet/profiles/of/connect", values)

    assert "Avant d'enregistrer" in page(shown)
    assert "2 personnes portent ce profil (accès : 2)" in page(shown)
    assert "edit" == cells(cabinet, "connect")["turnover"]
    hidden = dict(re.findall(r'type="hidden" name="(level_\w+|version)" value="(\w*)"', page(shown)))
    back = page(ada.post("/cabinet/profiles/of/connect", {**hidden, "back": "1"}))
    assert 'id="id_level_turnover_view" value="view" checked>' in back
    assert 'id="id_level_turnover_edit" value="edit" data-saved>' in back

    assert 302 == ada.post("/cabinet/profiles/of/connect", {**hidden, "confirmed": "1"}).status_code
    assert ("view", "print") == (cells(cabinet, "connect")["turnover"], cells(cabinet, "connect")["archives"])


def test_the_second_of_two_editors_loses_nothing_of_what_they_chose(cabinet):
    ada, values = browser("ada"), sent(cabinet, "connect", turnover="view")
    assert (
        302
        == ada.post(
            "/cabinet/profiles/of/connect", {**sent(cabinet, "connect", archives="none"), "confirmed": "1"}
        ).status_code
    )

    answer = ada.post("/cabinet/profiles/of/connect", {**values, "confirmed": "1"})

    assert 409 == answer.status_code
    assert 'id="id_level_turnover_view" value="view" checked>' in page(answer)
    version = re.search(r'name="version" value="(\w+)"', page(answer))[1]
    assert 302 == ada.post("/cabinet/profiles/of/connect", {**values, "version": version, "confirmed": "1"}).status_code


@pytest.mark.row("WA-04", "WA-19")
def test_a_form_sent_by_hand_passes_no_ceiling(cabinet):
    olga = browser("olga")
    key = new(olga)
    for confirmed in ({}, {"confirmed": "1"}):
        answer = olga.post(f"/cabinet/profiles/of/{key}", {**sent(cabinet, key, bookkeeping="edit"), **confirmed})
        assert 400 == answer.status_code
        assert "Il faut la licence « Comptabilité Complète » ou « Gestion Commerciale avancée »." in page(answer)
    assert "none" == cells(cabinet, key)["bookkeeping"]


@pytest.mark.row("WA-11")
def test_a_base_profile_offers_nothing_to_change(cabinet):
    olga = browser("olga")
    text = page(olga.get("/cabinet/profiles/of/connect_pay?all=1"))
    assert 'type="radio"' not in text
    assert "Un profil de base est verrouillé" in text
    assert (
        403
        == olga.post(
            "/cabinet/profiles/of/connect_pay", {**sent(cabinet, "connect_pay", turnover="none"), "confirmed": "1"}
        ).status_code
    )
    assert 403 == olga.post("/cabinet/profiles/retire/connect_pay", {}).status_code


@pytest.mark.row("WA-16", "WA-20", "WA-21")
def test_a_copy_is_named_and_found_in_its_group_with_no_user(cabinet):
    olga = browser("olga")
    for name in ("", "   ", "Connect", "easy invoicing"):
        answer = olga.post("/cabinet/profiles/new", {"source": "connect_pay", "name": name})
        assert 400 == answer.status_code
    assert "Un autre profil porte déjà ce nom" in page(answer)

    key = new(olga)

    group = page(olga.get("/cabinet/profiles/")).split("<section")[1]
    assert "Connect &amp; Pay" in group
    assert re.search(rf"profiles/users/{key}\">0<", group)


@pytest.mark.row("WA-31", "WA-33", "WA-34", "WA-47")
def test_the_star_and_the_retirement(cabinet):
    olga = browser("olga")
    key = new(olga)
    form = page(olga.get("/cabinet/people/new?scope=sud/pain"))
    assert re.search(r'value="connect_pay"[^>]* checked', form)

    assert 302 == olga.post(f"/cabinet/profiles/star/{key}", {"seen": "connect_pay"}).status_code

    assert key == browse.default_profile(cabinet)
    form = page(olga.get("/cabinet/people/new?scope=sud/pain"))
    assert re.search(rf'value="{key}"[^>]* checked', form)
    assert 'value="easy_invoicing"' in form
    assert 1 == page(olga.get("/cabinet/profiles/")).count('class="star star-on"')
    version = deriving.sheet(cabinet, address("olga"), key, "fr").version
    answer = olga.post(f"/cabinet/profiles/retire/{key}", {"version": version})
    assert 409 == answer.status_code
    assert 409 == olga.post("/cabinet/profiles/star/easy_invoicing", {"seen": "connect_pay"}).status_code

    olga.post("/cabinet/profiles/star/connect_pay", {"seen": key})
    assert 302 == olga.post(f"/cabinet/profiles/retire/{key}", {"version": version}).status_code
    assert "Profils retirés" in page(olga.get("/cabinet/profiles/"))
    assert "Rétablir" in page(olga.get(f"/cabinet/profiles/of/{key}"))
    read = deriving.sheet(cabinet, address("olga"), key, "fr").version
    assert 302 == olga.post(f"/cabinet/profiles/reinstate/{key}", {"version": read}).status_code
    assert "Profils retirés" not in page(olga.get("/cabinet/profiles/"))
    worn = browser("ada").post(
        "/cabinet/profiles/retire/connect",
        {"version": deriving.sheet(cabinet, address("ada"), "connect", "fr").version},
    )
    assert 409 == worn.status_code
    assert "transférez-les d'abord vers un autre" in page(worn)


@pytest.mark.row("WA-01")
@pytest.mark.parametrize("name", ["anna", "zoe"])
def test_a_client_comes_to_none_of_these_pages(cabinet, name):
    client = browser(name)
    for path in ("of/connect", "new", "rename/connect", "retire/connect"):
        assert 403 == client.get(f"/cabinet/profiles/{path}").status_code, path
    for path in ("of/connect", "new", "rename/connect", "retire/connect", "reinstate/connect", "star/connect"):
        assert 403 == client.post(f"/cabinet/profiles/{path}", {"name": "X", "source": "connect"}).status_code, path


def test_who_changes_no_profile_looks_and_sees_no_button(cabinet):
    otto = browser("otto")
    text = page(otto.get("/cabinet/profiles/of/connect")) + page(otto.get("/cabinet/profiles/"))
    assert "Ajouter" not in text
    assert "star_" not in text
    assert 'type="radio"' not in text
    assert 403 == otto.get("/cabinet/profiles/new").status_code
    assert 403 == otto.post("/cabinet/profiles/star/connect", {"seen": "connect_pay"}).status_code
    assert 404 == otto.get("/cabinet/profiles/of/galaxy").status_code


def test_renaming(cabinet):
    ada = browser("ada")
    found = deriving.sheet(cabinet, address("ada"), "connect", "fr")
    assert 400 == ada.post("/cabinet/profiles/rename/connect", {"name": " ", "version": found.version}).status_code
    assert (
        302 == ada.post("/cabinet/profiles/rename/connect", {"name": "Sans Pay", "version": found.version}).status_code
    )
    answer = ada.post("/cabinet/profiles/rename/connect", {"name": "Autre", "version": found.version})
    assert 409 == answer.status_code
    assert 'value="Autre"' in page(answer)
    assert "Sans Pay" == browse.profile_names(cabinet, "fr")["connect"]

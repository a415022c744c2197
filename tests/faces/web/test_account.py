"""My account, outside any portal: what I hold everywhere and why, and what I change of my own."""

from __future__ import annotations

import html
import re

import pytest

ACCOUNT = "/accounts/me/"


def test_nobody_has_an_account_without_signing_in(client_for):
    assert 302 == client_for("anonymous").get(ACCOUNT).status_code
    assert 302 == client_for("anonymous").post(ACCOUNT, {"name": "x"}).status_code


@pytest.mark.parametrize("name", ["maud", "omar", "lise", "yvan", "nora", "stranger"])
def test_everybody_sees_their_own_access_and_each_link_answers(client_for, name):
    browser = client_for(name)
    response = browser.get(ACCOUNT)
    links = [
        html.unescape(link) for link in re.findall(r'href="(/[^"]*/why[^"]*|/[^"]*/people/[^"]*)"', page(response))
    ]

    assert 200 == response.status_code
    assert links
    assert {200} == {browser.get(link).status_code for link in links}


def page(response) -> str:
    return response.content.decode()


def test_access_is_told_portal_by_portal_and_nobody_elses(client_for):
    omar = page(client_for("omar").get(ACCOUNT))
    assert "ACME › Paie" in omar
    assert "Opérateur" in omar
    assert "Gestionnaire" not in omar
    assert "Autre" not in omar

    stranger = page(client_for("stranger").get(ACCOUNT))
    assert "Autre" in stranger
    assert "Courrier" not in stranger


def test_a_name_is_changed_at_once_and_only_mine(client_for):
    browser = client_for("omar")
    assert ACCOUNT == browser.post(ACCOUNT, {"name": "Omar <Haddad>", "email": "maud@acme.example"})["Location"]

    assert "Bonjour Omar &lt;Haddad&gt;" in page(browser.get("/courrier/"))
    assert "Bonjour Maud" in page(client_for("maud").get("/courrier/"))


@pytest.mark.parametrize("name", ["", "   ", "x" * 201])
def test_a_name_that_is_none_is_said_beside_the_field(client_for, name):
    browser = client_for("omar")
    response = browser.post(ACCOUNT, {"name": name})

    assert 400 == response.status_code
    assert 'id="id_name_error"' in page(response)
    assert "Bonjour Omar" in page(browser.get("/courrier/"))


def test_a_language_is_chosen_there_and_kept(client_for):
    browser = client_for("omar")
    browser.post("/language/", {"language": "en", "next": ACCOUNT})

    assert "My access in every portal" in page(browser.get(ACCOUNT))
    assert '<option value="en" lang="en" selected>' in page(browser.get(ACCOUNT))


def test_the_account_is_a_click_away(client_for):
    assert f'href="{ACCOUNT}"' in page(client_for("omar").get("/courrier/"))

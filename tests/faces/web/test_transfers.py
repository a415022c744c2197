"""Transfers in the browser: the three ways in, what they show before, what they do, and the way back."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from habilis.store.models import Grant
from tests.faces.web.test_deriving import browser
from tests.factories import address, load
from tests.workflows.test_transfers import CABINET, EVERYBODY, held


@pytest.fixture
def cabinet(db) -> str:
    return load(CABINET)


def text(response: Any) -> str:
    return html.unescape(response.content.decode()).replace("\xa0", " ").replace("\u202f", " ")


def hidden(shown: str) -> dict[str, str]:
    return dict(re.findall(r'type="hidden" name="(version|agreed)" value="([^"]*)"', shown))


ALL = "/cabinet/profiles/transfer/all/connect"


@pytest.mark.row("WA-38", "WA-39", "WA-41")
def test_everybody_of_a_profile(cabinet):
    olga, before = browser("olga"), held(cabinet)
    assert "Transférer tous les utilisateurs" in text(olga.get("/cabinet/profiles/"))
    choice = text(olga.get(ALL))
    assert "Easy Invoicing · 19,90 €" in choice
    assert 'value="connect"' not in choice

    shown = text(olga.get(ALL, {"to": "connect_pay"}))

    named = {
        (m[1].split("@")[0], m[2])
        for m in re.finditer(r"<span>(\w+@x\.example)</span></td>\s*<td[^>]*><span>(\w+)<", shown)
    }
    assert {(who, where.split("/")[1].capitalize()) for who, where in EVERYBODY} == named
    assert "4 personnes sont transférées (accès : 5)" in shown
    assert "Le prix n'augmente pas" in shown
    assert "j'accepte" not in shown
    assert "Le prix augmente : j'accepte +37,00 € par mois" in text(olga.get(ALL, {"to": "easy_invoicing"}))
    assert before == held(cabinet)

    answer = olga.post(f"{ALL}?to=connect_pay", hidden(shown))
    done = text(olga.get(answer["Location"]))

    assert "4 personnes ont été transférées par Olga" in done
    assert {("anna", "sud/pain", "connect_pay"), ("alix", "nord/sel", "connect")} <= set(held(cabinet))
    assert 302 == olga.post(f"{answer['Location']}/undo", hidden(done)).status_code
    assert before == held(cabinet)
    assert "Ce transfert a été annulé" in text(olga.get(answer["Location"]))
    assert 409 == olga.post(f"{answer['Location']}/undo", hidden(done)).status_code


@pytest.mark.row("WA-18", "WA-41")
def test_a_higher_price_is_agreed_to_or_nobody_moves(cabinet):
    olga, before = browser("olga"), held(cabinet)
    path = f"{ALL}?to=full_accounting"
    sent = hidden(text(olga.get(path)))
    answer = olga.post(path, sent)
    assert 409 == answer.status_code
    assert "Le prix augmente : il faut l'accepter" in text(answer)
    assert before == held(cabinet)
    assert 302 == olga.post(path, {**sent, "agreed": "82.50"}).status_code


@pytest.mark.row("WA-42", "WA-44")
def test_one_client_then_a_dossier_then_a_profile(cabinet):
    olga, path = browser("olga"), "/cabinet/profiles/transfer/one"
    assert "Anna (anna@x.example)" in text(olga.get(path))
    assert "alix" not in text(olga.get(path))
    places = re.findall(r'<option value="(sud/\w+|nord/\w+)"', text(olga.get(path, {"person": address("axel")})))
    assert ["sud/pain"] == places
    assert [] == re.findall(r'<option value="(nord/\w+)"', text(olga.get(path, {"person": address("alix")})))
    assert "Axel sur Pain, aujourd'hui : Connect" in text(
        olga.get(path, {"person": address("axel"), "scope": "sud/pain"})
    )
    query = f"{path}?person={address('axel')}&scope=sud/pain&to=connect_pay"
    answer = olga.post(query, hidden(text(olga.get(query))))
    assert 302 == answer.status_code
    assert ("axel", "sud/pain", "connect_pay") in held(cabinet)
    assert 1 == sum(1 for row in held(cabinet) if row[2] == "connect_pay")


def test_chosen_people_and_a_second_transfer_of_the_same(cabinet):
    olga = browser("olga")
    listed = text(olga.get("/cabinet/profiles/users/connect"))
    ids = re.findall(r'name="grant" value="(\d+)"', listed)
    assert 4 == len(ids)  # those in force today
    query = f"/cabinet/profiles/transfer/some?grant={ids[0]}&grant={ids[1]}&to=connect_pay"
    sent = hidden(text(olga.get(query)))
    assert 302 == olga.post(query, sent).status_code
    assert 404 == olga.post(query, sent).status_code  # these accesses are over
    assert 2 == sum(1 for row in held(cabinet) if row[2] == "connect_pay")


def test_what_was_read_is_what_is_confirmed(cabinet):
    olga, path = browser("olga"), f"{ALL}?to=connect_pay"
    sent = hidden(text(olga.get(path)))
    Grant.objects.filter(user__email=address("hugo")).update(valid_until="2026-01-01T00:00:00Z")
    answer = olga.post(path, sent)
    assert 409 == answer.status_code
    assert "3 personnes sont transférées (accès : 4)" in text(answer)
    assert 302 == olga.post(path, hidden(text(answer))).status_code


@pytest.mark.parametrize("name", ["anna", "zoe"])
def test_a_client_transfers_nobody(cabinet, name):
    client, before = browser(name), held(cabinet)
    for path in (
        ALL,
        f"{ALL}?to=connect_pay",
        "/cabinet/profiles/transfer/one",
        "/cabinet/profiles/transfer/some?grant=1",
    ):
        assert 403 == client.get(path).status_code
        assert 403 == client.post(path, {"version": "x"}).status_code
    assert 403 == client.get("/cabinet/profiles/transfers/1").status_code
    assert before == held(cabinet)


def test_another_office_sees_nothing_of_it(cabinet):
    olga, nils = browser("olga"), browser("nils")
    path = f"{ALL}?to=connect_pay"
    done = olga.post(path, hidden(text(olga.get(path))))["Location"]
    assert 404 == nils.get(done).status_code
    assert 404 == nils.post(f"{done}/undo", {"version": "x"}).status_code
    assert "anna" not in text(nils.get(path))


def test_odd_addresses_are_refused_and_none_is_an_error(cabinet):
    olga = browser("olga")
    for path, status in (
        ("/cabinet/profiles/transfer/all/galaxy", 404),
        (f"{ALL}?to=galaxy", 400),
        (f"{ALL}?to=connect", 400),
        (f"{ALL}?to=connect_pay&page=99", 200),
        (f"{ALL}?to=connect_pay&page=x", 200),
        ("/cabinet/profiles/transfer/some?grant=99999999999&to=connect_pay", 404),
        ("/cabinet/profiles/transfer/some?grant=x", 302),
        ("/cabinet/profiles/transfer/some?" + "&".join(f"grant={n}" for n in range(1, 300)), 302),
        ("/cabinet/profiles/transfer/one?person=galaxy", 400),
        ("/cabinet/profiles/transfers/999999999999", 404),
    ):
        assert status == olga.get(path).status_code, path

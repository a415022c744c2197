"""Two managers with the same form open: the second is told, nothing is overwritten, and what was typed is kept."""

from __future__ import annotations

import re

import pytest

from habilis.store.models import Grant
from habilis.workflows import grants
from habilis.workflows.acting import Acting

LUC = Acting("luc@acme.example", "courrier")
WHERE = "?scope=acme&profile=operator"
OTTO = "lise@acme.example"
SENT = {
    "detach": {"comment": "Fin de mission"},
    "adjust": {"level_mail": "view"},
    "period": {"until": "2030-06-30"},
    "profile": {"profile": "manager"},
}


def page(browser, verb: str) -> tuple[str, str]:
    text = browser.get(f"/courrier/people/{OTTO}/{verb}{WHERE}").content.decode()
    return text, re.search(r'name="version" value="(\w+)"', text)[1]


def rows() -> list[tuple[object, ...]]:
    return list(Grant.objects.order_by("id").values_list())


@pytest.mark.row("AC-23")
@pytest.mark.parametrize("verb", SENT)
def test_a_stale_form_is_not_saved_and_keeps_what_was_typed(client_for, verb):
    maud = client_for("maud")
    _, version = page(maud, verb)
    grants.adjust(LUC, person=OTTO, scope="acme", profile="operator", adjustments={"post": "view"})
    before = rows()
    response = maud.post(f"/courrier/people/{OTTO}/{verb}{WHERE}", SENT[verb] | {"version": version})

    assert (409, before) == (response.status_code, rows())
    text = response.content.decode()
    assert "modifié" in text
    kept = {"detach": "Fin de mission", "adjust": 'value="view" checked', "period": "2030-06-30", "profile": "checked"}
    assert kept[verb] in text
    again = re.search(r'name="version" value="(\w+)"', text)[1]
    assert 302 == maud.post(f"/courrier/people/{OTTO}/{verb}{WHERE}", SENT[verb] | {"version": again}).status_code


@pytest.mark.row("AC-23")
@pytest.mark.parametrize("verb", SENT)
def test_a_form_about_a_grant_that_is_gone_says_so(client_for, verb):
    maud = client_for("maud")
    _, version = page(maud, verb)
    grants.detach(LUC, person=OTTO, scope="acme")
    grants.attach(LUC, person=OTTO, scope="acme", profile="manager")
    before = rows()
    response = maud.post(f"/courrier/people/{OTTO}/{verb}{WHERE}", SENT[verb] | {"version": version})

    assert (409, before) == (response.status_code, rows())
    assert next(iter(SENT[verb].values())) in response.content.decode()


def test_what_is_fresh_is_saved(client_for):
    maud = client_for("maud")
    for verb in ("adjust", "period", "detach"):
        _, version = page(maud, verb)
        assert 302 == maud.post(f"/courrier/people/{OTTO}/{verb}{WHERE}", SENT[verb] | {"version": version}).status_code

"""Absences on the pages: named by whoever decides, shown to those who manage, ended by either of the two."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils.timezone import localdate

from habilis.store.models import AccessRequest, Deputy, Scope
from habilis.workflows import asking
from habilis.workflows.acting import Acting
from habilis.workflows.asking import Found, Wish
from tests.faces.web.conftest import CAST

FORM = "/courrier/deputy/"
ACTORS = ("anonymous", "stranger", "nora", "berthe", "lise", "omar", "maud")


@pytest.fixture
def asked(courrier) -> int:
    Scope.objects.filter(key="acme").update(identifiers={"la_poste": "20417733"})
    wish = Wish(("acme",), "operator", "Service paie", found=Found("la_poste", "20417733"))
    return asking.ask(Acting(CAST["nora"], courrier), kind="join", wish=wish)


def days(n: int) -> str:
    return (localdate() + timedelta(days=n)).isoformat()


def named(client_for, who: str = "maud", deputy: str = "lise") -> int:
    answer = client_for(who).post(FORM, {"deputy": CAST[deputy], "since": "", "until": days(5)})
    assert answer.status_code == 302
    return Deputy.objects.latest("id").pk


def text_of(response) -> str:
    return response.content.decode().replace("&#x27;", "'").replace("\xa0", " ")


def test_the_form_is_for_whoever_decides_by_rights_of_their_own(client_for, courrier):
    found = [client_for(name).get(FORM).status_code for name in ACTORS]
    assert found == [302, 404, 403, 200, 403, 403, 200]
    named(client_for)
    assert client_for("lise").get(FORM).status_code == 403


def test_a_deputy_finds_the_inbox_and_decides_and_the_page_says_for_whom(client_for, asked):
    lise = client_for("lise")
    assert lise.get("/courrier/requests/").status_code == 403
    named(client_for)
    assert "Nora" in text_of(lise.get("/courrier/requests/"))
    page = text_of(lise.get(f"/courrier/requests/{asked}"))
    assert "Vous remplacez Maud : vous décidez pour son compte" in page
    assert lise.post(f"/courrier/requests/{asked}/approve", {"version": "1"}).status_code == 302
    row = AccessRequest.objects.get(pk=asked)
    assert (row.state, row.decided_for.email) == ("approved", CAST["maud"])
    page = text_of(client_for("luc").get(f"/courrier/requests/{asked}"))
    assert "Lise, pour le compte de Maud" in page
    history = text_of(client_for("maud").get("/courrier/s/acme?tab=history"))
    assert "Lise (pour le compte de Maud) accepte la demande" in history or "Lise (pour le compte de Maud)" in history


def test_a_deputy_refuses_with_a_reason_too_and_changes_what_is_given(client_for, asked):
    named(client_for)
    lise = client_for("lise")
    kept = {"chosen": "keep", "scopes": ["acme", "acme/paie"], "profile": "operator", "version": "1"}
    assert lise.post(f"/courrier/requests/{asked}/approve", kept).status_code in (302, 400)
    version = AccessRequest.objects.get(pk=asked).version
    lise.post(f"/courrier/requests/{asked}/reject", {"version": version, "reason": "Pas ici"})
    row = AccessRequest.objects.get(pk=asked)
    assert (row.state, row.decided_by.email, row.decided_for.email) == ("rejected", CAST["lise"], CAST["maud"])


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"deputy": "maud@acme.example", "until": days(3)}, "personne ne se remplace soi-même"),
        ({"deputy": "zoe@nowhere.example", "until": days(3)}, "Personne d’actif dans ce portail"),
        ({"deputy": "lise@acme.example", "until": ""}, "Ce champ est obligatoire"),
        ({"deputy": "lise@acme.example", "until": days(800)}, "dans un délai d’un an"),
        ({"deputy": "lise@acme.example", "until": days(-3)}, "La fin doit"),
        ({"deputy": "not an address", "until": days(3)}, "pas une adresse électronique"),
    ],
)
def test_what_makes_no_sense_is_said_beside_its_field_and_stays(client_for, courrier, sent, says):
    answer = client_for("maud").post(FORM, sent)
    assert answer.status_code == 400
    assert says in text_of(answer)
    assert sent["deputy"] in text_of(answer)
    assert not Deputy.objects.exists()


def test_those_who_manage_see_who_stands_in_and_nobody_else_does(client_for, courrier):
    named(client_for)
    assert "décide pour le compte de Maud" in text_of(client_for("luc").get("/courrier/people/maud@acme.example"))
    assert "décide pour le compte de Maud" in text_of(client_for("luc").get("/courrier/s/acme?tab=people"))
    assert "décide pour le compte de Maud" in text_of(client_for("lise").get("/courrier/people/lise@acme.example"))
    assert "Y renoncer" in text_of(client_for("lise").get("/courrier/people/lise@acme.example"))
    assert "pour le compte" not in text_of(client_for("berthe").get("/courrier/s/borea?tab=people"))


def test_only_the_two_of_them_end_it(client_for, courrier):
    number = named(client_for)
    for name in ("luc", "berthe", "omar", "stranger"):
        assert client_for(name).post(f"{FORM}{number}/end").status_code == 404
    assert client_for("lise").get(f"{FORM}{number}/end").status_code == 405
    assert client_for("lise").post(f"{FORM}{number}/end").status_code == 302
    assert client_for("lise").get("/courrier/requests/").status_code == 403

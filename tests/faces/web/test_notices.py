"""Notices on the pages: the bell, reading and unreading by POST only, and how often mails leave."""

from __future__ import annotations

import re

import pytest

from habilis.store.models import MailChoice, Message
from habilis.workflows import grants
from habilis.workflows.acting import Acting
from tests.faces.web.conftest import CAST, STRANGER

BOARD = "/courrier/notices/"


@pytest.fixture
def told(courrier) -> int:
    """Omar was attached to Compta; the number of what he was told."""
    maud = Acting(CAST["maud"], courrier)
    grants.attach(maud, person=CAST["omar"], scope="acme/compta", profile="operator")
    return Message.objects.get(recipient=CAST["omar"]).pk


def bell(response) -> str:
    found = re.search(r'count count-new">(\d+\+?)', response.content.decode())
    return found[1] if found else ""


def test_the_bell_counts_what_is_not_read_for_its_owner_alone(client_for, told):
    omar, lise = client_for("omar"), client_for("lise")

    assert (bell(omar.get("/courrier/")), bell(lise.get("/courrier/"))) == ("1", "")
    page = omar.get(BOARD).content.decode()
    assert "Un nouvel accès" in page
    assert "Maud" in page
    assert "Un nouvel accès" not in lise.get(BOARD).content.decode()
    assert bell(omar.get(BOARD)) == "1"  # looking changes nothing


def test_opening_a_notice_reads_it_and_it_can_be_unread(client_for, told):
    omar = client_for("omar")
    answer = omar.post(f"{BOARD}{told}")
    assert (answer.status_code, answer["Location"]) == (302, "/courrier/")
    assert bell(omar.get("/courrier/")) == ""
    omar.post(f"{BOARD}{told}/mark", {"read": "0"})
    assert bell(omar.get("/courrier/")) == "1"
    omar.post(f"{BOARD}read", {"until": told})
    assert bell(omar.get("/courrier/")) == ""


@pytest.mark.parametrize("what", ["", "/mark"])
def test_nobody_reads_the_notice_of_another(client_for, told, what):
    for name in ("lise", "maud", "berthe", "nora"):
        assert client_for(name).post(f"{BOARD}{told}{what}", {"read": "1"}).status_code == 404
    assert client_for("stranger").post(f"{BOARD}{told}{what}").status_code == 404
    assert client_for("anonymous").post(f"{BOARD}{told}{what}").status_code in (302, 403)
    assert Message.objects.get(pk=told).seen is None


@pytest.mark.parametrize("address", [f"{BOARD}1", f"{BOARD}1/mark", f"{BOARD}read", "/accounts/me/mails/"])
def test_looking_never_marks_anything(client_for, told, address):
    assert client_for("omar").get(address).status_code == 405


@pytest.mark.parametrize("until", ["", "x", "-1", "9" * 40])
def test_an_odd_number_reads_nothing(client_for, told, until):
    assert client_for("omar").post(f"{BOARD}read", {"until": until}).status_code == 302
    assert Message.objects.get(pk=told).seen is None


def test_a_cursor_of_another_is_refused(client_for, told):
    assert client_for("omar").get(f"{BOARD}?cursor=abc").status_code == 400


def test_one_mail_a_day_is_chosen_portal_by_portal_or_everywhere(client_for, courrier):
    omar = client_for("omar")
    assert "Courrier" in omar.get("/accounts/me/").content.decode()
    omar.post("/accounts/me/mails/", {"daily": ["courrier", "autre", "nowhere"]})
    assert list(MailChoice.objects.values_list("portal__key", "daily")) == [("courrier", True)]
    omar.post("/accounts/me/mails/", {})
    assert list(MailChoice.objects.values_list("portal__key", "daily")) == [("courrier", False)]
    omar.post("/accounts/me/mails/", {"everywhere": "daily"})
    assert list(MailChoice.objects.values_list("user__email", "daily")) == [(CAST["omar"], True)]
    assert STRANGER not in MailChoice.objects.values_list("user__email", flat=True)

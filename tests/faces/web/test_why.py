"""*Who sees this?* and *Why?*, now and at a past instant."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils.timezone import localtime

from habilis.workflows.acting import Acting

WHO = "/courrier/who?action=read&type=unit&key=acme/paie"
WHY = "/courrier/why?action=read&type=unit&key=acme/paie&person=omar@acme.example"


@pytest.fixture
def detached(courrier):
    """The instant just before Omar left the unit."""
    from habilis.workflows import clock, grants

    instant = clock.now()
    grants.detach(Acting("maud@acme.example", courrier), person="omar@acme.example", scope="acme/paie")
    return instant


def test_who_saw_it_then_is_told_though_they_see_it_no_more(client_for, detached):
    maud, then = client_for("maud"), detached.isoformat().replace("+", "%2B")

    assert "omar@acme.example" not in maud.get(WHO).content.decode()
    before = maud.get(f"{WHO}&at={then}").content.decode()
    assert "omar@acme.example" in before
    assert f"at={then.replace(':', '%3A')}" in before  # and why is asked of the same instant


def test_why_is_told_of_then(client_for, detached):
    maud = client_for("maud")

    assert "Pourquoi omar@acme.example ne le peut pas</h1>" in maud.get(WHY).content.decode()
    then = detached.isoformat().replace("+", "%2B")
    said = maud.get(f"{WHY}&at={then}").content.decode()
    assert "Pourquoi omar@acme.example le peut</h1>" in said


@pytest.mark.parametrize("at", ["hier", "2026-13-40T00:00", "2999-01-01T00:00", "0001-01-01T00:00", "٢٠٢٦-01-01T00:00"])
@pytest.mark.parametrize("address", [WHO, WHY])
def test_an_instant_that_cannot_be_is_said_so(client_for, address, at):
    answer = client_for("maud").get(f"{address}&at={at}")

    assert answer.status_code in (200, 400)
    assert ("notice-error" in answer.content.decode()) is (answer.status_code == 400)


@pytest.mark.parametrize(("who", "status"), [("omar", 404), ("berthe", 404), ("yvan", 404), ("stranger", 404)])
def test_the_past_is_for_whoever_may_ask_now(client_for, detached, who, status):
    then = localtime(detached - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M")

    assert status == client_for(who).get(f"{WHO}&at={then}").status_code

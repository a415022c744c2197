"""Doors that an intruder, or an odd date, once found open."""

from __future__ import annotations

import pytest
from django.core.cache import cache

from tests.factories import load, world

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def courrier():
    cache.clear()
    return load(
        world("mailroom", "courrier", scopes="acme organization Acme", grants="maud manager acme\nomar operator acme")
    )


@pytest.fixture
def maud(client):
    from habilis.store.models import User

    client.force_login(User.objects.get(email="maud@x.example"))
    return client


@pytest.mark.parametrize("host", ["127.0.0.1:6666", "localhost:6666"])
def test_ac_57_a_mail_links_to_the_configured_address(client, settings, mailoutbox, host):
    client.post("/accounts/password/reset/", {"email": "maud@x.example"}, headers={"host": host})

    (mail,) = mailoutbox
    assert f"{settings.HABILIS_URL}/accounts/password/reset/key/" in mail.body
    assert "6666" not in mail.body


def test_ac_71_a_stranger_is_not_written_to(client, mailoutbox):
    client.post("/accounts/password/reset/", {"email": "nobody@elsewhere.example"})

    assert [] == mailoutbox


@pytest.mark.parametrize("target", ["//[x", "http://[", "//evil.example", "https://evil.example/"])
def test_ac_57_nobody_is_sent_elsewhere_after_signing_in(client, target):
    assert 200 == client.get("/accounts/login/", {"next": target}).status_code


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_ac_47_a_date_out_of_any_calendar_is_an_error_beside_its_field(maud, day):
    data = {"email": "new@x.example", "name": "New", "language": "fr", "scopes": "acme", "profile": "operator"}
    for field in ("since", "until"):
        assert 400 == maud.post("/courrier/people/new", {**data, field: day}).status_code

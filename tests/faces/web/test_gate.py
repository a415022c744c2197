"""Every address declares who may come to it."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse
from django.urls import get_resolver, path

from habilis.faces.web import gate as gates


def leaves(patterns):
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from leaves(pattern.url_patterns)
        else:
            yield pattern


def test_every_address_of_the_product_declares_a_gate():
    assert [] == list(gates.ungated())
    assert [] == gates.check_gates()


def test_an_address_without_a_gate_is_named():
    assert ["open/door"] == list(gates.ungated([path("open/door", lambda request: HttpResponse())]))


def test_a_program_with_an_open_address_does_not_start(monkeypatch):
    monkeypatch.setattr(gates, "ungated", lambda: iter(["open/door"]))

    with pytest.raises(ImproperlyConfigured, match="open/door"):
        gates.insist()
    assert ["web.E001"] == [error.id for error in gates.check_gates()]


def test_no_gate_is_listed_for_an_address_that_is_gone():
    names = {pattern.name for pattern in leaves(get_resolver().url_patterns)}

    assert set() == gates.OTHERS.keys() - names


@pytest.mark.parametrize(
    "address",
    ["/", "/courrier/", "/courrier/r/mail_item/", "/courrier/manage/", "/nowhere/", "/courrier/theme.css", "/outbox/"],
)
def test_nobody_comes_in_without_signing_in(client_for, address):
    response = client_for("anonymous").get(address)

    assert 302 == response.status_code
    assert f"/accounts/login/?next={address}" == response["Location"]

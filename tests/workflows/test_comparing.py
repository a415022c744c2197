"""Profiles side by side, and a profile beside what it was."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest

from habilis.core import Invalid, NotFound, Refused
from habilis.workflows import clock, comparing, deriving, exports, profilehistory
from tests.faces.web.test_deriving import browser, page
from tests.factories import address, by, load
from tests.workflows.test_deriving import OFFICES, copy, edit, seen


@pytest.fixture
def cabinet(db) -> str:
    return load(OFFICES)


def lines(portal: str, *keys: str, differences: bool = True) -> dict[str, tuple[str, ...]]:
    found = comparing.compare(portal, keys, "fr", differences=differences)
    return {line.info.key: line.levels for line in found.lines}


@pytest.mark.row("WA-29", "A-12")
def test_both_levels_of_each_permission_and_only_the_differences(cabinet):
    assert {"payments": ("edit", "none")} == lines(cabinet, "connect_pay", "connect")
    whole = lines(cabinet, "connect_pay", "connect", differences=False)
    assert ("edit", "edit") == whole["turnover"]
    assert {"members", "profiles", "booking"} < set(whole)
    assert {
        "invoicing": ("none", "edit", "none"),
        "reminders": ("none", "edit", "none"),
        "bookkeeping": ("none", "none", "edit"),
    } == (lines(cabinet, "connect_pay", "easy_invoicing", "full_accounting"))


@pytest.mark.row("WA-29", "WA-30")
def test_a_fresh_duplicate_differs_in_nothing_and_a_restricted_one_in_what_was_closed(cabinet):
    key = copy(cabinet)
    assert {} == lines(cabinet, "connect_pay", key)
    edit("olga", cabinet, key, payments="none", archives="print")
    assert {"payments": ("edit", "none"), "archives": ("edit", "print")} == lines(cabinet, "connect_pay", key)


def test_a_license_beside_another_and_beside_a_profile(cabinet):
    assert {"invoicing", "reminders"} == set(lines(cabinet, "license:connect_pay", "license:easy_invoicing"))
    assert {"payments": ("edit", "none")} == lines(cabinet, "license:connect_pay", "connect")
    whole = lines(cabinet, "license:connect_pay", "connect", differences=False)
    assert ("", "view") == whole["scopes"]


def test_what_cannot_be_compared(cabinet):
    for keys in ((), ("connect",), ("connect", "connect"), tuple(map(str, range(20)))):
        with pytest.raises(Invalid):
            comparing.compare(cabinet, keys, "fr", differences=True)
    for key in ("galaxy", "license:galaxy", "portal_admin"):
        with pytest.raises(NotFound):
            comparing.compare(cabinet, ("connect", key), "fr", differences=True)


def test_the_comparison_is_a_file_too(cabinet):
    table = comparing.table(cabinet, ("connect_pay", "connect"), "fr", differences=True)
    rows = list(csv.reader(io.StringIO(b"".join(exports.to_csv(table, "fr")).decode("utf-8-sig")), delimiter=";"))
    assert [
        ["Groupe", "Permission", "Connect & Pay", "Connect"],
        ["Paiements", "Gestion des paiements", "tout", "rien"],
    ] == rows


@pytest.mark.row("WA-48")
def test_who_changed_which_cell_and_what_differs_between_two_instants(cabinet):
    start = clock.now()
    edit("ada", cabinet, "connect", turnover="view", archives="none")
    middle = clock.now()
    edit("ada", cabinet, "connect", turnover="edit", archives="print")
    deriving.rename(by("ada", cabinet), profile="connect", name="Connect 2", version=seen(cabinet, "connect").version)
    now, olga = clock.now(), address("olga")

    story = profilehistory.story(cabinet, olga, "connect")
    assert ["profile:rename", "profile:edit", "profile:edit"] == [entry.tag for entry in story.items]
    assert {"turnover": ["edit", "view"], "archives": ["edit", "none"]} == story.items[2].facts["cells"]
    assert address("ada") == story.items[0].actor

    def between(one, other):
        return profilehistory.between(cabinet, olga, "connect", one, other)[0]

    assert {"turnover": ("edit", "view"), "archives": ("edit", "none")} == between(start, middle)
    assert {"archives": ("edit", "print")} == between(start, now)
    assert {} == between(now, now + timedelta(days=1))
    assert () == profilehistory.story(cabinet, olga, "connect_pay").items
    for who in ("otto", "anna"):
        with pytest.raises(Refused):
            profilehistory.story(cabinet, address(who), "connect")


def test_a_profile_that_was_not_there_yet(cabinet):
    before = clock.now()
    key = copy(cabinet)
    _cells, one, other = profilehistory.between(cabinet, address("olga"), key, before, clock.now())
    assert (False, True) == (one.there, other.there)


def test_the_pages_of_both(cabinet):
    edit("ada", cabinet, "connect", archives="print")
    olga, anna, otto = browser("olga"), browser("anna"), browser("otto")
    compared = "/cabinet/profiles/compare?p=connect_pay&p=connect"
    shown = page(otto.get(compared))
    assert "2 permissions" in shown
    assert "Gestion des paiements" in shown
    assert "Encodage de la comptabilité" not in shown
    assert "Encodage de la comptabilité" in page(otto.get(compared + "&all=1"))
    assert "Ils ouvrent exactement la même chose" in page(
        otto.get("/cabinet/profiles/compare?p=connect_pay&p=license:connect_pay")
    )
    assert 200 == otto.get("/cabinet/profiles/compare?p=connect").status_code
    assert 400 == otto.get("/cabinet/profiles/compare?p=connect&go=1").status_code
    assert 404 == otto.get("/cabinet/profiles/compare?p=connect&p=galaxy").status_code
    kept = otto.get("/cabinet/profiles/compare/export/csv?p=connect_pay&p=connect")
    assert "Gestion des paiements;tout;rien" in b"".join(kept.streaming_content).decode()
    assert 404 == otto.get("/cabinet/profiles/compare/export/pdf?p=connect_pay&p=connect").status_code
    assert 403 == anna.get(compared).status_code
    assert 403 == anna.get("/cabinet/profiles/compare/export/csv?p=connect_pay&p=connect").status_code

    day = clock.now().date().isoformat()
    history = page(olga.get(f"/cabinet/profiles/history/connect?first=2020-01-01&second={day}"))
    assert "Ada modifie ce qu'ouvre le profil « Connect »" in history.replace("&#x27;", "'")
    assert "Consultation des archives" in history
    assert 400 == olga.get(f"/cabinet/profiles/history/connect?first={day}&second=2020-01-01").status_code
    assert 403 == otto.get("/cabinet/profiles/history/connect").status_code
    assert 404 == olga.get("/cabinet/profiles/history/galaxy").status_code

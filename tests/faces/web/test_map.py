"""A portal's map: tiles and a list with what the rule lets each reader count, and nothing for who may list no tile."""

from __future__ import annotations

import re

import pytest

from tests import factories

MAP = "/conseil/map/"
HOLDERS = """
    stan portal_staff /
    lea advisor 29
    owen owner friche
    zoe - -
"""
SCOPES = (
    ("r53", "territory", "", "Bretagne"),
    ("29", "territory", "r53", "Finistère"),
    ("35", "territory", "r53", "Ille-et-Vilaine"),
    ("r75", "territory", "", "Nouvelle-Aquitaine"),
    ("friche", "dossier", "29", "Friche"),
    ("halle", "dossier", "29", "Halle"),
    ("gare", "dossier", "35", "Gare"),
    ("pont", "dossier", "35", "Pont", "pending"),
    ("port", "dossier", "r75", "Port"),
)


def scope(key: str, kind: str, parent: str, name: str, status: str = "active") -> str:
    rows = {"key": key, "kind": kind, "parent": parent, "name": name, "status": status}
    return "[[scopes]]\n" + "".join(f'{word} = "{value}"\n' for word, value in rows.items())


@pytest.fixture
def conseil(db):
    places = "".join(scope(*one) for one in SCOPES)
    return factories.load(factories.world("advisory", "conseil", grants=HOLDERS, more=places))


def tiles(page: str) -> dict[str, str]:
    """The tiles that can be followed: key to what they say."""
    tile = re.compile(r'<a href="/conseil/map/\?within=(\w+)#list" class="map-tile[^>]*aria-label="([^"]+)"')
    return dict(tile.findall(page))


def listed(page: str) -> set[str]:
    return set(re.findall(r'<a href="/conseil/s/(\w+)">', page.split('id="list"')[1]))


def opened(name: str, asked: str = "") -> str:
    answer = factories.browser(name).get(MAP + asked)
    assert 200 == answer.status_code
    return answer.content.decode()


@pytest.mark.row("RC-17", "RC-18", "RC-19")
def test_each_tile_counts_what_its_reader_may_list(conseil):
    stan, lea = opened("stan"), opened("lea")

    assert {"29": "Finistère (29) : 2", "35": "Ille-et-Vilaine (35) : 2"} == tiles(stan)
    assert {"friche", "halle", "gare", "port", "pont"} == listed(stan)
    assert "Nouvelle-Aquitaine" in stan  # no tile, and in the list all the same
    assert {"29": "Finistère (29) : 2"} == tiles(lea)
    assert {"friche", "halle"} == listed(lea)
    assert "Ille-et-Vilaine" not in lea


def test_a_tile_leads_to_what_it_counts(conseil):
    assert {"gare", "pont"} == listed(opened("stan", "?within=35"))
    assert {"friche", "halle", "gare", "pont"} == listed(opened("stan", "?within=r53"))
    assert {"gare"} == listed(opened("stan", "?within=r53&q=gar"))
    assert 404 == factories.browser("lea").get(f"{MAP}?within=35").status_code


def test_whoever_may_list_no_tile_has_a_list_and_no_map(conseil):
    owen = opened("owen")
    assert {"friche"} == listed(owen)
    assert '<svg class="map"' not in owen
    zoe = factories.browser("zoe")
    assert 404 == zoe.get(MAP).status_code
    assert MAP not in zoe.get("/conseil/").content.decode()
    factories.load(factories.MAIL)
    assert 404 == factories.browser("ada").get("/plis/map/").status_code


def test_the_map_takes_as_many_queries_however_many_tiles_it_has(conseil, django_assert_max_num_queries):
    browser = factories.browser("stan")
    browser.get(MAP)
    with django_assert_max_num_queries(30):
        browser.get(MAP)

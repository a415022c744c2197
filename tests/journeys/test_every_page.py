"""Every kind of page of a portal, reached by its links alone, as one of its people: examined wide and narrow."""

from __future__ import annotations

import re

import pytest

MOST = 60  # pages of one portal
FILES = re.compile(r"/export/|/import/\w|/f/\d|/files/\d|\.(png|css)$")
ONE_OF_MANY = (
    (re.compile(r"/(view|edit|print|delete|desk)/[^/].*"), r"/\1/*"),
    (
        re.compile(r"/(s|people|profiles|roster/places|roster/of|settings/of|scope/[\w-]+)/(?!new$|import$)[^/].*"),
        r"/\1/*",
    ),
    (re.compile(r"\d+"), "0"),
)
PEOPLE = {
    "courrier": "camille.roux@valdorge.example",
    "comptable": "benoit@sambre-conseil.example",
    "conseil": "sarah.fontaine@conseil.example",
    "permissions": "helene@rhone-audit.example",
    "facturation": "gaelle.dumas@valdorge.example",
}

VISITED: set[str] = set()
"""The kinds of page that were examined in one portal: in the next they are opened for their links, and no more."""


def shape(path: str) -> str:
    """What tells one kind of page from another: the address, without which one of many it is."""
    path = path.split("?", maxsplit=1)[0]
    for one, many in ONE_OF_MANY:
        path = one.sub(many, path)
    return path


@pytest.mark.parametrize("portal", PEOPLE)
def test_every_kind_of_page_can_be_read_by_everybody(visitor, portal):
    person = visitor(PEOPLE[portal])
    to_see, seen = [f"/{portal}/"], set()
    while to_see and len(seen) < MOST:
        path = to_see.pop(0)
        if shape(path) in seen or FILES.search(path.split("?")[0]):
            continue
        seen.add(shape(path))
        kind = shape(path).removeprefix(f"/{portal}")
        if kind in VISITED:
            assert person.page.goto(path).status == 200, path
        else:
            VISITED.add(kind)
            person.go(path)
        links = person.page.eval_on_selector_all("a[href]", "all => all.map(one => one.getAttribute('href'))")
        to_see += [link.split("#")[0] for link in links if link.startswith(f"/{portal}/")]

    assert len(seen) > 25

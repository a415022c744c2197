"""A mailroom with its cast, and a browser for each of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.factories import browser

WORLD = """
blueprint = "mailroom"
[portal]
key = "courrier"
name = "Courrier"
[[scopes]]
key = "acme"
kind = "organization"
name = "ACME"
[[scopes]]
key = "acme/paie"
kind = "unit"
parent = "acme"
name = "Paie"
[[scopes]]
key = "acme/compta"
kind = "unit"
parent = "acme"
name = "Compta"
[[scopes]]
key = "borea"
kind = "organization"
name = "Borea"
{people}
[[grants]]
person = "maud@acme.example"
scope = "acme"
profile = "manager"
[[grants]]
person = "luc@acme.example"
scope = "acme"
profile = "manager"
[[grants]]
person = "omar@acme.example"
scope = "acme"
profile = "operator"
[[grants]]
person = "omar@acme.example"
scope = "acme/paie"
profile = "operator"
[[grants]]
person = "lise@acme.example"
scope = "acme"
profile = "operator"
adjustments = {{ mail = "print", post = "none" }}
[[grants]]
person = "berthe@borea.example"
scope = "borea"
profile = "manager"
[[grants]]
person = "yvan@acme.example"
scope = "acme"
profile = "manager"
until = 2026-01-01T00:00:00Z
[[resources]]
type = "mail_item"
key = "pli/1"
scope = "acme/paie"
author = "omar@acme.example"
state = "draft"
title = "Bulletins <de> paie"
created = 2026-03-01T08:00:00Z
fields = {{ format = "C5", copies = 120 }}
[[resources]]
type = "mail_item"
key = "pli-2"
scope = "acme"
author = "maud@acme.example"
state = "deposited"
title = "Voeux"
created = 2026-03-02T08:00:00Z
fields = {{ format = "C4", copies = 3 }}
"""
CAST = {
    "maud": "maud@acme.example",  # manager of ACME
    "luc": "luc@acme.example",  # another one
    "omar": "omar@acme.example",  # operator of Paie
    "lise": "lise@acme.example",  # sees lists, prints, opens nothing
    "berthe": "berthe@borea.example",  # manager elsewhere
    "yvan": "yvan@acme.example",  # manager until last January
    "nora": "nora@acme.example",  # known here, holds nothing
}
STRANGER = "zoe@nowhere.example"  # an account, in another portal only


@pytest.fixture
def courrier(db, tmp_path) -> str:
    """The portal, loaded; and another, where the stranger is known."""
    from habilis.workflows import loading

    people = "\n".join(
        f'[[people]]\nemail = "{address}"\nname = "{name.capitalize()}"\npassword = "une-longue-phrase"'
        for name, address in CAST.items()
    )
    path = tmp_path / "courrier.toml"
    path.write_text(WORLD.format(people=people))
    other = tmp_path / "autre.toml"
    other.write_text(
        'blueprint = "mailroom"\n[portal]\nkey = "autre"\nname = "Autre"\n'
        f'[[people]]\nemail = "{STRANGER}"\nname = "Zoé"\npassword = "une-longue-phrase"\n'
    )
    loading.load([path, other])
    return "courrier"


@pytest.fixture
def client_for(courrier) -> Callable[[str], Any]:
    """The browser of one of the cast, signed in; of nobody for `anonymous`."""
    addresses = {**CAST, "stranger": STRANGER, "anonymous": ""}
    return lambda name: browser(addresses[name])

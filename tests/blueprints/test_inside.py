"""Which kinds of scope a scope can hold."""

from __future__ import annotations

import pytest

from habilis.blueprints import loader

HELD = {
    ("mailroom", "portal"): {"portal", "organization", "unit"},
    ("mailroom", "organization"): {"organization", "unit"},
    ("mailroom", "unit"): {"unit"},
    ("advisory", "territory"): {"territory", "dossier"},
    ("advisory", "dossier"): {"dossier"},
}


@pytest.mark.parametrize(("blueprint", "kind"), HELD)
def test_a_scope_holds_what_stands_below_it_at_whatever_depth(blueprint, kind):
    assert HELD[blueprint, kind] == loader.load(loader.find(blueprint)).model.inside[kind]

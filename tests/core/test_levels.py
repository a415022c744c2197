"""A level is a named set of actions, compared by inclusion and never by rank."""

from __future__ import annotations

import itertools

import pytest

from habilis.core import LEVELS, Level, Verb
from habilis.core.actions import verb_of
from tests.builders import ask, facts, grant, model, profile

VERBS = tuple(Verb)
MEANING = {
    "none": set(),
    "print": {"list", "print"},
    "view": {"list", "read"},
    "edit": {"list", "read", "print", "write"},
}
ACTION = {"list": "list", "read": "read", "print": "print", "write": "edit"}


@pytest.mark.parametrize("word", MEANING)
def test_each_level_is_its_set_of_verbs(word):
    assert MEANING[word] == {str(verb) for verb in LEVELS[word].value}
    assert word == LEVELS[word].key


def test_print_and_view_share_listing_and_neither_is_above_the_other():
    assert {Verb.LIST} == Level.PRINT.value & Level.VIEW.value
    assert not Level.PRINT.fits_within(Level.VIEW)
    assert not Level.VIEW.fits_within(Level.PRINT)


@pytest.mark.parametrize("level", Level)
def test_every_level_holds_none_and_is_within_edit(level):
    assert Level.NONE.fits_within(level)
    assert level.fits_within(Level.EDIT)
    assert level.fits_within(level)


@pytest.mark.parametrize(("action", "verb"), [("list", Verb.LIST), ("read", Verb.READ), ("print", Verb.PRINT)])
def test_the_three_ways_of_looking_are_their_own_verbs(action, verb):
    assert verb is verb_of(action)


@pytest.mark.parametrize("action", ["edit", "delete", "send", "Read", "LIST", "", "anything"])
def test_every_other_action_writes(action):
    assert Verb.WRITE is verb_of(action)


@pytest.mark.row("AC-25", "A-13", "CF-02")
@pytest.mark.parametrize(("held", "licensed", "configured"), [*itertools.product(MEANING, repeat=3)])
def test_ac_25_what_is_allowed_is_the_intersection_of_profile_license_and_configuration(held, licensed, configured):
    known = facts(
        grant("holder", "office/dossier"),
        model=model(profile("holder", license="some", papers=held), licenses={"some": {"papers": licensed}}),
        scopes={"office/dossier": {"configuration": {"papers": configured}}},
    )
    allowed = {verb for verb, action in ACTION.items() if ask(known, action)}

    assert MEANING[held] & MEANING[licensed] & MEANING[configured] == allowed

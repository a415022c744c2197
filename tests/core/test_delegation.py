"""Nobody gives more than they hold."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given

from habilis.core import LEVELS, AccessQuery, Ref, decide, excess
from habilis.core.model import ADMINISTRATIVE
from tests.builders import LEA, MAUD, NOW, facts, grant, model, profile
from tests.strategies import cases

OFFICE, DOSSIER = "office", "office/dossier"


def beyond(known, given_profile, on=DOSSIER, **adjustments):
    return excess(LEA, on, given_profile, known, {feature: LEVELS[word] for feature, word in adjustments.items()})


def test_whoever_holds_nothing_gives_nothing():
    assert {"papers", "scopes"} == beyond(facts(), "reader")


@pytest.mark.row("AC-19")
def test_ac_19_what_fits_in_what_is_held_may_be_given():
    known = facts(grant("clerk"))

    assert frozenset() == beyond(known, "reader")
    assert frozenset() == beyond(known, "clerk")
    assert "members" in beyond(known, "everything")


def test_an_adjustment_is_given_like_any_cell():
    known = facts(grant("clerk"))

    assert {"old_papers"} == beyond(known, "reader", old_papers="edit")
    assert {"secrets"} == beyond(known, "reader", secrets="print")
    assert frozenset() == beyond(
        known, "everything", **{f: "none" for f in known.model.profiles["everything"].cells if f != "papers"}
    )


def test_the_grants_of_the_giver_add_up():
    reads, prints = profile("reads", papers="view"), profile("prints", papers="print")
    both = model(reads, prints, profile("looks", papers="view"), profile("shows", papers="print"))

    assert frozenset() == beyond(facts(grant("reads"), grant("prints", ""), model=both), "shows")
    assert {"papers"} == beyond(facts(grant("reads"), grant("prints", ""), model=both), "clerk") - {
        "scopes",
        "old_papers",
    }


@pytest.mark.parametrize(
    "held",
    [
        grant("everything", "office2"),
        grant("everything_here", OFFICE),
        grant("everything", valid_until=NOW),
        grant("everything", subject=MAUD),
    ],
)
def test_only_grants_in_force_that_reach_the_scope_lend(held):
    assert {"papers", "scopes"} == beyond(facts(held), "reader")


@pytest.mark.row("AC-19")
def test_ac_19_a_grant_on_one_scope_alone_lends_nothing_that_reaches_below_it():
    known = facts(grant("everything_here", OFFICE))

    assert set() == beyond(known, "reader", OFFICE)
    assert {"papers", "old_papers", "scopes"} == beyond(known, "clerk", OFFICE)
    assert set() == beyond(facts(grant("everything", OFFICE)), "clerk", OFFICE)


def test_a_sleeping_grant_and_an_inactive_person_lend_nothing():
    assert beyond(facts(grant("everything", DOSSIER), scopes={DOSSIER: {"status": "inactive"}}), "reader")
    assert beyond(facts(grant("everything", ""), active=frozenset()), "reader")


def test_in_a_pending_scope_only_those_who_moderate_lend():
    scopes = {DOSSIER: {"status": "pending"}}

    assert beyond(facts(grant("clerk"), scopes=scopes), "reader")
    assert not beyond(facts(grant("everything"), scopes=scopes), "reader")


def test_configuration_is_left_aside_and_the_license_is_not():
    limited = model(profile("holder", license="some", papers="edit", drafts="edit"), profile("asked", papers="edit"),
                    profile("asked2", drafts="edit"), licenses={"some": {"papers": "edit"}})  # fmt: skip
    known = facts(grant("holder", DOSSIER), model=limited, scopes={DOSSIER: {"configuration": {"papers": "none"}}})

    assert frozenset() == beyond(known, "asked")
    assert {"drafts"} == beyond(known, "asked2")
    assert frozenset() == beyond(facts(model=limited), "holder", papers="none"), (
        "what the license cuts is not given either"
    )


@pytest.mark.parametrize(
    ("fits", "held", "given_"),
    [
        (True, "edit", "edit/own"),
        (True, "edit", "edit/awaited"),
        (True, "edit/own", "edit/own"),
        (True, "edit/own", "view/own"),
        (False, "edit/own", "edit"),
        (False, "edit/own", "edit/awaited"),
        (False, "edit/awaited", "edit/own"),
        (True, "edit/direct", "edit"),
        (True, "edit", "edit/direct"),
        (True, "edit/unattached", "edit"),
        (True, "edit/direct", "edit/own"),
        (False, "view/direct", "edit"),
    ],
)
def test_conditions_on_rows_lend_to_the_same_condition_and_the_others_are_left_aside(fits, held, given_):
    known = facts(grant("holder"), model=model(profile("holder", papers=held), profile("asked", papers=given_)))

    assert (set() if fits else {"papers"}) == beyond(known, "asked")


@given(cases())
def test_i9_whoever_receives_what_fits_can_do_nothing_that_the_giver_cannot(case):
    _, facts_ = case
    giver = case.main.subject
    scope = case.main.scope
    bare = {key: replace(s, configuration={}, options=frozenset({"module"})) for key, s in facts_.scopes.items()}
    known = replace(facts_, scopes=bare, active=facts_.active | {"new@acme.example"})
    plain = {key for key, p in known.model.profiles.items() if not any(cell.condition for cell in p.cells.values())}
    for key in sorted(plain):
        if excess(giver, scope, key, known):
            continue
        after = replace(
            known,
            grants=(
                *known.grants,
                replace(
                    case.main,
                    subject="new@acme.example",
                    profile=key,
                    adjustments={},
                    valid_from=None,
                    valid_until=None,
                ),
            ),
        )
        for action in known.model.rules["paper"]:
            for ref in (ref for ref, thing in known.resources.items() if thing.scope == scope):
                feature = known.model.rules[ref.type].get(action)
                if feature is None or feature.feature in ADMINISTRATIVE:
                    continue
                conditional = any(
                    p.cell(feature.feature).condition
                    for p in (known.model.profiles[g.profile] for g in known.grants if g.subject == giver)
                )
                if decide(AccessQuery("new@acme.example", action, Ref(*ref)), after) and not conditional:
                    assert decide(AccessQuery(giver, action, ref), after), (key, action, ref)

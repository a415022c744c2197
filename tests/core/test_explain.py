"""The account of a decision: what was weighed, what decides, what would suffice."""

from __future__ import annotations

from dataclasses import replace

from habilis.core import Remedy, Unanswerable, Verb, Verdict, explain
from tests.builders import LEA, MAUD, NOW, TICK, ask, facts, grant, model, profile

OFFICE, DOSSIER = "office", "office/dossier"


def account(known, *question):
    return explain(ask(known, *question))


def test_an_allow_names_every_grant_that_suffices_first_and_proposes_nothing():
    told = account(facts(grant("reader", "office2"), grant("clerk"), grant("everything", "")))

    assert [Verdict.DECISIVE, Verdict.DECISIVE, Verdict.OUT_OF_REACH] == [step.verdict for step in told.steps]
    assert ["clerk", "everything"] == [step.grant.profile for step in told.decisive]
    assert (True, "papers", Verb.READ, ()) == (told.allowed, told.feature, told.verb, told.remedies)


def test_a_refusal_gives_the_first_reason_of_each_grant_from_the_person_to_the_cell():
    told = account(
        facts(
            grant("clerk", DOSSIER),
            grant("reader", "office2"),
            grant("clerk", valid_until=NOW),
            grant("clerk", valid_from=NOW + TICK),
            grant("everything", DOSSIER),
            scopes={DOSSIER: {"configuration": {"secrets": "none"}}},
        ),
        "read",
        "secret:1",
    )

    assert [
        Verdict.NOT_BEGUN,
        Verdict.ENDED,
        Verdict.OUT_OF_REACH,
        Verdict.LEVEL_TOO_LOW,
        Verdict.ABOVE_CONFIGURATION,
    ] == [step.verdict for step in told.steps]


def test_the_remedies_are_those_of_the_nearest_scope_first():
    told = account(facts(), "edit", "secret:1")

    assert [
        Remedy("everything", DOSSIER),
        Remedy("everything_here", DOSSIER),
        Remedy("conditional", DOSSIER),
    ] == [remedy for remedy in told.remedies if remedy.scope == DOSSIER]
    assert [Remedy("everything", OFFICE)] == [remedy for remedy in told.remedies if remedy.scope == OFFICE]
    assert ["portal_admin", "everything"] == [remedy.profile for remedy in told.remedies if remedy.scope == ""]
    assert [DOSSIER, OFFICE, ""] == list(dict.fromkeys(remedy.scope for remedy in told.remedies))


def test_a_retired_profile_is_no_remedy():
    retiring = model(replace(profile("everything", papers="edit"), retired=True))

    assert "everything" not in {remedy.profile for remedy in account(facts(model=retiring)).remedies}


def test_no_remedy_goes_past_a_ceiling():
    told = account(facts(scopes={DOSSIER: {"configuration": {"papers": "none"}}}))

    assert DOSSIER not in {remedy.scope for remedy in told.remedies}
    assert {OFFICE, ""} == {remedy.scope for remedy in told.remedies}


def test_no_remedy_opens_what_is_closed():
    told = account(facts(scopes={OFFICE: {"status": "inactive"}}), "edit")

    assert () == told.remedies


def test_the_remedy_for_an_inactive_person_supposes_them_active():
    told = account(facts(grant("clerk"), active=frozenset({MAUD})))

    assert Verdict.INACTIVE_PERSON == told.steps[0].verdict
    assert Remedy("clerk", OFFICE) in told.remedies


def test_the_author_of_a_pending_scope_is_a_step_without_a_grant():
    known = facts(scopes={DOSSIER: {"status": "pending", "author": LEA}})
    (step,) = account(known, "read", "dossier:office/dossier").steps

    assert (Verdict.DECISIVE, None) == (step.verdict, step.grant)


def test_what_has_no_meaning_has_an_account_that_says_only_that():
    told = account(facts(grant("everything", "")), "fly")

    assert (False, None, None, (), (), Unanswerable.UNKNOWN_ACTION) == (
        told.allowed, told.feature, told.verb, told.steps, told.remedies, told.unanswerable,
    )  # fmt: skip


def test_a_state_changes_the_feature_that_the_account_names():
    from tests.builders import resource

    known = facts(grant("reader", DOSSIER), resources=(resource(key="old", state="archived"),))

    assert "old_papers" == account(known, "read", "paper:old").feature

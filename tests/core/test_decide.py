"""The rule, one sentence at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from habilis.core import Unanswerable, Verdict
from tests.builders import LEA, MAUD, NOW, TICK, ask, facts, grant, model, profile, resource

OFFICE, DOSSIER = "office", "office/dossier"


def why(known, *question):
    """The verdict on the one grant of the facts."""
    (step,) = ask(known, *question).steps
    return step.verdict


# Who, and when


def test_silence_refuses():
    decision = ask(facts())

    assert not decision
    assert (Unanswerable.NO_GRANT, ()) == (decision.unanswerable, decision.steps)


def test_one_grant_that_reaches_and_holds_the_action_is_enough():
    assert ask(facts(grant("reader", "office2"), grant("clerk")))


def test_an_inactive_person_is_refused_everything():
    assert Verdict.INACTIVE_PERSON == why(facts(grant("portal_admin", ""), active=frozenset({MAUD})))


def test_what_another_holds_is_nothing_to_me():
    assert not ask(facts(grant(subject=MAUD)))


@pytest.mark.row("AC-47")
@pytest.mark.parametrize(
    ("verdict", "start", "end"),
    [
        (Verdict.DECISIVE, None, None),
        (Verdict.DECISIVE, NOW - TICK, None),
        (Verdict.DECISIVE, NOW, None),
        (Verdict.NOT_BEGUN, NOW + TICK, None),
        (Verdict.ENDED, None, NOW - TICK),
        (Verdict.ENDED, None, NOW),
        (Verdict.DECISIVE, None, NOW + TICK),
        (Verdict.DECISIVE, NOW, NOW + TICK),
        (Verdict.ENDED, NOW, NOW),
        (Verdict.ENDED, NOW - TICK, NOW),
        (Verdict.NOT_BEGUN, NOW + TICK, NOW + TICK),
    ],
)
def test_a_period_has_its_start_and_lacks_its_end(verdict, start, end):
    assert verdict == why(facts(grant(valid_from=start, valid_until=end)))


# Where


@pytest.mark.parametrize(
    ("verdict", "held", "on"),
    [
        (Verdict.DECISIVE, "everything", DOSSIER),
        (Verdict.DECISIVE, "everything", OFFICE),
        (Verdict.DECISIVE, "everything", ""),
        (Verdict.OUT_OF_REACH, "everything", "office2"),
        (Verdict.OUT_OF_REACH, "everything", "office2/dossier"),
        (Verdict.DECISIVE, "everything_here", DOSSIER),
        (Verdict.OUT_OF_REACH, "everything_here", OFFICE),
        (Verdict.OUT_OF_REACH, "everything_here", ""),
    ],
)
def test_a_grant_reaches_its_scope_and_what_is_below_where_its_profile_goes_that_far(verdict, held, on):
    assert verdict == why(facts(grant(held, on)))


@pytest.mark.row("PF-20", "A-21")
@pytest.mark.parametrize("held", ["everything", "everything_here"])
def test_a_grant_never_reaches_above(held):
    known = facts(grant(held, DOSSIER), resources=(resource(scope=OFFICE, key="above"),))

    assert Verdict.OUT_OF_REACH == why(known, "read", "paper:above")
    assert Verdict.OUT_OF_REACH == why(known, "read", "office:office")


def test_a_key_that_begins_like_another_is_not_below_it():
    assert not ask(facts(grant("everything", OFFICE)), "read", "office:office2")


def test_national_access_is_a_grant_at_the_root():
    known = facts(grant("everything", ""))

    assert ask(known, "edit", "dossier:office2/dossier")
    assert ask(known, "read", "portal:")


# What


def test_a_feature_that_the_profile_does_not_name_is_none():
    assert Verdict.LEVEL_TOO_LOW == why(facts(grant("clerk")), "read", "secret:1")


@pytest.mark.parametrize(
    ("level", "allowed"),
    [
        ("none", set()),
        ("print", {"list", "print"}),
        ("view", {"list", "read"}),
        ("edit", {"list", "read", "print", "edit", "delete"}),
    ],
)
def test_an_adjustment_replaces_the_level_up_as_down(level, allowed):
    for held in ("clerk", "reader"):
        known = facts(grant(held, DOSSIER, adjustments={"papers": level}))

        assert allowed == {action for action in ("list", "read", "print", "edit", "delete") if ask(known, action)}


def test_an_adjustment_keeps_the_condition_of_the_cell():
    known = facts(
        grant("conditional", adjustments={"drafts": "view"}), resources=(resource("draft", key="mine", author=LEA),)
    )

    assert ask(known, "read", "draft:mine")
    assert not ask(known, "edit", "draft:mine")
    assert Verdict.CONDITION_NOT_MET == why(known, "read", "draft:1")


def test_an_adjustment_concerns_its_grant_alone():
    other = grant(subject=MAUD)

    assert ask(facts(grant(adjustments={"papers": "none"}), other), subject=MAUD)


def test_a_state_may_be_governed_by_another_feature():
    known = facts(
        grant("reader", DOSSIER), grant("clerk", "office2"), resources=(resource(key="old", state="archived"),)
    )
    lets_see_the_old = replace(known, grants=(grant("clerk"),))

    assert not ask(known, "read", "paper:old")
    assert ask(lets_see_the_old, "read", "paper:old")
    assert Verdict.LEVEL_TOO_LOW == why(lets_see_the_old, "print", "paper:old")
    assert ask(lets_see_the_old, "edit", "paper:old")  # not named for that state: governed as everywhere


# Conditions


def conditional(**thing):
    return facts(grant("conditional"), resources=(resource(**thing, key="x"),))


@pytest.mark.row("CF-37", "CF-38", "CF-39", "CF-40", "A-06")
@pytest.mark.parametrize(
    ("allowed", "thing"),
    [
        (True, {"author": LEA}),
        (False, {"author": MAUD}),
        (False, {"author": None}),
        (True, {"approvers": frozenset({LEA})}),
        (True, {"approved_by": frozenset({LEA})}),
        (False, {"approvers": frozenset({MAUD}), "approved_by": frozenset({MAUD})}),
        (True, {"author": MAUD, "approvers": frozenset({LEA, MAUD})}),
    ],
)
def test_own_holds_for_the_author_and_for_whose_approval_is_awaited_or_given(allowed, thing):
    assert allowed is bool(ask(conditional(type_="draft", **thing), "edit", "draft:x"))


@pytest.mark.parametrize(
    ("allowed", "thing"),
    [
        (True, {"approvers": frozenset({LEA})}),
        (False, {"approvers": frozenset({MAUD})}),
        (False, {"author": LEA}),
        (False, {"approved_by": frozenset({LEA})}),
        (False, {"approvers": frozenset({LEA}), "approved_by": frozenset({LEA})}),
    ],
)
def test_awaited_holds_for_whose_approval_is_awaited_still(allowed, thing):
    assert allowed is bool(ask(conditional(type_="review", **thing), "edit", "review:x"))


def test_whoever_creates_a_thing_is_its_author():
    known = facts(grant("conditional"))

    assert ask(known, "create_draft", "dossier:office/dossier")
    assert Verdict.CONDITION_NOT_MET == why(known, "create_review", "dossier:office/dossier")


@pytest.mark.parametrize(
    ("verdict", "on"),
    [(Verdict.DECISIVE, DOSSIER), (Verdict.CONDITION_NOT_MET, OFFICE), (Verdict.CONDITION_NOT_MET, "")],
)
def test_direct_holds_for_a_grant_on_the_very_scope(verdict, on):
    assert verdict == why(facts(grant("conditional", on)), "read", "secret:1")


@pytest.mark.row("PF-14", "PF-17", "PF-18", "PF-23")
@pytest.mark.parametrize(
    ("allowed", "other"),
    [
        (False, grant("reader", DOSSIER)),
        (True, grant("reader", OFFICE)),
        (True, grant("reader", "")),
        (True, grant("reader", "office2/dossier")),
        (True, grant("reader", DOSSIER, subject=MAUD)),
        (True, grant("reader", DOSSIER, valid_until=NOW)),
        (True, grant("reader", DOSSIER, valid_from=NOW + TICK)),
        (False, grant("reader", DOSSIER, valid_until=NOW + TICK)),
    ],
)
def test_unattached_holds_for_who_holds_nothing_in_force_below(allowed, other):
    assert allowed is bool(ask(facts(grant("conditional"), other), "create_paper", "office:office"))


def test_what_sleeps_below_attaches_nobody():
    known = facts(grant("conditional"), grant("reader", DOSSIER), scopes={DOSSIER: {"status": "inactive"}})

    assert ask(known, "create_paper", "office:office")


# Ceilings


@pytest.mark.row("WA-06")
@pytest.mark.parametrize(("allowed", "license"), [({"papers": "edit"}, "rich"), ({}, "poor")])
def test_a_license_bounds_its_profiles_and_silence_in_it_is_none(allowed, license):
    licensed = model(
        profile("holder", license=license, papers="edit", scopes="edit"),
        licenses={"rich": {"papers": "edit"}, "poor": {}},
    )
    known = facts(grant("holder"), model=licensed)

    assert bool(allowed) is bool(ask(known))
    assert ask(known, "edit", "office:office"), "no license bounds what is administrative"


def test_a_license_bounds_the_adjustments_of_its_profiles():
    licensed = model(profile("holder", license="some", papers="view"), licenses={"some": {"papers": "view"}})
    known = facts(grant("holder", adjustments={"papers": "edit", "secrets": "edit"}), model=licensed)

    assert ask(known, "read")
    assert Verdict.ABOVE_LICENSE == why(known, "edit")
    assert Verdict.ABOVE_LICENSE == why(known, "read", "secret:1")


@pytest.mark.row("CF-02", "CF-04")
@pytest.mark.parametrize(
    ("verdict", "on", "configured"),
    [
        (Verdict.ABOVE_CONFIGURATION, DOSSIER, DOSSIER),
        (Verdict.ABOVE_CONFIGURATION, DOSSIER, OFFICE),
        (Verdict.ABOVE_CONFIGURATION, OFFICE, OFFICE),
        (Verdict.DECISIVE, OFFICE, DOSSIER),
        (Verdict.DECISIVE, "", OFFICE),
        (Verdict.DECISIVE, DOSSIER, "office2"),
    ],
)
def test_a_configuration_binds_grants_held_on_its_scope_or_below_and_not_above(verdict, on, configured):
    assert verdict == why(facts(grant("everything", on), scopes={configured: {"configuration": {"papers": "none"}}}))


def test_a_configuration_leaves_what_it_does_not_list_and_what_is_administrative():
    known = facts(
        grant("everything", DOSSIER), scopes={DOSSIER: {"configuration": {"papers": "none", "scopes": "none"}}}
    )

    assert ask(known, "edit", "secret:1")
    assert ask(known, "edit", "dossier:office/dossier")


def test_configurations_from_above_add_up():
    known = facts(
        grant("everything", DOSSIER),
        scopes={OFFICE: {"configuration": {"papers": "print"}}, DOSSIER: {"configuration": {"papers": "view"}}},
    )

    assert {"list"} == {action for action in ("list", "read", "print", "edit") if ask(known, action)}


@pytest.mark.row("CF-04", "XX-09")
@pytest.mark.parametrize("level", ["none", "print", "view"])
def test_lowering_a_ceiling_then_raising_it_gives_the_same_rights_back(level):
    def rights(configuration: Mapping[str, str]) -> set[str]:
        known = facts(grant("everything", DOSSIER), scopes={DOSSIER: {"configuration": configuration}})
        return {action for action in ("list", "read", "print", "edit", "delete") if ask(known, action)}

    before, during = rights({}), rights({"papers": level})

    assert during < before
    assert before == rights({})


@pytest.mark.row("CF-21", "CF-22", "CF-27")
@pytest.mark.parametrize(("allowed", "options"), [(False, frozenset()), (True, frozenset({"module"}))])
def test_an_option_not_switched_on_is_off(allowed, options):
    known = facts(grant("everything", DOSSIER), scopes={DOSSIER: {"options": options}})

    assert allowed is bool(ask(known, "read", "gadget:1"))
    assert ask(known, "read", "secret:1")
    assert ask(facts(grant("everything", OFFICE)), "read", "gadget:1"), "nor does it bind who stands above"


def test_an_option_is_no_configuration():
    known = facts(
        grant("everything", DOSSIER),
        scopes={DOSSIER: {"options": frozenset({"module"}), "configuration": {"module": "view"}}},
    )

    assert ask(known, "read", "gadget:1")
    assert not ask(known, "edit", "gadget:1")


@pytest.mark.parametrize(
    ("verdict", "on"), [(Verdict.DECISIVE, OFFICE), (Verdict.DECISIVE, ""), (Verdict.NOT_FROM_ABOVE, DOSSIER)]
)
def test_what_a_scope_imposes_is_changed_only_from_above(verdict, on):
    assert verdict == why(facts(grant("everything", on)), "configure", "dossier:office/dossier")


def test_nobody_configures_the_root():
    assert Verdict.NOT_FROM_ABOVE == why(facts(grant("portal_admin", "")), "configure", "portal:")


# Closed scopes

ON_SCOPES = (
    "list",
    "read",
    "print",
    "edit",
    "attach",
    "detach",
    "invite",
    "adjust",
    "decide",
    "configure",
    "set",
    "moderate",
    "create_paper",
)


@pytest.mark.parametrize("closed", [DOSSIER, OFFICE])
def test_a_grant_held_on_an_inactive_scope_or_below_sleeps(closed):
    known = facts(grant("everything", DOSSIER), scopes={closed: {"status": "inactive"}})

    assert {Verdict.ASLEEP} == {
        why(known, "read"),
        why(known, "read", "dossier:office/dossier"),
        why(known, "edit", "dossier:office/dossier"),
    }


def test_in_an_inactive_scope_those_above_look_and_administer_the_scope_itself():
    known = facts(grant("portal_admin", ""), scopes={DOSSIER: {"status": "inactive"}})

    assert {"list", "read", "print"} == {a for a in ("list", "read", "print", "edit", "delete") if ask(known, a)}
    assert Verdict.CLOSED_SCOPE == why(known, "edit")
    refused = {action for action in ON_SCOPES if not ask(known, action, "dossier:office/dossier")}
    assert {"attach", "invite", "create_paper"} == refused


def test_below_an_inactive_scope_nothing_is_administered():
    known = facts(grant("portal_admin", ""), scopes={OFFICE: {"status": "inactive"}})

    assert {"list", "read", "print"} == {a for a in ON_SCOPES if ask(known, a, "dossier:office/dossier")}
    assert ask(known, "edit", "office:office")
    assert not ask(known, "create_dossier", "office:office")


@pytest.mark.row("RC-12")
@pytest.mark.parametrize("pending", [DOSSIER, OFFICE])
def test_into_a_pending_scope_only_those_who_moderate_reach(pending):
    scopes = {pending: {"status": "pending"}}

    assert Verdict.PENDING_SCOPE == why(facts(grant("clerk", ""), scopes=scopes))
    assert ask(facts(grant("everything", ""), scopes=scopes))
    assert Verdict.PENDING_SCOPE == why(
        facts(grant("everything", "", adjustments={"moderation": "none"}), scopes=scopes)
    )
    assert ask(facts(grant("everything", DOSSIER), scopes=scopes), "edit"), (
        "also held on it or below: it does not sleep"
    )


def test_the_author_of_a_pending_scope_lists_and_reads_it_without_a_grant():
    known = facts(scopes={DOSSIER: {"status": "pending", "author": LEA}})

    assert {"list", "read"} == {action for action in ON_SCOPES if ask(known, action, "dossier:office/dossier")}
    assert not ask(known, "read", "paper:1")
    assert not ask(known, "read", "dossier:office/dossier", MAUD)
    assert not ask(replace(known, active=frozenset()), "read", "dossier:office/dossier")


@pytest.mark.parametrize("status", ["active", "inactive"])
def test_the_author_of_a_scope_that_is_not_pending_has_no_right_from_that(status):
    assert not ask(facts(scopes={DOSSIER: {"status": status, "author": LEA}}), "read", "dossier:office/dossier")


# What cannot be answered


@pytest.mark.parametrize(
    ("reason", "action", "thing"),
    [
        (Unanswerable.UNKNOWN_ACTION, "fly", "paper:1"),
        (Unanswerable.UNKNOWN_ACTION, "create", "paper:1"),
        (Unanswerable.UNKNOWN_ACTION, "read", "nothing:1"),
        (Unanswerable.UNKNOWN_ACTION, "create_office", "dossier:office/dossier"),
        (Unanswerable.UNKNOWN_ACTION, "create_paper", "portal:"),
        (Unanswerable.UNKNOWN_RESOURCE, "read", "paper:nothing"),
        (Unanswerable.UNKNOWN_RESOURCE, "read", "office:nothing"),
        (Unanswerable.UNKNOWN_RESOURCE, "read", "office:office/dossier"),
        (Unanswerable.UNKNOWN_RESOURCE, "read", "portal:office"),
    ],
)
def test_what_is_unknown_is_refused_to_everybody(reason, action, thing):
    decision = ask(facts(grant("portal_admin", "")), action, thing)

    assert (False, reason, ()) == (decision.allowed, decision.unanswerable, decision.steps)


class Broken(Mapping):
    """A mapping that fails however it is asked."""

    def __getitem__(self, key):
        raise RuntimeError("broken")

    def __iter__(self):
        raise RuntimeError("broken")

    def __len__(self):
        raise RuntimeError("broken")

    def __repr__(self):
        return "broken"


@pytest.mark.parametrize(
    "broken",
    [
        {"scopes": Broken()},
        {"resources": Broken()},
        {"grants": (grant("nothing"),)},
        {"grants": (grant("clerk", "nowhere"),)},
        {"grants": (None,)},
        {"grants": None},
        {"model": None},
        {"active": None},
        {"now": NOW.replace(tzinfo=None), "grants": (grant(valid_from=NOW),)},
        {"scopes": {}},
    ],
    ids=str,
)
def test_an_error_refuses_and_is_never_raised(broken):
    decision = ask(replace(facts(grant("portal_admin", "")), **broken))

    assert not decision.allowed
    assert decision.unanswerable in (Unanswerable.FAILED, Unanswerable.UNKNOWN_RESOURCE)


def test_a_circle_of_parents_refuses():
    known = facts(grant("portal_admin", ""))
    circle = {**known.scopes, OFFICE: replace(known.scopes[OFFICE], parent=DOSSIER)}

    assert not ask(replace(known, scopes=circle))

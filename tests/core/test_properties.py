"""Promises that hold in whatever state, tried on near misses."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from habilis.core import (
    AccessQuery,
    Condition,
    Level,
    Scope,
    Verdict,
    decide,
    explain,
    list_actions,
    list_resources,
    list_subjects,
)
from habilis.core.model import ADMINISTRATIVE
from tests.builders import LEA, MAUD
from tests.strategies import SCOPES, cases, grants, tables, with_license, with_scope

SUBSETS = {level: [other for other in Level if other.fits_within(level)] for level in Level}


@given(cases())
def test_i1_a_list_holds_what_check_allows(case):
    query, facts = case
    allowed = decide(query, facts).allowed

    assert allowed is (query.resource.id in list_resources(query.subject, query.action, query.resource.type, facts))
    assert allowed is (query.subject in list_subjects(query.action, query.resource, facts))
    assert allowed is (query.action in list_actions(query.subject, query.resource, facts))


@given(cases())
def test_i2_an_explanation_agrees_with_the_answer_and_its_decisive_grants_each_suffice(case):
    query, facts = case
    account = explain(decide(query, facts))

    assert decide(query, facts).allowed is account.allowed is bool(account.decisive)
    for step in account.decisive:
        if step.grant is not None and step.condition is not Condition.UNATTACHED:
            assert decide(query, replace(facts, grants=(step.grant,)))


@given(cases())
def test_i2_without_the_decisive_grants_the_answer_is_no(case):
    query, facts = case
    decisive = [step.grant for step in explain(decide(query, facts)).decisive]
    others = tuple(grant for grant in facts.grants if grant not in decisive or grant.subject != query.subject)
    account = explain(decide(query, replace(facts, grants=others)))

    for step in account.decisive:  # what remains: the author's right, and what was barred by the grants now gone
        assert step.grant is None or step.condition is Condition.UNATTACHED


@given(cases())
def test_i2_a_remedy_really_suffices(case):
    query, facts = case
    account = explain(decide(query, facts))

    assert not (account.allowed and account.remedies)
    for remedy in account.remedies[:5]:
        granted = replace(case.main, subject=query.subject, scope=remedy.scope, profile=remedy.profile)
        granted = replace(granted, valid_from=None, valid_until=None, adjustments={})
        cured = replace(facts, grants=(*facts.grants, granted), active=facts.active | {query.subject})
        assert decide(query, cured), remedy


@given(cases())
def test_i3_a_question_is_answered_alike_after_any_other(case):
    query, facts = case
    for action in facts.model.rules[query.resource.type]:
        decide(AccessQuery(query.subject, action, query.resource), facts)
    afresh = replace(facts)

    assert decide(query, facts).allowed is decide(query, afresh).allowed


@given(cases())
def test_i5_no_grant_no_access(case):
    query, facts = case
    mine = tuple(grant for grant in facts.grants if grant.subject != query.subject)
    decision = decide(query, replace(facts, grants=mine))

    scope = facts.scopes.get(query.resource.id)
    author = scope is not None and scope.author == query.subject and scope.key in facts.pending
    assert not decision or (author and query.action in ("list", "read"))


@given(cases(), grants())
def test_i5_a_grant_more_takes_nothing_away(case, another):
    query, facts = case
    decision = decide(query, facts)
    only_unattached = all(step.condition is Condition.UNATTACHED for step in explain(decision).decisive)
    after = decide(query, replace(facts, grants=(*facts.grants, another)))

    assert after or not decision or only_unattached


@given(cases(), grants(st.just(MAUD)))
def test_i5_what_another_person_gets_changes_nothing_for_me(case, another):
    query, facts = case
    query = query._replace(subject=LEA)

    assert decide(query, facts).allowed is decide(query, replace(facts, grants=(*facts.grants, another))).allowed


@given(cases(), tables, st.sampled_from(["active", "inactive", "pending"]), grants(st.just(LEA)))
def test_i6_what_happens_in_one_organization_changes_nothing_in_another(case, configuration, status, another):
    query, facts = case
    target = facts.resources[query.resource].scope if query.resource in facts.resources else query.resource.id
    elsewhere = "office2" if target.startswith("office") and not target.startswith("office2") else "office"
    if target == "":
        return
    mine = tuple(
        grant
        for grant in facts.grants
        if grant.scope and not grant.scope.startswith(f"{elsewhere}/") and grant.scope != elsewhere
    )
    before = replace(facts, grants=mine)
    after = with_scope(before, elsewhere, configuration=configuration, status=status)
    after = replace(after, grants=(*mine, replace(another, scope=elsewhere)))
    after = replace(after, scopes={**after.scopes, f"{elsewhere}/new": Scope(f"{elsewhere}/new", "dossier", elsewhere)})

    assert decide(query, before).allowed is decide(query, after).allowed


@given(cases(), st.data())
def test_i7_lowering_a_ceiling_never_adds_an_allow_and_raising_it_again_restores_the_same(case, data):
    query, facts = case
    key = data.draw(st.sampled_from(SCOPES[1:]))
    before = facts.scopes[key].configuration
    lower = dict(before)
    for feature in data.draw(st.sets(st.sampled_from(sorted(facts.model.features)), max_size=3)):
        lower[feature] = data.draw(st.sampled_from(SUBSETS[before.get(feature, Level.EDIT)]))
    lowered = with_scope(facts, key, configuration=lower)

    assert decide(query, facts) or not decide(query, lowered)
    assert decide(query, with_scope(lowered, key, configuration=before)).allowed is decide(query, facts).allowed


@given(cases(), st.sampled_from(SCOPES[1:]))
def test_i7_switching_an_option_off_never_adds_an_allow(case, key):
    query, facts = case

    assert decide(query, facts) or not decide(query, with_scope(facts, key, options=frozenset()))


@given(cases(), st.data())
def test_i7_lowering_a_license_never_adds_an_allow(case, data):
    query, facts = case
    before = facts.model.licenses["some"]
    lowered = with_license(
        facts, {feature: data.draw(st.sampled_from(SUBSETS[level])) for feature, level in before.items()}
    )

    assert decide(query, facts) or not decide(query, lowered)
    assert decide(query, with_license(lowered, before)).allowed is decide(query, facts).allowed


@given(cases())
def test_i7_rights_never_pass_the_license_nor_what_the_scopes_impose(case):
    query, facts = case
    for step in explain(decide(query, facts)).decisive:
        if step.grant is None or step.feature in ADMINISTRATIVE:
            continue
        rule = facts.model.rules[query.resource.type][query.action]
        if facts.model.profiles[step.grant.profile].license:
            assert rule.verb in facts.model.licenses["some"].get(step.feature, Level.NONE).value
        for key in facts.paths[step.grant.scope]:
            assert rule.verb in facts.scopes[key].configuration.get(step.feature, Level.EDIT).value
            if facts.scopes[key].kind == "dossier" and step.feature == "module":
                assert "module" in facts.scopes[key].options


@given(cases(), st.randoms(use_true_random=False))
def test_i8_the_answer_does_not_depend_on_the_order_of_the_grants(case, random):
    query, facts = case
    shuffled = list(facts.grants)
    random.shuffle(shuffled)

    assert decide(query, facts).allowed is decide(query, replace(facts, grants=tuple(shuffled))).allowed


@given(cases())
def test_i8_a_grant_that_ended_or_has_not_begun_is_as_if_it_were_not_there(case):
    query, facts = case
    now_alone = tuple(grant for grant in facts.grants if grant.holds_at(facts.now))

    assert decide(query, facts).allowed is decide(query, replace(facts, grants=now_alone)).allowed


@given(cases())
def test_the_decisive_come_first_and_each_grant_of_the_person_is_weighed_once(case):
    query, facts = case
    account = explain(decide(query, facts))
    weighed = [step.grant for step in account.steps if step.grant is not None]

    assert sorted(map(repr, weighed)) == sorted(repr(grant) for grant in facts.grants if grant.subject == query.subject)
    verdicts = [step.verdict for step in account.steps]
    assert verdicts == sorted(verdicts, key=list(Verdict).index)


@pytest.fixture(scope="module")
def sample():
    """Four hundred cases, answered."""
    decisions = []

    @settings(max_examples=400, derandomize=True, database=None, phases=[Phase.generate])
    @given(cases())
    def ask(case):
        decisions.append(decide(*case))

    ask()
    return decisions


def test_a_fair_share_of_the_cases_is_allowed(sample):
    assert 0.2 <= sum(decision.allowed for decision in sample) / len(sample) <= 0.6


@pytest.mark.parametrize("verdict", Verdict)
def test_the_cases_are_near_misses_of_every_sort(verdict, sample):
    nearest = [explain(decision).steps[-1].verdict for decision in sample if decision.steps]

    assert verdict in nearest

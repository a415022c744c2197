"""
Turns a decision into an ordered, language-free account: what was weighed, why each counts or not, what would suffice.

Sentences are made by the faces. The account names grants and scopes: it is for whoever may see the people of the scope.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from habilis.core.actions import Verb
from habilis.core.decide import Target, target_of, weigh
from habilis.core.facts import Facts, Grant, Held
from habilis.core.model import Rule
from habilis.core.query import Decision, Step, Unanswerable, Verdict

ORDER = tuple(Verdict)  # the decisive first, then from the reasons nearest to the person to those nearest to the cell


@dataclass(frozen=True)
class Remedy:
    """One thing that would suffice: a profile, granted on a scope (given by key), giving the cell that lacks."""

    profile: str
    scope: str


@dataclass(frozen=True)
class Account:
    """The account of a decision. `steps` come decisive first; `remedies` only for a refusal, nearest scope first."""

    allowed: bool
    feature: str | None
    verb: Verb | None
    steps: tuple[Step, ...]
    remedies: tuple[Remedy, ...]
    unanswerable: Unanswerable | None = None

    @property
    def decisive(self) -> tuple[Step, ...]:
        """The steps that, each alone, suffice."""
        return tuple(step for step in self.steps if step.verdict is Verdict.DECISIVE)


def explain(decision: Decision) -> Account:
    """Account for *decision*."""
    query, facts = decision.query, decision.facts
    if decision.unanswerable in (Unanswerable.UNKNOWN_ACTION, Unanswerable.UNKNOWN_RESOURCE, Unanswerable.FAILED):
        return Account(False, None, None, (), (), decision.unanswerable)
    rule = facts.model.rules[query.resource.type][query.action]
    target = target_of(query.resource, facts)
    steps = sorted(decision.steps, key=lambda step: ORDER.index(step.verdict))
    remedies = () if decision.allowed else tuple(remedies_for(query.subject, rule, target, facts))
    return Account(
        decision.allowed, rule.feature_in(target.state), rule.verb, tuple(steps), remedies, decision.unanswerable
    )


def remedies_for(subject: str, rule: Rule, target: Target, facts: Facts) -> list[Remedy]:
    """Every grant, not retired, that would turn a refusal into an allow: tried on the facts, never guessed."""
    found = []
    supposed = replace(facts, active=facts.active | {subject})
    for key in facts.paths[target.scope]:
        for profile in facts.model.profiles.values():
            if profile.retired or facts.scopes[key].kind not in profile.on:
                continue
            grant = Grant(subject, key, profile.key)
            trial = replace(supposed, grants=(*(g for g in facts.grants if g.subject == subject), grant))
            if weigh(Held(grant, trial), subject, rule, target, trial) is Verdict.DECISIVE:
                found.append(Remedy(profile.key, key))
    return found

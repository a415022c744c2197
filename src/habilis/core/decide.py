"""
The heart of the heart: from a question and facts to a decision.

    An active person may do an action on a resource when one grant in force reaches it and the action belongs to
    profile ∩ license ∩ configuration for the feature that governs it, and the cell's condition, if any, holds.

Silence refuses. An error refuses. Nothing is inferred from an empty value.
"""

from __future__ import annotations

from habilis.core.actions import Verb
from habilis.core.facts import Facts, Held, Resource, Scope
from habilis.core.model import Condition, Rule
from habilis.core.names import Ref
from habilis.core.query import AccessQuery, Decision, Step, Unanswerable, Verdict

LOOKING = frozenset({Verb.LIST, Verb.READ, Verb.PRINT})
AUTHOR_MAY = ("list", "read")  # of the pending scope itself


class Target:
    """What a question is about, once found: the scope it stands on and, for a resource, its row."""

    __slots__ = ("author", "inactive", "is_scope", "pending", "resource", "scope", "state")

    def __init__(self, ref: Ref, facts: Facts) -> None:
        self.resource: Resource | None = None
        self.state = ""
        scope: Scope | None = facts.scopes.get(ref.id) if ref.type in facts.model.kinds else None
        self.is_scope = scope is not None and scope.kind == ref.type
        if self.is_scope and scope is not None:
            self.author = scope.author
        else:
            self.resource = resource = facts.resources[ref]  # unknown: KeyError, refused by `decide`
            scope, self.author, self.state = facts.scopes[resource.scope], resource.author, resource.state
        self.scope = scope.key
        self.pending = scope.key in facts.pending
        self.inactive = scope.key in facts.inactive


def target_of(ref: Ref, facts: Facts) -> Target:
    """The target of *ref*, found once for the same facts; `KeyError` where there is none."""
    known: dict[Ref, Target] = facts.targets
    target = known.get(ref)
    if target is None:
        target = known[ref] = Target(ref, facts)
    return target


def decide(query: AccessQuery, facts: Facts) -> Decision:
    """
    Answer *query* from *facts* alone.

    Whatever goes wrong while deciding refuses, and says so in the decision.
    """
    try:
        rule = facts.model.rule(query.resource.type, query.action)
        if rule is None:
            return Decision(False, query, facts, Unanswerable.UNKNOWN_ACTION)
        try:
            target = target_of(query.resource, facts)
        except KeyError:
            return Decision(False, query, facts, Unanswerable.UNKNOWN_RESOURCE)
        held = facts.held.get(query.subject, ())
        for one in held:
            if weigh(one, query.subject, rule, target, facts) is Verdict.DECISIVE:
                return Decision(True, query, facts)
        if reads_own_pending(query, target, facts):
            return Decision(True, query, facts)
        return Decision(False, query, facts, None if held else Unanswerable.NO_GRANT)
    except Exception:  # noqa: BLE001 - an error while deciding refuses, whatever it is
        return Decision(False, query, facts, Unanswerable.FAILED)


def weigh(held: Held, subject: str, rule: Rule, target: Target, facts: Facts) -> Verdict:
    """Say whether one grant answers, and if not, the first reason why."""
    if not held.in_force:
        return _not_in_force(held, facts)
    if not held.reaches(target.scope):
        return Verdict.OUT_OF_REACH
    if rule.from_above and held.scope == target.scope:
        return Verdict.NOT_FROM_ABOVE
    if target.pending and not held.holds_moderation():
        return Verdict.PENDING_SCOPE
    if target.inactive and not _open_when_inactive(rule, target, facts):
        return Verdict.CLOSED_SCOPE
    feature = rule.feature_in(target.state)
    cell = held.cell(feature)
    if rule.verb not in cell.access:
        return _too_low(held, feature, rule)
    if cell.condition is not None and not holds(cell.condition, held, subject, rule, target, facts):
        return Verdict.CONDITION_NOT_MET
    return Verdict.DECISIVE


def holds(condition: Condition, held: Held, subject: str, rule: Rule, target: Target, facts: Facts) -> bool:
    """Whether *condition* holds for this grant and this target."""
    if condition is Condition.DIRECT:
        return held.scope == target.scope
    if condition is Condition.UNATTACHED:
        return unattached(held, facts)
    resource = target.resource
    awaited = resource is not None and subject in resource.approvers and subject not in resource.approved_by
    if condition is Condition.AWAITED:
        return awaited
    if rule.creates is not None:
        return True  # whoever creates a thing is its author
    return target.author == subject or awaited or (resource is not None and subject in resource.approved_by)


def unattached(held: Held, facts: Facts) -> bool:
    """Whether the person holds no other grant in force strictly below this grant's scope."""
    return not any(
        other.in_force and other.scope != held.scope and held.scope in other.path
        for other in facts.held[held.grant.subject]
    )


def reads_own_pending(query: AccessQuery, target: Target, facts: Facts) -> bool:
    """Whether the subject, active, lists or reads the pending scope of which they are the author."""
    return (
        target.pending
        and target.is_scope
        and query.action in AUTHOR_MAY
        and target.author == query.subject
        and query.subject in facts.active
    )


def weigh_all(query: AccessQuery, facts: Facts) -> tuple[Step, ...]:
    """The account of `decide`: one step for each grant of the subject, in the order in which they were loaded."""
    rule = facts.model.rule(query.resource.type, query.action)
    if rule is None:
        return ()
    try:
        target = target_of(query.resource, facts)
    except KeyError:
        return ()
    feature = rule.feature_in(target.state)
    steps = [
        Step(weigh(held, query.subject, rule, target, facts), held.grant, feature, held.condition(feature))
        for held in facts.held.get(query.subject, ())
    ]
    if reads_own_pending(query, target, facts):
        steps.append(Step(Verdict.DECISIVE, None, feature))
    return tuple(steps)


def _not_in_force(held: Held, facts: Facts) -> Verdict:
    if held.grant.subject not in facts.active:
        return Verdict.INACTIVE_PERSON
    if held.in_period:
        return Verdict.ASLEEP
    begun = held.grant.valid_from is None or held.grant.valid_from <= facts.now
    return Verdict.ENDED if begun else Verdict.NOT_BEGUN


def _open_when_inactive(rule: Rule, target: Target, facts: Facts) -> bool:
    """
    In an inactive scope one looks; the scope that is itself inactive can still be administered, but admits nobody.
    """
    if rule.verb in LOOKING:
        return True
    itself = target.is_scope and facts.scopes[target.scope].status == "inactive"
    return itself and rule.creates is None and not rule.admits


def _too_low(held: Held, feature: str, rule: Rule) -> Verdict:
    """Name the ceiling that stands in the way, or the profile where it is the profile itself."""
    wanted = held.wanted(feature)
    if rule.verb not in wanted:
        return Verdict.LEVEL_TOO_LOW
    if rule.verb not in held.licensed(feature, wanted):
        return Verdict.ABOVE_LICENSE
    return Verdict.ABOVE_CONFIGURATION

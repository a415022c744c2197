"""
Nobody gives more than they hold, nor to themselves.

What is given fits, per feature, in the union of what the actor's grants that reach the scope hold, configuration aside.
`direct` and `unattached` are left aside for the comparison; an `own` or `awaited` cell lends only to a cell with
the same condition.
A grant that holds on its scope alone lends nothing that would reach below it.
"""

from __future__ import annotations

from collections.abc import Mapping

from habilis.core.actions import NOTHING, Access, Level
from habilis.core.facts import Facts, Grant, Held
from habilis.core.model import Condition

ROW_CONDITIONS = (Condition.OWN, Condition.AWAITED)


def row_condition(condition: Condition | None) -> Condition | None:
    """*condition* where it narrows the rows of a scope, else none."""
    return condition if condition in ROW_CONDITIONS else None


def lent(actor: str, scope: str, facts: Facts, *, below: bool) -> Mapping[tuple[str, Condition | None], Access]:
    """
    What *actor* can give on *scope*: for each feature and row condition, the union of their grants that reach it.

    With *below*, only of those that reach what is below it too.
    """
    union: dict[tuple[str, Condition | None], Access] = {}
    for held in facts.held.get(actor, ()):
        if not held.in_force or not held.reaches(scope) or (below and not held.subtree):
            continue
        if scope in facts.pending and not held.holds_moderation():
            continue
        for feature in (*held.profile.cells, *held.grant.adjustments):
            access = held.licensed(feature, held.wanted(feature))
            condition = row_condition(held.condition(feature))
            for lends_to in (condition,) if condition else (None, *ROW_CONDITIONS):
                union[feature, lends_to] = union.get((feature, lends_to), NOTHING) | access
    return union


def excess(
    actor: str, scope: str, profile: str, facts: Facts, adjustments: Mapping[str, Level] | None = None
) -> frozenset[str]:
    """The features on which granting *profile*, so adjusted, on *scope* would give more than *actor* holds there."""
    given = Held(Grant(actor, scope, profile, adjustments=adjustments or {}), facts)
    union = lent(actor, scope, facts, below=given.subtree)
    return frozenset(
        feature
        for feature in {*given.profile.cells, *given.grant.adjustments}
        if not given.licensed(feature, given.wanted(feature))
        <= union.get((feature, row_condition(given.condition(feature))), NOTHING)
    )

"""
The reference lists, by asking `decide` for each candidate.

This is the definition of a list; the store has a fast form of it, shown equal by the agreement suite.
"""

from __future__ import annotations

from collections.abc import Iterable

from habilis.core.decide import decide
from habilis.core.facts import Facts
from habilis.core.names import Ref
from habilis.core.query import AccessQuery


def list_resources(subject: str, action: str, type_: str, facts: Facts) -> frozenset[str]:
    """The keys of every resource or scope of *type_* on which *subject* may do *action*."""
    if type_ in facts.model.kinds:
        candidates: Iterable[Ref] = (Ref(type_, key) for key, scope in facts.scopes.items() if scope.kind == type_)
    else:
        candidates = (ref for ref in facts.resources if ref.type == type_)
    return frozenset(ref.id for ref in candidates if decide(AccessQuery(subject, action, ref), facts).allowed)


def list_subjects(action: str, resource: Ref, facts: Facts) -> frozenset[str]:
    """The addresses of everyone who may do *action* on *resource*."""
    return frozenset(who for who in facts.active if decide(AccessQuery(who, action, resource), facts).allowed)


def list_actions(subject: str, resource: Ref, facts: Facts) -> frozenset[str]:
    """The names of every action that *subject* may do on *resource*."""
    return frozenset(
        action
        for action in facts.model.rules.get(resource.type, {})
        if decide(AccessQuery(subject, action, resource), facts).allowed
    )

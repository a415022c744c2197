"""
Who decides an access request: a question to the rule, asked for each scope it is about, less those it is for.

Who is told is a choice among them: whoever decides nearest to what is asked for, or whoever the scope names as
responsible. To be told gives no right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from habilis.core import Decision, Ref, Verdict
from habilis.store.models import Scope
from habilis.workflows import access


@dataclass(frozen=True)
class Approvers:
    """Addresses: *nearest* are told first, *above* when nearest stay silent. Each of them may decide."""

    nearest: tuple[str, ...] = ()
    above: tuple[str, ...] = ()

    @property
    def everyone(self) -> tuple[str, ...]:
        """All who may decide."""
        return self.nearest + self.above


@dataclass(frozen=True)
class _Held:
    """A grant by which somebody decides: where, how deep in the tree, and whether its profile manages."""

    scope: str
    depth: int
    managing: bool


def of(portal: str, refs: Sequence[Ref], besides: Sequence[str]) -> Approvers:
    """Who may decide on every one of *refs*, but for those it is about (*besides*): nobody decides their own."""
    sets = [set(access.subjects(portal, "decide", ref)) for ref in refs]
    found = sorted(set.intersection(*sets) - set(besides)) if sets else []
    if not found:
        return Approvers()
    decisions = access.decide_many(portal, [(person, "decide", refs[0]) for person in found])
    held = {decision.query.subject: _decisive(decision) for decision in decisions}
    by_responsible = access.blueprint_of(portal).requests.told == "responsible"
    told = (_responsible(portal, decisions[0], held) if by_responsible else ()) or _nearest(held)
    return Approvers(told, tuple(person for person in found if person not in told))


def _decisive(decision: Decision) -> tuple[_Held, ...]:
    facts = decision.facts
    grants = [step.grant for step in decision.steps if step.verdict is Verdict.DECISIVE and step.grant is not None]
    return tuple(
        _Held(grant.scope, len(facts.paths[grant.scope]) - 1, facts.model.profiles[grant.profile].managing)
        for grant in grants
    )


def _nearest(held: Mapping[str, Sequence[_Held]]) -> tuple[str, ...]:
    """Managers nearest to the scope; where no manager decides below the root, whoever decides nearest."""
    levels: dict[tuple[bool, int], list[str]] = {}
    for person, grants in held.items():
        level = max(((grant.managing and grant.depth > 0, grant.depth) for grant in grants), default=(False, 0))
        levels.setdefault(level, []).append(person)
    return tuple(levels[max(levels)])


def _responsible(portal: str, decision: Decision, held: Mapping[str, Sequence[_Held]]) -> tuple[str, ...]:
    """Those who answer for the scope: the person it names, or who decides by a grant on the scope it names."""
    path = decision.facts.paths[decision.query.resource.id]
    rows = Scope.objects.filter(portal__key=portal, key__in=path).select_related(
        "responsible_user", "responsible_scope"
    )
    for row in sorted(rows, key=lambda row: path.index(row.key)):
        if row.responsible_user is not None:
            return tuple(person for person in held if person == row.responsible_user.email)
        if row.responsible_scope is not None:
            key = row.responsible_scope.key
            return tuple(person for person, grants in held.items() if any(grant.scope == key for grant in grants))
    return ()

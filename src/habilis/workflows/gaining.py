"""
What a request would add to what somebody holds: nobody is offered what would give them nothing, and whoever decides
sees before and after.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from habilis.blueprints.schema import RequestForm
from habilis.core import PORTAL, Ref, excess
from habilis.store.facts import Loaded
from habilis.store.queries import reading
from habilis.store.queries.records import ScopeRecord
from habilis.store.queries.requests import RequestRecord
from habilis.workflows import access


@dataclass(frozen=True)
class Outcome:
    """Where somebody holds the profile that they ask for, and where they would once it is given as asked."""

    before: tuple[ScopeRecord, ...]
    after: tuple[ScopeRecord, ...]


def useful(
    portal: str, person: str, form: RequestForm, profiles: Sequence[str], scopes: Sequence[ScopeRecord]
) -> tuple[ScopeRecord, ...]:
    """
    Those of *scopes* on which one of *profiles* would give *person* something; all where they may ask for another
    profile than their own, or for somebody else.
    """
    if form.key == "newcomer" or len(profiles) != 1:
        return tuple(scopes)
    refs = [Ref(scope.kind, scope.key) for scope in scopes]
    loaded = access.load(portal, [person], refs)
    return tuple(scope for scope in scopes if adds(loaded, person, scope.key, profiles[0]))


def adds(loaded: Loaded, person: str, scope: str, profile: str) -> bool:
    """Whether *profile* on *scope* goes beyond what *person* holds there already."""
    return bool(excess(person, scope, profile, loaded.facts))


def covers(loaded: Loaded, person: str, profile: str, *, whole: bool) -> bool:
    """
    Whether grants that go below leave nothing of *profile* to add: those that *person* holds on the *whole* portal, or
    all of theirs, wherever they are.
    """
    held = [h for h in loaded.facts.held.get(person, ()) if h.in_force and not (whole and h.scope)]
    return bool(held) and all(h.subtree and not adds(loaded, person, h.scope, profile) for h in held)


def everywhere(loaded: Loaded, person: str, form: RequestForm, profiles: Collection[str]) -> bool:
    """Whether *person* holds on the whole portal all that *form* lets them ask for: the whole leaves nothing to ask."""
    if PORTAL not in form.on or form.key == "newcomer":
        return False
    held = {h.profile.key for h in loaded.facts.held.get(person, ()) if h.in_force and h.scope == ""}
    return bool(profiles) and held.issuperset(profiles)


def lowest(keys: Sequence[str], among: Sequence[ScopeRecord]) -> list[str]:
    """*keys*, each scope that has others below it *among* those offered replaced by the lowest of these."""
    above = {id_ for scope in among if scope.key for id_ in scope.path[:-1]}
    wanted = {scope.id for scope in among if scope.key in keys and scope.id in above and scope.key}
    found = [key for key in keys if not any(scope.key == key and scope.id in wanted for scope in among)]
    found += [scope.key for scope in among if scope.id not in above and scope.key and wanted & set(scope.path)]
    return list(dict.fromkeys(found))


def outcome(portal: str, subject: str, record: RequestRecord) -> Outcome:
    """What *record* would change, as far as *subject* may decide there."""
    loaded = access.load(portal, [record.beneficiary])
    kinds = {scope.kind for scope in record.scopes} | _kinds(loaded, record)
    held = [
        h
        for h in loaded.facts.held.get(record.beneficiary, ())
        if h.in_force and h.profile.key == record.profile and loaded.facts.scopes[h.scope].kind in kinds
    ]
    places = reading.scopes([loaded.scope_ids[h.scope] for h in held]).values()
    answers = access.check_many(portal, [(subject, "decide", Ref(one.kind, one.key)) for one in places])
    before = [one for one, allowed in zip(places, answers, strict=True) if allowed]
    asked = {scope.key: scope for scope in (*before, *record.scopes)}
    after = [asked[""]] if "" in asked else list(asked.values())
    return Outcome(*(tuple(sorted(some, key=lambda one: (one.depth, one.key))) for some in (before, after)))


def _kinds(loaded: Loaded, record: RequestRecord) -> set[str]:
    form = loaded.blueprint.requests.forms.get(record.kind)
    return set(form.on) if form else set()

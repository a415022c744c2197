"""
Ask the engine. Every page, counter, search, export, mail and API asks here, and nowhere else.

One question or many, the facts are read in a fixed number of queries.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connection

from habilis.blueprints.schema import Blueprint
from habilis.core import (
    AccessQuery,
    Account,
    Decision,
    HabilisError,
    Model,
    NotFound,
    Ref,
    Refused,
    Unanswerable,
    list_actions,
    list_subjects,
)
from habilis.core import decide as decide_from
from habilis.core import explain as account_of
from habilis.store import facts, listing, past
from habilis.store.facts import Loaded
from habilis.workflows import clock
from habilis.workflows.acting import Acting

SEEN_BY = ("list", "read")  # whoever may do one of these may know that a thing exists


_read: ContextVar[dict[Any, dict[Any, Loaded]] | None] = ContextVar("_read", default=None)


@contextmanager
def one_reading() -> Iterator[None]:
    """
    Inside, the same facts are read once: every part of a page answers from the same state of the portal.

    For what only looks, and ends at once: a change inside would not be seen.
    """
    token = _read.set({})
    try:
        yield
    finally:
        _read.reset(token)


def load(portal: str, people: Iterable[str] = (), refs: Iterable[Ref] = ()) -> Loaded:
    """The facts about *people* and *refs*, now or at the instant that was set."""
    now, as_of, people, refs = clock.given(), clock.past(), tuple(people), tuple(refs)
    read = _read.get()
    if read is None:
        return facts.load(portal, people, refs, now=now, as_of=as_of)
    of_portal, asked = read.setdefault((portal, now, as_of), {}), (people, refs)
    for (of_people, of_refs), loaded in of_portal.items():
        if set(people) <= set(of_people) and all(ref in of_refs or _holds(loaded, ref) for ref in refs):
            return loaded
    return of_portal.setdefault(asked, facts.load(portal, people, refs, now=now, as_of=as_of))


def read_already(portal: str, key: str) -> Ref | None:
    """The scope *key*, where what one reading holds tells its kind."""
    read = (_read.get() or {}).get((portal, clock.given(), clock.past()), {})
    scopes = (loaded.facts.scopes.get(key) for loaded in read.values())
    return next((Ref(scope.kind, key) for scope in scopes if scope is not None), None)


def _holds(loaded: Loaded, ref: Ref) -> bool:
    """Whether a reading holds the scope *ref*, though it was not asked about it."""
    scope = loaded.facts.scopes.get(ref.id)
    return scope is not None and scope.kind == ref.type


def blueprint_of(portal: str) -> Blueprint:
    """The blueprint that *portal* runs; raises `NotFound` for an unknown portal."""
    return load(portal).blueprint


def model_of(portal: str) -> Model:
    """What decides in *portal*: its blueprint's model with the profiles derived there."""
    return load(portal).facts.model


def decide(portal: str, subject: str, action: str, ref: Ref) -> Decision:
    """The decision on one question. What goes wrong while the facts are read refuses."""
    return decide_from(AccessQuery(subject, action, ref), load(portal, [subject], [ref]).facts)


def check(portal: str, subject: str, action: str, ref: Ref) -> bool:
    """May *subject* do *action* on *ref*?"""
    return decide(portal, subject, action, ref).allowed


def allowed(loaded: Loaded, subject: str, action: str, ref: Ref) -> bool:
    """May *subject* do *action* on *ref*, from facts that were read about both?"""
    return decide_from(AccessQuery(subject, action, ref), loaded.facts).allowed


def check_many(portal: str, questions: Sequence[tuple[str, str, Ref]]) -> list[bool]:
    """The answers to *questions* (subject, action, ref), in their order."""
    return [decision.allowed for decision in decide_many(portal, questions)]


def decide_many(portal: str, questions: Sequence[tuple[str, str, Ref]]) -> list[Decision]:
    """The decisions on *questions* (subject, action, ref), in their order, from the same facts."""
    loaded = load(portal, [subject for subject, _, _ in questions], [ref for _, _, ref in questions])
    return [decide_from(AccessQuery(*question), loaded.facts) for question in questions]


def explain(portal: str, subject: str, action: str, ref: Ref) -> Account:
    """The account of one decision."""
    return account_of(decide(portal, subject, action, ref))


def actions(portal: str, subject: str, refs: Sequence[Ref]) -> dict[Ref, frozenset[str]]:
    """Every action that *subject* may do on each of *refs*."""
    loaded = load(portal, [subject], refs)
    return {ref: list_actions(subject, ref, loaded.facts) for ref in refs}


def subjects(portal: str, action: str, ref: Ref) -> list[str]:
    """The addresses of everyone who may do *action* on *ref*, sorted."""
    people = facts.candidates(load(portal, (), [ref]), ref, clock.past())
    return sorted(list_subjects(action, ref, load(portal, people, [ref]).facts))


def branches(portal: str, subject: str, action: str, type_: str) -> listing.Branches:
    """What *subject* may reach with *action* on things of *type_*, for the reads that list."""
    return listing.branches(load(portal, [subject]), subject, action, type_)


def reachable(portal: str, subject: str, questions: Iterable[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """Those of *questions* (action, type) for which some grant of *subject* opens something, be it empty today."""
    loaded = load(portal, [subject])
    return frozenset(one for one in questions if listing.opens(loaded, subject, *one))


def open_states(portal: str, subject: str, action: str, type_: str) -> frozenset[str]:
    """The states of *type_* in which some grant of *subject* opens *action*, be there nothing in them today."""
    loaded = load(portal, [subject])
    states = frozenset(loaded.facts.model.types[type_].states)
    openings = listing.branches(loaded, subject, action, type_).openings
    found = (states - set(o.besides) if o.states is None else states & set(o.states) for o in openings)
    return frozenset().union(*found)


def keys(portal: str, subject: str, action: str, type_: str) -> list[str]:
    """The keys of every resource or scope of *type_* on which *subject* may do *action*, sorted."""
    return _keys(branches(portal, subject, action, type_))


def search(
    portal: str, subject: str, action: str, type_: str, *, limit: int, after: str | None = None
) -> tuple[list[str], str | None]:
    """A page of `keys`: at most *limit* after the key *after*, and the key to go on from, none at the end."""
    limit = max(1, limit)
    found = _keys(branches(portal, subject, action, type_), limit + 1, after)
    return (found, None) if len(found) <= limit else (found[:limit], found[limit - 1])


def highest(portal: str, keys: Iterable[str]) -> frozenset[str]:
    """Those of the scopes *keys* that stand below no other of them."""
    asked = frozenset(keys)
    paths = load(portal, (), [Ref("scope", key) for key in asked]).facts.paths
    return frozenset(key for key in asked if key in paths and asked.isdisjoint(paths[key][1:]))


def require(acting: Acting, action: str, ref: Ref) -> Decision:
    """
    The decision that lets the actor do *action* on *ref*.

    Raises `Refused`, with the decision, or `NotFound` where they may not even know that it exists.
    """
    return required(load(acting.portal, [acting.person], [ref]), acting, action, ref)


def required(loaded: Loaded, acting: Acting, action: str, ref: Ref) -> Decision:
    """The same as `require`, from facts that were read about the actor and *ref*."""
    decision = decide_from(AccessQuery(acting.person, action, ref), loaded.facts)
    if not decision.allowed:
        raise refusal(decision)
    return decision


def refusal(decision: Decision) -> HabilisError:
    """What to raise for a *decision* that refuses: an unknown thing and an invisible one answer alike."""
    query, known = decision.query, decision.facts
    seen = decision.unanswerable is not Unanswerable.UNKNOWN_RESOURCE and any(
        decide_from(AccessQuery(query.subject, action, query.resource), known).allowed for action in SEEN_BY
    )
    if not seen:
        return unknown(query.resource, known.model, decision=decision)
    return Refused(f"`{query.subject}` may not {query.action} `{query.resource}`", decision=decision)


def unknown(ref: Ref, model: Model, **more: object) -> NotFound:
    """What to raise for a thing that is not there, or may not be known of: both say the same, its kind included."""
    word = ref.type if ref.type in model.types else "scope"
    return NotFound(f"unknown {word} `{ref.id[:60]}`", **more)


def _keys(found: listing.Branches, limit: int | None = None, after: str | None = None) -> list[str]:
    if found.empty:
        return []
    table, join = ("{scope}", "row") if found.of_scopes else ("{resource}", "s")
    condition, parameters = listing.where(found, "row", join)
    kind = "kind" if found.of_scopes else "type"
    joined = "" if found.of_scopes else "JOIN {scope} AS s ON s.id = row.scope_id"
    sql = f"""
        SELECT row.key FROM {table} AS row {joined}
        WHERE row.portal_id = %(portal_id)s AND row.{kind} = %(type)s AND {condition}
            AND (%(after)s::text IS NULL OR row.key COLLATE "C" > %(after)s)
        ORDER BY row.key COLLATE "C" LIMIT %(limit)s
    """
    instant = clock.past()
    if after is not None and not facts.storable(after):
        return []
    with connection.cursor() as cursor:
        cursor.execute(past.over(sql, instant), {**parameters, "after": after, "limit": limit, "as_of": instant})
        return [key for (key,) in cursor.fetchall()]


def may_know(portal: str, subject: str, ref: Ref) -> bool:
    """Whether *subject* may know that *ref* exists."""
    return knows(load(portal, [subject], [ref]), subject, ref)


def knows(loaded: Loaded, subject: str, ref: Ref) -> bool:
    """The same as `may_know`, from facts that were read about both."""
    return any(allowed(loaded, subject, action, ref) for action in SEEN_BY)


__all__ = [
    "NotFound",
    "actions",
    "allowed",
    "blueprint_of",
    "branches",
    "check",
    "check_many",
    "decide",
    "decide_many",
    "explain",
    "highest",
    "keys",
    "knows",
    "load",
    "may_know",
    "model_of",
    "open_states",
    "reachable",
    "read_already",
    "refusal",
    "require",
    "required",
    "search",
    "subjects",
    "unknown",
]

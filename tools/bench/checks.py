"""Decisions in process: beside a plain walk up a dictionary, and beside libraries where they happen to be installed."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

from habilis.core import AccessQuery, Facts, Ref, decide
from habilis.store import facts as store
from habilis.store.models import Resource
from habilis.workflows import access
from tools.bench import measure
from tools.bench.measure import line, ms, rate
from tools.bench.world import POST, SEEN, Size

PEOPLE, EACH, ACTION, TYPE = 40, 25, "read", "mail_item"
CASBIN = """
[request_definition]
r = sub, obj
[policy_definition]
p = sub, obj
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.sub == p.sub && g(r.obj, p.obj)
"""


def questions(size: Size) -> list[AccessQuery]:
    """
    Half of them about what the person reaches, half about what the next one does: nearly all of those are refused.
    """
    people = [f"p{size.organizations + n}@bench.test" for n in range(1, PEOPLE + 1)]
    reached = {who: access.search(POST, who, ACTION, TYPE, limit=EACH)[0] for who in people}
    asked = []
    for n, who in enumerate(people):
        other = people[(n + 1) % len(people)]
        asked += [AccessQuery(who, ACTION, Ref(TYPE, key)) for key in (*reached[who], *reached[other])]
    return asked


def in_process(size: Size) -> None:
    """How many decisions a second, facts loaded."""
    asked = questions(size)
    facts = store.load(POST, {q.subject for q in asked}, [q.resource for q in asked]).facts
    allowed = [decide(q, facts).allowed for q in asked]
    share = sum(allowed) / len(asked)

    def ours() -> int:
        for question in asked:
            decide(question, facts)
        return len(asked)

    walk = walked(facts)
    agreed = [walk(q.subject, q.resource.id) for q in asked] == allowed

    def theirs() -> int:
        for question in asked:
            walk(question.subject, question.resource.id)
        return len(asked)

    best, rated = measure.per_second(theirs), measure.per_second(ours)
    line(f"a walk up a dictionary ({share:.0%} allowed)", rate(best), ratio="" if agreed else "ITS ANSWERS DIFFER")
    line(
        "check, facts loaded", rate(rated), ratio=f"{best / rated:.1f} times slower than it",
        wanted="150,000/s; ≤ 6 times", reached=rated >= 150_000 or best / rated <= 6,
    )  # fmt: skip
    for name, library, wanted in (("cedarpy", cedar, 10), ("pycasbin", casbin, 100)):
        try:
            work = library(facts, list(islice(asked, 0, None, 10)))
        except ImportError:
            line(name, "", ratio=f"not installed: `pip install {name}` beside to compare")
            continue
        other = measure.per_second(work)
        times = rated / other
        line(
            name,
            rate(other),
            ratio=f"we are {times:,.0f} times faster",
            wanted=f"≥ {wanted} times",
            reached=times >= wanted,
        )


def walked(facts: Facts) -> Callable[[str, str], bool]:
    """The least that any answer takes: from the resource's scope up, is one of them the person's?"""
    parents = {key: scope.parent for key, scope in facts.scopes.items()}
    places = {ref.id: resource.scope for ref, resource in facts.resources.items()}
    subtrees = {(g.subject, g.scope) for g in facts.grants if g.profile == "manager"}
    nodes = {(g.subject, g.scope) for g in facts.grants if g.profile != "manager"}

    def walk(subject: str, key: str) -> bool:
        at: str | None = places[key]
        if (subject, at) in nodes:
            return True
        while at is not None:
            if (subject, at) in subtrees:
                return True
            at = parents[at]
        return False

    return walk


def cedar(facts: Facts, asked: list[AccessQuery]) -> Callable[[], int]:
    """cedarpy, with only the entities that each question needs."""
    import cedarpy

    policies = (
        "permit(principal, action, resource) when { principal.nodes.contains(resource.scope) };"
        "permit(principal, action, resource) when { resource.scope in principal.subtrees };"
    )
    held: dict[str, dict[bool, list[Any]]] = {}
    for grant in facts.grants:
        mine = held.setdefault(grant.subject, {True: [], False: []})
        mine[grant.profile == "manager"].append(_entity("Scope", grant.scope))
    prepared = []
    for query in asked:
        scope = facts.resources[query.resource].scope
        mine = held[query.subject]
        entities = [
            {
                "uid": {"type": "User", "id": query.subject},
                "attrs": {"nodes": mine[False], "subtrees": mine[True]},
                "parents": [],
            },
            {
                "uid": {"type": "Mail", "id": query.resource.id},
                "attrs": {"scope": _entity("Scope", scope)},
                "parents": [],
            },
        ]
        for key in facts.paths[scope]:
            parent = facts.scopes[key].parent
            above = [] if parent is None else [{"type": "Scope", "id": parent or "root"}]
            entities.append({"uid": {"type": "Scope", "id": key or "root"}, "attrs": {}, "parents": above})
        request = {
            "principal": f'User::"{query.subject}"', "action": 'Action::"read"',
            "resource": f'Mail::"{query.resource.id}"', "context": {},
        }  # fmt: skip
        prepared.append((request, entities))

    def work() -> int:
        for request, entities in prepared:
            cedarpy.is_authorized(request, policies, entities)
        return len(prepared)

    return work


def _entity(type_: str, key: str) -> dict[str, Any]:
    return {"__entity": {"type": type_, "id": key or "root"}}


def casbin(facts: Facts, asked: list[AccessQuery]) -> Callable[[], int]:
    """pycasbin, holding the same people."""
    import logging

    import casbin as library

    logging.disable(logging.INFO)
    model = library.Model()
    model.load_model_from_text(CASBIN)
    enforcer = library.Enforcer(model)
    for grant in facts.grants:
        enforcer.add_policy(grant.subject, f"{'tree' if grant.profile == 'manager' else 'node'}:{grant.scope}")
    for scope in facts.scopes.values():
        if scope.parent is not None:
            enforcer.add_grouping_policy(f"tree:{scope.key}", f"tree:{scope.parent}")
        enforcer.add_grouping_policy(f"node:{scope.key}", f"tree:{scope.key}")
    pairs = [(q.subject, f"node:{facts.resources[q.resource].scope}") for q in asked]

    def work() -> int:
        for pair in islice(pairs, 20):
            enforcer.enforce(*pair)
        return 20

    return work


def from_cold(size: Size) -> None:
    """One check, and fifty, with the facts read from the database."""
    asked = questions(size)
    one = asked[0]
    with measure.counted() as seen:
        access.check(POST, *one)
    spent = measure.milliseconds(lambda: access.check(POST, *one), 200)
    line(
        "check, facts read",
        ms(spent),
        ratio=f"{len(seen)} query",
        wanted="≤ 3 ms, ≤ 3 queries",
        reached=spent <= 3 and len(seen) <= 3,
    )
    same = [(one.subject, ACTION, q.resource) for q in asked[:50]]
    mixed = [tuple(q) for q in asked[:: len(asked) // 50][:50]]
    for what, batch in (("one person", same), ("many people", mixed)):
        spent = measure.milliseconds(lambda batch=batch: access.check_many(POST, batch), 100)
        per = len(batch) / spent * 1000
        line(
            f"50 checks at once of {what}, facts read",
            ms(spent),
            ratio=rate(per),
            wanted="30,000/s",
            reached=per >= 30_000,
        )


def who() -> None:
    """Who may see one resource that about thirty people do."""
    key = Resource.objects.filter(scope__key=SEEN, type=TYPE).values_list("key", flat=True).first()
    ref = Ref(TYPE, key or "")
    with measure.counted() as seen:
        found = access.subjects(POST, ACTION, ref)
    spent = measure.milliseconds(lambda: access.subjects(POST, ACTION, ref), 50)
    line(
        f"who may see a resource ({len(found)} people)",
        ms(spent),
        ratio=f"{len(seen)} queries",
        wanted="≤ 2 ms",
        reached=spent <= 2,
    )

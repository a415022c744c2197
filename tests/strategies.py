"""
Near misses: a case starts from a grant that answers the question, and at most one thing of it is spoiled.

Grants drawn at random stand beside it as noise. Drawn at random alone, cases are nearly all refused, and for the same
few reasons: mistakes in the rule then go unnoticed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

from habilis.core import LEVELS, AccessQuery, Facts, Grant, Level, Model, Ref, Resource
from habilis.core.model import ADMINISTRATIVE
from tests.builders import FEATURES, LEA, MAUD, NOW, TICK, facts, grant, model, profile, resource, scope

LICENSED = model(
    profile("licensed", license="some", **dict.fromkeys((*FEATURES, "scopes"), "edit")),
    profile("licensed_here", "node", license="some", **dict.fromkeys((*FEATURES, "members"), "edit")),
    profile("moderator", moderation="edit", scopes="view", papers="view"),
    licenses={"some": {"papers": "edit", "old_papers": "view", "drafts": "print", "module": "edit"}},
)
SCOPES = ("", "office", "office/dossier", "office/office", "office/office/dossier", "office2", "office2/dossier")
PROFILES = tuple(LICENSED.profiles)
TYPES = ("paper", "draft", "review", "secret", "gadget")
levels = st.sampled_from(list(Level))
instants = st.sampled_from([NOW - 2 * TICK, NOW - TICK, NOW, NOW + TICK, NOW + 2 * TICK])
optional_instants = st.none() | instants
somebody = st.sampled_from([LEA, MAUD])
tables = st.dictionaries(st.sampled_from(FEATURES), levels, max_size=3)
adjustments = st.dictionaries(st.sampled_from([*FEATURES, *ADMINISTRATIVE]), levels, max_size=4)


@dataclass(frozen=True)
class Case:
    """A question, its facts, and the grant from which the case was made."""

    query: AccessQuery
    facts: Facts
    main: Grant

    def __iter__(self):
        return iter((self.query, self.facts))


@st.composite
def grants(draw: st.DrawFn, subject: st.SearchStrategy[str] = somebody) -> Grant:
    """Any grant."""
    return Grant(
        draw(subject),
        draw(st.sampled_from(SCOPES)),
        draw(st.sampled_from(PROFILES)),
        draw(st.none() | optional_instants),
        draw(st.none() | optional_instants),
        draw(st.just({}) | adjustments),
    )


@st.composite
def resources(draw: st.DrawFn) -> Resource:
    """Anything, on any scope but the root."""
    type_ = draw(st.sampled_from(TYPES))
    people = st.frozensets(somebody, max_size=1)
    return resource(
        type_,
        draw(st.sampled_from(SCOPES[1:])),
        draw(st.sampled_from("xyz")),
        author=draw(st.none() | somebody),
        state=draw(st.sampled_from(["open", "archived"])) if type_ == "paper" else "",
        approvers=draw(people),
        approved_by=draw(people),
    )


def described(draw: st.DrawFn) -> dict[str, dict[str, Any]]:
    """Scopes, nearly all open, that sometimes impose something."""
    words: dict[str, dict[str, Any]] = {"office/office": {}, "office/office/dossier": {"parent": "office/office"}}
    for key in SCOPES[1:]:
        more = words.setdefault(key, {})
        if key.endswith("dossier"):
            more["options"] = draw(st.sampled_from([frozenset({"module"}), frozenset()]))
        more["author"] = draw(st.none() | somebody)
        more["configuration"] = draw(st.just({}) | tables)
        more["status"] = draw(st.sampled_from(["active"] * 8 + ["inactive", "pending"]))
    return words


SPOILS = (
    "nothing",
    "nothing",
    "person",
    "begins",
    "ends",
    "scope",
    "level",
    "configuration",
    "inactive",
    "pending",
    "profile",
    "row",
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A question that one grant answers, or would but for one thing."""
    things = (*draw(st.lists(resources(), max_size=3)), resource("paper", "office/office/dossier", "deep", author=LEA))
    known = facts(model=LICENSED, scopes=described(draw), resources=things)
    main, ref = _answered(draw, known)
    rules = known.model.rules[ref.type]
    verb = draw(st.sampled_from(sorted(rules)))
    known = replace(known, grants=(main, *draw(st.lists(grants(), max_size=3))))
    return _spoiled(draw, Case(AccessQuery(LEA, verb, ref), known, main))


def _answered(draw: st.DrawFn, known: Facts) -> tuple[Grant, Ref]:
    """A grant, and a thing within its reach."""
    held = known.model.profiles[draw(st.sampled_from(["everything", "conditional", *PROFILES]))]
    on = "" if held.key == "portal_admin" else draw(st.sampled_from(SCOPES))
    within = [key for key, path in known.paths.items() if key == on or (held.reach == "subtree" and on in path)]
    things = [ref for ref, thing in known.resources.items() if thing.scope in within]
    if not things or draw(st.booleans()):
        things = [Ref(known.scopes[key].kind, key) for key in within]
    return grant(held.key, on), draw(st.sampled_from(sorted(things)))


def _spoiled(draw: st.DrawFn, case: Case) -> Case:
    main, known, query = case.main, case.facts, case.query
    target = known.resources[query.resource].scope if query.resource in known.resources else query.resource.id
    match draw(st.sampled_from(SPOILS)):
        case "person":
            known = replace(known, active=frozenset({MAUD}))
        case "begins":
            main = replace(main, valid_from=draw(instants))
        case "ends":
            main = replace(main, valid_until=draw(instants))
        case "scope":
            main = replace(main, scope=draw(st.sampled_from(SCOPES)))
        case "level":
            main = replace(main, adjustments=draw(adjustments))
        case "profile":
            main = replace(main, profile=draw(st.sampled_from(PROFILES)))
        case "configuration":
            known = with_scope(known, draw(st.sampled_from(known.paths[target])), configuration=draw(tables))
        case "inactive" | "pending" as status:
            known = with_scope(known, draw(st.sampled_from(known.paths[target])), status=status)
        case "row" if query.resource in known.resources:
            thing = replace(
                known.resources[query.resource], author=MAUD, approvers=frozenset(), approved_by=frozenset()
            )
            known = replace(known, resources={**known.resources, query.resource: thing})
    grants_ = tuple(main if one is case.main else one for one in known.grants)
    return Case(query, replace(known, grants=grants_), main)


def with_scope(known: Facts, key: str, **changes: Any) -> Facts:
    """*known* with one scope changed; the root imposes nothing and stays open."""
    if not key:
        return known
    return replace(known, scopes={**known.scopes, key: replace(known.scopes[key], **changes)})


def with_license(known: Facts, levels_: Mapping[str, Level]) -> Facts:
    """*known* where the one license bounds to *levels_*."""
    changed: Model = replace(known.model, licenses={"some": levels_})
    return replace(known, model=changed)


__all__ = ["LEVELS", "Case", "cases", "grants", "levels", "scope", "with_license", "with_scope"]

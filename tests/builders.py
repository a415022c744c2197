"""
Builders with telling defaults: a test says what matters to it, and nothing else.

One small model holds everything that the rule can say: two kinds that nest, a feature for each condition, a license, a
configuration, an option, a state that changes the governing feature, both reaches.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from habilis.core import (
    LEVELS,
    PORTAL,
    AccessQuery,
    Cell,
    Condition,
    Decision,
    Facts,
    Grant,
    Level,
    Model,
    Profile,
    Reach,
    Ref,
    Resource,
    ResourceType,
    Scope,
    ScopeKind,
    decide,
)
from habilis.core.model import ADMINISTRATIVE, portal_admin

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
TICK = timedelta(microseconds=1)
LEA, MAUD = "lea@acme.example", "maud@acme.example"

FEATURES = ("papers", "old_papers", "drafts", "reviews", "secrets", "post", "module")
EVERYTHING = dict.fromkeys((*FEATURES, *ADMINISTRATIVE), "edit")


def cells(written: Mapping[str, str]) -> dict[str, Cell]:
    """Cells as data files write them: `edit/own`."""
    made = {}
    for feature, text in written.items():
        level, _, condition = text.partition("/")
        made[feature] = Cell(LEVELS[level].value, Condition(condition) if condition else None)
    return made


def profile(key: str = "clerk", reach: str = "subtree", license: str | None = None, **written: str) -> Profile:
    """A profile that can be held anywhere."""
    return Profile(
        key, cells(written or {"papers": "edit"}), frozenset({PORTAL, "office", "dossier"}), Reach(reach), license
    )


def model(*profiles: Profile, licenses: Mapping[str, Mapping[str, str]] | None = None, **more: Any) -> Model:
    """Offices hold offices and dossiers; both can be configured, and dossiers have one option."""
    known = {
        one.key: one
        for one in (
            portal_admin(frozenset(FEATURES)),
            profile("clerk", scopes="view", papers="edit", old_papers="view"),
            profile("reader", "node", papers="view", scopes="view"),
            profile("everything", **EVERYTHING),
            profile("everything_here", "node", **EVERYTHING),
            profile(
                "conditional",
                papers="view",
                drafts="edit/own",
                reviews="edit/awaited",
                secrets="edit/direct",
                post="edit/unattached",
            ),
            *profiles,
        )
    }
    return Model(
        kinds={
            PORTAL: ScopeKind(PORTAL, frozenset()),
            "office": ScopeKind("office", frozenset({PORTAL, "office"}), configurable=True),
            "dossier": ScopeKind("dossier", frozenset({"office"}), configurable=True, options=frozenset({"module"})),
        },
        features=frozenset(FEATURES),
        types={
            "paper": ResourceType(
                "paper",
                frozenset({"office", "dossier"}),
                {**dict.fromkeys(("list", "read", "print", "edit", "delete"), "papers"), "create": "post"},
                ("open", "archived"),
                {"archived": dict.fromkeys(("list", "read", "print"), "old_papers")},
            ),
            **{
                type_: ResourceType(
                    type_,
                    frozenset({"office", "dossier"}),
                    dict.fromkeys(("list", "read", "print", "create", "edit"), feature),
                )
                for type_, feature in (
                    ("draft", "drafts"),
                    ("review", "reviews"),
                    ("secret", "secrets"),
                    ("gadget", "module"),
                )
            },
        },
        profiles=known,
        licenses={k: {f: LEVELS[word] for f, word in v.items()} for k, v in (licenses or {}).items()},
        options={"module": "module"},
        **more,
    )


MODEL = model()


def scope(key: str, parent: str | None = "", kind: str = "", **more: Any) -> Scope:
    """A scope whose kind shows in its key: `office…` or `dossier…`."""
    last = key.rsplit("/", maxsplit=1)[-1]
    kind = kind or ("office" if last.startswith("office") else "dossier" if key else PORTAL)
    configuration = {
        f: word if isinstance(word, Level) else LEVELS[word] for f, word in more.pop("configuration", {}).items()
    }
    return Scope(key, kind, None if not key else parent, configuration=configuration, **more)


def grant(profile: str = "clerk", scope: str = "office", subject: str = LEA, **more: Any) -> Grant:
    """Léa holds *profile* on *scope*, since always and for good."""
    adjustments = {feature: LEVELS[word] for feature, word in more.pop("adjustments", {}).items()}
    return Grant(subject, scope, profile, adjustments=adjustments, **more)


def resource(type_: str = "paper", scope: str = "office/dossier", key: str = "1", **more: Any) -> Resource:
    """The one thing of its type on the dossier."""
    return Resource(type_, key, scope, state=more.pop("state", "open" if type_ == "paper" else ""), **more)


def facts(
    *grants: Grant,
    scopes: Mapping[str, Mapping[str, Any]] | None = None,
    resources: tuple[Resource, ...] = (),
    **more: Any,
) -> Facts:
    """
    An office with a dossier, another office with another dossier, one of each thing on the first dossier.

    *scopes* adds scopes, or says more of those; *more* replaces any part of the facts.
    """
    described: dict[str, dict[str, Any]] = {
        "": {"parent": None},
        "office": {"parent": ""},
        "office/dossier": {"parent": "office"},
        "office2": {"parent": ""},
        "office2/dossier": {"parent": "office2"},
    }
    for key, words in (scopes or {}).items():
        described[key] = {"parent": "office", **described.get(key, {}), **words}
    found = {
        Ref(one.type, one.key): one
        for one in (*(resource(type_) for type_ in ("paper", "draft", "review", "secret", "gadget")), *resources)
    }
    return Facts(
        more.pop("model", MODEL),
        more.pop("now", NOW),
        {key: scope(key, **words) for key, words in described.items()},
        grants,
        more.pop("active", frozenset({LEA, MAUD})),
        found,
    )


def ask(known: Facts, action: str = "read", thing: str = "paper:1", subject: str = LEA) -> Decision:
    """May Léa read the paper?"""
    return decide(AccessQuery(subject, action, Ref.parse(thing)), known)

"""
Random worlds of the shipped blueprints, the same at each run for a seed.

Every person gets one grant that would answer many questions, and at most one thing of it is spoiled: the person, the
period, the scope, the level, the ceiling or the condition; other grants stand beside it as noise. Questions are aimed
at what that grant would answer. Plain random worlds would be refused nearly always, for the same two reasons.
"""

from __future__ import annotations

import json
import random
import tomllib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from habilis.blueprints import loader
from tests.oracle import ADMINISTRATIVE, ON_A_SCOPE, Oracle

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
TICK = timedelta(microseconds=1)
LEVELS = ("none", "print", "view", "edit")
SPOILS = (
    *["nothing"] * 5, *["adjusted"] * 2, *["scope_pending"] * 2, *["below_inactive"] * 2,
    "inactive_person", "not_begun", "ended", "asleep", "lowered", "raised",
)  # fmt: skip
COMMON = 16
"""Of the questions aimed at one grant, how many at most of those that no rare reason decides."""


@cache
def raw_blueprint(name: str) -> dict[str, Any]:
    return tomllib.loads((loader.find(name) / "portal.toml").read_text(encoding="utf-8"))


@dataclass
class RandomWorld:
    """A world as its tables, and the questions aimed at its grants: (person, action, type, key)."""

    blueprint: str
    seed: int
    tables: dict[str, Any]
    aimed: list[tuple[str, str, str, str]] = field(default_factory=list)

    @property
    def toml(self) -> str:
        return written(self.tables)

    @property
    def oracle(self) -> Oracle:
        return Oracle(raw_blueprint(self.blueprint), self.tables, NOW)

    @property
    def people(self) -> list[str]:
        return [person["email"] for person in self.tables["people"]]

    @property
    def things(self) -> list[tuple[str, str]]:
        """Everything that can be asked about: (type or kind, key)."""
        scopes = [("portal", ""), *((s["kind"], s["key"]) for s in self.tables["scopes"])]
        return [*scopes, *((r["type"], r["key"]) for r in self.tables["resources"])]


def written(tables: dict[str, Any]) -> str:
    """*tables* as TOML."""
    lines = [f"blueprint = {value(tables['blueprint'])}", "[portal]"]
    lines += [f"{key} = {value(item)}" for key, item in tables["portal"].items()]
    for section, rows in tables.items():
        if section not in ("blueprint", "portal"):
            for row in rows:
                lines.append(f"[[{section}]]")
                lines += [f"{key} = {value(item)}" for key, item in row.items()]
    return "\n".join(lines) + "\n"


def value(item: Any) -> str:
    match item:
        case bool():
            return "true" if item else "false"
        case str():
            return json.dumps(item)
        case datetime():
            return item.isoformat()
        case list():
            return f"[{', '.join(map(value, item))}]"
        case dict():
            return f"{{ {', '.join(f'{value(key)} = {value(each)}' for key, each in item.items())} }}"
    return str(item)


def random_world(blueprint: str, seed: int, *, people: int = 14, portal: str = "") -> RandomWorld:
    """The world of *blueprint* that belongs to *seed*."""
    return _Maker(blueprint, seed, portal or f"{blueprint}-{seed}").made(people)


class _Maker:
    def __init__(self, blueprint: str, seed: int, portal: str) -> None:
        self.name, self.seed, self.raw = blueprint, seed, raw_blueprint(blueprint)
        self.random = random.Random(f"{blueprint}/{seed}")
        self.tables: dict[str, Any] = {
            "blueprint": blueprint,
            "portal": {"key": portal, "name": "Au hasard"},
            "people": [],
            "scopes": [],
            "profiles": [],
            "grants": [],
            "resources": [],
        }
        self.oracle = Oracle(self.raw, self.tables, NOW)
        self.chosen: dict[tuple[str, str], str] = {}  # (person, anchor) → the one profile they hold there
        self.main: dict[str, dict[str, Any]] = {}

    def made(self, people: int) -> RandomWorld:
        self.tables["people"] = [
            {"email": f"p{n}@{'here' if n % 2 else 'there'}.example", "name": f"Personne {n}"} for n in range(people)
        ]
        self.scopes()
        self.derive()
        for person in self.tables["people"]:
            self.grants_of(person)
        self.resources()
        aimed = [question for person in self.main for question in self.aimed_at(person)]
        return RandomWorld(self.name, self.seed, self.tables, aimed)

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    # Scopes: a few of each kind, most of them open

    def scopes(self) -> None:
        parents: dict[str, list[str]] = {"portal": [""]}
        kinds = self.raw["kinds"]
        for kind in kinds:
            for n in range(self.random.randint(3, 4) if len(kinds) > 2 else self.random.randint(3, 6)):
                under = self.random.choice([k for k in kinds[kind]["under"] if parents.get(k)])
                above = self.random.choice(parents[under])
                if len(self.oracle.path(above)) > 4:
                    above = ""
                    if "portal" not in kinds[kind]["under"]:
                        continue
                key = f"{above}/{kind}{n}" if above else f"{kind}{n}"
                self.tables["scopes"].append(self.scope(key, kind, above))
                parents.setdefault(kind, []).append(key)

    def scope(self, key: str, kind: str, parent: str) -> dict[str, Any]:
        raw = self.raw["kinds"][kind]
        row: dict[str, Any] = {"key": key, "kind": kind, "name": key.title()}
        if parent:
            row["parent"] = parent
        if self.chance(0.16):
            row["status"] = self.random.choice(["pending", "inactive"])
        if self.chance(0.5):
            row["author"] = self.someone()
        if raw.get("options"):
            row["options"] = [option for option in raw["options"] if self.chance(0.6)]
        if raw.get("configurable") and self.chance(0.75):
            row["configuration"] = (
                self.random.choice(list(self.raw["configurations"]))
                if self.chance(0.6)
                else {f: self.random.choice(LEVELS) for f in self.some_of(self.raw["features"], 4)}
            )
        return row

    def someone(self) -> str:
        return self.random.choice(self.tables["people"])["email"]

    def some_of(self, words: Any, most: int) -> list[str]:
        words = sorted(words)
        return self.random.sample(words, min(len(words), self.random.randint(1, most)))

    def derive(self) -> None:
        if self.raw.get("deriving"):
            for n in range(2):
                base = self.random.choice([k for k, p in self.raw["profiles"].items() if p.get("license")])
                licensed = self.raw["licenses"][self.raw["profiles"][base]["license"]]["levels"]
                levels = {feature: self.random.choice(LEVELS) for feature in self.some_of(licensed, 4)}
                self.tables["profiles"].append({"key": f"d{n}", "derives": base, "name": f"D{n}", "levels": levels})

    # Grants: one that answers, spoiled at most once, and noise

    def grants_of(self, person: dict[str, Any]) -> None:
        spoil = self.random.choice(SPOILS)
        who = person["email"]
        profile, scope = self.place(spoil)
        grant = self.hold(who, scope, profile)
        if grant is None:
            return
        self.main[who] = grant
        if spoil == "inactive_person":
            person["active"] = False
        elif spoil == "not_begun":
            grant["from"] = NOW + self.random.choice([TICK, timedelta(days=30)])
        elif spoil == "ended":
            grant["until"] = NOW - self.random.choice([TICK * 0, TICK, timedelta(days=30)])
        elif spoil in ("adjusted", "lowered"):
            features = [*self.raw["features"], *ADMINISTRATIVE]
            choices = ("edit", "edit", "view", "print") if spoil == "adjusted" else ("none", "print", "view")
            grant["adjustments"] = {f: self.random.choice(choices) for f in self.some_of(features, 7)}
        elif spoil == "raised":
            grant["adjustments"] = dict.fromkeys(self.raw["features"], "edit")
        elif self.chance(0.3):
            grant["from"] = NOW - self.random.choice([TICK * 0, TICK, timedelta(days=30)])
            grant["until"] = NOW + self.random.choice([TICK, timedelta(days=30)])
        for _ in range(self.random.choice([0, 0, 1, 1, 2, 3])):
            self.noise(who)

    def place(self, spoil: str) -> tuple[str, str]:
        """A profile and a scope on which it can be held: asleep, above what is pending or closed, as *spoil* says."""
        profiles = {**self.raw["profiles"], "portal_admin": {"on": ["portal"]}}
        profiles |= {p["key"]: self.raw["profiles"][p["derives"]] for p in self.tables["profiles"]}
        places = [
            (p, s["key"])
            for p in profiles
            for s in [self.root, *self.tables["scopes"]]
            if s["kind"] in profiles[p]["on"]
        ]
        wanted = {
            "asleep": lambda key: self.is_("inactive", key),
            "scope_pending": lambda key: self.is_("pending", key) or self.above("pending", key),
            "below_inactive": lambda key: not self.is_("inactive", key) and self.above("inactive", key),
        }.get(spoil, lambda key: not self.is_("inactive", key) and not self.is_("pending", key))
        found = [place for place in places if wanted(place[1])] or places
        profile = self.random.choice(
            sorted({p for p, _ in found} - ({"portal_admin"} if self.chance(0.5) else set())) or ["portal_admin"]
        )
        return self.random.choice(
            [place for place in (found if any(p == profile for p, _ in found) else places) if place[0] == profile]
        )

    @property
    def root(self) -> dict[str, Any]:
        return {"key": "", "kind": "portal"}

    def is_(self, status: str, key: str) -> bool:
        return any(scope.get("status") == status for scope in self.oracle.path(key))

    def above(self, status: str, key: str) -> bool:
        return any(
            s["key"] != key and self.is_(status, s["key"]) and key in [p["key"] for p in self.oracle.path(s["key"])]
            for s in self.tables["scopes"]
        )

    def hold(self, who: str, scope: str, profile: str) -> dict[str, Any] | None:
        """Add a grant where the blueprint admits it beside those that the person has."""
        if any((g["person"], g["scope"], g["profile"]) == (who, scope, profile) for g in self.tables["grants"]):
            return None
        anchor = self.anchor(scope, profile)
        if anchor is not None and self.chosen.setdefault((who, anchor), profile) != profile:
            return None
        requires = self.raw["profiles"].get(profile, {}).get("requires", {}).get(self.oracle.scope(scope)["kind"])
        if requires:
            above = next(s["key"] for s in self.oracle.path(scope) if s["kind"] == requires)
            if not any((g["person"], g["scope"], g["profile"]) == (who, above, profile) for g in self.tables["grants"]):
                self.tables["grants"].append({"person": who, "scope": above, "profile": profile})
        grant = {"person": who, "scope": scope, "profile": profile}
        self.tables["grants"].append(grant)
        return grant

    def anchor(self, scope: str, profile: str) -> str | None:
        base = next((p["derives"] for p in self.tables["profiles"] if p["key"] == profile), profile)
        per = self.raw["one_profile_per"]
        if base == "portal_admin" or not self.raw["profiles"][base].get("client", True):
            return None
        if per == "scope":
            return scope
        return next((s["key"] for s in self.oracle.path(scope) if s["kind"] == per), None)

    def noise(self, who: str) -> None:
        profile, scope = self.place("")
        if profile == "portal_admin":
            return
        grant = self.hold(who, scope, profile)
        if grant is None:
            return
        if self.chance(0.4):
            grant["until"] = NOW - timedelta(days=self.random.randint(0, 3))
        elif self.chance(0.3):
            grant["from"] = NOW + timedelta(days=self.random.randint(1, 3))
        if self.chance(0.3):
            grant["adjustments"] = {f: self.random.choice(LEVELS) for f in self.some_of(self.raw["features"], 3)}

    # Resources: in every state, written and awaited by those who hold something near

    def resources(self) -> None:
        count = 0
        for type_, raw in self.raw["types"].items():
            places = [s["key"] for s in self.tables["scopes"] if s["kind"] in raw["on"]]
            cells = [
                profile["cells"].get(f, "")
                for f in raw["governs"].values()
                for profile in self.raw["profiles"].values()
            ]
            conditional = any(cell.endswith(("/own", "/awaited")) for cell in cells)
            for _ in range(16 if conditional else 10 if len(self.raw["types"]) < 4 else 5):
                scope = self.random.choice(places)
                near = [
                    g["person"]
                    for g in self.tables["grants"]
                    if g["scope"] in [s["key"] for s in self.oracle.path(scope)]
                ]
                row: dict[str, Any] = {"type": type_, "key": f"r{count}", "scope": scope, "title": f"R {count}"}
                count += 1
                if raw.get("states"):
                    row["state"] = self.random.choice(raw["states"])["key"]
                if self.chance(0.8):
                    row["author"] = self.random.choice(near) if near and self.chance(0.6) else self.someone()
                if self.chance(0.5):
                    row["approvers"] = sorted({self.random.choice(near or [self.someone()]) for _ in range(2)})
                if self.chance(0.5):
                    row["approved_by"] = sorted({self.random.choice(near or [self.someone()]) for _ in range(2)})
                self.tables["resources"].append(row)

    # Questions that the main grant would answer, nearly

    def aimed_at(self, person: str) -> list[tuple[str, str, str, str]]:
        common, rare = [], []
        grant = self.main[person]
        profile = self.oracle.profile(grant["profile"])
        licensed = self.raw.get("licenses", {}).get(profile.get("license"), {}).get("levels")
        scopes = [self.root, *self.tables["scopes"]]
        for thing in (*scopes, *self.tables["resources"]):
            scope, type_ = (thing["key"], thing["kind"]) if "kind" in thing else (thing["scope"], thing["type"])
            path = [s["key"] for s in self.oracle.path(scope)]
            near = scope == grant["scope"] or (profile["reach"] == "subtree" and grant["scope"] in path)
            if not near and not self.chance(0.04):
                continue
            for action in self.actions(type_):
                rule = self.oracle.governing(type_, action, thing.get("state", ""))
                if rule is None:
                    continue
                question = (person, action, type_, thing["key"])
                cell = profile["cells"].get(rule[0], "none")
                unlicensed = (
                    licensed is not None and rule[0] in grant.get("adjustments", {}) and rule[0] not in licensed
                )
                bounded = cell != "none" and rule[0] in self.bounded(grant)
                from_above = cell != "none" and action == "configure"
                if "/" in cell or from_above or bounded or (unlicensed and rule[0] not in ADMINISTRATIVE):
                    rare.append(question)
                elif self.chance(1.0 if cell != "none" else 0.2):
                    common.append(question)
        return rare + (common if len(common) < COMMON else self.random.sample(common, COMMON))

    def bounded(self, grant: dict[str, Any]) -> set[str]:
        """The features of which a configuration or an option leaves the grant less than everything."""
        found: set[str] = set()
        for scope in self.oracle.path(grant["scope"]):
            found |= {f for f, level in self.oracle.configuration(scope).items() if level != "edit"}
            options = set(self.raw["kinds"].get(scope["kind"], {}).get("options", ())) - set(scope.get("options", ()))
            found |= {self.raw["options"][option]["feature"] for option in options}
        return found

    def actions(self, type_: str) -> list[str]:
        if type_ in self.raw["types"]:
            return [action for action in self.raw["types"][type_]["governs"] if action != "create"]
        return [*ON_A_SCOPE, *(f"create_{word}" for word in (*self.raw["kinds"], *self.raw["types"]))]

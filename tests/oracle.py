"""
The rule again, written a second time and as plainly as possible, to be compared with the first.

It reads the raw tables of a `portal.toml` and of a data file, straight from the sentences of the rule; it shares no
code with `habilis.core`, keeps nothing from one question to the next, and is as slow as it is simple.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

Raw = dict[str, Any]

LEVELS = {
    "none": set(),
    "print": {"list", "print"},
    "view": {"list", "read"},
    "edit": {"list", "read", "print", "write"},
}
ADMINISTRATIVE = ("members", "requests", "scopes", "profiles", "settings", "configuration", "journal", "moderation")
ON_A_SCOPE = {
    "list": ("scopes", "list"),
    "read": ("scopes", "read"),
    "print": ("scopes", "print"),
    "edit": ("scopes", "write"),
    "attach": ("members", "write"),
    "detach": ("members", "write"),
    "invite": ("members", "write"),
    "adjust": ("members", "write"),
    "read_members": ("members", "read"),
    "export": ("members", "list"),
    "decide": ("requests", "write"),
    "configure": ("configuration", "write"),
    "set": ("settings", "write"),
    "read_settings": ("settings", "read"),
    "moderate": ("moderation", "write"),
    "read_journal": ("journal", "read"),
    "derive": ("profiles", "write"),
}
ROOT = {"key": "", "kind": "portal", "name": ""}


class Oracle:
    """Answers questions about one portal, described by *blueprint*, filled with *world*, at the instant *now*."""

    def __init__(self, blueprint: Raw, world: Raw, now: datetime) -> None:
        self.blueprint, self.world, self.now = blueprint, world, now

    # What is asked about

    def scope(self, key: str) -> Raw | None:
        if key == "":
            return ROOT
        return next((scope for scope in self.world.get("scopes", []) if scope["key"] == key), None)

    def thing(self, type_: str, key: str) -> Raw | None:
        if type_ == "portal" or type_ in self.blueprint["kinds"]:
            scope = self.scope(key)
            return scope if scope and scope["kind"] == type_ else None
        found = [r for r in self.world.get("resources", []) if (r["type"], r["key"]) == (type_, key)]
        return found[0] if found else None

    def path(self, key: str) -> list[Raw]:
        """The scope and those above, nearest first."""
        path = [self.scope(key)]
        while path[-1]["key"] != "":
            path.append(self.scope(path[-1].get("parent", "")))
        return path

    def governing(self, type_: str, action: str, state: str) -> tuple[str, str] | None:
        """The feature that governs the action, and whether it lists, reads, prints or writes."""
        kinds, types = self.blueprint["kinds"], self.blueprint.get("types", {})
        if type_ == "portal" or type_ in kinds:
            if action in ON_A_SCOPE:
                feature, verb = ON_A_SCOPE[action]
                return kinds.get(type_, {}).get("governs", {}).get(action, feature), verb
            made = action.removeprefix("create_")
            if made == action:
                return None
            if made in kinds:
                return ("scopes", "write") if type_ in kinds[made]["under"] else None
            if made in types:
                return (types[made]["governs"]["create"], "write") if type_ in types[made]["on"] else None
            return None
        if type_ not in types or action == "create" or action not in types[type_]["governs"]:
            return None
        feature = types[type_]["governs"][action]
        for one in types[type_].get("states", []):
            if one["key"] == state:
                feature = one.get("governs", {}).get(action, feature)
        return feature, action if action in ("list", "read", "print") else "write"

    # What a grant holds

    def profile(self, key: str) -> Raw:
        if key == "portal_admin":
            features = [*self.blueprint["features"], *ADMINISTRATIVE]
            return {"reach": "subtree", "cells": dict.fromkeys(features, "edit")}
        for row in self.world.get("profiles", []):
            if row["key"] == key:
                base = self.profile(row["derives"])
                cells = dict(base["cells"])
                for feature, level in row.get("levels", {}).items():
                    _, slash, condition = cells.get(feature, "none").partition("/")
                    cells[feature] = level + slash + condition
                return {**base, "cells": cells}
        return self.blueprint["profiles"][key]

    def configuration(self, scope: Raw) -> Raw:
        written = scope.get("configuration", {})
        return self.blueprint["configurations"][written]["levels"] if isinstance(written, str) else written

    def holds(self, grant: Raw, feature: str) -> tuple[set[str], str]:
        """Profile ∩ license ∩ configuration for the feature, and the condition of the cell."""
        profile = self.profile(grant["profile"])
        level, _, condition = profile["cells"].get(feature, "none").partition("/")
        verbs = LEVELS[grant.get("adjustments", {}).get(feature, level)]
        if feature not in ADMINISTRATIVE:
            if profile.get("license"):
                licensed = self.blueprint["licenses"][profile["license"]]["levels"]
                verbs = verbs & LEVELS[licensed.get(feature, "none")]
            for scope in self.path(grant["scope"]):
                verbs = verbs & LEVELS[self.configuration(scope).get(feature, "edit")]
                for option in self.blueprint["kinds"].get(scope["kind"], {}).get("options", []):
                    if self.blueprint["options"][option]["feature"] == feature and option not in scope.get(
                        "options", []
                    ):
                        verbs = set()
        return verbs, condition

    def is_active(self, person: str) -> bool:
        return any(p["email"] == person and p.get("active", True) for p in self.world.get("people", []))

    def in_force(self, grant: Raw) -> bool:
        begun = "from" not in grant or grant["from"] <= self.now
        ended = "until" in grant and grant["until"] <= self.now
        sleeps = any(scope.get("status") == "inactive" for scope in self.path(grant["scope"]))
        return self.is_active(grant["person"]) and begun and not ended and not sleeps

    # The rule

    def allowed(self, person: str, action: str, type_: str, key: str) -> bool:
        thing = self.thing(type_, key)
        if thing is None:
            return False
        rule = self.governing(type_, action, thing.get("state", self.initial(type_)))
        if rule is None:
            return False
        if any(
            self.answers(grant, person, action, rule, thing)
            for grant in self.world.get("grants", [])
            if grant["person"] == person
        ):
            return True
        about_scope = "kind" in thing
        pending = about_scope and any(scope.get("status") == "pending" for scope in self.path(key))
        return pending and action in ("list", "read") and thing.get("author") == person and self.is_active(person)

    def initial(self, type_: str) -> str:
        states = self.blueprint.get("types", {}).get(type_, {}).get("states", [])
        return states[0]["key"] if states else ""

    def answers(self, grant: Raw, person: str, action: str, rule: tuple[str, str], thing: Raw) -> bool:  # noqa: C901 - the whole rule, in order
        feature, verb = rule
        about_scope = "kind" in thing
        scope = thing if about_scope else self.scope(thing["scope"])
        path = self.path(scope["key"])
        if not self.in_force(grant):
            return False
        here = grant["scope"] == scope["key"]
        above = any(one["key"] == grant["scope"] for one in path[1:])
        if not here and not (above and self.profile(grant["profile"])["reach"] == "subtree"):
            return False
        if action == "configure" and here:
            return False
        if any(one.get("status") == "pending" for one in path) and not self.holds(grant, "moderation")[0]:
            return False
        if any(one.get("status") == "inactive" for one in path) and verb == "write":
            administers = about_scope and thing.get("status") == "inactive"
            if not administers or action in ("attach", "invite") or action.startswith("create_"):
                return False
        verbs, condition = self.holds(grant, feature)
        if verb not in verbs:
            return False
        awaits = person in thing.get("approvers", []) and person not in thing.get("approved_by", [])
        if condition == "direct":
            return here
        if condition == "awaited":
            return awaits
        if condition == "own":
            mine = thing.get("author") == person or action.startswith("create_")
            return mine or awaits or person in thing.get("approved_by", [])
        if condition == "unattached":
            return not any(
                other["person"] == person
                and self.in_force(other)
                and other["scope"] != grant["scope"]
                and any(one["key"] == grant["scope"] for one in self.path(other["scope"]))
                for other in self.world.get("grants", [])
            )
        return True

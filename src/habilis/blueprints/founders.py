"""Reads what whoever founds a scope becomes on it: only where its numbers tell one scope of the kind from another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from habilis.blueprints.reading import Table
from habilis.blueprints.schema import Identifier
from habilis.core import PORTAL


def founder(kind: str, table: Table, identifiers: Mapping[str, Identifier], profiles: Mapping[str, Any]) -> str:
    """The profile of whoever founds one of *kind*, or nothing; a fault where it cannot be so."""
    profile = table.one_of("founder_becomes", profiles)
    listed = {key: table.raw(key) for key in ("identifiers", "under")}
    if not profile or not all(isinstance(value, list) for value in listed.values()):
        return profile
    checked = [key for key in listed["identifiers"] if key in identifiers and identifiers[key].check]
    if not checked or PORTAL not in listed["under"]:
        table.fault("founder_becomes", "expected a kind under `portal`, with an identifier that has a `check`")
    elif kind not in profiles[profile].get("on", ()):
        table.fault("founder_becomes", f"`{profile}` is not held on `{kind}`: expected a profile that is")
    return profile

"""
The heart: what a portal's rule is, and how one question is answered from it.

Standard library only. No clock, no database, no settings, no translation: everything is an immutable value or a
pure function.
"""

from __future__ import annotations

from habilis.core.actions import LEVELS, NOTHING, Access, Level, Verb
from habilis.core.decide import decide
from habilis.core.delegation import excess
from habilis.core.errors import Conflict, Fault, HabilisError, Invalid, NotFound, Refused
from habilis.core.explain import Account, Remedy, explain
from habilis.core.facts import Facts, Grant, Held, Resource, Scope
from habilis.core.listing import list_actions, list_resources, list_subjects
from habilis.core.model import ADMINISTRATIVE, Cell, Condition, Model, Profile, Reach, ResourceType, Rule, ScopeKind
from habilis.core.names import PORTAL, PORTAL_ADMIN, Ref, canonical_address
from habilis.core.query import AccessQuery, Decision, Step, Unanswerable, Verdict

__all__ = [
    "ADMINISTRATIVE",
    "LEVELS",
    "NOTHING",
    "PORTAL",
    "PORTAL_ADMIN",
    "Access",
    "AccessQuery",
    "Account",
    "Cell",
    "Condition",
    "Conflict",
    "Decision",
    "Facts",
    "Fault",
    "Grant",
    "HabilisError",
    "Held",
    "Invalid",
    "Level",
    "Model",
    "NotFound",
    "Profile",
    "Reach",
    "Ref",
    "Refused",
    "Remedy",
    "Resource",
    "ResourceType",
    "Rule",
    "Scope",
    "ScopeKind",
    "Step",
    "Unanswerable",
    "Verb",
    "Verdict",
    "canonical_address",
    "decide",
    "excess",
    "explain",
    "list_actions",
    "list_resources",
    "list_subjects",
]

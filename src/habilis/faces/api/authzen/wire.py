"""
AuthZEN's JSON to questions, and answers back to JSON.

A null is an absent value and unknown members are ignored. Properties that the caller sends are never believed: what a
person holds is in the portal, and nowhere else. What is well formed but names nothing that can exist is simply denied.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from habilis.core import Account, Ref, Step, canonical_address
from habilis.faces.api.problems import Malformed

USER = "user"
LONGEST = 300  # no type, key or action is longer
UNHOLDABLE = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\ud800-\\udfff]")  # control characters, halves of characters

Object = Mapping[str, Any]


@dataclass(frozen=True)
class Question:
    """May *subject* do *action* on *resource*? `subject` is none where nobody of that type or id can exist."""

    subject: str | None
    action: str
    resource: Ref
    explain: bool = False

    @property
    def askable(self) -> bool:
        """Whether a portal could know all that is named; if not, the answer is no."""
        return self.subject is not None and all(map(can_exist, (self.action, *self.resource)))


def question(item: Object) -> Question:
    """The question of one evaluation; raise `Malformed` where a required member lacks or is not what it must be."""
    subject = subject_of(item)
    action = action_of(item)
    resource = resource_of(item)
    return Question(subject, action, resource, wants_account(item))


def subject_of(item: Object) -> str | None:
    """The address of the subject; none where it can be nobody here."""
    subject = entity(item, "subject")
    type_, id_ = text(subject, "subject", "type"), text(subject, "subject", "id")
    if type_ != USER:
        return None
    try:
        return canonical_address(id_)
    except ValueError:
        return None


def action_of(item: Object) -> str:
    """The name of the action."""
    return text(entity(item, "action"), "action", "name")


def resource_of(item: Object) -> Ref:
    """The resource, by type and key."""
    resource = entity(item, "resource")
    return Ref(text(resource, "resource", "type"), text(resource, "resource", "id"))


def type_of(item: Object, name: str) -> str:
    """The type of the entity that is searched for; an id is ignored."""
    return text(entity(item, name), name, "type")


def wants_account(item: Object) -> bool:
    """Whether the context asks for the account of a refusal."""
    return optional(item, "context").get("explain") is True


def entity(item: Object, name: str) -> Object:
    """The object *name*, which is required."""
    value = item.get(name)
    if value is None:
        raise Malformed(f"`{name}` is missing")
    if not isinstance(value, dict):
        raise Malformed(f"`{name}` must be an object")
    optional(value, "properties", f"{name}.properties")
    return value


def optional(item: Object, name: str, shown: str = "") -> Object:
    """The object *name*, empty where it is absent."""
    value = item.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Malformed(f"`{shown or name}` must be an object")
    return value


def text(item: Object, name: str, member: str) -> str:
    """The string *member* of an entity, which is required."""
    value = item.get(member)
    if value is None:
        raise Malformed(f"`{name}.{member}` is missing")
    if not isinstance(value, str):
        raise Malformed(f"`{name}.{member}` must be a string")
    return value


def can_exist(name: str) -> bool:
    """Whether the database could hold *name*: not too long, without control characters or halves of characters."""
    return len(name) <= LONGEST and UNHOLDABLE.search(name) is None


def decision(allowed: bool, account: Account | None = None) -> dict[str, Any]:
    """The answer to one question; a refusal with its account where one is given."""
    if allowed or account is None:
        return {"decision": allowed}
    return {"decision": False, "context": {"reason_admin": reasons(account)}}


def failed(problem: Malformed) -> dict[str, Any]:
    """The answer to a malformed item of a batch, in its place."""
    return {"decision": False, "context": {"error": {"status": int(problem.status), "message": problem.message}}}


def reasons(account: Account) -> dict[str, Any]:
    """Why nothing allows it, in codes: of the question if it has no meaning, else of each grant weighed."""
    told: dict[str, Any] = {}
    if account.unanswerable is not None:
        told["code"] = account.unanswerable.value
    elif account.steps:
        told["code"] = account.steps[-1].verdict.value  # steps come in order: the last came nearest to allowing
    if account.feature is not None and account.verb is not None:
        told["feature"], told["verb"] = account.feature, account.verb.value
    told["grants"] = [weighed(step) for step in account.steps if step.grant is not None]
    told["remedies"] = [{"profile": remedy.profile, "scope": remedy.scope} for remedy in account.remedies]
    return told


def weighed(step: Step) -> dict[str, Any]:
    """One grant weighed."""
    grant = step.grant
    assert grant is not None  # noqa: S101 - said by the caller
    told = {"profile": grant.profile, "scope": grant.scope, "verdict": step.verdict.value}
    return told if step.condition is None else {**told, "condition": step.condition.value}

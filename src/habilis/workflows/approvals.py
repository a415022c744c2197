"""
Whose approval a resource awaits: the rules of its scope say so, and what is awaited holds a transition back.

A rule names a kind, an amount and its approvers. What changes after it was approved awaits its approvals again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from habilis.blueprints.schema import Approval, TypeInfo
from habilis.blueprints.work import approves
from habilis.core import AccessQuery, Conflict, Facts, Fault, Invalid, NotFound, Ref, decide
from habilis.core import Resource as CoreResource
from habilis.store.facts import Loaded
from habilis.store.models import Approver, JournalEntry, Resource, Scope, User
from habilis.workflows import access, giving, journal, letters, notices
from habilis.workflows.acting import Acting, change

LIMIT = Decimal(10) ** 12


@dataclass(frozen=True)
class Rule:
    """Documents of one *kind* (empty: of any) from an amount on await the approval of each of *approvers*."""

    type: str
    kind: str
    threshold: Decimal
    approvers: tuple[str, ...]


@dataclass(frozen=True)
class Settings:
    """What a scope asks of approvals. `automatic` names the types that go on by themselves; `version` what was read."""

    rules: tuple[Rule, ...]
    automatic: frozenset[str]
    version: str


def settings(portal: str, subject: str, scope: str) -> Settings:
    """The settings of a scope, for whoever may read them."""
    access.require(Acting(subject, portal), "read_settings", giving.scope_ref(portal, scope))
    return read(Scope.objects.values_list("settings", flat=True).get(portal__key=portal, key=scope))


def read(stored: Mapping[str, Any]) -> Settings:
    """The settings as a scope keeps them."""
    rules = tuple(
        Rule(rule["type"], rule["kind"], Decimal(rule["threshold"]), tuple(rule["approvers"]))
        for rule in stored.get("rules", ())
    )
    content = json.dumps(stored, sort_keys=True).encode()
    return Settings(rules, frozenset(stored.get("automatic", ())), hashlib.sha256(content).hexdigest()[:16])


def could_approve(facts: Facts, scope: str, type_: str, addresses: Iterable[str]) -> frozenset[str]:
    """Those of *addresses* who could approve a resource of *type_* there, were theirs awaited."""
    asked = Ref(type_, "")
    action = "approve" if facts.model.rule(type_, "approve") else "read"
    found = set()
    for address in addresses:
        supposed = replace(facts, resources={asked: CoreResource(type_, "", scope, approvers=frozenset({address}))})
        if decide(AccessQuery(address, action, asked), supposed).allowed:
            found.add(address)
    return frozenset(found)


def candidates(portal: str, scope: str, type_: str, addresses: Sequence[str]) -> frozenset[str]:
    """Those of *addresses*, whom the asker may see, who could approve on *scope*."""
    facts = access.load(portal, addresses, [giving.scope_ref(portal, scope)]).facts
    return could_approve(facts, scope, type_, addresses)


@change("scope:set")
def add_rule(
    acting: Acting, *, scope: str, version: str, type_: str, kind: str, threshold: Decimal, approvers: Sequence[str]
) -> None:
    """Add an approval rule to a scope; what is there already and matches awaits the approvers too."""
    row, loaded = _held(acting, scope, version)
    info, approval = _ruled(loaded, row.kind, type_)
    field = next(field for field in info.fields if field.key == approval.kind)
    if kind and kind not in field.choices:
        raise Invalid(Fault("kind", f"unknown `{kind[:60]}`"), code="rule_kind")
    if not threshold.is_finite() or not 0 <= threshold < LIMIT:
        raise Invalid(Fault("threshold", "expected an amount of 0 or more"), code="rule_threshold")
    addresses = tuple(dict.fromkeys(giving.canonical(who) for who in approvers))
    if not addresses:
        raise Invalid(Fault("approvers", "expected at least one: nothing is inferred from an empty choice"))
    facts = access.load(acting.portal, addresses, [Ref(row.kind, scope)]).facts
    unable = [who for who in addresses if who not in could_approve(facts, scope, type_, addresses)]
    if unable:
        raise Invalid(Fault("approvers", f"`{unable[0]}` could not approve there"), code="cannot_approve")
    rule = Rule(type_, kind, threshold.quantize(Decimal("0.01")), addresses)
    before = read(row.settings)
    if rule in before.rules:
        raise Conflict("the scope has this rule already", code="rule_twice")
    _write(acting, row, replace(before, rules=(*before.rules, rule)))
    for resource in _open(row, info, approval):
        ask(acting, loaded, resource, [rule])


@change("scope:set")
def remove_rule(acting: Acting, *, scope: str, version: str, position: int) -> None:
    """Take a rule away; whom no other rule names is awaited no longer by what has not gone further."""
    row, loaded = _held(acting, scope, version)
    before = read(row.settings)
    if not 0 <= position < len(before.rules):
        raise NotFound("there is no such rule")
    gone, left = before.rules[position], before.rules[:position] + before.rules[position + 1 :]
    _write(acting, row, replace(before, rules=left))
    info, approval = _ruled(loaded, row.kind, gone.type)
    released = set(gone.approvers) - {who for rule in left if rule.type == gone.type for who in rule.approvers}
    for resource in _open(row, info, approval):
        awaited = Approver.objects.filter(resource=resource, approved=False, user__email__in=released)
        if awaited.exists() and matches(gone, resource, approval):
            awaited.delete()
            _touch(resource)
            carry_on(acting, loaded, resource)


@change("scope:set")
def set_automatic(acting: Acting, *, scope: str, version: str, types: Sequence[str]) -> None:
    """Say which types go on by themselves once their approvals are complete; what is there already stays as it is."""
    row, loaded = _held(acting, scope, version)
    for type_ in types:
        _ruled(loaded, row.kind, type_)
    _write(acting, row, replace(read(row.settings), automatic=frozenset(types)))


def matches(rule: Rule, resource: Resource, approval: Approval, *, unknown: bool = True) -> bool:
    """Whether *rule* speaks of *resource*. What it does not say counts as *unknown*."""
    kind, amount = resource.fields.get(approval.kind), resource.fields.get(approval.amount)
    fits = not rule.kind or (unknown if kind is None else kind == rule.kind)
    return fits and (unknown if amount is None else abs(Decimal(str(amount))) >= rule.threshold)


def ask(
    acting: Acting, loaded: Loaded, resource: Resource, rules: Iterable[Rule] | None = None, *, unknown: bool = False
) -> list[str]:
    """Await the approvers that the rules of its scope name for *resource*; return those who were not asked before."""
    info = loaded.blueprint.types[resource.type]
    if info.approval is None:
        return []
    if rules is None:
        rules = read(Scope.objects.values_list("settings", flat=True).get(pk=resource.scope_id)).rules
    wanted = [
        who
        for rule in rules
        if rule.type == resource.type and matches(rule, resource, info.approval, unknown=unknown)
        for who in rule.approvers
    ]
    known = set(Approver.objects.filter(resource=resource).values_list("user__email", flat=True))
    fresh = [who for who in dict.fromkeys(wanted) if who not in known]
    users = {user.email: user for user in User.objects.filter(email__in=fresh)}
    for who in fresh:
        Approver.objects.create(portal_id=resource.portal_id, resource=resource, user=users[who])
    if fresh:
        entry = journal.record(
            acting,
            "resource:ask_approval",
            scope=resource.scope.key,
            target=f"{resource.type}:{resource.key}",
            facts={"approvers": fresh},
        )
        tell(acting, entry, resource, [users[who] for who in fresh])
    return fresh


def lose(acting: Acting, loaded: Loaded, resource: Resource) -> None:
    """What changed awaits again each approval that it had."""
    if not approves(loaded.blueprint.types[resource.type]):
        return
    given = list(Approver.objects.filter(resource=resource, approved=True).select_related("user"))
    if not given:
        return
    Approver.objects.filter(pk__in=[row.pk for row in given]).update(approved=False)
    entry = journal.record(
        acting,
        "resource:lose_approvals",
        scope=resource.scope.key,
        target=f"{resource.type}:{resource.key}",
        facts={"approvers": [row.user.email for row in given]},
    )
    tell(acting, entry, resource, [row.user for row in given])


def tell(acting: Acting, entry: JournalEntry, resource: Resource, people: Iterable[User]) -> None:
    """Write to those whose approval is awaited and who may give it."""
    ref = Ref(resource.type, resource.key)
    for user in people:
        if user.email != acting.person and access.check(acting.portal, user.email, "read", ref):
            link = letters.portal_link(acting.portal) + f"r/{resource.type}/view/{resource.key}"
            words = {"title": resource.title, "scope": resource.scope.name, "link": link}
            notices.tell(entry, user, "approval_asked", about=ref, **words)


def awaited(resource: Resource) -> list[str]:
    """The names of those whose approval *resource* awaits."""
    rows = Approver.objects.filter(resource=resource, approved=False)
    return list(rows.order_by("user__name").values_list("user__name", flat=True))


def carry_on(acting: Acting, loaded: Loaded, resource: Resource) -> bool:
    """Do by itself what only waited for approvals, where the scope's settings say so; return whether it was done."""
    info = loaded.blueprint.types[resource.type]
    if info.approval is None or resource.scope.inactive_path:
        return False
    stored = Scope.objects.values_list("settings", flat=True).get(pk=resource.scope_id)
    found = next((t for t in info.transitions if t.action == info.approval.holds and resource.state in t.from_), None)
    if found is None or resource.type not in read(stored).automatic or awaited(resource):
        return False
    before, resource.state = resource.state, found.to
    _touch(resource)
    journal.record(
        acting,
        "resource:transmit",
        scope=resource.scope.key,
        target=f"{resource.type}:{resource.key}",
        facts={"action": found.action, "before": before, "after": resource.state},
    )
    return True


def _touch(resource: Resource) -> None:
    resource.version += 1
    resource.save()


def _held(acting: Acting, scope: str, version: str) -> tuple[Scope, Loaded]:
    ref = giving.scope_ref(acting.portal, scope)
    loaded = giving.hold(acting, [acting.person], ref)
    access.require(acting, "set", ref)
    row = Scope.objects.select_for_update(of=("self",)).get(portal_id=loaded.portal_id, key=scope)
    if read(row.settings).version != version:
        raise Conflict("the settings changed since you read them", code="stale")
    return row, loaded


def _ruled(loaded: Loaded, kind: str, type_: str) -> tuple[TypeInfo, Approval]:
    info = loaded.blueprint.types.get(type_)
    if info is None or info.approval is None or kind not in loaded.facts.model.types[type_].on:
        raise Invalid(Fault("type", f"unknown `{type_[:60]}`: no rule speaks of it there"), code="rule_type")
    return info, info.approval


def _write(acting: Acting, row: Scope, wanted: Settings) -> None:
    before = dict(row.settings)
    row.settings = {
        "automatic": sorted(wanted.automatic),
        "rules": [
            {"type": r.type, "kind": r.kind, "threshold": str(r.threshold), "approvers": list(r.approvers)}
            for r in wanted.rules
        ],
    }
    row.save(update_fields=["settings"])
    facts = {"before": before, "after": row.settings}
    journal.record(acting, "scope:set", scope=row.key, target=f"{row.kind}:{row.key}", facts=facts)


def _open(row: Scope, info: TypeInfo, approval: Approval) -> list[Resource]:
    """What stands on the scope and has not gone through what the approvals hold back."""
    holding = next(t for t in info.transitions if t.action == approval.holds)
    approving = next(t for t in info.transitions if not t.to)
    states = {*holding.from_, *approving.from_}
    rows = Resource.objects.select_for_update(of=("self",)).filter(scope=row, type=info.key, state__in=states)
    return list(rows.select_related("scope").order_by("id"))

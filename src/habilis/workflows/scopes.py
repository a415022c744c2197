"""Create, rename, move, close, reopen and configure scopes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from habilis.blueprints.identifiers import compact
from habilis.blueprints.reading import KEY
from habilis.core import LEVELS, Conflict, Fault, Invalid, Model, Ref
from habilis.store import tree, writing
from habilis.store.facts import Loaded, storable
from habilis.store.models import Grant, Scope, User
from habilis.workflows import access, clock, grants, journal, managers
from habilis.workflows.acting import Acting, change

LARGEST = 200


@change("scope:create")
def create(
    acting: Acting,
    *,
    parent: str,
    kind: str,
    name: str,
    key: str | None = None,
    identifiers: Mapping[str, str] | None = None,
) -> str:
    """Create a scope under the scope of key *parent* and return its key, made from the name where none is given."""
    ref = grants.scope_ref(acting.portal, parent)
    loaded = grants.hold(acting, [acting.person], ref)
    access.require(acting, f"create_{kind}", ref)
    if kind not in loaded.facts.model.kinds:
        raise access.unknown(Ref(kind, parent), loaded.facts.model)
    name = named(name)
    numbers = numbered(loaded, kind, identifiers or {})
    key = (key or "").strip() or free_key(loaded.portal_id, parent, name)
    if not KEY.fullmatch(key) or not storable(key):
        raise Invalid(Fault("key", f"`{key[:60]}` cannot be a key"))
    if Scope.objects.filter(portal_id=loaded.portal_id, key=key).exists():
        raise Conflict(f"a scope `{key}` exists already", code="key_taken")
    if len(loaded.facts.paths[parent]) > 6:
        raise Invalid(Fault("parent", "would stand deeper than six"), code="depth")
    scope = Scope.objects.create(
        portal_id=loaded.portal_id,
        key=key,
        kind=kind,
        parent_id=loaded.scope_ids[parent],
        name=name,
        identifiers=numbers,
        author=User.objects.filter(email=acting.person).first(),
        depth=1,
    )
    settle(loaded, scope.pk)
    journal.record(
        acting,
        "scope:create",
        scope=key,
        target=f"{kind}:{key}",
        facts={"parent": parent, "name": name, "identifiers": numbers},
    )
    return key


@change("scope:rename")
def rename(acting: Acting, *, key: str, name: str, identifiers: Mapping[str, str] | None = None) -> None:
    """Give a scope another name, and other identifiers where they are given."""
    scope, loaded = _held(acting, key, "edit")
    before = {"name": scope.name, "identifiers": scope.identifiers}
    scope.name = named(name)
    if identifiers is not None:
        scope.identifiers = numbered(loaded, scope.kind, identifiers, but=scope.pk)
    scope.save(update_fields=["name", "identifiers"])
    after = {"name": scope.name, "identifiers": scope.identifiers}
    journal.record(acting, "scope:rename", scope=key, target=_target(scope), facts={"before": before, "after": after})


@change("scope:move")
def move(acting: Acting, *, key: str, parent: str) -> None:
    """Put a scope, with all that is below it, under another parent. The actor may create there what they move."""
    scope, loaded = _held(acting, key, "edit")
    target = grants.scope_ref(acting.portal, parent)
    above = access.load(acting.portal, [acting.person], [target])
    access.require(acting, f"create_{scope.kind}", target)
    if above.scope_ids[parent] == scope.parent_id:
        return
    if key in above.facts.paths[parent]:
        raise Invalid(Fault("parent", "is below the scope itself: expected another place"), code="cycle")
    deepest = (
        Scope.objects.filter(**{f"a{scope.depth}": scope.pk}).order_by("-depth").values_list("depth", flat=True)[0]
    )
    if len(above.facts.paths[parent]) + deepest - scope.depth > 6:
        raise Invalid(Fault("parent", "something would stand deeper than six"), code="depth")
    before = Scope.objects.values_list("key", flat=True).get(pk=scope.parent_id)
    with managers.kept(loaded, clock.now()):
        Scope.objects.filter(pk=scope.pk).update(parent_id=above.scope_ids[parent])
        settle(loaded, scope.pk)
    _still_required(loaded, scope)
    journal.record(acting, "scope:move", scope=key, target=_target(scope), facts={"before": before, "after": parent})


@change("scope:close")
def close(acting: Acting, *, key: str, comment: str = "") -> None:
    """
    Make a scope inactive: grants held on it or below sleep, nothing is created there, and it is proposed nowhere.

    Whoever closes must still be able to reopen: one does not close the scope on which one's own right is held.
    """
    scope, loaded = _held(acting, key, "edit")
    if scope.status != "active":
        raise Conflict(f"`{scope.name}` is {scope.status}", code="wrong_state")
    _turn(loaded, scope, "inactive")
    if not access.check(acting.portal, acting.person, "edit", Ref(scope.kind, key)):
        raise Conflict("you could not reopen it afterwards: ask whoever manages what is above", code="locked_out")
    journal.record(acting, "scope:close", scope=key, target=_target(scope), comment=comment)


@change("scope:reopen")
def reopen(acting: Acting, *, key: str, manager: str = "") -> None:
    """
    Make an inactive scope active again: everything that slept is as it was.

    Where the blueprint wants a manager and none is left, *manager* (an address with an account) becomes it.
    """
    scope, loaded = _held(acting, key, "edit")
    if scope.status != "inactive":
        raise Conflict(f"`{scope.name}` is {scope.status}", code="wrong_state")
    before = managers.managed_without(loaded, clock.now())
    _turn(loaded, scope, "active")
    if manager:
        profile = managers.profile_for(loaded, scope.kind)
        if profile is None:
            raise Invalid(Fault("manager", "nothing is managed there"), code="manager")
        grants.attach(acting, person=manager, scope=key, profile=profile)
    if loaded.facts.model.last_manager == "refuse":
        orphans = managers.managed_without(loaded, clock.now()) - before
        if orphans:
            name = Scope.objects.values_list("name", flat=True).get(pk=min(orphans))
            raise Conflict(f"`{name}` has no manager left: name one", code="no_manager", scope=name)
    journal.record(acting, "scope:reopen", scope=key, target=_target(scope), facts={"manager": manager})


@change("scope:configure")
def configure(
    acting: Acting,
    *,
    key: str,
    configuration: str | Mapping[str, str] | None,
    options: list[str],
    responsible: str | None = None,
) -> None:
    """
    Set what a scope imposes on the grants held on it or below: a preset or a table of levels, and the options on.

    *responsible*, where given, is who is told of its requests: the address of a person active in the portal, the key
    of a scope above it, or nobody. It gives no right.
    """
    scope, loaded = _held(acting, key, "configure")
    model = loaded.facts.model
    kind = model.kinds[scope.kind]
    unknown = sorted(set(options) - kind.options)
    if unknown:
        raise Invalid(
            Fault(
                "options", f"unknown option `{unknown[0][:60]}`: expected {', '.join(sorted(kind.options)) or 'none'}"
            )
        )
    before = {"configuration": scope.configuration, "options": list(scope.options), "responsible": _responsible(scope)}
    if responsible is not None:
        _entrust(loaded, scope, responsible.strip())
    scope.configuration = _configuration(model, configuration, configurable=kind.configurable)
    scope.options = sorted(set(options))
    scope.save(update_fields=["configuration", "options", "responsible_user", "responsible_scope"])
    after = {"configuration": scope.configuration, "options": scope.options, "responsible": _responsible(scope)}
    journal.record(
        acting, "scope:configure", scope=key, target=_target(scope), facts={"before": before, "after": after}
    )


def _responsible(scope: Scope) -> str:
    if scope.responsible_user is not None:
        return scope.responsible_user.email
    return scope.responsible_scope.key if scope.responsible_scope is not None else ""


def _entrust(loaded: Loaded, scope: Scope, responsible: str) -> None:
    """Write down who is responsible for *scope*."""
    scope.responsible_user = scope.responsible_scope = None
    if not responsible or not storable(responsible):
        return
    if "@" in responsible:
        members = User.objects.filter(memberships__portal_id=loaded.portal_id, memberships__active=True)
        scope.responsible_user = members.filter(email=grants.canonical(responsible), is_active=True).first()
    else:
        above = [getattr(scope, f"a{n}") for n in range(1, scope.depth)]
        scope.responsible_scope = Scope.objects.filter(pk__in=above, key=responsible).first()
    if scope.responsible_user is None and scope.responsible_scope is None:
        raise Invalid(Fault("responsible", "expected a person of the portal, or a scope above"), code="responsible")


def _configuration(
    model: Model, value: str | Mapping[str, str] | None, *, configurable: bool
) -> str | dict[str, str] | None:
    if not value:
        return None
    if not configurable:
        raise Invalid(Fault("configuration", "this kind of scope carries no configuration"))
    if isinstance(value, str):
        if value not in model.configurations:
            raise Invalid(Fault("configuration", f"unknown configuration `{value[:60]}`"))
        return value
    for feature, level in value.items():
        if feature not in model.features or not isinstance(level, str) or level not in LEVELS:
            raise Invalid(Fault("configuration", f"unknown `{str(feature)[:60]} = {str(level)[:60]}`"))
    return dict(value)


def _still_required(loaded: Loaded, scope: Scope) -> None:
    """Refuse a move that leaves somebody below without the grant above that theirs requires."""
    depth = Scope.objects.values_list("depth", flat=True).get(pk=scope.pk)
    instant = clock.now()
    lasting = Q(valid_until=None) | Q(valid_until__gt=instant)
    for key, profile in loaded.facts.model.profiles.items():
        for kind, above in profile.requires.items():
            rows = Grant.objects.filter(lasting, profile__key=key, scope__kind=kind, **{f"scope__a{depth}": scope.pk})
            for row in rows.select_related("scope"):
                path = [getattr(row.scope, f"a{n}") for n in range(row.scope.depth)]
                others = Grant.objects.filter(
                    lasting, user=row.user_id, profile=row.profile_id, scope__kind=above, scope__in=path
                )
                if not others.exists():
                    raise Conflict("somebody attached there does not belong to where it goes", code="required")


def settle(loaded: Loaded, top: int) -> None:
    """Recompute what follows from the place of the scope *top*; two profiles meeting where one is allowed refuse it."""
    model = loaded.facts.model
    try:
        with transaction.atomic():
            tree.settle(top, per=model.one_profile_per, bound=writing.bound(model))
    except IntegrityError as error:
        if "grant_one_profile_per_anchor" in str(error):
            raise Conflict("somebody would hold two profiles where one is allowed", code="other_profile") from None
        raise


def named(name: str) -> str:
    """The name, trimmed; refused when blank, too long or with control characters."""
    name = unicodedata.normalize("NFC", " ".join(name.split()))
    if not name or len(name) > LARGEST or any(unicodedata.category(c) in ("Cc", "Cs") for c in name):
        raise Invalid(Fault("name", f"expected a name of 1 to {LARGEST} characters"), code="name")
    return name


def numbered(loaded: Loaded, kind: str, identifiers: Mapping[str, str], but: int | None = None) -> dict[str, str]:
    """The identifiers that are not blank, checked, and held by no other scope of the portal."""
    schemes = loaded.facts.model.kinds[kind].identifiers
    numbers: dict[str, str] = {}
    for scheme, number in identifiers.items():
        if not isinstance(number, str) or not storable(number):
            raise Invalid(Fault(str(scheme)[:60], "expected a text"), code="identifier")
        if not number.strip():
            continue
        if scheme not in schemes:
            raise Invalid(Fault(scheme, f"unknown identifier `{scheme[:60]}`"))
        try:
            numbers[scheme] = compact(loaded.blueprint.identifiers[scheme], number)
        except ValueError as error:
            raise Invalid(Fault(scheme, str(error)), code="identifier") from None
        taken: Any = Scope.objects.filter(portal_id=loaded.portal_id, identifiers__contains={scheme: numbers[scheme]})
        if taken.exclude(pk=but).exists():
            raise Conflict(
                f"`{numbers[scheme]}` identifies another {kind} already", code="identifier_taken", field=scheme
            )
    return numbers


def _held(acting: Acting, key: str, action: str) -> tuple[Scope, Loaded]:
    ref = grants.scope_ref(acting.portal, key)
    loaded = grants.hold(acting, [acting.person], ref)
    access.require(acting, action, ref)
    if not key:
        raise Conflict("the portal's root is changed by its publisher", code="root")
    return Scope.objects.select_for_update(of=("self",)).get(portal_id=loaded.portal_id, key=key), loaded


def _turn(loaded: Loaded, scope: Scope, status: str) -> None:
    Scope.objects.filter(pk=scope.pk).update(status=status)
    settle(loaded, scope.pk)


def _target(scope: Scope) -> str:
    return f"{scope.kind}:{scope.key}"


def free_key(portal_id: int, parent: str, name: str) -> str:
    """A key made from the name, under the parent's, that no scope of the portal has."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or "sans-nom"
    stem = f"{parent}/{slug}" if parent and len(parent) + len(slug) < LARGEST - 10 else slug
    taken = set(Scope.objects.filter(portal_id=portal_id, key__startswith=stem).values_list("key", flat=True))
    n, key = 2, stem
    while key in taken:
        key, n = f"{stem}-{n}", n + 1
    return key

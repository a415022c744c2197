"""
The profiles that a portal derives for itself: duplicated, restricted, renamed, retired; and which one is the default.

A base profile belongs to the blueprint and is locked. Profiles belong to the whole portal, so whoever changes one may
do so wherever it is worn; and what grows must be held there by whoever lets it grow.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.utils.text import slugify

from habilis.blueprints.worlds import ProfileRow, derived
from habilis.core import (
    LEVELS,
    NOTHING,
    PORTAL,
    Conflict,
    Fault,
    Invalid,
    Model,
    NotFound,
    Profile,
    Reach,
    Ref,
    Refused,
)
from habilis.core.delegation import row_condition
from habilis.store.facts import Loaded
from habilis.store.models import Grant, Portal
from habilis.store.models import Profile as Row
from habilis.workflows import access, browse, giving, journal, reaching, roster
from habilis.workflows.acting import Acting, change, hold_rights
from habilis.workflows.cells import all_levels, changes, differing, known, level_of, licensed, root_of, sources, why_not
from habilis.workflows.scopes import named


@dataclass(frozen=True)
class Sheet:
    """
    A profile as its editor shows it: for each feature the level it has, and for each level why it may not be chosen.

    A reason is `license` (with the licenses that would admit it), `base`, `feature` or `above_own_rights`; nothing
    where the level may be chosen. `locked` says why nothing may be: `base_locked`, `retired_profile`, `worn_elsewhere`
    or `derives_nothing`.
    """

    key: str
    name: str
    base: str
    license: str
    retired: bool
    default: bool
    locked: str
    version: str
    cells: Mapping[str, str]
    reasons: Mapping[str, Mapping[str, tuple[str, tuple[str, ...]]]]


def derives(portal: str, subject: str) -> bool:
    """Whether *subject* may change profiles somewhere in *portal*."""
    kinds = access.model_of(portal).kinds
    return bool(access.reachable(portal, subject, [("derive", kind) for kind in kinds]))


def sheet(portal: str, subject: str, key: str, language: str) -> Sheet:
    """The profile *key*, for whoever may list people somewhere or change profiles."""
    loaded = access.load(portal, [subject])
    model = loaded.facts.model
    profile = known(model, key)
    row = Row.objects.get(portal_id=loaded.portal_id, key=key)
    levels = all_levels(loaded.blueprint, model, profile)
    locked = _locked(portal, subject, loaded, row)
    return Sheet(
        key,
        browse.profile_names(portal, language)[key],
        root_of(model, key),
        profile.license or "",
        profile.retired,
        browse.default_profile(portal) == key,
        locked,
        version_of(row),
        {feature: level_of(profile, feature).key for feature in levels},
        {} if locked else _reasons(portal, subject, loaded, profile, levels),
    )


@change("profile:derive")
def derive(acting: Acting, *, source: str, name: str) -> str:
    """
    Duplicate the profile *source* under a *name* of its own; return the key of the new one.

    The copy stands on the base profile of its source and repeats every level, so that neither follows the other.
    """
    loaded = _held(acting)
    model = loaded.facts.model
    if not model.deriving or source not in sources(model):
        raise NotFound(f"no profile `{source[:60]}` can be duplicated here")
    name = _named(loaded, name)
    base = root_of(model, source)
    levels = differing(model.profiles[source], model.profiles[base])
    copy = derived(model.profiles[base], ProfileRow(_key(model, name), base, name, levels))
    _within_rights(acting, loaded, copy, all_levels(loaded.blueprint, model, copy))
    stored = {feature: level.key for feature, level in levels.items()}
    Row.objects.create(portal_id=loaded.portal_id, key=copy.key, derives=base, name=name, levels=stored)
    facts = {"name": name, "source": source, "derives": base, "levels": stored}
    journal.record(acting, "profile:derive", target=f"profile:{copy.key}", facts=facts)
    return copy.key


@dataclass(frozen=True)
class Weighed:
    """What `edit` would change: cells (feature → level before, level after), worn by how many, in how many places."""

    cells: Mapping[str, tuple[str, str]]
    people: int
    places: int


def weigh(acting: Acting, *, profile: str, levels: Mapping[str, str], version: str) -> Weighed:
    """What `edit` would do, refused as it would be; nothing is written."""
    if not derives(acting.portal, acting.person):
        raise Refused(f"`{acting.person}` changes no profile here", code="derives_nothing")
    loaded = access.load(acting.portal, [acting.person])
    row = Row.objects.filter(portal_id=loaded.portal_id, key=known(loaded.facts.model, profile).key).get()
    _changeable(acting, loaded, row, version)
    _after, changed = _edited(acting, loaded, profile, levels)
    return Weighed(changed, *_counted(worn(loaded, profile)))


def wearers(portal: str, subject: str, key: str) -> tuple[int, int]:
    """How many people have the profile, now or later, and in how many places, where *subject* may change profiles."""
    loaded = access.load(portal, [subject])
    mine = roster.listed_grants(portal, subject, loaded.portal_id, "derive")
    return _counted(worn(loaded, key).filter(pk__in=mine.values("pk")))


def _counted(rows: Any) -> tuple[int, int]:
    counted = rows.aggregate(people=Count("user_id", distinct=True), places=Count("id"))
    return counted["people"], counted["places"]


@change("profile:edit")
def edit(acting: Acting, *, profile: str, levels: Mapping[str, str], version: str) -> Mapping[str, tuple[str, str]]:
    """
    Give a derived profile the *levels* (feature → level) named, the others staying; return what changed.

    Those who wear it are concerned at once. The profiles that a data file derived from it keep what they had.
    """
    loaded = _held(acting)
    row = _mine(acting, loaded, profile, version)
    after, changed = _edited(acting, loaded, profile, levels)
    if not changed:
        return {}
    _stand_alone(loaded, row, after)
    kept = _keep_below(loaded, profile)
    journal.record(acting, "profile:edit", target=f"profile:{profile}", facts={"cells": changed, "kept": kept})
    return changed


def _edited(
    acting: Acting, loaded: Loaded, key: str, levels: Mapping[str, str]
) -> tuple[Profile, dict[str, tuple[str, str]]]:
    after, changed = changes(loaded, key, levels)
    profile = loaded.facts.model.profiles[key]
    grown = {f for f in changed if not licensed(loaded, after, f) <= licensed(loaded, profile, f)}
    if grown:
        _within_rights(acting, loaded, after, grown)
    return after, changed


@change("profile:rename")
def rename(acting: Acting, *, profile: str, name: str, version: str) -> None:
    """Give a derived profile another name."""
    loaded = _held(acting)
    row = _mine(acting, loaded, profile, version)
    before, row.name = row.name, _named(loaded, name, but=profile)
    if row.name == before:
        return
    row.save(update_fields=["name"])
    facts = {"before": before, "after": row.name}
    journal.record(acting, "profile:rename", target=f"profile:{profile}", facts=facts)


@change("profile:retire")
def retire(acting: Acting, *, profile: str, version: str) -> None:
    """Retire a derived profile: it is given to nobody any more. Never the default one, nor one that somebody wears."""
    loaded = _held(acting)
    row = _mine(acting, loaded, profile, version)
    if browse.default_profile(acting.portal) == profile:
        raise Conflict(f"`{profile}` is the default profile: choose another default first", code="default_retired")
    if worn(loaded, profile).exists():
        raise Conflict(f"`{profile}` still has users: transfer them to another profile first", code="worn")
    row.retired = True
    row.save(update_fields=["retired"])
    journal.record(acting, "profile:retire", target=f"profile:{profile}", facts={"name": row.name})


@change("profile:reinstate")
def reinstate(acting: Acting, *, profile: str, version: str) -> None:
    """Let a derived profile that was retired be given again, as it was then; its name must still be free."""
    loaded = _held(acting)
    found = known(loaded.facts.model, profile)
    row = Row.objects.select_for_update().get(portal_id=loaded.portal_id, key=profile)
    if not row.derives:
        raise Refused(f"`{profile}` is a base profile", code="base_locked")
    if version != version_of(row):
        raise Conflict("the profile has changed since it was read", code="stale")
    if not row.retired:
        return
    _named(loaded, row.name, but=profile)
    _within_rights(acting, loaded, found, all_levels(loaded.blueprint, loaded.facts.model, found))
    row.retired = False
    row.save(update_fields=["retired"])
    journal.record(acting, "profile:reinstate", target=f"profile:{profile}", facts={"name": row.name})


@change("profile:set_default")
def set_default(acting: Acting, *, profile: str, seen: str) -> None:
    """Make *profile* the profile that forms propose, where *seen* was; nobody's rights change."""
    loaded = _held(acting)
    found = known(loaded.facts.model, profile)
    if found.retired or not found.client or PORTAL in found.on:
        raise Conflict(f"`{profile}` cannot be the default profile", code="no_default")
    before = browse.default_profile(acting.portal)
    if before == profile:
        return
    if seen != before:
        raise Conflict("the default profile has changed since it was read", code="stale")
    portal = Portal.objects.select_for_update().get(pk=loaded.portal_id)
    portal.default_profile = profile
    portal.save(update_fields=["default_profile"])
    journal.record(
        acting, "profile:set_default", target=f"profile:{profile}", facts={"before": before, "after": profile}
    )


def version_of(row: Row) -> str:
    """What tells a profile as it is from the same one changed."""
    said = json.dumps([row.pk, row.name, row.levels, row.retired], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def worn(loaded: Loaded, key: str) -> Any:
    """The grants of the profile that are in force or will be, whoever holds them."""
    rows = Grant.objects.filter(portal_id=loaded.portal_id, profile__key=key)
    return rows.filter(giving.lasting(loaded.facts.now))


def _held(acting: Acting) -> Loaded:
    """The portal's rights, held still, for whoever may change profiles."""
    hold_rights(access.load(acting.portal).portal_id)
    if not derives(acting.portal, acting.person):
        raise Refused(f"`{acting.person}` changes no profile here", code="derives_nothing")
    return access.load(acting.portal, [acting.person])


def _mine(acting: Acting, loaded: Loaded, key: str, version: str) -> Row:
    """The row of a derived profile that the actor may change, as they have seen it."""
    known(loaded.facts.model, key)
    row = Row.objects.select_for_update().get(portal_id=loaded.portal_id, key=key)
    _changeable(acting, loaded, row, version)
    return row


def _changeable(acting: Acting, loaded: Loaded, row: Row, version: str) -> None:
    if why := _locked(acting.portal, acting.person, loaded, row):
        raise Refused(f"`{row.key}` cannot be changed", code=why)
    if version != version_of(row):
        raise Conflict("the profile has changed since it was read", code="stale")


def _locked(portal: str, subject: str, loaded: Loaded, row: Row) -> str:
    if not row.derives:
        return "base_locked"
    if row.retired:
        return "retired_profile"
    if not derives(portal, subject):
        return "derives_nothing"
    mine = roster.listed_grants(portal, subject, loaded.portal_id, "derive")
    return "worn_elsewhere" if worn(loaded, row.key).exclude(pk__in=mine.values("pk")).exists() else ""


def _reasons(
    portal: str, subject: str, loaded: Loaded, profile: Profile, features: Iterable[str]
) -> dict[str, dict[str, tuple[str, tuple[str, ...]]]]:
    bounds = _bounds(portal, subject, loaded, profile)
    found: dict[str, dict[str, tuple[str, tuple[str, ...]]]] = {}
    for feature in features:
        found[feature] = {}
        for key, level in LEVELS.items():
            why = why_not(loaded.blueprint, loaded.facts.model, profile, feature, level)
            if not why[0] and not level.value <= profile.cell(feature).access:
                after = derived(profile, ProfileRow(profile.key, profile.derives or "", "", {feature: level}))
                why = ("above_own_rights", ()) if _beyond(loaded, after, {feature}, bounds) else why
            found[feature][key] = why
    return found


def _within_rights(acting: Acting, loaded: Loaded, profile: Profile, grown: Iterable[str]) -> None:
    """Refuse a *profile* that would give, on the features that have *grown*, more than the actor holds."""
    above = _beyond(loaded, profile, set(grown), _bounds(acting.portal, acting.person, loaded, profile))
    if above:
        raise Refused("this would give more than you hold", code="above_own_rights", features=sorted(above))


def _bounds(portal: str, subject: str, loaded: Loaded, profile: Profile) -> tuple[bool, list[reaching.Lent]]:
    """
    What *subject* can give where *profile* is worn, and whether it must fit everywhere.

    Worn by nobody, it must fit somewhere: where *subject* holds something and may change profiles.
    """
    below = profile.reach is Reach.SUBTREE
    found = reaching.samples(loaded, subject, reaching.places(worn(loaded, profile.key)))
    if found:
        return True, list(reaching.lent_on(portal, subject, found.values(), below=below).values())
    own = {held.scope for held in loaded.facts.held.get(subject, ()) if held.in_force}
    refs = [Ref(loaded.facts.scopes[key].kind, key) for key in sorted(own)]
    answers = access.check_many(portal, [(subject, "derive", ref) for ref in refs])
    mine = [ref for ref, allowed in zip(refs, answers, strict=True) if allowed]
    return False, list(reaching.lent_on(portal, subject, mine, below=below).values())


def _beyond(loaded: Loaded, profile: Profile, features: set[str], bounds: tuple[bool, list[reaching.Lent]]) -> set[str]:
    """Those of *features* on which *profile* would give more than *bounds* lend."""
    everywhere, lent = bounds
    beyond = [
        {
            feature
            for feature in features
            if not licensed(loaded, profile, feature)
            <= union.get((feature, row_condition(profile.cell(feature).condition)), NOTHING)
        }
        for union in lent
    ]
    if not beyond:
        return set(features)
    return set().union(*beyond) if everywhere else min(beyond, key=len)


def _keep_below(loaded: Loaded, key: str) -> list[str]:
    """What a data file derived from *key* itself keeps all that it had, and stands on the base from now on."""
    rows = list(Row.objects.select_for_update().filter(portal_id=loaded.portal_id, derives=key))
    for row in rows:
        _stand_alone(loaded, row, loaded.facts.model.profiles[row.key])
    return [row.key for row in rows]


def _stand_alone(loaded: Loaded, row: Row, profile: Profile) -> None:
    """Write *profile* as what differs from its base profile."""
    row.derives = root_of(loaded.facts.model, row.key)
    levels = differing(profile, loaded.facts.model.profiles[row.derives])
    row.levels = {feature: level.key for feature, level in levels.items()}
    row.save(update_fields=["derives", "levels"])


def _named(loaded: Loaded, name: str, but: str = "") -> str:
    """The name, which no other profile of the portal has, in any language."""
    try:
        name = named(name)
    except Invalid as error:
        raise Invalid(*error.faults, code="profile_name") from None
    blueprint, model = loaded.blueprint, loaded.facts.model
    taken = {info.label.in_(language) for info in blueprint.profiles.values() for language in ("fr", "en")}
    taken |= {said for key, said in loaded.profile_names.items() if key != but and not model.profiles[key].retired}
    if name.casefold() in {one.casefold() for one in taken}:
        raise Invalid(Fault("name", f"`{name[:60]}` is the name of another profile"), code="name_taken")
    return name


def _key(model: Model, name: str) -> str:
    """A key of its own, after the name."""
    wanted = slugify(name)[:80].strip("-_") or "profile"
    number, key = 1, wanted
    while key in model.profiles:
        number += 1
        key = f"{wanted}-{number}"
    return key

"""The cells of profiles as levels: what differs from the base, which levels a cell admits, what a change would make."""

from __future__ import annotations

from collections.abc import Mapping

from habilis.blueprints.schema import Blueprint
from habilis.blueprints.worlds import ProfileRow, derived
from habilis.core import ADMINISTRATIVE, LEVELS, PORTAL_ADMIN, Access, Fault, Invalid, Level, Model, NotFound, Profile
from habilis.store.facts import Loaded


def sources(model: Model) -> tuple[str, ...]:
    """The keys of the profiles that can be duplicated."""
    return tuple(key for key, profile in model.profiles.items() if not profile.retired and key != PORTAL_ADMIN)


def known(model: Model, key: str) -> Profile:
    """The profile *key* of the portal, `NotFound` where there is none."""
    profile = model.profiles.get(key)
    if profile is None or key == PORTAL_ADMIN:
        raise NotFound(f"unknown profile `{key[:60]}`")
    return profile


def level_of(profile: Profile, feature: str) -> Level:
    """The level written in the profile's cell."""
    return Level(profile.cell(feature).access)


def root_of(model: Model, key: str) -> str:
    """The base profile from which *key* is derived, however often; itself where it is a base."""
    while above := model.profiles[key].derives:
        key = above
    return key


def differing(profile: Profile, base: Profile) -> dict[str, Level]:
    """The levels of *profile* that are not those of *base*."""
    features = sorted({*profile.cells, *base.cells})
    return {f: level_of(profile, f) for f in features if profile.cell(f).access != base.cell(f).access}


def all_levels(blueprint: Blueprint, model: Model, profile: Profile) -> dict[str, tuple[str, ...]]:
    """For each feature of the portal, the levels that it knows, the present one of *profile* among them."""
    found = {}
    for feature in (*model.features, *ADMINISTRATIVE):
        info = blueprint.features.get(feature)
        levels = set(info.levels if info else LEVELS) | {level_of(profile, feature).key}
        found[feature] = tuple(key for key in LEVELS if key in levels)
    return found


def why_not(
    blueprint: Blueprint, model: Model, profile: Profile, feature: str, level: Level
) -> tuple[str, tuple[str, ...]]:
    """Why *profile* cannot have *level*, whoever asks, and the licenses that would admit it; nothing where it can."""
    info = blueprint.features.get(feature)
    if info is not None and level.key not in info.levels:
        return "feature", ()
    ceiling = model.license_ceiling(profile, feature)
    if ceiling is not None:
        if level.value <= ceiling:
            return "", ()
        licenses = model.licenses.items()
        return "license", tuple(k for k, bounds in licenses if level.value <= bounds.get(feature, Level.NONE).value)
    base = model.profiles[root_of(model, profile.key)] if profile.key in model.profiles else profile
    return ("", ()) if level.value <= base.cell(feature).access else ("base", ())


def changes(loaded: Loaded, key: str, levels: Mapping[str, str]) -> tuple[Profile, dict[str, tuple[str, str]]]:
    """The profile *key* as *levels* would make it, and the cells that differ: feature → level before, level after."""
    model = loaded.facts.model
    profile = model.profiles[key]
    wanted, faults = {}, []
    for feature, level in levels.items():
        if level not in LEVELS or feature not in all_levels(loaded.blueprint, model, profile):
            raise Invalid(Fault(str(feature)[:60], "unknown level or feature"), code="level")
        before = level_of(profile, feature)
        if level == before.key:
            continue
        code, _licenses = why_not(loaded.blueprint, model, profile, feature, LEVELS[level])
        if code:
            ceiling = profile.license if code == "license" else profile.derives
            faults.append(Fault(feature, f"`{level}` is above what `{ceiling}` admits"))
        wanted[feature] = LEVELS[level]
    if faults:
        raise Invalid(*faults, code="above_license")
    after = derived(profile, ProfileRow(key, profile.derives or "", "", wanted))
    return after, {feature: (level_of(profile, feature).key, level.key) for feature, level in wanted.items()}


def licensed(loaded: Loaded, profile: Profile, feature: str) -> Access:
    """What the cell holds within its license."""
    ceiling = loaded.facts.model.license_ceiling(profile, feature)
    held = profile.cell(feature).access
    return held if ceiling is None else held & ceiling

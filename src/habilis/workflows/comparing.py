"""Profiles and licenses side by side: what each holds of every permission, and where they differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from habilis.blueprints.schema import FeatureInfo, Label
from habilis.core import ADMINISTRATIVE, LEVELS, Access, Condition, Invalid, Level, Model, NotFound
from habilis.workflows import access, browse
from habilis.workflows.cells import known
from habilis.workflows.exports import Table

LICENSE = "license:"  # before the key of a license, where a profile's is expected
MOST = 12
WORDS = {
    "none": Label("rien", "nothing"),
    "list": Label("lister", "list"),
    "print": Label("lister et imprimer", "list and print"),
    "view": Label("lister et lire", "list and read"),
    "edit": Label("tout", "everything"),
    "": Label("hors licence", "not licensed"),
}


@dataclass(frozen=True)
class Column:
    """A profile or a license, as one side of a comparison."""

    key: str
    name: str
    license: bool


@dataclass(frozen=True)
class Line:
    """One permission: what each column holds of it, as levels; `list` is less than any level but nothing."""

    info: FeatureInfo
    levels: tuple[str, ...]
    differs: bool


@dataclass(frozen=True)
class Comparison:
    """The columns, and the lines in the order of the matrix."""

    columns: tuple[Column, ...]
    lines: tuple[Line, ...]


def compare(portal: str, keys: Sequence[str], language: str, *, differences: bool) -> Comparison:
    """The profiles and licenses *keys* side by side, every permission or only the *differences*."""
    asked = list(dict.fromkeys(keys))
    if not 2 <= len(asked) <= MOST:
        raise Invalid(f"expected 2 to {MOST} profiles to compare", code="compare")
    blueprint, model = access.blueprint_of(portal), access.model_of(portal)
    names = browse.profile_names(portal, language)
    columns = []
    for key in asked:
        license_ = key.removeprefix(LICENSE)
        if license_ != key:
            if license_ not in model.licenses:
                raise NotFound(f"unknown license `{license_[:60]}`")
            columns.append(Column(key, blueprint.licenses[license_].label.in_(language), license=True))
        else:
            columns.append(Column(known(model, key).key, names[key], license=False))
    lines = []
    for feature, info in blueprint.features.items():
        held = [_held(model, column, feature) for column in columns]
        line = Line(info, tuple(_word(one) for one in held), len({one for one in held if one is not None}) > 1)
        if line.differs or not differences:
            lines.append(line)
    return Comparison(tuple(columns), tuple(lines))


def table(portal: str, keys: Sequence[str], language: str, *, differences: bool) -> Table:
    """The same as a list to keep."""
    found = compare(portal, keys, language, differences=differences)
    groups = access.blueprint_of(portal).groups

    def rows() -> Iterator[Sequence[Any]]:
        for line in found.lines:
            group = groups[line.info.group].label.in_(language) if line.info.group in groups else ""
            yield [group, line.info.label.in_(language), *(WORDS[level].in_(language) for level in line.levels)]

    header = (Label("Groupe", "Group").in_(language), Label("Permission", "Permission").in_(language))
    return Table(
        Label("Comparaison de profils", "Comparison of profiles").in_(language),
        (*header, *(column.name for column in found.columns)),
        rows(),
    )


def _held(model: Model, column: Column, feature: str) -> tuple[Access, Condition | None] | None:
    """What a column holds of a feature within its license; nothing where a license does not speak of it."""
    if column.license:
        bounds = model.licenses[column.key.removeprefix(LICENSE)]
        return None if feature in ADMINISTRATIVE else (bounds.get(feature, Level.NONE).value, None)
    profile = model.profiles[column.key]
    cell, ceiling = profile.cell(feature), model.license_ceiling(profile, feature)
    held = cell.access if ceiling is None else cell.access & ceiling
    return held, cell.condition if held else None


def _word(held: tuple[Access, Condition | None] | None) -> str:
    if held is None:
        return ""
    return next((key for key, level in LEVELS.items() if level.value == held[0]), "list")

"""A grant's matrix of features and levels, as a form shows it and reads it back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from habilis.core import LEVELS
from habilis.faces.web.presenters import words
from habilis.workflows import access

PREFIX = "level_"
KEEP = ""


def read(here: Any, posted: Mapping[str, str]) -> dict[str, str]:
    """The adjustments that were chosen: feature → level, those left to the profile excepted."""
    chosen = {feature: posted.get(PREFIX + feature, KEEP) for feature in here.blueprint.features}
    return {feature: level for feature, level in chosen.items() if level != KEEP}


def groups(
    here: Any, profile: str, chosen: Mapping[str, str], open_: Mapping[str, Mapping[str | None, str]]
) -> list[dict[str, Any]]:
    """
    The rows by group of features, each with the profile's own level and what may replace it.

    Of the levels, those that *open_* lets the person set; a line says of the others why they are not there.
    """
    cells = access.model_of(here.portal).profiles[profile]
    rows: dict[str, list[dict[str, Any]]] = {}
    for key, info in here.blueprint.features.items():
        own = next((word for word, level in LEVELS.items() if level.value == cells.cell(key).access), "none")
        why_not = open_.get(key, {})
        current = chosen.get(key, KEEP)
        options = [
            {
                "value": KEEP,
                "level": own,
                "word": _("As the profile says: %(level)s") % {"level": words.level_name(own)},
            }
        ]
        options += [{"value": level, "level": level, "word": words.level_name(level)} for level in info.levels]
        kept = [one for one in options if one["value"] == current or not why_not.get(one["value"] or None)]
        for option in kept:
            option["checked"] = option["value"] == current
            option["id"] = f"id_{PREFIX}{key}_{option['value'] or 'keep'}"
        absent = [one for one in options if one not in kept]
        row = {"info": info, "name": PREFIX + key, "options": kept, "absent": list(reasons(absent, why_not))}
        rows.setdefault(info.group, []).append(row)
    return [{"group": group, "rows": rows[key]} for key, group in here.blueprint.groups.items() if key in rows]


REASONS = {
    "above_license": lazy("Beyond the license of this profile: %(levels)s"),
    "above_own_rights": lazy("More than you hold here yourself: %(levels)s"),
}
"""Why some levels are not offered, by the code with which they would be refused."""


def reasons(absent: Iterable[Mapping[str, str]], why_not: Mapping[str | None, str]) -> Iterator[str]:
    """Why each of the levels that are not there is not, those with the same reason together."""
    for code, sentence in REASONS.items():
        levels = [str(one["word"]) for one in absent if why_not[one["value"] or None] == code]
        if levels:
            yield str(sentence) % {"levels": ", ".join(levels)}


def names(here: Any, features: Iterable[str]) -> list[str]:
    """The names of *features*."""
    infos = here.blueprint.features
    return [words.said(infos[feature].label) for feature in features if feature in infos]

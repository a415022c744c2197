"""A grant's matrix of features and levels, as a form shows it and reads it back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from habilis.core import LEVELS
from habilis.faces.web.presenters import words
from habilis.workflows import access

PREFIX = "level_"
KEEP = ""


def read(here: Any, posted: Mapping[str, str]) -> dict[str, str]:
    """The adjustments that were chosen: feature → level, those left to the profile excepted."""
    chosen = {feature: posted.get(PREFIX + feature, KEEP) for feature in here.blueprint.features}
    return {feature: level for feature, level in chosen.items() if level != KEEP}


def groups(here: Any, profile: str, chosen: Mapping[str, str]) -> list[dict[str, Any]]:
    """The rows by group of features, each with the profile's own level and what may replace it."""
    cells = access.model_of(here.portal).profiles[profile]
    rows: dict[str, list[dict[str, Any]]] = {}
    for key, info in here.blueprint.features.items():
        own = next((word for word, level in LEVELS.items() if level.value == cells.cell(key).access), "none")
        options = [
            {
                "value": KEEP,
                "level": own,
                "word": _("As the profile says: %(level)s") % {"level": words.level_name(own)},
            }
        ]
        options += [{"value": level, "level": level, "word": words.level_name(level)} for level in info.levels]
        for option in options:
            option["checked"] = option["value"] == chosen.get(key, KEEP)
            option["id"] = f"id_{PREFIX}{key}_{option['value'] or 'keep'}"
        rows.setdefault(info.group, []).append({"info": info, "name": PREFIX + key, "options": options})
    return [{"group": group, "rows": rows[key]} for key, group in here.blueprint.groups.items() if key in rows]


def names(here: Any, features: Iterable[str]) -> list[str]:
    """The names of *features*."""
    infos = here.blueprint.features
    return [words.said(infos[feature].label) for feature in features if feature in infos]

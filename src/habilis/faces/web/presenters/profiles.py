"""Profiles as pages show them: the matrix by group, why a level is not offered, prices in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from habilis.faces.web.presenters import words

PREFIX = "level_"
REASONS = {"above_own_rights": lazy("More than you hold yourself where this profile is worn: %(levels)s")}
"""
Why some levels are not offered; for a license `beyond_license` says it, and nothing is said of what the feature or the
base profile lacks.
"""


def groups(sheet: Any, here: Any, chosen: Mapping[str, str]) -> list[dict[str, Any]]:
    """The matrix by group of features, condensed and line by line, with *chosen* in place of what is saved."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for key, info in here.blueprint.features.items():
        saved = sheet.cells.get(key, "none")
        rows.setdefault(info.group, []).append(
            {
                "info": info,
                "name": PREFIX + key,
                "level": saved,
                "options": list(options(sheet, key, saved, chosen.get(key, saved))),
                "absent": list(reasons(here, sheet.reasons.get(key, {}))),
            }
        )
    return [
        {"group": group, "rows": rows[key], "condensed": condensed(rows[key])}
        for key, group in here.blueprint.groups.items()
        if key in rows
    ]


def options(sheet: Any, feature: str, saved: str, chosen: str) -> Iterator[dict[str, Any]]:
    """The levels of one line: those that may be chosen, and those that another license would admit, shut."""
    for level, (code, _licenses) in sheet.reasons.get(feature, {}).items():
        if code and code != "license" and level != saved:
            continue
        yield {
            "level": level,
            "word": words.level_name(level),
            "id": f"id_{PREFIX}{feature}_{level}",
            "saved": level == saved,
            "checked": level == chosen,
            "shut": bool(code) and level != saved,
        }


def condensed(rows: Iterable[Mapping[str, Any]]) -> list[tuple[str, int]]:
    """How many lines of a group have each level, in the order of the levels."""
    counted = Counter(row["level"] for row in rows)
    return [(level, counted[level]) for level in reversed(words.LEVELS) if counted[level]]


def reasons(here: Any, why: Mapping[str, tuple[str, tuple[str, ...]]]) -> Iterator[str]:
    """Why each of the levels that cannot be chosen cannot, those with the same reason together."""
    told: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for level, reason in why.items():
        if reason[0] in ("license", *REASONS):
            told.setdefault(reason, []).append(words.level_name(level))
    for (code, licenses), levels in told.items():
        if code == "license":
            yield beyond_license(here, levels, licenses)
        else:
            yield str(REASONS[code]) % {"levels": ", ".join(levels)}


def beyond_license(here: Any, levels: Iterable[str], licenses: Iterable[str]) -> str:
    """What the license does not admit, and which would."""
    admitting = _(" or ").join(_("“%(name)s”") % {"name": license_name(here, key)} for key in licenses)
    said = {"levels": ", ".join(levels), "licenses": admitting}
    if not admitting:
        return _("No license admits it: %(levels)s") % said
    return _("Beyond this license: %(levels)s. The license %(licenses)s admits it.") % said


def license_name(here: Any, key: str) -> str:
    """The name of a license."""
    info = here.blueprint.licenses.get(key)
    return words.said(info.label) if info else key


def cells(here: Any, changed: Mapping[str, tuple[str, str]]) -> list[dict[str, Any]]:
    """The cells that change, in the order of the matrix."""
    return [
        {"info": info, "before": changed[key][0], "after": changed[key][1]}
        for key, info in here.blueprint.features.items()
        if key in changed
    ]


def read(sheet: Any, posted: Mapping[str, str]) -> dict[str, str]:
    """The levels that a form was sent with: feature → level."""
    return {feature: posted[PREFIX + feature] for feature in sheet.cells if PREFIX + feature in posted}

"""
What the lines of a table of people say: each cell read by itself, and what is wrong in it.

Whether a line may be done is not read here: `importing` asks the rule.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from habilis.blueprints.schema import FeatureInfo, Label
from habilis.core import LEVELS, canonical_address
from habilis.workflows import access, accounts, browse, sheets

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "email": ("adresse electronique", "e-mail address", "email", "e-mail", "adresse"),
    "name": ("prenom et nom", "first and last name", "nom", "name"),
    "language": ("langue", "language"),
    "scope": ("perimetre", "scope", "cle"),
    "profile": ("profil", "profile"),
    "from": ("premier jour", "first day", "debut", "from"),
    "until": ("dernier jour", "last day", "fin", "until"),
    "adjustments": ("ajustements", "adjustments"),
}
"""What each column may be called, without accents or capitals."""
TITLES = {
    "email": Label("Adresse électronique", "E-mail address"),
    "name": Label("Prénom et nom", "First and last name"),
    "language": Label("Langue", "Language"),
    "scope": Label("Périmètre", "Scope"),
    "profile": Label("Profil", "Profile"),
    "from": Label("Premier jour", "First day"),
    "until": Label("Dernier jour", "Last day"),
    "adjustments": Label("Ajustements", "Adjustments"),
}
REQUIRED = ("email", "scope", "profile")


@dataclass(frozen=True)
class Wrong:
    """What is wrong in one cell: a code, what was typed, and what was expected where that is a list."""

    column: str
    code: str
    typed: str = ""
    expected: tuple[str, ...] = ()


@dataclass
class Line:
    """One line of the table, and what it does: `new`, `known`, `nothing`, or what is wrong."""

    number: int
    cells: dict[str, str]
    does: str = ""
    wrong: list[Wrong] = field(default_factory=list)
    scope: str = ""
    profile: str = ""
    refused: bool = False


@dataclass(frozen=True)
class Asked:
    """What a line asks for, read."""

    email: str
    name: str
    language: str
    profile: str
    period: Mapping[str, datetime | None]
    adjustments: Mapping[str, str]


class Words:
    """What a portal's profiles and features may be called in a table; and who was called what on the lines before."""

    def __init__(self, portal: str) -> None:
        profiles = [key for key, one in access.model_of(portal).profiles.items() if not one.retired]
        spoken = [browse.profile_names(portal, language) for language in ("fr", "en")]
        self.offered = tuple(spoken[0][key] for key in profiles)
        self.profiles = {plain(names[key]): key for names in spoken for key in reversed(profiles)}
        self.profiles |= {key: key for key in profiles}
        features = access.blueprint_of(portal).features
        self.features = {plain(label): key for key, info in features.items() for label in _said(key, info)}
        self.names: dict[str, str] = {}


def of(text: str) -> tuple[list[Line], list[Wrong]]:
    """The lines of a table, nothing of them read yet; and what is wrong in its headings."""
    rows = sheets.rows_of(text)
    begin = next((n for n, row in enumerate(rows) if row), 0)
    heads, wrong = _headings(rows[begin] if rows else [])
    lines = []
    for number, row in enumerate(rows[begin + 1 :], begin + 2):
        if row and not wrong:
            lines.append(Line(number, {head: cell for head, cell in zip(heads, row, strict=False) if head}))
            if any(cell for cell in row[len(heads) :]):
                lines[-1].wrong.append(Wrong("", "extra_cell", row[len(heads)]))
    return lines, wrong


def spoilt(line: Line) -> bool:
    """Whether a cell of the line cannot be read at all; what is wrong is noted on it."""
    line.wrong += [wrong for column, cell in line.cells.items() for wrong in _spoilt(column, cell)]
    return bool(line.wrong)


def read(words: Words, line: Line) -> Asked:
    """What the line asks for; what is wrong is noted on it, and empty here."""
    return Asked(
        _address(line),
        _named(words, line),
        _language(line),
        _profile(words, line),
        _period(line),
        _adjustments(words, line),
    )


def address_of(line: Line) -> str:
    """The address on the line, empty where it is none; nothing is noted."""
    return _address(Line(line.number, line.cells))


def _headings(row: Sequence[str]) -> tuple[list[str], list[Wrong]]:
    known = {word: column for column, words in COLUMNS.items() for word in words}
    heads, wrong = [], []
    for cell in row:
        column = known.get(plain(cell), "")
        if cell and (not column or column in heads):
            wrong.append(Wrong("", "twice_column" if column else "unknown_column", cell[:60]))
        heads.append(column)
    wrong += [Wrong(column, "missing_column") for column in REQUIRED if column not in heads]
    return heads, wrong


def _spoilt(column: str, cell: str) -> Iterator[Wrong]:
    if len(cell) > sheets.CELL:
        yield Wrong(column, "long_cell")
    elif odd := sheets.odd_character(cell):
        yield Wrong(column, "odd_character", odd)
    elif sheets.is_formula(cell):
        yield Wrong(column, "formula", cell[:60])


def _named(words: Words, line: Line) -> str:
    """The name to give; an account that exists keeps its own."""
    name, typed = line.cells.get("name", ""), line.cells.get("email", "").lower()
    if name and words.names.setdefault(typed, name) != name:
        line.wrong.append(Wrong("name", "two_names", name, (words.names[typed],)))
    return name


def _language(line: Line) -> str:
    typed = line.cells.get("language", "")
    if typed and typed.lower() not in accounts.LANGUAGES:
        line.wrong.append(Wrong("language", "language", typed[:60]))
    return typed.lower() or accounts.LANGUAGES[0]


def _period(line: Line) -> Mapping[str, datetime | None]:
    """The days as instants; the last one is included."""
    since, until = _day(line, "from"), _day(line, "until")
    return {"valid_from": _midnight(since), "valid_until": _midnight(until + timedelta(days=1)) if until else None}


def _address(line: Line) -> str:
    typed = line.cells.get("email", "")
    letter = next((c for c in typed if not c.isascii() and not _accented(c)), "")
    if letter:
        line.wrong.append(Wrong("email", "look_alike", unicodedata.name(letter, f"U+{ord(letter):04X}")))
        return ""
    try:
        return canonical_address(typed)
    except ValueError:
        line.wrong.append(Wrong("email", "address", typed[:80]))
        return ""


def _accented(letter: str) -> bool:
    """Whether *letter* is a plain one with an accent: any other may pass for what it is not."""
    apart = unicodedata.normalize("NFD", letter)
    return len(apart) > 1 and apart[0].isascii()


def _profile(words: Words, line: Line) -> str:
    typed = line.cells.get("profile", "")
    key = words.profiles.get(typed) or words.profiles.get(plain(typed), "")
    if not key:
        line.wrong.append(Wrong("profile", "unknown_profile", typed[:60], words.offered))
    line.profile = key
    return key


def _adjustments(words: Words, line: Line) -> dict[str, str]:
    """What differs from the profile: `feature = level`, several with commas; features by their keys or their names."""
    found: dict[str, str] = {}
    for part in filter(None, map(str.strip, line.cells.get("adjustments", "").split(","))):
        name, _equals, level = (piece.strip() for piece in part.partition("="))
        key = words.features.get(plain(name), "")
        if not key:
            line.wrong.append(
                Wrong("adjustments", "unknown_feature", name[:60], tuple(sorted({*words.features.values()})))
            )
        elif level.lower() not in LEVELS:
            line.wrong.append(Wrong("adjustments", "unknown_level", part[:60], tuple(LEVELS)))
        elif found.setdefault(key, level.lower()) != level.lower():
            line.wrong.append(Wrong("adjustments", "two_levels", name[:60]))
    return found


def _said(key: str, info: FeatureInfo) -> tuple[str, ...]:
    return (key, info.label.fr, info.label.en)


def _day(line: Line, column: str) -> date | None:
    typed = line.cells.get(column, "")
    if not typed:
        return None
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            day = datetime.strptime(typed, form).date()  # noqa: DTZ007 - a day, made an instant where the portal is read
        except ValueError:
            continue
        if 1970 <= day.year <= 2999:
            return day
    line.wrong.append(Wrong(column, "day", typed[:60]))
    return None


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time.min, tzinfo=ZoneInfo(settings.TIME_ZONE)) if day else None


def plain(text: str) -> str:
    """*text* without accents, capitals or spaces around."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return " ".join(plain.lower().split())

"""
People and their grants from a table: each line through the verbs of pages, and all of the lines or none.

A preview is the import itself, rolled back: what it says of a line is what happened to it.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from habilis.blueprints.schema import FeatureInfo, Label
from habilis.core import LEVELS, Conflict, HabilisError, Invalid, NotFound, Ref, Refused, canonical_address
from habilis.store.facts import storable
from habilis.store.models import Scope, User
from habilis.workflows import access, accounts, browse, giving, journal, people, sheets
from habilis.workflows.acting import Acting, change

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
AT = {
    "above_license": "adjustments",
    "feature": "adjustments",
    "level": "adjustments",
    "above_own_rights": "profile",
    "already_attached": "profile",
    "closed_account": "email",
    "name": "name",
    "other_profile": "profile",
    "profile": "profile",
    "required_period": "until",
    "self": "email",
    "territory": "profile",
    "until": "until",
}
"""The column that a refusal of the verbs is about."""


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
class Plan:
    """What a table does, line by line; *wrong* is about the headings. `digest` changes with any of it."""

    lines: tuple[Line, ...]
    wrong: tuple[Wrong, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong, and there is something to do."""
        return not self.wrong and bool(self.lines) and not any(line.wrong for line in self.lines)

    @property
    def digest(self) -> str:
        """What tells this plan from what the same table would do at another time."""
        said = [(line.number, sorted(line.cells.items()), line.does, line.scope, line.profile) for line in self.lines]
        return hashlib.sha256(repr(said).encode("utf-8", "replace")).hexdigest()

    def count(self, does: str) -> int:
        """How many lines do that."""
        return sum(line.does == does for line in self.lines)


class _Ground:
    """What every line is read against, found once."""

    def __init__(self, acting: Acting) -> None:
        self.acting = acting
        blueprint = access.blueprint_of(acting.portal)
        self.schemes = tuple(blueprint.identifiers)
        self.profiles = [key for key, one in access.model_of(acting.portal).profiles.items() if not one.retired]
        spoken = [browse.profile_names(acting.portal, language) for language in ("fr", "en")]
        self.offered = tuple(spoken[0][key] for key in self.profiles)
        self.words = {_plain(names[key]): key for names in spoken for key in reversed(self.profiles)}
        self.words |= {key: key for key in self.profiles}
        self.names: dict[str, str] = {}
        self.features = {_plain(label): key for key, info in blueprint.features.items() for label in _said(key, info)}


def preview(acting: Acting, text: str) -> Plan:
    """What importing *text* would do. Nothing is changed, sent or recorded."""
    with transaction.atomic():
        plan = _tried(acting, text)
        transaction.set_rollback(True)
    return plan


@change("people:import")
def run(acting: Acting, *, text: str, digest: str) -> Plan:
    """Import *text*, if that does what the preview of *digest* said; else nothing at all is imported."""
    plan = _tried(acting, text)
    if not plan.sound:
        first = next((line for line in plan.lines if line.wrong), None)
        if first and first.refused:
            raise Refused(f"line {first.number} asks for what you may not give", code=first.wrong[0].code)
        raise Invalid("some lines are not as expected", code="lines")
    if plan.digest != digest:
        raise Conflict("this would no longer do what the preview said", code="stale")
    counts = {does: plan.count(does) for does in ("new", "known", "nothing")}
    journal.record(acting, "people:import", facts={"lines": len(plan.lines), **counts})
    return plan


def _tried(acting: Acting, text: str) -> Plan:
    rows = sheets.rows_of(text)
    heads, wrong = _headings(next((row for row in rows if row), []))
    if wrong:
        return Plan((), tuple(wrong))
    begin = next(n for n, row in enumerate(rows) if row) + 1
    lines = [Line(n, _cells(heads, row)) for n, row in enumerate(rows[begin:], begin + 1) if row]
    ground = _Ground(acting)
    for line, row in zip(lines, [row for row in rows[begin:] if row], strict=True):
        if any(cell for cell in row[len(heads) :]):
            line.wrong.append(Wrong("", "extra_cell", row[len(heads)]))
        _one(ground, line)
    return Plan(tuple(lines))


def _headings(row: Sequence[str]) -> tuple[list[str], list[Wrong]]:
    known = {word: column for column, words in COLUMNS.items() for word in words}
    heads, wrong = [], []
    for cell in row:
        column = known.get(_plain(cell), "")
        if cell and (not column or column in heads):
            wrong.append(Wrong("", "twice_column" if column else "unknown_column", cell[:60]))
        heads.append(column)
    wrong += [Wrong(column, "missing_column") for column in REQUIRED if column not in heads]
    return heads, wrong


def _cells(heads: Sequence[str], row: Sequence[str]) -> dict[str, str]:
    return {head: cell for head, cell in zip(heads, row, strict=False) if head}


def _one(ground: _Ground, line: Line) -> None:
    """Read one line, then do it; what is wrong is noted on it."""
    line.wrong += [wrong for column, cell in line.cells.items() for wrong in _spoilt(column, cell)]
    if line.wrong:
        return
    asked = _Asked(
        _address(line),
        _named(ground, line),
        _language(line),
        _scope(ground, line),
        _profile(ground, line),
        _period(line),
        _adjustments(ground, line),
    )
    if line.wrong or asked.ref is None:
        return
    try:
        _give(ground.acting, line, asked)
    except HabilisError as error:
        line.refused = isinstance(error, Refused)
        code = "unknown_scope" if isinstance(error, NotFound) else error.code
        where = error.faults[0].where if isinstance(error, Invalid) and error.faults else ""
        column = AT.get(code, where if where in COLUMNS else "scope")
        line.wrong.append(Wrong(column, code, line.cells.get(column, "")[:60]))


@dataclass(frozen=True)
class _Asked:
    """What a line asks for, read."""

    email: str
    name: str
    language: str
    ref: Ref | None
    profile: str
    period: Mapping[str, datetime | None]
    adjustments: Mapping[str, str]


def _spoilt(column: str, cell: str) -> Iterator[Wrong]:
    if len(cell) > sheets.CELL:
        yield Wrong(column, "long_cell")
    elif odd := sheets.odd_character(cell):
        yield Wrong(column, "odd_character", odd)
    elif sheets.is_formula(cell):
        yield Wrong(column, "formula", cell[:60])


def _named(ground: _Ground, line: Line) -> str:
    """The name to give; an account that exists keeps its own."""
    name, typed = line.cells.get("name", ""), line.cells.get("email", "").lower()
    if name and ground.names.setdefault(typed, name) != name:
        line.wrong.append(Wrong("name", "two_names", name, (ground.names[typed],)))
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


def _give(acting: Acting, line: Line, asked: _Asked) -> None:
    if asked.ref is None:
        return
    ref, email = asked.ref, asked.email
    known = User.objects.filter(email=email).first()
    if known is None and not asked.name:
        line.wrong.append(Wrong("name", "no_name"))
        return
    loaded = giving.hold(acting, [acting.person, email], ref)
    access.require(acting, "attach", ref)
    if giving.bound_profile(loaded, email, ref, asked.profile):
        raise Conflict("the person holds another profile there", code="other_profile")
    lasting = [
        held
        for held in loaded.facts.held.get(email, ())
        if held.scope == ref.id
        and held.grant.profile == asked.profile
        and (held.grant.valid_until is None or held.grant.valid_until > loaded.facts.now)
    ]
    if lasting and not any(asked.period.values()) and not asked.adjustments:
        line.does = "nothing"
        return
    if lasting:
        raise Conflict("the person holds this profile there already", code="already_attached")
    people.create(
        acting,
        email=email,
        name=asked.name or (known.name if known else ""),
        language=asked.language,
        scopes=[ref.id],
        profile=asked.profile,
        adjustments=asked.adjustments,
        **asked.period,
    )
    line.does = "known" if known else "new"


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


def _scope(ground: _Ground, line: Line) -> Ref | None:
    """The scope of that key, else the one that the number identifies. Whether the actor may give there comes later."""
    typed = line.cells.get("scope", "")
    if not typed:
        line.wrong.append(Wrong("scope", "no_scope"))
        return None
    rows = Scope.objects.none()
    if storable(typed):
        number = "".join(typed.split())
        same = Q(key=typed)
        for scheme in ground.schemes:
            same |= Q(identifiers__contains={scheme: number})
        rows = Scope.objects.filter(same, portal__key=ground.acting.portal).exclude(key="")
    found = [Ref(row.kind, row.key) for row in sorted(rows, key=lambda row: row.key != typed)]
    ref = found[0] if found and (len(found) == 1 or found[0].id == typed) else None
    if ref is None or not access.may_know(ground.acting.portal, ground.acting.person, ref):
        line.wrong.append(Wrong("scope", "unknown_scope", typed[:60]))
        return None
    line.scope = ref.id
    return ref


def _profile(ground: _Ground, line: Line) -> str:
    typed = line.cells.get("profile", "")
    key = ground.words.get(typed) or ground.words.get(_plain(typed), "")
    if not key:
        line.wrong.append(Wrong("profile", "unknown_profile", typed[:60], ground.offered))
    line.profile = key
    return key


def _adjustments(ground: _Ground, line: Line) -> dict[str, str]:
    """What differs from the profile: `feature = level`, several with commas; features by their keys or their names."""
    found: dict[str, str] = {}
    for part in filter(None, map(str.strip, line.cells.get("adjustments", "").split(","))):
        name, _equals, level = (piece.strip() for piece in part.partition("="))
        key = ground.features.get(_plain(name), "")
        if not key:
            line.wrong.append(
                Wrong("adjustments", "unknown_feature", name[:60], tuple(sorted({*ground.features.values()})))
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


def _plain(text: str) -> str:
    """*text* without accents, capitals or spaces around."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return " ".join(plain.lower().split())


def template(portal: str, subject: str, language: str) -> tuple[list[str], list[tuple[str, str]], list[str]]:
    """
    The headings of a table to fill in; and, to choose from, the scopes where *subject* may attach (key and name) and
    the profiles.
    """
    titles = [words.in_(language) for words in TITLES.values()]
    scopes = [(scope.key, " › ".join(scope.path_names)) for scope in browse.choices(portal, subject, "attach")]
    names = browse.profile_names(portal, language)
    profiles = [names[key] for key, one in access.model_of(portal).profiles.items() if not one.retired]
    return titles, scopes, profiles

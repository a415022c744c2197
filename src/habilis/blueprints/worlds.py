"""
Reads a data file (a *world*) against its blueprint into plain rows, and reports every fault.

What a row refers to may be in the file or, through `Known`, already in the portal it is loaded into.
The format is part of the contract; docs/data-files.md documents it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from habilis.blueprints import fields as typed
from habilis.blueprints import loader
from habilis.blueprints.identifiers import compact
from habilis.blueprints.reading import Source, Table
from habilis.blueprints.schema import Blueprint
from habilis.core import LEVELS, PORTAL, Fault, Invalid, Level, Model, Profile, canonical_address
from habilis.core.model import ADMINISTRATIVE, Cell

DEPTH = 6
STATUSES = ("active", "pending", "inactive")
LANGUAGES = ("fr", "en")
REQUEST_KINDS = ("join", "newcomer", "change")
RESERVED = frozenset({"accounts", "static", "media", "admin", "health", "api", "i18n", "outbox"})
SLUG_SAYS = "cannot be an address: small letters, digits, _ and -, at most 60"


@dataclass(frozen=True)
class PortalRow:
    key: str
    name: str
    default_profile: str


@dataclass(frozen=True)
class ScopeRow:
    key: str
    kind: str
    parent: str
    name: str
    identifiers: Mapping[str, str]
    status: str
    options: tuple[str, ...]
    configuration: str | Mapping[str, str] | None
    responsible: str
    author: str


@dataclass(frozen=True)
class PersonRow:
    email: str
    name: str
    language: str
    active: bool
    password: str


@dataclass(frozen=True)
class ProfileRow:
    key: str
    derives: str
    name: str
    levels: Mapping[str, Level]


@dataclass(frozen=True)
class GrantRow:
    person: str
    scope: str
    profile: str
    valid_from: datetime | None
    valid_until: datetime | None
    adjustments: Mapping[str, Level]


@dataclass(frozen=True)
class ResourceRow:
    type: str
    key: str
    scope: str
    author: str
    state: str
    approvers: tuple[str, ...]
    approved_by: tuple[str, ...]
    title: str
    created: datetime | None
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class RequestRow:
    kind: str
    person: str
    beneficiary: str
    scopes: tuple[str, ...]
    profile: str
    comment: str
    created: datetime | None


@dataclass(frozen=True)
class InvitationRow:
    email: str
    scope: str
    profile: str
    by: str


@dataclass(frozen=True)
class Expectation:
    says: str
    subject: str
    action: str
    type: str
    allowed: tuple[str, ...]
    denied: tuple[str, ...]
    at: datetime | None
    rows: tuple[str, ...]


@dataclass(frozen=True)
class Known:
    """What a portal holds already: scopes (key → kind, parent), people, derived profiles, grants, resources (type, key)."""

    scopes: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    people: frozenset[str] = frozenset()
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    grants: tuple[GrantRow, ...] = ()


@dataclass(frozen=True)
class World:
    """One portal's rows, in the order of the file; scopes parents first."""

    blueprint: Blueprint
    blueprint_name: str
    portal: PortalRow
    licenses: Mapping[str, Decimal] = field(default_factory=dict)
    scopes: tuple[ScopeRow, ...] = ()
    people: tuple[PersonRow, ...] = ()
    profiles: tuple[ProfileRow, ...] = ()
    grants: tuple[GrantRow, ...] = ()
    resources: tuple[ResourceRow, ...] = ()
    requests: tuple[RequestRow, ...] = ()
    invitations: tuple[InvitationRow, ...] = ()
    expects: tuple[Expectation, ...] = ()
    model: Model = field(default=None)  # type: ignore[assignment]  # always given: the blueprint's, with the derived profiles


@dataclass
class Opened:
    """A data file whose head is read: enough to know the portal and ask it what it holds."""

    source: Source
    root: Table
    blueprint: Blueprint
    blueprint_name: str
    portal: PortalRow


def open_file(path: Path) -> Opened:
    """Read the head of the file at *path*."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Invalid(Fault(str(path), f"cannot be read: {(error.strerror or 'error').lower()}")) from None
    return open_source(Source.of_bytes(str(path), content), path.parent)


def open_source(source: Source, base: Path) -> Opened:
    """Read the head of *source*; a blueprint named by a relative path is looked for from *base*."""
    root = source.root()
    name = root.text("blueprint", required=True, largest=500)
    source.raise_faults()
    try:
        folder = loader.find(name, base)
    except (Invalid, ValueError) as error:
        source.fault(("blueprint",), str(error) if isinstance(error, Invalid) else f"`{name[:60]}` cannot be a path")
        source.raise_faults()
        raise
    blueprint = loader.load(folder)
    table = root.table("portal")
    if not root.has("portal"):
        root.fault(None, "lacks [portal]: expected its key and name")
    key = table.text("key", required=True)
    if key and (not _is_slug(key) or key in RESERVED):
        table.fault("key", f"`{key[:60]}` {SLUG_SAYS}" if key not in RESERVED else f"`{key}` is an address of its own: choose another")
    portal = PortalRow(key, table.text("name", required=True, largest=200), table.text("default_profile"))
    table.done()
    source.raise_faults()
    return Opened(source, root, blueprint, name, portal)


def read(opened: Opened, known: Known | None = None) -> World:
    """Read the rows of a file opened, against what its portal holds already; raise `Invalid` with every fault."""
    world = _Rows(opened, known or Known()).world()
    opened.source.raise_faults()
    return world


def _is_slug(key: str) -> bool:
    return (
        0 < len(key) <= 60
        and key.isascii()
        and key[0].isalnum()
        and all(c.islower() or c.isdigit() or c in "-_" for c in key)
    )


class _Rows:
    """Reads each section; later ones see what the earlier ones declared."""

    def __init__(self, opened: Opened, known: Known) -> None:
        self.opened, self.known = opened, known
        self.source, self.root, self.blueprint = opened.source, opened.root, opened.blueprint
        self.model = opened.blueprint.model
        self.people: set[str] = set(known.people)
        self.kinds: dict[str, str] = {"": PORTAL} | {key: kind for key, (kind, _) in known.scopes.items()}
        self.parents: dict[str, str] = {key: parent for key, (_, parent) in known.scopes.items() if key}
        self.profiles: dict[str, Profile] = {**self.model.profiles, **known.profiles}

    def world(self) -> World:
        licenses = self.licenses()
        people = self.people_rows()
        scopes = self.scope_rows()
        profiles = self.profile_rows()
        default = self.opened.portal.default_profile
        if default and default not in self.profiles:
            self.source.fault(("portal", "default_profile"), f"unknown profile `{default}`: expected {self.some(self.profiles)}")
        grants = self.grant_rows()
        world = World(
            self.blueprint,
            self.opened.blueprint_name,
            self.opened.portal,
            licenses,
            scopes,
            people,
            profiles,
            grants,
            self.resource_rows(),
            tuple(self.request(table) for table in self.root.tables("requests")),
            tuple(self.invitation(table) for table in self.root.tables("invitations")),
            tuple(self.expectation(table) for table in self.root.tables("expect")),
            with_profiles(self.model, self.profiles),
        )
        self.root.done()
        return world

    @staticmethod
    def some(words: Mapping[str, object] | set[str]) -> str:
        shown = [f"`{word}`" for word in sorted(words)[:12]]
        return " or ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown) or "nothing: none is known"

    def licenses(self) -> dict[str, Decimal]:
        prices = {}
        for table in self.root.tables("licenses"):
            key = table.one_of("key", self.model.licenses, required=True)
            price = table.raw("price")
            if isinstance(price, bool) or not isinstance(price, int | float) or not 0 <= price < 10**9:
                table.fault("price", "expected a price in EUR, 0 or more")
            else:
                prices[key] = Decimal(str(price)).quantize(Decimal("0.01"))
            table.done()
        return prices

    def address(self, table: Table, key: str, *, required: bool = False, known: bool = True) -> str:
        text = table.text(key, required=required)
        if not text:
            return ""
        try:
            address = canonical_address(text)
        except ValueError as error:
            table.fault(key, str(error))
            return ""
        if known and address not in self.people:
            table.fault(key, f"unknown person `{address}`: expected one of [[people]]")
            return ""
        return address

    def people_rows(self) -> tuple[PersonRow, ...]:
        rows, seen = [], set()
        for table in self.root.tables("people"):
            email = self.address(table, "email", required=True, known=False)
            if email in seen:
                table.fault("email", f"`{email}` is there twice: expected each person once")
            seen.add(email)
            rows.append(
                PersonRow(
                    email,
                    table.text("name", required=True, largest=200),
                    table.one_of("language", LANGUAGES, "fr"),
                    table.flag("active", default=True),
                    table.text("password", largest=128),
                )
            )
            table.done()
        self.people |= seen
        return tuple(rows)

    def scope_rows(self) -> tuple[ScopeRow, ...]:
        tables = list(self.root.tables("scopes"))
        for table in tables:
            key, kind = table.data.get("key"), table.data.get("kind")
            if isinstance(key, str) and isinstance(kind, str):
                self.kinds[key] = kind
                parent = table.data.get("parent", "")
                self.parents[key] = parent if isinstance(parent, str) else ""
        seen: set[str] = set()
        rows = [self.scope(table, seen) for table in tables]
        return tuple(sorted(rows, key=lambda row: len(self.trail(row.key))))

    def trail(self, key: str) -> list[str]:
        """The scope and its ancestors, nearest first; cut where it turns in a circle."""
        trail = [key]
        while trail[-1] and (above := self.parents.get(trail[-1], "")) not in trail:
            trail.append(above)
        return trail

    def scope(self, table: Table, seen: set[str]) -> ScopeRow:
        key = table.key("key")
        if key in seen:
            table.fault("key", f"`{key}` is there twice: expected each scope once")
        seen.add(key)
        kind_key = table.one_of("kind", [k for k in self.model.kinds if k != PORTAL], required=True)
        kind = self.model.kinds.get(kind_key)
        if key in self.known.scopes and kind and self.known.scopes[key][0] != kind_key:
            table.fault("kind", f"`{key}` exists and is of kind `{self.known.scopes[key][0]}`: a scope keeps its kind")
        parent = table.text("parent")
        if parent not in self.kinds:
            table.fault("parent", f"unknown scope `{parent[:60]}`: expected the key of a scope, or none for the portal's root")
        elif kind and self.kinds[parent] not in kind.under:
            table.fault(
                "parent" if table.has("parent") else "kind",
                f"`{kind_key}` cannot stand under `{self.kinds[parent]}`: expected a parent of kind {self.some(set(kind.under))}",
            )
        else:
            trail = self.trail(key)
            if trail[-1]:
                table.fault("parent", f"parents turn in a circle: {' < '.join(trail[:8])}")
            elif len(trail) - 1 > DEPTH:
                table.fault("parent", f"is {len(trail) - 1} deep: expected at most {DEPTH}")
        row = ScopeRow(
            key,
            kind_key,
            parent,
            table.text("name", required=True, largest=200),
            self.identifiers(table, kind.identifiers if kind else ()),
            table.one_of("status", STATUSES, "active"),
            table.texts("options", kind.options if kind else ()),
            self.configuration(table, configurable=bool(kind and kind.configurable)),
            self.responsible(table),
            self.address(table, "author"),
        )
        table.done()
        return row

    def identifiers(self, table: Table, schemes: tuple[str, ...]) -> dict[str, str]:
        numbers = {}
        for scheme, number in table.mapping("identifiers").items():
            path = (*table.path, "identifiers", scheme)
            if scheme not in schemes:
                self.source.fault(path, f"unknown identifier `{scheme[:60]}`: expected {self.some(set(schemes))}")
            elif not isinstance(number, str):
                self.source.fault(path, f"expected a text between quotes, found `{number}`")
            else:
                try:
                    numbers[scheme] = compact(self.blueprint.identifiers[scheme], number)
                except ValueError as error:
                    self.source.fault(path, str(error))
        return numbers

    def configuration(self, table: Table, *, configurable: bool) -> str | dict[str, str] | None:
        value = table.raw("configuration")
        if value is None:
            return None
        if not configurable:
            table.fault("configuration", "this kind of scope carries no configuration")
        elif isinstance(value, dict):
            return {feature: level.key for feature, level in table.levels("configuration", self.model.features).items()}
        elif value not in self.model.configurations:
            table.fault("configuration", f"unknown configuration `{str(value)[:60]}`: expected {self.some(set(self.model.configurations))}, or a table feature = \"level\"")
        else:
            return str(value)
        return None

    def responsible(self, table: Table) -> str:
        text = table.text("responsible")
        if not text or text in self.kinds:
            return text
        try:
            address = canonical_address(text)
        except ValueError:
            address = ""
        if address not in self.people:
            table.fault("responsible", f"unknown `{text[:60]}`: expected the address of one of [[people]], or the key of a scope")
            return ""
        return address

    def profile_rows(self) -> tuple[ProfileRow, ...]:
        rows = []
        for table in self.root.tables("profiles"):
            key = table.key("key")
            if not self.model.deriving:
                table.fault(None, "this blueprint's profiles cannot be derived: expected no [[profiles]]")
            if key in self.model.profiles or any(row.key == key for row in rows):
                table.fault("key", f"`{key}` is taken: expected a key of its own")
            base = table.one_of("derives", self.profiles, required=True)
            levels = table.levels("levels", (*self.model.features, *ADMINISTRATIVE))
            row = ProfileRow(key, base, table.text("name", required=True, largest=200), levels)
            if base:
                for feature, level in levels.items():
                    ceiling = self.derivable(self.profiles[base], feature)
                    if not level.value <= ceiling.value:
                        where = f"license `{self.profiles[base].license}`" if feature not in ADMINISTRATIVE and self.profiles[base].license else f"profile `{base}`"
                        self.source.fault((*table.path, "levels", feature), f"`{level.key}` is above the ceiling of {where}: expected at most `{ceiling.key}`")
                self.profiles[key] = derived(self.profiles[base], row)
            rows.append(row)
            table.done()
        return tuple(rows)

    def derivable(self, base: Profile, feature: str) -> Level:
        """The highest level that a profile derived from *base* may have: its license's, or the base's own where none bounds it."""
        licensed = self.model.license_ceiling(base, feature)
        return Level(base.cell(feature).access if licensed is None else licensed)

    def grant_rows(self) -> tuple[GrantRow, ...]:
        rows, tables = [], []
        for table in self.root.tables("grants"):
            row = self.grant(table)
            rows.append(row)
            tables.append(table)
            table.done()
        self.check_together(rows, tables)
        return tuple(rows)

    def grant(self, table: Table) -> GrantRow:
        person = self.address(table, "person", required=True)
        scope = table.text("scope", required=False)
        if not table.has("scope"):
            table.fault(None, 'lacks `scope`: expected the key of a scope, or "" for the portal\'s root')
        elif scope not in self.kinds:
            table.fault("scope", f"unknown scope `{scope[:60]}`: expected the key of a scope")
        profile_key = table.text("profile", required=True)
        profile = self.profiles.get(profile_key)
        if profile_key and profile is None:
            table.fault("profile", f"unknown profile `{profile_key[:60]}`: expected {self.some(self.profiles)}")
        elif profile and scope in self.kinds and self.kinds[scope] not in profile.on:
            table.fault("profile", f"`{profile_key}` cannot be held on a scope of kind `{self.kinds[scope]}`: expected {self.some(set(profile.on))}")
        start, end = table.instant("from"), table.instant("until")
        if start and end and end < start:
            table.fault("until", "ends before it begins: expected an instant after `from`")
        return GrantRow(person, scope, profile_key, start, end, table.levels("adjustments", (*self.model.features, *ADMINISTRATIVE)))

    def check_together(self, rows: list[GrantRow], tables: list[Table]) -> None:
        """What no grant shows alone: two at once where one is allowed, and a grant that requires another."""
        held: dict[str, list[GrantRow]] = {}
        given = set(map(id, rows))  # a row that the portal holds already may be equal to one of the file
        for row in (*self.known.grants, *rows):
            held.setdefault(row.person, []).append(row)
        for row, table in zip(rows, tables, strict=True):
            profile = self.profiles.get(row.profile)
            if not profile or not row.person or self.kinds.get(row.scope) not in profile.on:
                continue
            anchor = self.anchor(profile, row.scope)
            for other in held[row.person]:
                if other is row or not _overlap(other, row):
                    continue
                if (other.scope, other.profile) == (row.scope, row.profile):
                    if other.valid_from != row.valid_from or id(other) in given:
                        table.fault("person", f"`{row.person}` holds `{row.profile}` on `{row.scope}` twice at a time: expected periods that do not overlap")
                        break
                elif anchor is not None and other.profile != row.profile and other.profile in self.profiles and anchor == self.anchor(self.profiles[other.profile], other.scope):
                    table.fault("profile", f"`{row.person}` holds `{other.profile}` there at the same time: expected one profile per {self.model.one_profile_per}")
                    break
            wanted = profile.requires.get(self.kinds[row.scope])
            if wanted and not any(
                other.profile == row.profile and self.kinds.get(other.scope) == wanted and other.scope in self.trail(row.scope)
                for other in held[row.person]
            ):
                table.fault("scope", f"`{row.profile}` on a {self.kinds[row.scope]} requires `{row.profile}` on its {wanted}: expected that grant too")

    def anchor(self, profile: Profile, scope: str) -> str | None:
        return anchor(self.model, profile, [(key, self.kinds.get(key, "")) for key in self.trail(scope)])

    def resource_rows(self) -> tuple[ResourceRow, ...]:
        rows, seen = [], set()
        for table in self.root.tables("resources"):
            row = self.resource(table)
            if row.key and (row.type, row.key) in seen:
                table.fault("key", f"`{row.type}:{row.key}` is there twice: expected each resource once")
            seen.add((row.type, row.key))
            rows.append(row)
            table.done()
        return tuple(rows)

    def resource(self, table: Table) -> ResourceRow:
        type_key = table.one_of("type", self.model.types, required=True)
        type_ = self.model.types.get(type_key)
        scope = table.text("scope", required=True)
        if scope and scope not in self.kinds:
            table.fault("scope", f"unknown scope `{scope[:60]}`: expected the key of a scope")
        elif scope and type_ and self.kinds[scope] not in type_.on:
            table.fault("scope", f"`{type_key}` cannot be on a scope of kind `{self.kinds[scope]}`: expected {self.some(set(type_.on))}")
        state = table.text("state", type_.states[0] if type_ and type_.states else "")
        if type_ and state and state not in type_.states:
            table.fault("state", f"unknown state `{state[:60]}`: expected {self.some(set(type_.states))}")
        values: dict[str, Any] = {}
        if type_:
            infos = {info.key: info for info in self.blueprint.types[type_key].fields}
            for name, value in table.mapping("fields").items():
                if name not in infos:
                    self.source.fault((*table.path, "fields", name), f"unknown field `{name[:60]}` of `{type_key}`: expected {self.some(set(infos))}")
                else:
                    try:
                        values[name] = typed.stored(infos[name], value)
                    except ValueError as error:
                        self.source.fault((*table.path, "fields", name), str(error))
        return ResourceRow(
            type_key,
            table.key("key"),
            scope,
            self.address(table, "author"),
            state,
            self.addresses(table, "approvers"),
            self.addresses(table, "approved_by"),
            table.text("title"),
            table.instant("created"),
            values,
        )

    def addresses(self, table: Table, key: str) -> tuple[str, ...]:
        found = []
        for text in table.texts(key):
            try:
                address = canonical_address(text)
            except ValueError as error:
                table.fault(key, str(error))
                continue
            if address not in self.people:
                table.fault(key, f"unknown person `{address}`: expected one of [[people]]")
            elif address not in found:
                found.append(address)
        return tuple(found)

    def scope_key(self, table: Table, key: str, text: str) -> str:
        if text not in self.kinds:
            table.fault(key, f"unknown scope `{text[:60]}`: expected the key of a scope")
        return text

    def request(self, table: Table) -> RequestRow:
        person = self.address(table, "person", required=True, known=False)
        row = RequestRow(
            table.one_of("kind", REQUEST_KINDS, required=True),
            person,
            self.address(table, "beneficiary", known=False) or person,
            tuple(self.scope_key(table, "scopes", key) for key in table.texts("scopes")),
            table.one_of("profile", self.profiles),
            table.text("comment", largest=10_000),
            table.instant("created"),
        )
        table.done()
        return row

    def invitation(self, table: Table) -> InvitationRow:
        row = InvitationRow(
            self.address(table, "email", required=True, known=False),
            self.scope_key(table, "scope", table.text("scope")),
            table.one_of("profile", self.profiles, required=True),
            self.address(table, "by", required=True),
        )
        if row.profile and row.scope in self.kinds and self.kinds[row.scope] not in self.profiles[row.profile].on:
            table.fault("profile", f"`{row.profile}` cannot be held on a scope of kind `{self.kinds[row.scope]}`")
        table.done()
        return row

    def expectation(self, table: Table) -> Expectation:
        row = Expectation(
            table.text("says", largest=1000),
            table.text("subject", required=True),
            table.text("action", required=True),
            table.text("type", required=True),
            table.texts("allowed"),
            table.texts("denied"),
            table.instant("at"),
            table.texts("rows"),
        )
        table.done()
        return row


def derived(base: Profile, row: ProfileRow) -> Profile:
    """The profile that *row* derives from *base*."""
    from dataclasses import replace

    cells = dict(base.cells)
    for feature, level in row.levels.items():
        cells[feature] = Cell(level.value, base.cell(feature).condition)
    return replace(base, key=row.key, cells=cells, derives=row.derives, retired=False)


def with_profiles(model: Model, profiles: Mapping[str, Profile]) -> Model:
    """*model* with all of *profiles*, the derived ones included."""
    from dataclasses import replace

    return model if model.profiles == profiles else replace(model, profiles=dict(profiles))


def anchor(model: Model, profile: Profile, path: list[tuple[str, str]]) -> str | None:
    """
    The scope within which *profile*, held at the start of *path*, admits no other profile of the person.

    *path* gives (key, kind) from the scope up to the root. None where the blueprint does not bind the profile.
    """
    if not profile.client or profile.key == "portal_admin":
        return None
    per = model.one_profile_per
    if per == "scope":
        return path[0][0]
    return next((key for key, kind in path if kind == per), None)


def _overlap(one: GrantRow, other: GrantRow) -> bool:
    return (one.valid_until is None or other.valid_from is None or other.valid_from < one.valid_until) and (
        other.valid_until is None or one.valid_from is None or one.valid_from < other.valid_until
    )


def configuration_levels(model: Model, configuration: str | Mapping[str, str] | None) -> Mapping[str, Level]:
    """The levels that a configuration imposes: a preset's, those of its table, or none."""
    if configuration is None:
        return {}
    if isinstance(configuration, str):
        return model.configurations[configuration]
    return {feature: LEVELS[level] for feature, level in configuration.items()}

"""
Reads a data file (a *world*) against its blueprint into plain rows, and reports every fault.

What a row refers to may be in the file or, through `Known`, already in the portal it is loaded into.
The format is part of the contract; docs/data-files.md documents it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from habilis.blueprints import fields as typed
from habilis.blueprints import loader
from habilis.blueprints.ground import Ground
from habilis.blueprints.reading import Source, Table
from habilis.blueprints.rows import (
    Expectation,
    GrantRow,
    InvitationRow,
    Known,
    Opened,
    PersonRow,
    PortalRow,
    ProfileRow,
    RequestRow,
    ResourceRow,
    RuleRow,
    ScopeRow,
    World,
    anchor,
    configuration_levels,
    derived,
    with_profiles,
)
from habilis.core import Fault, Invalid, Level, Profile
from habilis.core.model import ADMINISTRATIVE

__all__ = [
    "Expectation",
    "GrantRow",
    "InvitationRow",
    "Known",
    "Opened",
    "PersonRow",
    "PortalRow",
    "ProfileRow",
    "RequestRow",
    "ResourceRow",
    "RuleRow",
    "ScopeRow",
    "World",
    "anchor",
    "configuration_levels",
    "derived",
    "open_file",
    "open_source",
    "read",
    "with_profiles",
]

REQUEST_KINDS = ("join", "newcomer", "change")
RESERVED = frozenset({"accounts", "static", "media", "admin", "health", "api", "i18n", "outbox"})
SLUG_SAYS = "cannot be an address: small letters, digits, _ and -, at most 60"


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
        source.raise_faults()
    key = table.text("key", required=True)
    if key and (not _is_slug(key) or key in RESERVED):
        table.fault(
            "key",
            f"`{key[:60]}` {SLUG_SAYS}" if key not in RESERVED else f"`{key}` is an address of its own: choose another",
        )
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


class _Rows(Ground):
    """Reads each section; later ones see what the earlier ones declared."""

    def world(self) -> World:
        licenses = self.licenses()
        people = self.people_rows()
        scopes = self.scope_rows()
        profiles = self.profile_rows()
        default = self.opened.portal.default_profile
        if default and default not in self.profiles:
            self.source.fault(
                ("portal", "default_profile"), f"unknown profile `{default}`: expected {self.some(self.profiles)}"
            )
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

    def profile_rows(self) -> tuple[ProfileRow, ...]:
        rows: list[ProfileRow] = []
        for table in self.root.tables("profiles"):
            key = table.key("key")
            if not self.model.deriving:
                table.fault(None, "this blueprint's profiles cannot be derived: expected no [[profiles]]")
            if key in self.model.profiles or any(row.key == key for row in rows):
                table.fault("key", f"`{key}` is taken: expected a key of its own")
            base = table.one_of("derives", self.profiles, required=True)
            levels = table.levels("levels", (*self.model.features, *ADMINISTRATIVE))
            retired = table.flag("retired", default=False)
            row = ProfileRow(key, base, table.text("name", required=True, largest=200), levels, retired)
            if retired and key == (self.opened.portal.default_profile or self.blueprint.default_profile):
                table.fault("retired", f"`{key}` is the default profile: expected one that is not retired")
            if base:
                for feature, level in levels.items():
                    ceiling = self.derivable(self.profiles[base], feature)
                    if not level.value <= ceiling.value:
                        where = (
                            f"license `{self.profiles[base].license}`"
                            if feature not in ADMINISTRATIVE and self.profiles[base].license
                            else f"profile `{base}`"
                        )
                        self.source.fault(
                            (*table.path, "levels", feature),
                            f"`{level.key}` is above the ceiling of {where}: expected at most `{ceiling.key}`",
                        )
                self.profiles[key] = derived(self.profiles[base], row)
            rows.append(row)
            table.done()
        return tuple(rows)

    def derivable(self, base: Profile, feature: str) -> Level:
        """
        The highest level that a profile derived from *base* may have: its license's, or the base's own where none
        bounds it.
        """
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
            table.fault(
                "profile",
                f"`{profile_key}` cannot be held on a scope of kind `{self.kinds[scope]}`: "
                f"expected {self.some(set(profile.on))}",
            )
        start, end = table.instant("from"), table.instant("until")
        if start and end and end < start:
            table.fault("until", "ends before it begins: expected an instant after `from`")
        return GrantRow(
            person, scope, profile_key, start, end, table.levels("adjustments", (*self.model.features, *ADMINISTRATIVE))
        )

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
                        table.fault(
                            "person",
                            f"`{row.person}` holds `{row.profile}` on `{row.scope}` twice at a time: "
                            "expected periods that do not overlap",
                        )
                        break
                elif (
                    anchor is not None
                    and other.profile != row.profile
                    and other.profile in self.profiles
                    and anchor == self.anchor(self.profiles[other.profile], other.scope)
                ):
                    table.fault(
                        "profile",
                        f"`{row.person}` holds `{other.profile}` there at the same time: "
                        f"expected one profile per {self.model.one_profile_per}",
                    )
                    break
            wanted = profile.requires.get(self.kinds[row.scope])
            if wanted and not any(
                other.profile == row.profile
                and self.kinds.get(other.scope) == wanted
                and other.scope in self.trail(row.scope)
                for other in held[row.person]
            ):
                table.fault(
                    "scope",
                    f"`{row.profile}` on a {self.kinds[row.scope]} requires `{row.profile}` on its {wanted}: "
                    "expected that grant too",
                )

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
            table.fault(
                "scope",
                f"`{type_key}` cannot be on a scope of kind `{self.kinds[scope]}`: expected {self.some(set(type_.on))}",
            )
        state = table.text("state", type_.states[0] if type_ and type_.states else "")
        if type_ and state and state not in type_.states:
            table.fault("state", f"unknown state `{state[:60]}`: expected {self.some(set(type_.states))}")
        values: dict[str, Any] = {}
        if type_:
            infos = {info.key: info for info in self.blueprint.types[type_key].fields}
            for name, value in table.mapping("fields").items():
                if name not in infos:
                    self.source.fault(
                        (*table.path, "fields", name),
                        f"unknown field `{name[:60]}` of `{type_key}`: expected {self.some(set(infos))}",
                    )
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


def _overlap(one: GrantRow, other: GrantRow) -> bool:
    return (one.valid_until is None or other.valid_from is None or other.valid_from < one.valid_until) and (
        other.valid_until is None or one.valid_from is None or one.valid_from < other.valid_until
    )

"""
Reads a blueprint's folder into a `Blueprint`, and reports every fault with its file, line and key.

The format is documented in docs/blueprints.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from habilis.blueprints import asking, mails, maps, tabs, wording, work
from habilis.blueprints.administrative import ADMIN_GROUP, ADMIN_PROFILE, FEATURES, ROOT
from habilis.blueprints.founders import founder
from habilis.blueprints.identifiers import CHECKS
from habilis.blueprints.reading import Source, Table, decoded
from habilis.blueprints.schema import (
    FIELD_KINDS,
    MENU_PAGES,
    NO_LABEL,
    Blueprint,
    FeatureInfo,
    Field,
    Identifier,
    KindInfo,
    Label,
    Labelled,
    MenuEntry,
    Transition,
    TypeInfo,
)
from habilis.core import (
    LEVELS,
    PORTAL,
    PORTAL_ADMIN,
    Cell,
    Condition,
    Fault,
    Invalid,
    Level,
    Model,
    Profile,
    Reach,
    ResourceType,
    ScopeKind,
    Verb,
)
from habilis.core.model import ADMINISTRATIVE, portal_admin

HERE = Path(__file__).parent
SHIPPED = ("mailroom", "bookkeeping", "advisory", "licensing", "invoicing")


def find(name: str, base: Path | None = None) -> Path:
    """The folder of the blueprint *name*: a shipped id, or a path (relative ones start at *base*)."""
    if name in SHIPPED:
        return HERE / name
    folder = (base or Path.cwd()) / Path(name).expanduser()
    if not (folder / "portal.toml").is_file():
        raise Invalid(f"unknown blueprint `{name}`: expected {', '.join(SHIPPED)}, or a folder that holds portal.toml")
    return folder


def load(folder: Path) -> Blueprint:
    """Read the blueprint in *folder*; raise `Invalid` with every fault found."""
    path = folder / "portal.toml"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Invalid(Fault(str(path), f"cannot be read: {(error.strerror or 'error').lower()}")) from None
    return of_text(decoded(str(path), content), str(path))


@lru_cache(maxsize=64)
def of_text(text: str, label: str = "portal.toml") -> Blueprint:
    """The blueprint of a text, read once however often it is asked for; what has faults is refused each time."""
    return parse(Source(label, text))


def digest(blueprint: Blueprint) -> str:
    """What tells two revisions of a blueprint apart."""
    return hashlib.sha256(blueprint.source.encode()).hexdigest()


def parse(source: Source) -> Blueprint:
    """Read one `portal.toml`."""
    root = source.root()
    reader = _Reader(root)
    blueprint = reader.blueprint()
    source.raise_faults()
    return blueprint


class _Reader:
    """Reads the sections in the order in which they refer to each other."""

    def __init__(self, root: Table) -> None:
        self.root = root
        self.kind_keys = {PORTAL, *root.mapping("kinds")}
        self.groups = {key: self.labelled(key, table) for key, table in root.named("groups")}
        self.features = {key: self.feature(key, table) for key, table in root.named("features")}
        self.features |= {info.key: info for info in FEATURES}
        self.groups[ADMIN_GROUP.key] = ADMIN_GROUP
        self.business = frozenset(self.features) - set(ADMINISTRATIVE)

    def label(self, table: Table, key: str, *, required: bool = True) -> Label:
        texts = table.mapping(key)
        if not texts:
            if required and not table.has(key):
                table.fault(None, f"lacks `{key}`: expected {{ fr = …, en = … }}")
            return NO_LABEL
        if set(texts) != {"fr", "en"} or not all(isinstance(t, str) and t.strip() for t in texts.values()):
            table.fault(key, "expected a text in each language: { fr = …, en = … }")
            return NO_LABEL
        return Label(texts["fr"], texts["en"])

    def labelled(self, key: str, table: Table) -> Labelled:
        thing = Labelled(key, self.label(table, "label"), help=self.label(table, "help", required=False))
        table.done()
        return thing

    def feature(self, key: str, table: Table) -> FeatureInfo:
        if key in ADMINISTRATIVE:
            table.fault(None, f"`{key}` is an administrative feature, built in: it cannot be described again")
        info = FeatureInfo(
            key,
            self.label(table, "label"),
            help=self.label(table, "help", required=False),
            group=table.one_of("group", self.groups, required=True),
            levels=table.texts("levels", LEVELS) or tuple(LEVELS),
        )
        table.done()
        return info

    def blueprint(self) -> Blueprint:
        root = self.root
        identifiers = {key: self.identifier(key, table) for key, table in root.named("identifiers")}
        options_to, options = self.options()
        configurations, configuration_labels = self.bounds("configurations")
        licenses, license_labels = self.bounds("licenses")
        kinds, kind_labels = self.kinds(identifiers, options_to)
        profiles, profile_labels = self.profiles(licenses)
        types, type_infos = self.types()
        model = Model(
            kinds=kinds,
            features=self.business,
            types=types,
            profiles=profiles,
            licenses=licenses,
            configurations=configurations,
            options=options_to,
            one_profile_per=root.one_of("one_profile_per", [PORTAL, "scope", *kinds], "scope", required=True),
            last_manager=root.one_of("last_manager", ["refuse", "warn"], "refuse"),
            deriving=root.flag("deriving", default=False),
        )
        blueprint = Blueprint(
            id=root.text("id", required=True),
            name=self.label(root, "name"),
            summary=self.label(root, "summary"),
            color=root.text("color", "#1f4e79"),
            default_profile=root.one_of("default_profile", profiles, required=False),
            model=model,
            kinds=kind_labels,
            identifiers=identifiers,
            groups=self.groups,
            features=self.features,
            options=options,
            configurations=configuration_labels,
            licenses=license_labels,
            profiles=profile_labels,
            types=type_infos,
            menu=tuple(self.menu_entry(table, type_infos) for table in root.tables("menu")),
            mails={key: mails.read(key, table, self.label) for key, table in root.named("mails")},
            requests=asking.read(self, root, model),
            map=maps.read(root, kinds),
            words=wording.read(root, self.label),
            source=root.source.text,
        )
        root.done()
        return blueprint

    def identifier(self, key: str, table: Table) -> Identifier:
        identifier = Identifier(key, self.label(table, "label"), check=table.one_of("check", CHECKS))
        table.done()
        return identifier

    def options(self) -> tuple[dict[str, str], dict[str, Labelled]]:
        opens, labels = {}, {}
        for key, table in self.root.named("options"):
            opens[key] = table.one_of("feature", self.business, required=True)
            labels[key] = self.labelled(key, table)
        return opens, labels

    def bounds(self, section: str) -> tuple[dict[str, Mapping[str, Level]], dict[str, Labelled]]:
        levels: dict[str, Mapping[str, Level]] = {}
        labels = {}
        for key, table in self.root.named(section):
            levels[key] = table.levels("levels", self.business)
            labels[key] = self.labelled(key, table)
        return levels, labels

    def kinds(
        self, identifiers: Mapping[str, Identifier], options: Mapping[str, str]
    ) -> tuple[dict[str, ScopeKind], dict[str, KindInfo]]:
        kinds = {PORTAL: ScopeKind(PORTAL, frozenset())}
        labels = {PORTAL: ROOT}
        for key, table in self.root.named("kinds"):
            if key == PORTAL:
                table.fault(None, "the kind `portal` is built in: it cannot be described again")
            kinds[key] = ScopeKind(
                key,
                under=frozenset(table.texts("under", self.kind_keys)),
                configurable=table.flag("configurable", default=False),
                options=frozenset(table.texts("options", options)),
                identifiers=table.texts("identifiers", identifiers),
                managed=table.flag("managed", default=False),
                moderated=table.flag("moderated", default=False),
                author_becomes=table.one_of("author_becomes", self.root.mapping("profiles")),
                founder_becomes=founder(key, table, identifiers, self.root.mapping("profiles")),
                governs=self.governs(table, "governs"),
            )
            labels[key] = KindInfo(
                key,
                self.label(table, "label"),
                self.label(table, "plural"),
                itself=self.label(table, "itself", required=False),
                close=self.label(table, "close", required=False),
                tabs=tabs.read(key, table, self.root, self.label),
            )
            table.done()
        if len(kinds) == 1:
            self.root.fault(None, "describes no kind of scope: expected [kinds.<name>]")
        return kinds, labels

    def profiles(self, licenses: Mapping[str, Mapping[str, Level]]) -> tuple[dict[str, Profile], dict[str, Labelled]]:
        profiles = {PORTAL_ADMIN: portal_admin(self.business)}
        labels = {PORTAL_ADMIN: ADMIN_PROFILE}
        for key, table in self.root.named("profiles"):
            if key == PORTAL_ADMIN:
                table.fault(None, f"the profile `{PORTAL_ADMIN}` is built in: it cannot be described again")
                continue
            license_ = table.one_of("license", licenses) or None
            profiles[key] = Profile(
                key,
                self.cells(table, license_, licenses),
                on=frozenset(table.texts("on", self.kind_keys)),
                reach=Reach(table.one_of("reach", list(Reach), Reach.SUBTREE, required=True)),
                license=license_,
                managing=table.flag("managing", default=False),
                client=table.flag("client", default=True),
                retired=table.flag("retired", default=False),
                positioning=table.flag("positioning", default=False),
                requires=self.requires(table),
            )
            labels[key] = self.labelled(key, table)
        return profiles, labels

    def requires(self, table: Table) -> dict[str, str]:
        wanted = {}
        for kind, above in table.mapping("requires").items():
            if kind not in self.kind_keys or above not in self.kind_keys:
                table.fault("requires", f"unknown kind in `{kind} = {above}`: expected kinds of this blueprint")
            else:
                wanted[kind] = above
        return wanted

    def cells(self, table: Table, license_: str | None, licenses: Mapping[str, Mapping[str, Level]]) -> dict[str, Cell]:
        cells = {}
        for feature, written in table.mapping("cells").items():
            path = (*table.path, "cells", feature)
            level, slash, condition = str(written).partition("/")
            if feature not in self.features:
                table.source.fault(
                    path,
                    f"unknown feature `{feature}`: expected one of the blueprint's, or {', '.join(ADMINISTRATIVE)}",
                )
            elif level not in LEVELS or (slash and condition not in list(Condition)):
                table.source.fault(
                    path,
                    f"unknown level `{written}`: expected none, print, view or edit, "
                    "with /own, /awaited, /unattached or /direct",
                )
            else:
                cells[feature] = Cell(LEVELS[level].value, Condition(condition) if slash else None)
                ceiling = (
                    licenses[license_].get(feature, LEVELS["none"]) if license_ and feature in self.business else None
                )
                if ceiling is not None and not LEVELS[level].fits_within(ceiling):
                    table.source.fault(
                        path,
                        f"`{level}` is above the ceiling of license `{license_}`: expected at most `{ceiling.key}`",
                    )
        return cells

    def governs(self, table: Table, key: str) -> dict[str, str]:
        governs = {}
        for action, feature in table.mapping(key).items():
            if feature not in self.features:
                table.source.fault(
                    (*table.path, key, action), f"unknown feature `{feature}`: expected a feature of this blueprint"
                )
            else:
                governs[action] = feature
        return governs

    def types(self) -> tuple[dict[str, ResourceType], dict[str, TypeInfo]]:
        types, infos = {}, {}
        for key, table in self.root.named("types"):
            if key in self.kind_keys:
                table.fault(None, f"`{key}` names a kind of scope already: a type needs a name of its own")
            states, governs_in = self.states(table)
            governs = self.governs(table, "governs")
            for action in (Verb.LIST, Verb.READ, "create"):
                if action not in governs:
                    table.fault("governs", f"lacks `{action}`: expected the feature that governs it")
            types[key] = ResourceType(
                key, frozenset(table.texts("on", self.kind_keys)), governs, tuple(states), governs_in
            )
            info = TypeInfo(
                key,
                self.label(table, "label"),
                self.label(table, "plural"),
                self.label(table, "help", required=False),
                place=self.label(table, "place", required=False),
                icon=table.text("icon", "document"),
                states=states,
                transitions=tuple(self.transition(t, states, governs) for t in table.tables("transitions")),
                fields=tuple(self.field(t) for t in table.tables("fields")),
            )
            infos[key] = work.read(table, info, self.root.mapping("types"))
            table.done()
        return types, infos

    def states(self, table: Table) -> tuple[dict[str, Label], dict[str, Mapping[str, str]]]:
        labels: dict[str, Label] = {}
        governs_in: dict[str, Mapping[str, str]] = {}
        for state in table.tables("states"):
            key = state.key("key")
            labels[key] = self.label(state, "label")
            if state.has("governs"):
                governs_in[key] = self.governs(state, "governs")
            state.done()
        return labels, governs_in

    def transition(self, table: Table, states: Mapping[str, Label], governs: Mapping[str, str]) -> Transition:
        transition = Transition(
            table.one_of("action", governs, required=True),
            table.texts("from", states),
            table.one_of("to", [*states, ""]),
            self.label(table, "label"),
            table.text("stamps"),
            table.flag("bulk", default=False),
        )
        table.done()
        return transition

    def field(self, table: Table) -> Field:
        choices = {}
        for choice in table.tables("choices"):
            choices[choice.key("key")] = self.label(choice, "label")
            choice.done()
        least = table.raw("min")
        field = Field(
            table.key("key"),
            self.label(table, "label"),
            table.one_of("kind", FIELD_KINDS, "text", required=True),
            choices=choices,
            required=table.flag("required", default=False),
            list=table.flag("list", default=False),
            min=None if least is None else Decimal(str(least)),
            suggests=table.text("suggests"),
        )
        if (field.kind == "choice") != bool(choices):
            table.fault("choices", "expected choices for a field of kind `choice`, and for no other")
        table.done()
        return field

    def menu_entry(self, table: Table, types: Mapping[str, TypeInfo]) -> MenuEntry:
        page = table.one_of("page", MENU_PAGES)
        type_ = table.one_of("type", types, required=not page)
        if page and type_:
            table.fault("page", "expected `type` or `page`, and not both")
        states = types[type_].states if type_ else {}
        entry = MenuEntry(
            self.label(table, "label"),
            type_,
            table.texts("states", states),
            table.text("icon"),
            page,
            tuple(wording.heading(one) for one in table.tables("under")),
        )
        entry = tabs.for_whom(table, work.awaiting(table, entry, types))
        table.done()
        return entry

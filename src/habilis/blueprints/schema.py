"""The shape of a blueprint: the model that decides, and everything that is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from habilis.core import Model


@dataclass(frozen=True)
class Label:
    """A text in the two languages of every portal."""

    fr: str
    en: str

    def in_(self, language: str) -> str:
        """The text in *language*; French for any other."""
        return self.en if language == "en" else self.fr


NO_LABEL = Label("", "")


@dataclass(frozen=True)
class Labelled:
    """A thing of the model as people read it."""

    key: str
    label: Label
    plural: Label = NO_LABEL
    help: Label = NO_LABEL


@dataclass(frozen=True)
class Tab:
    """
    A tab of a scope's page, by its key: the resources of one type, or one of `SCOPE_TABS`; among the scope's people,
    those are *invited* with one of these profiles.
    """

    key: str
    label: Label
    invites: tuple[str, ...] = ()


SCOPE_TABS = ("people", "scopes", "resources", "history")
"""What the page of every scope can show."""


@dataclass(frozen=True)
class KindInfo(Labelled):
    """
    A kind of scope; `itself` says where a resource stands that is on such a scope and not below, `close` what the
    button that closes one is called, `tabs` what the page of such a scope shows instead of the tabs of every scope.
    """

    itself: Label = NO_LABEL
    close: Label = NO_LABEL
    tabs: tuple[Tab, ...] = ()


@dataclass(frozen=True)
class FeatureInfo(Labelled):
    """A row of the matrix: its group, and the levels that make sense for it."""

    group: str = ""
    levels: tuple[str, ...] = ("none", "print", "view", "edit")
    administrative: bool = False


@dataclass(frozen=True)
class Field:
    """A typed field of a type of resource. `kind` is one of `FIELD_KINDS`; `required` binds forms, not files."""

    key: str
    label: Label
    kind: str
    choices: Mapping[str, Label] = field(default_factory=dict)
    required: bool = False
    list: bool = False
    min: Decimal | None = None
    suggests: str = ""  # the type whose titles, near enough in the tree, are proposed


FIELD_KINDS = ("text", "longtext", "integer", "decimal", "amount", "date", "boolean", "email", "choice")


@dataclass(frozen=True)
class Transition:
    """
    A button: an action that takes a resource *from* one of some states *to* another; to nothing: the state stays.

    It *stamps* the day in a date field, and where it is *bulk* a list offers it for several resources at once.
    """

    action: str
    from_: tuple[str, ...]
    to: str
    label: Label
    stamps: str = ""
    bulk: bool = False


@dataclass(frozen=True)
class Approval:
    """
    What the approval rules of a scope speak of: a choice field, an amount, and the transition that they hold back.

    Each is a key of the type; `holds` is also what is done by itself on the scopes that ask for it.
    """

    kind: str
    amount: str
    holds: str


@dataclass(frozen=True)
class Chart:
    """The picture of a list: the *values* (numbers) *along* a date, as `bars` or `lines`; *by* names each point."""

    along: str
    values: tuple[str, ...]
    shape: str = "bars"
    by: str = ""


CHART_SHAPES = ("bars", "lines")


@dataclass(frozen=True)
class TypeInfo(Labelled):
    """
    A type of resource as it is shown: its states in order, its fields, its buttons.

    With `intake`, files come first and each makes a resource. `desk` names the transitions, in order, of the page where
    a resource is worked on beside its file. `place` is the word for the scope that a resource stands on.
    """

    place: Label = NO_LABEL
    icon: str = "document"
    states: Mapping[str, Label] = field(default_factory=dict)
    transitions: tuple[Transition, ...] = ()
    fields: tuple[Field, ...] = ()
    intake: bool = False
    desk: tuple[str, ...] = ()
    approval: Approval | None = None
    chart: Chart | None = None

    @property
    def stamped(self) -> frozenset[str]:
        """The fields that transitions write, and no form."""
        return frozenset(transition.stamps for transition in self.transitions if transition.stamps)

    @property
    def initial(self) -> str:
        """The state of what is just created; empty for a type without states."""
        return next(iter(self.states), "")


@dataclass(frozen=True)
class MenuEntry:
    """
    A line of the business menu, below the headings of *under*: the list of one type in some of its states, or one of
    the *pages* that every portal has. A line that says `may` is for those who may do that action somewhere.
    """

    label: Label
    type: str = ""
    states: tuple[str, ...] = ()
    icon: str = ""
    page: str = ""
    under: tuple[Label, ...] = ()
    awaiting: bool = False  # only what awaits the person's own approval
    may: str = ""


MENU_PAGES = (
    "attach",
    "detach",
    "people",
    "contacts",
    "roster",
    "settings",
    "profiles",
    "join",
    "newcomer",
    "change",
    "configuration",
    "map",
)
"""The pages of every portal that a line of the menu may lead to."""


@dataclass(frozen=True)
class Identifier(Labelled):
    """A scheme of identifiers; `check` names what verifies a number, if anything does."""

    check: str = ""


WORDS = ("people", "add_person", "manage")
"""What a portal may call in words of its own: the people of a place, adding one, the page of all people and scopes."""


FINDINGS = ("identifier", "choice", "held")
DOORS = ("open", "address", "closed")
"""
Who may ask though the portal does not know them: whoever comes to its public home, whoever was given the address of the
form, nobody.
"""


@dataclass(frozen=True)
class RequestForm(Labelled):
    """
    What may be asked for in one of three ways, which is its key: for oneself (`join`), for somebody new (`newcomer`),
    for other rights than one has (`change`).

    The scopes are *found* by an identifier, by choosing among all that are open, or among those that the asker reads;
    with *below*, what stands below what was found is proposed too; with *lowest*, one that has others below it stands
    for all of these. No *profiles*: every client profile. *called* is what such a request is, *identity* that who one
    is comes first, on a step of its own.
    """

    found: str = "choice"
    on: tuple[str, ...] = ()
    below: bool = False
    lowest: bool = False
    identity: bool = False
    called: Label = NO_LABEL
    profiles: tuple[str, ...] = ()
    comment: Label = NO_LABEL
    comment_required: bool = False
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True)
class Requests:
    """
    What a portal says of access requests: what its inbox is called, who is *told*, what can be asked for.

    `told` is `deciders` (whoever decides nearest to what is asked for) or `responsible` (who answers for the scope);
    `door` is one of `DOORS`, which a portal may set otherwise. With `in_header`, what waits to be decided or moderated
    is one entry of the header, and only while something waits.
    """

    label: Label
    forms: Mapping[str, RequestForm] = field(default_factory=dict)
    told: str = "deciders"
    shown_when_empty: bool = True
    in_header: bool = False
    reason_required: bool = True
    door: str = "closed"


@dataclass(frozen=True)
class TileMap:
    """A map made of tiles: scopes of one *kind*, by key, each at a column and a line; what each of them *counts*."""

    kind: str
    counts: str
    tiles: Mapping[str, tuple[int, int]]


@dataclass(frozen=True)
class MailText:
    """A portal's own words for one mail."""

    subject: Label
    text: Label


@dataclass(frozen=True)
class Blueprint:
    """A portal described as data. `source` is the text it was read from."""

    id: str
    name: Label
    summary: Label
    color: str
    default_profile: str
    model: Model
    kinds: Mapping[str, KindInfo]
    identifiers: Mapping[str, Identifier]
    groups: Mapping[str, Labelled]
    features: Mapping[str, FeatureInfo]
    options: Mapping[str, Labelled]
    configurations: Mapping[str, Labelled]
    licenses: Mapping[str, Labelled]
    profiles: Mapping[str, Labelled]
    types: Mapping[str, TypeInfo]
    menu: tuple[MenuEntry, ...]
    requests: Requests
    mails: Mapping[str, MailText] = field(default_factory=dict)
    map: TileMap | None = None
    words: Mapping[str, Label] = field(default_factory=dict)
    source: str = field(repr=False, compare=False, default="")

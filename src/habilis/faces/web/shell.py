"""Where a person is: their portal, what its menu holds for them, and the page around every answer."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NoReturn

from django.conf import settings
from django.contrib.auth import get_user_model, login
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language

from habilis.blueprints.schema import Blueprint, Label, Labelled, MenuEntry, RequestForm
from habilis.core import PORTAL, NotFound, Ref, Refused
from habilis.workflows import access, board, browse, doors, moderation, publishing, requests, standins
from habilis.workflows import asking as asked
from habilis.workflows.acting import Acting

ROOT = Ref(PORTAL, "")
LOOKS = ("list", "print")


@dataclass(frozen=True)
class MenuPage:
    """
    A page of every portal that a line of the menu may lead to: its route, and the action that opens it somewhere; none
    for the page of a request, open to whoever may ask for such a thing.
    """

    route: str
    action: str


PAGES = {
    "attach": MenuPage("attach_user", "attach"),
    "detach": MenuPage("detach_user", "detach"),
    "people": MenuPage("users", "export"),
    "contacts": MenuPage("contacts", "export"),
    "roster": MenuPage("roster_index", "export"),
    "settings": MenuPage("settings_index", "read_settings"),
    "profiles": MenuPage("profiles", "export"),
    "join": MenuPage("ask_join", ""),
    "newcomer": MenuPage("ask_newcomer", ""),
    "change": MenuPage("ask_change", ""),
    "configuration": MenuPage("configurations", "configure"),
    "map": MenuPage("map", "list"),
}
"""Those of `habilis.blueprints.schema.MENU_PAGES`."""


@dataclass(frozen=True)
class Here:
    """A person in a portal, during one request."""

    acting: Acting
    blueprint: Blueprint
    name: str
    portals: tuple[Any, ...]
    known: bool = True  # or somebody who may only ask for access

    @property
    def portal(self) -> str:
        """The portal's key."""
        return self.acting.portal

    @property
    def me(self) -> str:
        """The person's address."""
        return self.acting.person

    @cached_property
    def grants(self) -> tuple[Any, ...]:
        """The person's own grants here."""
        return browse.my_grants(self.portal, self.me)

    @cached_property
    def look(self) -> publishing.Look:
        """How the portal looks."""
        return publishing.look(self.portal)

    @property
    def welcome(self) -> str:
        """What the portal says on its home page, if anything."""
        return self.look.text("welcome", (get_language() or "fr")[:2])

    @property
    def contact(self) -> str:
        """Whom to write to, if the portal says so."""
        return self.look.text("contact", (get_language() or "fr")[:2])

    @cached_property
    def sets(self) -> bool:
        """Whether the person may change the portal's own settings."""
        return ("set", PORTAL) in self.reached and access.check(self.portal, self.me, "set", ROOT)

    @cached_property
    def scopes(self) -> list[Any]:
        """The scopes of the person's grants in force, each once: what a page can be narrowed to."""
        found = {
            grant.scope.key: grant.scope for grant in self.grants if grant.status == "in_force" and grant.scope.key
        }
        return list(found.values())

    @cached_property
    def profiles(self) -> dict[str, str]:
        """The name of each profile, those derived here included."""
        return browse.profile_names(self.portal, (get_language() or "fr")[:2])

    @cached_property
    def menu(self) -> list[MenuEntry]:
        """
        The lines of the business menu that hold something for the person: those whose type they may list somewhere, in
        one of its states if the line names some, and the pages on which they may do something somewhere.
        """
        types = {entry.type for entry in self.blueprint.menu if entry.type and self.lists(entry.type)}
        apart = {entry.type for entry in self.blueprint.menu if entry.states} & types
        states = {type_: access.open_states(self.portal, self.me, "list", type_) for type_ in apart}
        return [
            entry
            for entry in self.blueprint.menu
            if (not entry.may or self.may_somewhere(entry.may))
            and (
                (entry.page and self.opens(entry.page))
                or (entry.type in types and (not entry.states or states[entry.type] & set(entry.states)))
            )
        ]

    def line(self, name: str) -> MenuEntry | None:
        """The line of the person's menu that leads to one of the pages of every portal."""
        return next((entry for entry in self.menu if entry.page == name), None)

    def opens(self, name: str) -> bool:
        """Whether one of the pages that the menu leads to holds anything for the person."""
        if name == "map":
            return self.maps
        action = PAGES[name].action
        return self.may_somewhere(action) if action else name in {form.key for form in self.forms}

    @cached_property
    def maps(self) -> bool:
        """Whether the person may list a tile of the map, or something of what it counts."""
        counted = self.blueprint.map.counts if self.blueprint.map else ""
        if not self.lists(counted):
            return False
        return self.draws or bool(access.search(self.portal, self.me, "list", counted, limit=1)[0])

    @cached_property
    def draws(self) -> bool:
        """Whether the portal has a map, and one of the person's grants can hold a tile of it."""
        if self.blueprint.map is None or ("list", self.blueprint.map.kind) not in self.reached:
            return False
        kinds, above = self.blueprint.model.kinds, [self.blueprint.map.kind]
        for kind in above:  # grows while it is read
            above += [parent for parent in kinds[kind].under if parent not in above]
        return any(grant.status == "in_force" and grant.scope.kind in above for grant in self.grants)

    @cached_property
    def forms(self) -> tuple[RequestForm, ...]:
        """What the person may ask for here."""
        return asked.forms(self.portal, self.me) if self.asks else ()

    @cached_property
    def headed(self) -> list[tuple[list[tuple[int, Label]], list[MenuEntry]]]:
        """
        The menu by its headings: before each run of lines, those that change, with how deep each is. A line that has
        the name of the heading after it is that heading.
        """
        found: list[tuple[list[tuple[int, Label]], list[MenuEntry]]] = []
        last: tuple[Label, ...] = ()
        for entry in self.menu:
            if found and found[-1][1] and entry.under[:-1] == last and entry.under[-1:] == (found[-1][1][-1].label,):
                last = entry.under
            if not found or entry.under != last:
                shared = next((n for n, (a, b) in enumerate(zip(entry.under, last, strict=False)) if a != b), len(last))
                found.append((list(enumerate(entry.under))[min(shared, len(entry.under)) :], []))
            found[-1][1].append(entry)
            last = entry.under
        return found

    @cached_property
    def reached(self) -> frozenset[tuple[str, str]]:
        """Every action, with its type or kind, for which one of the person's grants opens something."""
        rules = self.blueprint.model.rules
        asked = [
            (action, type_)
            for type_, known in rules.items()
            for action in known
            if action in LOOKS or type_ in self.blueprint.kinds
        ]
        return access.reachable(self.portal, self.me, asked)

    def lists(self, type_: str) -> bool:
        """Whether one of the person's grants opens the list of *type_*, be it empty today."""
        return ("list", type_) in self.reached

    def prints(self, type_: str) -> bool:
        """Whether the person may print some of the list of *type_*."""
        return ("print", type_) in self.reached

    def creates(self, type_: str) -> bool:
        """Whether the person may create a *type_* somewhere."""
        return self.may_somewhere(f"create_{type_}")

    @cached_property
    def manages(self) -> bool:
        """Whether the pages of management hold anything for the person."""
        creations = [f"create_{kind}" for kind in self.blueprint.kinds if kind != PORTAL]
        return any(self.may_somewhere(action) for action in ("export", "edit", *creations))

    @cached_property
    def moderated(self) -> list[Labelled]:
        """The kinds of scope that anybody may submit and that are moderated."""
        kinds = self.blueprint.model.kinds
        return [info for key, info in self.blueprint.kinds.items() if kinds[key].moderated]

    @cached_property
    def founded(self) -> list[Labelled]:
        """The kinds of scope that anybody known here may found."""
        kinds = self.blueprint.model.kinds
        return [info for key, info in self.blueprint.kinds.items() if kinds[key].founder_becomes]

    @cached_property
    def waiting(self) -> list[str]:
        """The keys of the scopes that wait for this person to moderate them, oldest first."""
        return moderation.waiting(self.portal, self.me) if self.moderates else []

    @cached_property
    def decides(self) -> bool:
        """Whether the person may decide access requests somewhere, by rights of their own or for somebody absent."""
        return self.may_somewhere("decide") or bool(self.inbox_of_others)

    @cached_property
    def inbox_of_others(self) -> tuple[str, ...]:
        """Those for whom the person decides while they are away."""
        return standins.absent_for(self.portal, self.me)

    @cached_property
    def inbox(self) -> list[int]:
        """The access requests that wait for this person to decide, oldest first."""
        return requests.waiting(self.portal, self.me) if self.decides else []

    @property
    def to_decide(self) -> int:
        """How many requests and scopes wait for this person."""
        return len(self.inbox) + len(self.waiting)

    @cached_property
    def unread(self) -> int:
        """How many notices the person has not read, up to a hundred."""
        return board.unread(self.portal, self.me)

    @property
    def asks(self) -> bool:
        """Whether this portal has access requests of people's own."""
        return bool(self.blueprint.requests.forms)

    @property
    def moderates(self) -> bool:
        """Whether the person may moderate something somewhere."""
        return any(("moderate", info.key) in self.reached for info in (*self.moderated, *self.founded))

    @cached_property
    def moderates_all(self) -> bool:
        """Whether the person moderates the whole portal, and so says who holds a territory."""
        return bool(self.moderated) and access.check(self.portal, self.me, "moderate", ROOT)

    def may_somewhere(self, action: str) -> bool:
        """Whether the person may do *action* on some scope."""
        return any((action, kind) in self.reached for kind in self.blueprint.kinds)

    def may(self, action: str, key: str, kind: str) -> bool:
        """Whether the person may do *action* on the scope."""
        return access.check(self.portal, self.me, action, Ref(kind, key))


def refuse(here: Here, action: str, code: str) -> NoReturn:
    """Refuse an *action* that the person may do nowhere, with the account of the decision on one of their scopes."""
    for grant in here.grants:
        ref = Ref(grant.scope.kind, grant.scope.key)
        if action in here.blueprint.model.rules[ref.type]:
            with contextlib.suppress(NotFound):
                access.require(here.acting, action, ref)
    raise Refused(f"may {action} nowhere", code=code)


def enter(request: HttpRequest, portal: str, *, asking: bool = False) -> Here:
    """
    Let the signed-in person into *portal*; when *asking*, also where they are unknown and may ask for access.

    A portal that does not exist and one where the person is unknown are one and the same answer.
    """
    me = request.user.email
    portals = browse.my_portals(me)
    name = next((name for key, name, _ in portals if key == portal), None)
    known = name is not None
    if not known and asking:
        name = doors.lets_in(portal, me)
    if name is None:
        raise NotFound(f"no portal `{portal}`")
    acting = Acting(me, portal, getattr(request, "correlation", ""))
    return Here(acting, access.load(portal, [me]).blueprint, name, portals, known)


def enter_account(request: HttpRequest, email: str) -> None:
    """Sign in whoever has just opened their account."""
    user = get_user_model().objects.get(email=email)
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])


def page(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """Answer with *template* in the page around it."""
    here: Here | None = getattr(request, "here", None)
    around = {"here": here, "asked_scope": request.GET.get("scope", "") if request.method == "GET" else ""}
    around["tries"] = gates_rights(request)
    around["demo"] = settings.HABILIS_DEMO
    if here is None and request.user.is_authenticated:
        around["portals"] = browse.my_portals(request.user.email)
    response = render(request, f"web/{template}", {**around, **(context or {})}, status=status)
    response["Cache-Control"] = "private, no-store"
    return response


def address(here: Here, name: str, **kwargs: Any) -> str:
    """The address of one of the portal's pages."""
    return reverse(f"web:{name}", kwargs={"portal": here.portal, **kwargs})


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form was sent with, be it empty; nothing where none was sent."""
    return request.POST if request.method == "POST" else None


def gates_rights(request: HttpRequest) -> bool:
    """Whether the page asked for changes rights, so that its form may first show its effect."""
    view = request.resolver_match and request.resolver_match.func
    return bool(getattr(getattr(view, "gate", None), "rights", False))

"""The tree of scopes: seen branch by branch, and each scope with its people, sub-scopes and resources."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from habilis.blueprints.schema import NO_LABEL, SCOPE_TABS, Tab
from habilis.core import PORTAL, HabilisError, NotFound, Ref
from habilis.faces.web.gate import gate
from habilis.faces.web.presenters import history, words
from habilis.faces.web.shell import Here, address, page, refuse
from habilis.faces.web.views import invitations, leaving, positions
from habilis.faces.web.views.resources import read_among
from habilis.workflows import access, accounts, browse, grants, histories, managers, roster, standins

PER_PAGE = 25
TICKED = 200  # scopes that can be ticked in a filter
PER_BRANCH = 50  # scopes shown by the tree below one; the list goes on from there
MANAGING = ("export", "edit", "attach", "configure")


@require_safe
@gate("export", "any scope")
def manage(request: HttpRequest, here: Here) -> HttpResponse:
    """Where the person manages: the top of each of their branches, or what a search finds."""
    if not here.manages:
        refuse(here, "export", "manages_nothing")
    text = request.GET.get("q", "").strip()
    found = None
    if text or request.GET.get("kind"):
        kind = request.GET.get("kind") or None
        found = browse.scopes(
            here.portal,
            here.me,
            kind=kind if kind in here.blueprint.kinds else None,
            text=text,
            cursor=request.GET.get("cursor") or None,
            limit=PER_PAGE,
        )
    nodes = [] if found else branches(here, tops(here))
    kinds = [info for key, info in here.blueprint.kinds.items() if key != PORTAL]
    context = {"nodes": nodes, "found": found, "q": text, "kinds": kinds, "kind": request.GET.get("kind", "")}
    context["may_attach"] = here.may_somewhere("attach")
    context["creatable"] = [info for info in kinds if creates_somewhere(here, info.key)]
    if not found:
        context |= leaving.unmanaged(here)
    return page(request, "manage/index.html", context)


def creates_somewhere(here: Here, kind: str) -> bool:
    """Whether the person may create a scope of *kind* under some scope; under the root, by a grant on it."""
    action, under = f"create_{kind}", here.blueprint.model.kinds[kind].under
    if any((action, parent) in here.reached for parent in under if parent != PORTAL):
        return True
    return PORTAL in under and here.may(action, "", PORTAL)


def tops(here: Here) -> list[Any]:
    """The highest scopes among those on which the person holds something to manage with."""
    mine = {grant.scope.key: grant.scope for grant in here.grants if grant.status == "in_force"}
    refs = [Ref(scope.kind, scope.key) for scope in mine.values()]
    may = access.actions(here.portal, here.me, refs)
    managed = {key: scope for key, scope in mine.items() if manages(may[Ref(scope.kind, scope.key)])}
    highest = access.highest(here.portal, managed) if len(managed) > 1 else managed
    return [scope for key, scope in managed.items() if key in highest]


def manages(actions: frozenset[str]) -> bool:
    """Whether *actions* hold anything to manage a scope with."""
    return any(action in actions for action in MANAGING) or any(action.startswith("create_") for action in actions)


def branches(here: Here, scopes: list[Any]) -> list[dict[str, Any]]:
    """Scopes as nodes of the tree, and whether anything can be below them."""
    parents = {parent for kind in here.blueprint.model.kinds.values() for parent in kind.under}
    return [{"scope": scope, "opens": scope.kind in parents} for scope in scopes]


@require_safe
@gate("list", "the scope's children")
def children(request: HttpRequest, here: Here) -> HttpResponse:
    """One more branch of the tree, for a page that already shows its parent."""
    key = request.GET.get("of", "")
    if not request.htmx:
        return redirect((address(here, "scope", key=key) if key else address(here, "root")) + "?tab=scopes")
    nodes = branches(here, list(browse.children(here.portal, here.me, key)))
    context = {"nodes": nodes[:PER_BRANCH], "of": key, "more": len(nodes) > PER_BRANCH}
    return page(request, "manage/branch.html", context)


@require_safe
@gate("read", "the scope")
def show(request: HttpRequest, here: Here, key: str = "") -> HttpResponse:
    """A scope: what it is, and one of its tabs."""
    scope = browse.scope(here.portal, here.me, key)
    ref = Ref(scope.kind, key)
    may = access.actions(here.portal, here.me, [ref])[ref]
    below = [k for k, kind in here.blueprint.model.kinds.items() if scope.kind in kind.under]
    tabs = tabs_of(here, scope, may, below)
    tab = request.GET.get("tab", tabs[0].key)
    shown = next((one for one in tabs if one.key == tab), None)
    if shown is None:
        raise NotFound(f"no tab `{tab}`")
    content = TABS[tab](request, here, scope) if tab in TABS else type_tab(here, scope, may, tab)
    context = {
        "scope": scope,
        "may": may,
        "tabs": tabs,
        "tab": tab,
        "own_tabs": bool(here.blueprint.kinds[scope.kind].tabs),
        "tab_title": words.said(shown.label),
        "invites": invited_as(here, scope, may, shown),
        "creatable": [here.blueprint.kinds[kind] for kind in below if f"create_{kind}" in may],
        "about": about(here, scope),
        "movable": bool(here.blueprint.model.kinds[scope.kind].under - {PORTAL}),  # there is but one root
        "above": scope.depth > 1 and knows(here, scope.parent_key),
        **positions.about(here, scope, everywhere=request.GET.get("national") == "1"),
        "why": {"action": "read", "type": scope.kind, "key": key},
        "who": "export" in may,
        "passes_role": managers.manages(here.portal, here.me, ref),
        **content,
        **(invitations.pending(here, scope) if tab == "people" and "invite" in may else {}),
    }
    return page(request, "manage/scope.html", context)


def tabs_of(here: Here, scope: Any, may: frozenset[str], below: list[str]) -> list[Tab]:
    """The tabs that hold something for the person: those of the scope's kind, else those of every scope."""
    every = {key: Tab(key, NO_LABEL) for key in SCOPE_TABS}
    own = {tab.key: tab for tab in here.blueprint.kinds[scope.kind].tabs}
    needs = {"people": "export", "history": "read_journal"}
    found = [
        tab
        for tab in ({**own, "history": own.get("history", every["history"])} if own else every).values()
        if needs.get(tab.key) in (None, *may)
        and (tab.key in every or here.lists(tab.key))
        and (tab.key != "scopes" or below)
    ]
    return found or [every["resources"]]


def invited_as(here: Here, scope: Any, may: frozenset[str], tab: Tab) -> list[str]:
    """The profiles with which the tab invites people, those that the person may give there."""
    if not tab.invites or "invite" not in may:
        return []
    given = set(grants.grantable(here.portal, here.me, scope.key))
    return [profile for profile in tab.invites if profile in given]


def type_tab(here: Here, scope: Any, may: frozenset[str], type_: str) -> dict[str, Any]:
    """The newest resources of one type on the scope or below, with the beginning of what one may read."""
    info = here.blueprint.types[type_]
    found = browse.resources(here.portal, here.me, type_, scope=scope.key, limit=PER_PAGE)
    readable = read_among(here, type_, [record.key for record in found.items])
    text = next((field.key for field in info.fields if field.kind == "longtext"), "")
    return {
        "info": info,
        "found": found,
        "rows": [
            {
                "record": record,
                "opens": record.key in readable,
                "says": record.fields.get(text, "") if record.key in readable else "",
            }
            for record in found.items
        ],
        "may_create": f"create_{type_}" in may,
    }


def knows(here: Here, key: str) -> bool:
    """Whether the person may open the page of a scope."""
    try:
        browse.scope(here.portal, here.me, key)
    except HabilisError:
        return False
    return True


def about(here: Here, scope: Any) -> dict[str, Any]:
    """What a scope carries: identifiers, configuration, options."""
    blueprint = here.blueprint
    carries = blueprint.model.kinds[scope.kind]
    configuration = scope.configuration
    preset = blueprint.configurations.get(configuration) if isinstance(configuration, str) else None
    return {
        "identifiers": [
            (blueprint.identifiers[scheme].label, number)
            for scheme, number in scope.identifiers.items()
            if scheme in blueprint.identifiers
        ],
        "configurable": carries.configurable or bool(carries.options),
        "preset": preset.label if preset else None,
        "table": sorted(configuration.items()) if isinstance(configuration, dict) else (),
        "options": [blueprint.options[key].label for key in scope.options if key in blueprint.options],
        "responsible": responsible(scope),
    }


def responsible(scope: Any) -> str:
    """Who is responsible for a scope, by name: a person, or the scope above."""
    if not scope.responsible or scope.responsible == scope.parent_key:
        return str(scope.parent_name) if scope.responsible else ""
    return accounts.names_of([scope.responsible]).get(scope.responsible) or str(scope.responsible)


def people_tab(request: HttpRequest, here: Here, scope: Any) -> dict[str, Any]:
    """The people who hold something on the scope or below."""
    asked = request.GET
    cursor = asked.get("cursor") or None
    found = browse.people(here.portal, here.me, scope.key, cursor=cursor, limit=PER_PAGE, **people_asked(asked))
    groups = among(here, scope)
    chosen = {key for key in asked.getlist("among") if any(one.key == key for _name, ones in groups for one in ones)}
    return {
        "found": found,
        "q": asked.get("q", ""),
        "profile_asked": asked.get("profile", ""),
        "state_asked": asked.get("state", ""),
        "groups": groups,
        "among_asked": chosen,
        "absences": standins.on_scope(here.portal, Ref(scope.kind, scope.key)),
    }


def among(here: Here, scope: Any) -> list[tuple[str, list[Any]]]:
    """
    The scopes below under which there may be others, by the highest one: what the people of a wide scope are narrowed
    to. Nothing where they are too many to be ticked.
    """
    kinds = here.blueprint.model.kinds
    parents = {parent for kind in kinds.values() for parent in kind.under}
    found: dict[str, list[Any]] = {}
    for kind in below(here, scope.kind):
        if kind in parents:
            listed = browse.scopes(here.portal, here.me, kind=kind, within=scope.key, action="export", limit=TICKED)
            if listed.next is not None:
                return []
            for one in listed.items:
                if one.key != scope.key and len(one.path_names) > scope.depth:
                    found.setdefault(one.path_names[scope.depth], []).append(one)
    by_depth = {name: sorted(ones, key=lambda one: (one.depth, one.name.casefold())) for name, ones in found.items()}
    return sorted(by_depth.items(), key=lambda group: group[0].casefold())


def people_asked(asked: QueryDict) -> dict[str, Any]:
    """What a list of people is narrowed to."""
    return {
        "below": asked.get("below", "1") == "1",
        "text": asked.get("q", "").strip(),
        "profile": asked.get("profile", ""),
        "among": asked.getlist("among")[:TICKED],
        "state": asked.get("state", "") if asked.get("state") in (roster.ACTIVE, roster.INACTIVE) else "",
    }


def scopes_tab(request: HttpRequest, here: Here, scope: Any) -> dict[str, Any]:
    """The scopes below, those that are closed included."""
    asked = request.GET
    kinds = below(here, scope.kind)
    kind = asked.get("kind", kinds[0])
    found = browse.scopes(
        here.portal,
        here.me,
        kind=kind if kind in kinds else kinds[0],
        within=scope.key,
        text=asked.get("q", "").strip(),
        status=asked.get("status", ""),
        cursor=asked.get("cursor") or None,
        limit=PER_PAGE,
    )
    return {
        "found": found,
        "q": asked.get("q", ""),
        "status_asked": asked.get("status", ""),
        "statuses": ("active", "inactive", "pending"),
        "kinds": [here.blueprint.kinds[key] for key in kinds],
        "kind_asked": kind,
    }


def scopes_asked(here: Here, asked: QueryDict) -> dict[str, Any]:
    """What a list of scopes is narrowed to; their kind is the first one of the portal where none is asked for."""
    kinds = [kind for kind in here.blueprint.kinds if kind != PORTAL]
    return {
        "kind": asked["kind"] if asked.get("kind") in kinds else kinds[0],
        "within": asked.get("within"),
        "text": asked.get("q", "").strip(),
        "status": asked.get("status", ""),
    }


def below(here: Here, kind: str) -> list[str]:
    """The kinds of scope that may stand anywhere under *kind*, the nearest first."""
    kinds = here.blueprint.model.kinds
    found = [key for key, other in kinds.items() if kind in other.under]
    for one in found:  # grows while it is read
        found += [key for key, other in kinds.items() if one in other.under and key not in found]
    return found


def resources_tab(_request: HttpRequest, here: Here, scope: Any) -> dict[str, Any]:
    """How many resources of each type the person may list on the scope and below."""
    counted = [
        (info, browse.resources(here.portal, here.me, key, scope=scope.key, limit=1).total)
        for key, info in here.blueprint.types.items()
        if here.lists(key)
    ]
    return {"counted": counted}


def history_tab(request: HttpRequest, here: Here, scope: Any) -> dict[str, Any]:
    """What was done on the scope and below, the newest first."""
    cursor = request.GET.get("cursor") or None
    wanted = history.asked_of(request.GET)
    found = histories.of_scope(here.portal, here.me, scope.key, wanted=wanted, cursor=cursor, limit=PER_BRANCH)
    people, scopes = histories.names(here.portal, here.me, scope.key, found.items)
    return {
        "found": found,
        "entries": history.told(here, found.items, people, scopes),
        "wanted": wanted,
        "changes": history.KINDS.items(),
    }


TABS = {"people": people_tab, "scopes": scopes_tab, "resources": resources_tab, "history": history_tab}

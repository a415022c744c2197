"""Reads what the page of a scope shows in its tabs, and for whom a line of the menu is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from habilis.blueprints.reading import Table
from habilis.blueprints.schema import SCOPE_TABS, Label, MenuEntry, Tab
from habilis.core.model import SCOPE_ACTIONS


def read(kind: str, table: Table, root: Table, label: Callable[[Table, str], Label]) -> tuple[Tab, ...]:
    """The tabs of the scopes of *kind*, in order; none where it has those of every scope."""
    types = {key: type_ for key, type_ in root.mapping("types").items() if isinstance(type_, dict)}
    found: list[Tab] = []
    for one in table.tables("tabs"):
        page = one.one_of("page", SCOPE_TABS)
        type_ = one.one_of("type", types, required=not page)
        if page and type_:
            one.fault("page", "expected `type` or `page`, and not both")
        elif type_ and kind not in types[type_].get("on", ()):
            one.fault("type", f"no `{type_}` stands on a `{kind}`: expected a type that does")
        tab = Tab(page or type_, label(one, "label"), one.texts("invites", root.mapping("profiles")))
        if tab.invites and page != "people":
            one.fault("invites", "expected it on the tab whose page is `people`, and on no other")
        if tab.key in {other.key for other in found}:
            one.fault(None, f"`{tab.key}` has a tab already: expected one of each")
        found.append(tab)
        one.done()
    return tuple(found)


def for_whom(table: Table, entry: MenuEntry) -> MenuEntry:
    """*entry*, for everybody who may open it or only for those who may do one more thing somewhere."""
    return replace(entry, may=table.one_of("may", SCOPE_ACTIONS))

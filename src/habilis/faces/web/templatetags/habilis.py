"""Pictograms, labels and addresses, as templates need them."""

from __future__ import annotations

from typing import Any

from django import template
from django.forms import BoundField
from django.http import QueryDict
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from heroicons import IconDoesNotExist
from heroicons.templatetags.heroicons import heroicon_outline

from habilis.blueprints.schema import Label, MenuEntry
from habilis.faces.web.presenters import domains, words
from habilis.faces.web.presenters import standing as standings
from habilis.faces.web.shell import PAGES
from habilis.workflows import doors
from habilis.workflows.doors import Door

register = template.Library()


@register.simple_tag
def icon(name: str, size: int = 20) -> SafeString:
    """A picture that says nothing to those who do not see it: the words beside it do."""
    attributes: dict[str, object] = {"class": "icon", "aria-hidden": "true", "focusable": "false"}
    try:
        return heroicon_outline(name, size=size, **attributes)
    except IconDoesNotExist:
        return heroicon_outline("document", size=size, **attributes)


@register.simple_tag
def level(key: str) -> SafeString:
    """A level's pictogram, with its word for those who do not see it."""
    word, picture = words.LEVELS[key]
    return format_html(
        '<span class="level level-{}" title="{}">{}<span class="visually-hidden">{}</span></span>',
        key,
        word,
        icon(picture, 18),
        word,
    )


@register.filter
def level_word(key: str) -> str:
    """The word for a level."""
    return words.level_name(key)


@register.filter
def said(label: Label | None) -> str:
    """A blueprint's text in the person's language."""
    return words.said(label)


@register.filter
def trail(scope: Any) -> str:
    """A scope with those above it."""
    return words.scope_name(scope)


@register.simple_tag(takes_context=True)
def place(context: template.Context, record: Any) -> str:
    """Where a resource stands."""
    return words.place_name(context["here"].blueprint, record.type, record.scope)


@register.simple_tag(takes_context=True)
def itself(context: template.Context, record: Any) -> str:
    """What is said of a resource that stands on a scope and not below, where the blueprint has a word for it."""
    return words.itself(context["here"].blueprint, record.type, record.scope)


@register.filter
def period(grant: Any) -> str:
    """A grant's period in words."""
    return words.period(grant)


@register.filter
def grant_status(key: str) -> str:
    """The word for a grant's status."""
    return str(words.GRANT_STATUSES.get(key, key))


@register.filter
def scope_status(key: str) -> str:
    """The word for a scope's status."""
    return str(words.SCOPE_STATUSES.get(key, key))


@register.filter
def at(mapping: Any, key: Any) -> Any:
    """The value under *key*, or nothing."""
    return mapping.get(key, "") if mapping else ""


@register.filter
def at_index(rows: Any, index: int) -> Any:
    """What stands at *index*, or nothing."""
    return rows[index] if index < len(rows) else ""


@register.simple_tag(takes_context=True)
def profile(context: template.Context, key: str) -> str:
    """The name of a profile of this portal."""
    return words.profile_name(context["here"], key)


@register.simple_tag(takes_context=True)
def standing(context: template.Context, grant: Any) -> str:
    """How far a grant reaches, where it is one by which people advise."""
    return standings.reach(context["here"], grant)


@register.simple_tag(takes_context=True)
def kind(context: template.Context, key: str) -> str:
    """The name of a kind of scope of this portal."""
    return words.kind_name(context["here"].blueprint, key)


@register.simple_tag(takes_context=True)
def word(context: template.Context, key: str) -> str:
    """What this portal calls something that every portal has."""
    return words.word(context["here"].blueprint, key)


@register.simple_tag(takes_context=True)
def place_word(context: template.Context, type_: str) -> str:
    """What the scope that a resource of this type stands on is called."""
    return words.place_word(context["here"].blueprint, type_)


@register.simple_tag(takes_context=True)
def closing_word(context: template.Context, kind: str) -> str:
    """What closing a scope of this kind is called."""
    return words.closing_word(context["here"].blueprint, kind)


@register.simple_tag(takes_context=True)
def to(context: template.Context, name: str, **kwargs: Any) -> str:
    """The address of a page of this portal."""
    return reverse(f"web:{name}", kwargs={"portal": context["here"].portal, **kwargs})


@register.simple_tag
def door_of(path: str | None) -> Door | None:
    """The door of the portal that somebody signs in to enter, where it is open and the portal is shown to all."""
    door = doors.of_path(path or "")
    return door if door and door.public else None


@register.simple_tag(takes_context=True)
def menu_page(context: template.Context, name: str) -> str:
    """The address of one of the pages that a line of the menu may lead to."""
    return reverse(f"web:{PAGES[name].route}", kwargs={"portal": context["here"].portal})


@register.simple_tag(takes_context=True)
def line_address(context: template.Context, line: MenuEntry, scope: str = "") -> str:
    """Where a line of the menu leads, narrowed to *scope* where it is a list."""
    if line.page:
        return menu_page(context, line.page)
    asked = QueryDict(mutable=True)
    asked.setlist("state", list(line.states))
    if line.awaiting:
        asked["awaiting"] = "1"
    if scope:
        asked["scope"] = scope
    address = reverse("web:resources", kwargs={"portal": context["here"].portal, "type_": line.type})
    return f"{address}?{asked.urlencode()}" if asked.urlencode() else address


@register.simple_tag
def domain_path(line: MenuEntry, depth: int) -> str:
    """The path of the heading at *depth* above a line of the menu."""
    return domains.of(line.under)[depth].path


@register.simple_tag(takes_context=True)
def with_query(context: template.Context, **changes: Any) -> str:
    """The present question with *changes*, back on its first page unless the change says otherwise."""
    query: QueryDict = context["request"].GET.copy()
    query.pop("cursor", None)
    for name, value in changes.items():
        query.pop(name, None)
        if value not in ("", None):
            query[name] = value
    return f"?{query.urlencode()}"


@register.simple_tag
def query(**values: Any) -> str:
    """A question made of *values*, those that are empty left out."""
    asked = QueryDict(mutable=True)
    asked.update({name: value for name, value in values.items() if value not in ("", None)})
    return f"?{asked.urlencode()}" if asked else ""


@register.filter
def widget_kind(field: BoundField) -> str:
    """The kind of a field's control, by which its markup differs."""
    return {"CheckboxInput": "check", "CheckboxSelectMultiple": "checks", "RadioSelect": "checks"}.get(
        type(field.field.widget).__name__, "control"
    )

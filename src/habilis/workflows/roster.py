"""The people of a portal as rows: the grants whose holders somebody may list, and pages of those holders."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Q
from django.db.models.expressions import RawSQL

from habilis.core import PORTAL, Ref
from habilis.store.facts import Loaded
from habilis.store.listing import where
from habilis.store.models import Grant, Member, Scope, User
from habilis.store.queries import reading
from habilis.store.queries.records import GrantRecord, Page, PersonRecord
from habilis.workflows import access
from habilis.workflows.discretion import discreet
from habilis.workflows.pages import LARGEST_PAGE, clean, opened, signed

ACTIVE, INACTIVE = "active", "inactive"


def people_page(
    loaded: Loaded,
    subject: str,
    rows: Any,
    key: tuple[Any, ...],
    *,
    text: str,
    ended: bool,
    state: str = "",
    everybody: bool = False,
    cursor: str | None,
    limit: int,
) -> Page[PersonRecord]:
    """
    A page, by name, of the holders of *rows*, with *everybody* of every member of the portal; *key* tells this list
    from any other, its portal first. *state* is that of the people: `active`, `inactive`, or nothing for both.
    """
    instant = loaded.facts.now
    if not ended:
        rows = rows.filter(Q(valid_until=None) | Q(valid_until__gt=instant))
    holders = Q(pk__in=rows.values("user_id"))
    members = Q(pk__in=Member.objects.filter(portal_id=loaded.portal_id).values("user_id"))
    users = User.objects.filter(holders | members if everybody else holders)
    if text:
        users = users.filter(Q(name__icontains=clean(text)) | Q(email__icontains=clean(text)))
    if state:
        present = Q(is_active=True) & Q(
            pk__in=Member.objects.filter(portal_id=loaded.portal_id, active=True).values("user_id")
        )
        users = users.filter(present) if state == ACTIVE else users.exclude(present)
    total = users.count()
    at_cursor = opened(cursor, key)
    ordered = users.order_by("name", "pk")
    if at_cursor:
        name, pk, backwards = at_cursor[0], at_cursor[1], at_cursor[2]
        if backwards:
            ordered = users.filter(Q(name__lt=name) | Q(name=name, pk__lt=pk)).order_by("-name", "-pk")
        else:
            ordered = ordered.filter(Q(name__gt=name) | Q(name=name, pk__gt=pk))
    limit = max(1, min(limit, LARGEST_PAGE))
    found = list(ordered[: limit + 1])
    more, found = len(found) > limit, found[:limit]
    backwards = bool(at_cursor and at_cursor[2])
    if backwards:
        found.reverse()
    shown = rows.filter(user_id__in=[user.pk for user in found])
    return Page(
        tuple(discreet(key[0], subject, persons(loaded.portal_id, found, shown, instant))),
        total,
        signed(key, found[-1].name, found[-1].pk, back=False) if found and (more or backwards) else None,
        signed(key, found[0].name, found[0].pk, back=True)
        if found and ((at_cursor and not backwards) or (backwards and more))
        else None,
    )


def on_or_below(portal_id: int, keys: Sequence[str]) -> Q:
    """The grants held on one of the scopes *keys*, or below it."""
    condition = Q(pk__in=())
    for id_, depth in Scope.objects.filter(portal_id=portal_id, key__in=keys).values_list("id", "depth"):
        condition |= Q(**{f"scope__a{depth}": id_})
    return condition


def named_like(rows: Any, text: str) -> Any:
    """The grants of those whose name or address holds *text*."""
    return rows.filter(Q(user__name__icontains=clean(text)) | Q(user__email__icontains=clean(text)))


def known_people(portal: str, subject: str, addresses: Iterable[str]) -> dict[str, str]:
    """
    The names of those of *addresses* whose page *subject* may open: oneself, who holds or held something where
    *subject* lists people, and for whoever lists all of them, every member of the portal.
    """
    asked = list(addresses)
    portal_id = access.load(portal).portal_id
    rows = Member.objects.filter(portal_id=portal_id)  # whoever holds something is one
    if not access.check(portal, subject, "export", Ref(PORTAL, "")):
        rows = listed_grants(portal, subject, portal_id)
    every = RawSQL("SELECT json_array_elements_text(%s)", [json.dumps(asked)])  # one parameter, however many they are
    found = dict(rows.filter(user__email__in=every).values_list("user__email", "user__name").order_by())
    if subject in asked and subject not in found:
        found.update(User.objects.filter(email=subject).values_list("email", "name"))
    return found


def listed_grants(portal: str, subject: str, portal_id: int, action: str = "export") -> Any:
    """The grants held on scopes where *subject* may list people, or do another *action*."""
    parts = []
    for kind in access.model_of(portal).kinds:
        found = access.branches(portal, subject, action, kind)
        if not found.empty:
            condition, parameters = where(found, "row", "row")
            own = "row.portal_id = %(portal_id)s AND row.kind = %(type)s"
            sql = f"SELECT row.id FROM store_scope AS row WHERE {own} AND {condition}"
            parts.append(_inlined(sql, parameters))
    rows = Grant.objects.filter(portal_id=portal_id).select_related("user", "profile")
    return rows.filter(scope_id__in=RawSQL(" UNION ALL ".join(parts), ())) if parts else rows.none()  # noqa: S611 - bound


def _inlined(condition: str, parameters: dict[str, Any]) -> str:
    """The condition with its parameters bound, for a queryset, which knows no names."""
    from django.db import connection

    with connection.cursor() as cursor:
        bound: str = cursor.mogrify(condition, parameters)
    return bound.replace("%", "%%")


def persons(portal_id: int, users: Sequence[User], rows: Any, instant: Any) -> tuple[PersonRecord, ...]:
    """The records of *users*, in their order, with those of their grants that are in *rows*."""
    held: dict[str, list[GrantRecord]] = {}
    for record in reading.grants(rows.order_by("scope__depth", "scope__name", "id"), instant):
        held.setdefault(record.email, []).append(record)
    active = dict(
        Member.objects.filter(portal_id=portal_id, user__in=[u.pk for u in users]).values_list("user_id", "active")
    )
    return tuple(
        PersonRecord(
            u.email,
            u.name,
            u.language,
            u.is_active and active.get(u.pk, False),
            tuple(held.get(u.email, ())),
            u.last_login,
        )
        for u in users
    )

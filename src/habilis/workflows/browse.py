"""
What pages read: every row of every list, count and search passes through the rule.

Nothing here changes anything. A thing that may not be seen is not there; one that may only be listed is refused in
detail.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from django.db.models import Count, DateTimeField, Func, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from habilis.core import NotFound, Ref
from habilis.store import blobs
from habilis.store.models import Attachment, Grant, Portal, User
from habilis.store.queries import paging, reading
from habilis.store.queries.records import (
    CommentRecord,
    FileRecord,
    GrantRecord,
    Page,
    PersonRecord,
    ResourceRecord,
    ScopeRecord,
)
from habilis.workflows import access, clock, grants, roster
from habilis.workflows.acting import Acting
from habilis.workflows.discretion import discreet
from habilis.workflows.pages import clean, inside, narrow, narrowed, page_of, scope_text

PAGE = 50
CHOICES = 500


def resources(
    portal: str,
    subject: str,
    type_: str,
    *,
    action: str = "list",
    states: Sequence[str] = (),
    scope: str | None = None,
    text: str = "",
    author: str = "",
    awaiting: bool = False,
    sort: str = "-created",
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[ResourceRecord]:
    """
    A page of the resources of *type_*, in *states*, on *scope* or below, with *text* in the title; *awaiting* my
    approval.
    """
    _known_type(portal, type_)
    found = access.branches(portal, subject, action, type_)
    narrowing = narrowed(portal, subject, states, scope, text, author, awaiting=awaiting)
    key = (portal, subject, "resources", type_, action, tuple(states), scope, text, author, awaiting)
    page = page_of(found, narrowing, sort, cursor, limit, key)
    records = reading.resources(page.items)
    shown = discreet(portal, subject, [records[id_] for id_ in page.items if id_ in records])
    return replace(page, items=tuple(shown))  # type: ignore[arg-type, return-value]


def counts(
    portal: str,
    subject: str,
    type_: str,
    action: str = "list",
    *,
    scope: str | None = None,
    text: str = "",
    author: str = "",
) -> dict[str, int]:
    """How many resources of *type_* in each state; exact."""
    _known_type(portal, type_)
    found = access.branches(portal, subject, action, type_)
    return paging.counts(found, narrowed(portal, subject, (), scope, text, author), "row.state")


def resource(portal: str, subject: str, type_: str, key: str) -> ResourceRecord:
    """One resource, which *subject* may read."""
    ref = Ref(type_, key)
    decision = access.require(Acting(subject, portal), "read", ref)
    records = reading.resources([id_ for id_ in [access.load(portal, (), [ref]).resource_ids.get(ref)] if id_])
    if not records:
        raise access.unknown(ref, decision.facts.model)
    return discreet(portal, subject, records.values())[0]


def _known_type(portal: str, type_: str) -> None:
    model = access.model_of(portal)
    if type_ not in model.types:
        raise NotFound(f"unknown type `{type_[:60]}`")


def printable(portal: str, subject: str, type_: str, key: str) -> ResourceRecord:
    """One resource, which *subject* may print: all of it for whoever reads it, else what the list says of it."""
    ref = Ref(type_, key)
    decision = access.require(Acting(subject, portal), "print", ref)
    if access.check(portal, subject, "read", ref):
        return resource(portal, subject, type_, key)
    loaded = access.load(portal, (), [ref])
    if ref not in loaded.resource_ids:
        raise access.unknown(ref, decision.facts.model)
    record = discreet(portal, subject, reading.resources([loaded.resource_ids[ref]]).values())[0]
    listed = {field.key for field in loaded.blueprint.types[type_].fields if field.list}
    return replace(record, fields={key: value for key, value in record.fields.items() if key in listed}, approvers=())


def thread(portal: str, subject: str, ref: Ref) -> tuple[CommentRecord, ...]:
    """The thread of a resource, for whoever reads it."""
    access.require(Acting(subject, portal), "read", ref)
    return reading.thread(access.load(portal).portal_id, ref.type, ref.id)


def files(portal: str, subject: str, ref: Ref) -> tuple[FileRecord, ...]:
    """The files of a resource, for whoever reads it."""
    access.require(Acting(subject, portal), "read", ref)
    return reading.files(access.load(portal).portal_id, ref.type, ref.id)


def open_file(portal: str, subject: str, file_id: int) -> tuple[FileRecord, Path]:
    """One file and where its bytes are, for whoever reads its resource; any other is unknown."""
    row = Attachment.objects.filter(pk=file_id, portal__key=portal).select_related("resource", "author").first()
    if row is None:
        raise NotFound(f"unknown file `{file_id}`")
    if not access.check(portal, subject, "read", Ref(row.resource.type, row.resource.key)):
        raise NotFound(f"unknown file `{file_id}`")
    return reading.file(row), blobs.path_of(row.blob)


def scopes(
    portal: str,
    subject: str,
    *,
    action: str = "list",
    kind: str | None = None,
    text: str = "",
    within: str | None = None,
    status: str = "",
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[ScopeRecord]:
    """A page of the scopes of one kind (the first that the portal describes when none is given), by name."""
    kinds = [k for k in access.model_of(portal).kinds if k != "portal"]
    kind = kind or kinds[0]
    if kind not in kinds:
        raise NotFound(f"unknown kind `{kind[:60]}`")
    found = access.branches(portal, subject, action, kind)
    narrowing = inside(portal, within, scope_text(text))
    if status:
        narrowing = narrow(narrowing, "row.status = %(status)s", status=clean(status))
    key = (portal, subject, "scopes", kind, action, text, within, status)
    page = page_of(found, narrowing, "name", cursor, limit, key)
    records = reading.scopes(page.items)  # type: ignore[arg-type]
    shown = discreet(portal, subject, [records[id_] for id_ in page.items if id_ in records])  # type: ignore[index]
    return replace(page, items=tuple(shown))  # type: ignore[arg-type, return-value]


def scope(portal: str, subject: str, key: str) -> ScopeRecord:
    """One scope, which *subject* may read."""
    ref = grants.scope_ref(portal, key)
    loaded = access.load(portal, [subject], [ref])
    access.require(Acting(subject, portal), "read", ref)
    return discreet(portal, subject, reading.scopes([loaded.scope_ids[key]]).values())[0]


def children(portal: str, subject: str, key: str, *, action: str = "list") -> tuple[ScopeRecord, ...]:
    """The scopes directly under the scope *key* on which *subject* may do *action*, by name; at most 500."""
    return choices(portal, subject, action, under=key)


def choices(
    portal: str,
    subject: str,
    action: str,
    *,
    under: str | None = None,
    text: str = "",
    keys: Sequence[str] | None = None,
) -> tuple[ScopeRecord, ...]:
    """
    Every scope of any kind where *action* is allowed, in the order of the tree: what a form proposes. At most 500;
    *text* finds the others (in the name, the key or an identifier), *keys* names them.
    """
    narrowing = scope_text(text)
    if keys is not None:
        narrowing = narrow(narrowing, "row.key = ANY(%(keys)s)", keys=[clean(key) for key in keys])
    if under is not None:
        narrowing = narrow(
            narrowing,
            "row.parent_id = (SELECT id FROM store_scope WHERE portal_id = %(portal_id)s AND key = %(under)s)",
            under=clean(under),
        )
    ids: list[int] = []
    for kind in access.model_of(portal).kinds:
        found = access.branches(portal, subject, action, kind)
        ids += paging.slice_of(found, narrowing, "name", CHOICES, None).ids
    records = discreet(portal, subject, reading.scopes(ids[:CHOICES]).values())
    return tuple(sorted(records, key=lambda record: tuple(name.casefold() for name in record.path_names)))


def people(
    portal: str,
    subject: str,
    scope_key: str,
    *,
    below: bool = True,
    text: str = "",
    profile: str = "",
    among: Sequence[str] = (),
    state: str = "",
    ended: bool = False,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[PersonRecord]:
    """
    A page, by name, of the people with a grant on the scope or *below*, where *subject* may list people; *among* names
    scopes on or below one of which the grant is, *state* is `active`, `inactive` or nothing.
    """
    ref = grants.scope_ref(portal, scope_key)
    loaded = access.load(portal, [subject], [ref])
    access.require(Acting(subject, portal), "export", ref)
    rows = roster.listed_grants(portal, subject, loaded.portal_id)
    depth = len(loaded.facts.paths[scope_key]) - 1
    at = loaded.scope_ids[scope_key]
    rows = rows.filter(**({f"scope__a{depth}": at} if below else {"scope_id": at}))
    if profile:
        rows = rows.filter(profile__key=clean(profile))
    if among:
        rows = rows.filter(roster.on_or_below(loaded.portal_id, [clean(one) for one in among]))
    key = (portal, subject, "people", scope_key, below, text, profile, tuple(among), state, ended)
    everybody = below and not scope_key and not profile and not among  # those who hold nothing too
    return roster.people_page(
        loaded, subject, rows, key, text=text, state=state, ended=ended, everybody=everybody, cursor=cursor, limit=limit
    )


def contacts(
    portal: str, subject: str, *, text: str = "", cursor: str | None = None, limit: int = PAGE
) -> Page[PersonRecord]:
    """A page, by name, of everybody with a grant where *subject* may list people, wherever that is."""
    loaded = access.load(portal, [subject])
    rows = roster.listed_grants(portal, subject, loaded.portal_id)
    key = (portal, subject, "contacts", text)
    return roster.people_page(loaded, subject, rows, key, text=text, ended=False, cursor=cursor, limit=limit)


def person(portal: str, subject: str, email: str) -> PersonRecord:
    """One person, with their grants where *subject* may list people; all of them for the person themself."""
    address = grants.canonical(email)
    loaded = access.load(portal, [subject])
    instant = loaded.facts.now
    rows = (
        roster.listed_grants(portal, subject, loaded.portal_id)
        if address != subject
        else Grant.objects.filter(portal_id=loaded.portal_id)
    )
    rows = rows.filter(user__email=address)
    user = User.objects.filter(email=address).first()
    if user is None or address not in roster.known_people(portal, subject, [address]):
        raise NotFound(f"unknown person `{address[:80]}`")
    return discreet(portal, subject, roster.persons(loaded.portal_id, [user], rows, instant))[0]


def my_portals(email: str) -> tuple[tuple[str, str, int], ...]:
    """The portals in which the person is active: key, name, how many grants are in force."""
    instant = clock.given() or Func(function="clock_timestamp", output_field=DateTimeField())
    held = Grant.objects.filter(Q(valid_from=None) | Q(valid_from__lte=instant), user__email=email)
    held = held.filter(Q(valid_until=None) | Q(valid_until__gt=instant), scope__inactive_path=False)
    counted = held.filter(portal=OuterRef("pk")).order_by().values("portal").annotate(n=Count("id")).values("n")
    portals = Portal.objects.filter(members__user__email=email, members__active=True).order_by("name")
    return tuple(portals.annotate(held=Coalesce(Subquery(counted), 0)).values_list("key", "name", "held"))


def portal_name(portal: str) -> str:
    """The portal's own name; raises `NotFound` for an unknown one."""
    name = Portal.objects.filter(key=portal).values_list("name", flat=True).first()
    if name is None:
        raise NotFound(f"unknown portal `{portal[:60]}`")
    return name


def default_profile(portal: str) -> str:
    """The profile proposed to whoever creates a person; the portal's choice, else its blueprint's."""
    chosen = Portal.objects.filter(key=portal).values_list("default_profile", flat=True).first()
    return chosen or access.blueprint_of(portal).default_profile


def profile_names(portal: str, language: str) -> dict[str, str]:
    """How each profile of the portal is called, the derived ones included."""
    loaded = access.load(portal)
    names = {key: info.label.in_(language) for key, info in loaded.blueprint.profiles.items()}
    return names | dict(loaded.profile_names)


def my_grants(portal: str, email: str) -> tuple[GrantRecord, ...]:
    """What the person holds in the portal, ended grants left out; nothing for someone who is not active in it."""
    loaded = access.load(portal, [email])
    if email not in loaded.facts.active:
        return ()
    instant = loaded.facts.now
    rows = Grant.objects.filter(portal_id=loaded.portal_id, user__email=email).select_related("user", "profile")
    rows = rows.filter(Q(valid_until=None) | Q(valid_until__gt=instant)).order_by("scope__depth", "scope__name", "id")
    return tuple(discreet(portal, email, reading.grants(rows, instant)))

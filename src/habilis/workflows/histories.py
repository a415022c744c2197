"""The journal read back: of a scope, for whoever may read it there; and one's own, as doer and as done to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.timezone import make_aware

from habilis.core import Ref
from habilis.store.models import JournalEntry, Portal, Scope, User
from habilis.store.queries.records import EntryRecord, Page
from habilis.workflows import access, accounts, giving, pages
from habilis.workflows.acting import Acting

PAGE = 50
PEOPLE = 500  # whose name holds the text that is looked for
KINDS: Mapping[str, tuple[str, ...]] = {
    "rights": ("deputy:", "grant:", "invitation:"),
    "requests": ("request:",),
    "people": ("people:", "person:"),
    "resources": ("resource:", "file:"),
    "scopes": ("scope:",),
    "portal": ("portal:", "profile:", "token:"),
}
"""What a history can be narrowed to, by the beginnings of its tags."""
NOT_MINE_TO_READ = ("request:remind",)  # though it is about me


@dataclass(frozen=True)
class Wanted:
    """What a history is narrowed to: who acted or was concerned, what kind of change, between which days, refused."""

    who: str = ""
    what: str = ""
    since: date | None = None
    until: date | None = None
    refused: bool = False

    @property
    def narrows(self) -> bool:
        """Whether anything is left out."""
        return self != EVERYTHING

    @property
    def key(self) -> tuple[str, ...]:
        """What tells this from any other."""
        return (self.who, self.what, str(self.since), str(self.until), str(self.refused))


EVERYTHING = Wanted()


def of_scope(
    portal: str,
    subject: str,
    scope_key: str,
    *,
    wanted: Wanted = EVERYTHING,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[EntryRecord]:
    """A page, newest first, of what was done on the scope and below."""
    ref = giving.scope_ref(portal, scope_key)
    loaded = access.load(portal, [subject], [ref])
    access.require(Acting(subject, portal), "read_journal", ref)
    depth = len(loaded.facts.paths[scope_key]) - 1
    below = Scope.objects.filter(**{f"a{depth}": loaded.scope_ids[scope_key]}).values("key")
    rows = JournalEntry.objects.filter(portal_id=loaded.portal_id)
    if scope_key:
        rows = rows.filter(scope__in=below)
    return paged(_narrowed(rows, wanted), (portal, subject, "journal", scope_key, *wanted.key), cursor, limit)


def names(
    portal: str, subject: str, scope_key: str, entries: Sequence[EntryRecord]
) -> tuple[dict[str, str], dict[str, str]]:
    """The people and the scopes that *entries* name, for whoever reads the journal there: address or key to name."""
    access.require(Acting(subject, portal), "read_journal", giving.scope_ref(portal, scope_key))
    return _people(entries), _scopes(portal, entries)


def mine(
    portal: str,
    person: str,
    *,
    done: bool,
    wanted: Wanted = EVERYTHING,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[EntryRecord]:
    """A page, newest first, of what *person* did (*done*), or of what others did about them."""
    rows = JournalEntry.objects.filter(portal_id=Portal.objects.values_list("id", flat=True).get(key=portal))
    if done:
        rows = rows.filter(Q(actor=person) | Q(facts__for=person))
    else:  # what was refused to others about me is theirs
        rows = rows.filter(subject=person, refused=False).exclude(actor=person).exclude(tag__in=NOT_MINE_TO_READ)
    return paged(_narrowed(rows, wanted), (portal, person, "mine", str(done), *wanted.key), cursor, limit)


def my_names(
    portal: str, person: str, entries: Sequence[EntryRecord], hidden: str
) -> tuple[list[EntryRecord], dict[str, str], dict[str, str]]:
    """
    The *entries* as *person* may read them, and the people and the scopes that they name.

    A scope that the person may see no more is called *hidden*; a thing that they may see no more has no key; a comment
    that others wrote is theirs, but for the reason of a rejection, which is told to whoever asked.
    """
    rows = Scope.objects.filter(portal__key=portal, key__in={entry.scope for entry in entries})
    places = dict(rows.values_list("key", "kind"))
    refs = {Ref(kind, key) for key, kind in places.items() if key}
    refs |= {ref for entry in entries if (ref := _thing(portal, entry)) is not None}
    seen = {ref for ref, allowed in access.actions(portal, person, sorted(refs)).items() if allowed & {"list", "read"}}
    scopes = _scopes(portal, entries)
    for key in {entry.scope for entry in entries if entry.scope}:
        if key not in places or Ref(places[key], key) not in seen:
            scopes[key] = hidden
    return [_discreet(portal, person, entry, seen) for entry in entries], _people(entries), scopes


def _discreet(portal: str, person: str, entry: EntryRecord, seen: set[Ref]) -> EntryRecord:
    ref = _thing(portal, entry)
    if ref is not None and ref not in seen:
        entry = replace(entry, target=f"{ref.type}:")
    told = entry.actor == person or entry.tag == "request:reject"
    return entry if told else replace(entry, comment="")


def _thing(portal: str, entry: EntryRecord) -> Ref | None:
    """The resource that an entry is about."""
    type_, _, key = entry.target.partition(":")
    return Ref(type_, key) if key and type_ in access.model_of(portal).types else None


def _narrowed(rows: QuerySet[JournalEntry], wanted: Wanted) -> QuerySet[JournalEntry]:
    if text := pages.clean(wanted.who):
        named = User.objects.filter(name__icontains=text).values_list("email", flat=True)[:PEOPLE]
        people = [*named]
        rows = rows.filter(
            Q(actor__icontains=text) | Q(subject__icontains=text) | Q(actor__in=people) | Q(subject__in=people)
        )
    if wanted.what in KINDS:
        condition = Q()
        for beginning in KINDS[wanted.what]:
            condition |= Q(tag__startswith=beginning)
        rows = rows.filter(condition)
    if wanted.since:
        rows = rows.filter(at__gte=_midnight(wanted.since))
    if wanted.until:
        rows = rows.filter(at__lt=_midnight(wanted.until + timedelta(days=1)))
    return rows.filter(refused=True) if wanted.refused else rows


def _midnight(day: date) -> datetime:
    return make_aware(datetime.combine(day, time.min))


def paged(
    rows: QuerySet[JournalEntry], key: tuple[Any, ...], cursor: str | None, limit: int = PAGE
) -> Page[EntryRecord]:
    """A page of *rows*, newest first; *key* tells this list from any other. Whoever calls has asked the rule."""
    at_cursor = pages.opened(cursor, key)
    page = rows.filter(number__lt=at_cursor[1]) if at_cursor else rows
    limit = max(1, min(limit, pages.LARGEST_PAGE))
    found = list(page.order_by("-number")[: limit + 1])
    records = tuple(
        EntryRecord(e.number, e.at, e.actor, e.tag, e.refused, e.subject, e.scope, e.target, e.comment, e.facts)
        for e in found[:limit]
    )
    following = pages.signed(key, "", found[limit - 1].number, back=False) if len(found) > limit else None
    return Page(records, rows.count(), following)


def _people(entries: Sequence[EntryRecord]) -> dict[str, str]:
    return accounts.names_of(
        address for entry in entries for address in (entry.actor, entry.subject, entry.facts.get("for", ""))
    )


def _scopes(portal: str, entries: Sequence[EntryRecord]) -> dict[str, str]:
    keys = {entry.scope for entry in entries if entry.scope}
    return dict(Scope.objects.filter(portal__key=portal, key__in=keys).values_list("key", "name"))

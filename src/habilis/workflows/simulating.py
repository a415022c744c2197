"""
What a change would do, before it is made: who gains and who loses what, by the same rule.

The change is made, its effect on every answer counted, and all of it taken back: nothing is written, sent or recorded.
Whoever looks is shown only people and things that they may list. Other changes of the portal's rights wait meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property, partial
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from django.db import connection, transaction

from habilis.blueprints import worlds
from habilis.core import AccessQuery, HabilisError, Ref
from habilis.core import decide as decide_from
from habilis.store import arrays, effects, facts, past
from habilis.store.effects import Compared
from habilis.store.facts import Loaded
from habilis.workflows import access, clock, loading, managers, people, roster
from habilis.workflows.acting import Acting, hold_rights

NOBODYS = "nobody.invalid"  # a domain that can never be


class Shift(NamedTuple):
    """How many things of *type* in one scope somebody gains and loses, by *actions*, which *feature* governs."""

    feature: str
    type: str
    actions: tuple[str, ...]
    scope: str
    gained: int
    lost: int


@dataclass(frozen=True)
class Effect:
    """
    What a change would do; `refusal` says that it would be refused, and the rest is then empty.

    `shifts` are by address, and only of whoever gains or loses something; `hidden` says how many people the asker may
    not list. Costs are per month, in EUR, of the licenses of those whose licenses or prices change.
    """

    shifts: Mapping[str, tuple[Shift, ...]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)  # of people, by address; none of whom the asker only meets
    scopes: Mapping[str, str] = field(default_factory=dict)  # names, by key
    hidden: int = 0
    orphans: tuple[str, ...] = ()  # keys of the scopes that nobody would manage any more
    cost: tuple[Decimal, Decimal] = (Decimal(0), Decimal(0))  # before, after
    instant: datetime | None = None  # at which answers were compared, where that is later than now
    refusal: HabilisError | None = None

    @cached_property
    def gaining(self) -> int:
        """How many people gain something."""
        return sum(any(shift.gained for shift in shifts) for shifts in self.shifts.values())

    @cached_property
    def losing(self) -> int:
        """How many people lose something."""
        return sum(any(shift.lost for shift in shifts) for shifts in self.shifts.values())

    def of(self, person: str) -> list[Shift]:
        """What *person* gains and loses, the actions that do so alike together."""
        alike: dict[tuple[str, str, str, int, int], list[str]] = {}
        for one in self.shifts.get(person, ()):
            alike.setdefault((one.scope, one.feature, one.type, one.gained, one.lost), []).extend(one.actions)
        return [
            Shift(feature, type_, tuple(actions), scope, gained, lost)
            for (scope, feature, type_, gained, lost), actions in alike.items()
        ]

    def insist(self) -> None:
        """Raise what would refuse the change, if anything would."""
        if self.refusal is not None:
            raise self.refusal

    @property
    def empty(self) -> bool:
        """Whether no answer would change, for anybody."""
        return not (self.shifts or self.hidden or self.orphans or self.refusal) and self.cost[0] == self.cost[1]


def effect_of(portal: str, change: Callable[[], object], *, seen_by: str = "", at: datetime | None = None) -> Effect:
    """
    What *change*, which changes rights in *portal*, would do to the answers *at* an instant.

    Unless one is given, that is right after the change, or when the last of the grants that it makes begins.

    With *seen_by*, only what that person may list; without, everything.
    """
    with transaction.atomic():
        whole = access.load(portal)
        hold_rights(whole.portal_id)
        seen = _seen(portal, seen_by, whole) if seen_by else None
        orphans, since = managers.managed_without(whole, clock.now()), _clock()
        try:
            change()
        except HabilisError as error:
            transaction.set_rollback(True)
            return Effect(refusal=error)
        done = effects.written(whole.portal_id, since)
        touched = effects.concerned(done)
        at = at or effects.begins(done, clock.now())
        instant = at or clock.now()
        asked = {*touched, seen_by} - {""}
        after = facts.load(portal, asked, now=instant)
        before = _before(after, portal, asked, done, instant)
        compared = effects.compared(before, after, touched, done, seen)
        left = managers.managed_without(after, clock.now()) - orphans
        where = {count.scope_id for _, counts in compared.counts for count in counts}
        scopes = _scopes(where | left)
        shifts = _shifts(compared, {id_: key for id_, (_, key, _) in scopes.items()})
        cost = _cost(before, after, touched, seen_by, since)
        met = dict.fromkeys(_names(portal, seen_by, shifts), "")
        transaction.set_rollback(True)
    # INVARIANT: whom the asker would only meet by the change has an address and no name: they may be of another portal
    names = met | _names(portal, seen_by, shifts)
    return Effect(
        {person: rows for person, rows in shifts.items() if person in names},
        names,
        {key: name for _, key, name in scopes.values()},
        len(shifts.keys() - names.keys()),
        _listed(portal, seen_by, [Ref(*scopes[id_][:2]) for id_ in left]),
        cost,
        at,
    )


def _before(after: Loaded, portal: str, asked: Iterable[str], done: effects.Written, instant: datetime) -> Loaded:
    """The facts as they were; where nothing but profiles was written, the same people, places and grants under them."""
    if not done.tables <= {"profile"}:
        return facts.load(portal, asked, now=instant, as_of=done.since, changed=done.tables)
    was = facts.load(portal, now=instant, as_of=done.since, changed=done.tables)
    return replace(after, facts=replace(after.facts, model=was.facts.model), profile_names=was.profile_names)


def _clock() -> datetime:
    """The database's clock, whatever instant questions are asked of: rows are kept by it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        instant: datetime = cursor.fetchone()[0]
    return instant


def newcomer(acting: Acting, *, scopes: Sequence[str], profile: str) -> Effect:
    """What a person who is not there would gain with *profile* on *scopes*, if the actor gave it to them."""
    given = {"email": f"{uuid4().hex}@{NOBODYS}", "name": "?", "scopes": scopes, "profile": profile}
    return effect_of(acting.portal, lambda: people.create(acting, **given), seen_by=acting.person)


def effect_of_files(paths: Sequence[Path]) -> Iterator[tuple[str, Effect]]:
    """What loading each of *paths* would change in its portal; `NotFound` where there is no such portal yet."""
    for opened in [worlds.open_file(path) for path in paths]:
        key = opened.portal.key
        yield key, effect_of(key, partial(loading.load_one, opened, since_always=False))


def _seen(portal: str, subject: str, loaded: Loaded) -> dict[str, effects.Branches]:
    types = {**loaded.facts.model.types, **loaded.facts.model.kinds}
    return {type_: access.branches(portal, subject, "list", type_) for type_ in types}


def _scopes(ids: Iterable[int]) -> dict[int, tuple[str, str, str]]:
    """The kind, the key and the name of each scope."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, kind, key, name FROM store_scope WHERE id = ANY(%s::bigint[])", [arrays.literal(ids)]
        )
        return {id_: (kind, key, name) for id_, kind, key, name in cursor.fetchall()}


def _listed(portal: str, seen_by: str, refs: Sequence[Ref]) -> tuple[str, ...]:
    """The keys of those of *refs* that the asker may list, sorted."""
    may = (
        access.check_many(portal, [(seen_by, "list", ref) for ref in refs]) if seen_by and refs else [True] * len(refs)
    )
    return tuple(sorted(ref.id for ref, allowed in zip(refs, may, strict=True) if allowed))


def _shifts(compared: Compared, keys: Mapping[int, str]) -> dict[str, tuple[Shift, ...]]:
    """What each person gains and loses, by address."""
    found: dict[int, list[Shift]] = {}
    for question, counts in compared.counts:
        rule = question.after or question.before
        summed: dict[tuple[int, str, int], tuple[int, int]] = {}
        for bundle, scope_id, state, more, less in counts:
            where = (bundle, rule.feature_in(state) if rule else "", scope_id)
            gained, lost = summed.get(where, (0, 0))
            summed[where] = (gained + more, lost + less)
        for (bundle, feature, scope_id), (gained, lost) in summed.items():
            shift = Shift(feature, question.type, question.actions, keys[scope_id], gained, lost)
            found.setdefault(bundle, []).append(shift)
    of_people = {person: tuple(shifts) for bundle, shifts in found.items() for person in compared.people[bundle]}
    return dict(sorted(of_people.items()))


def _names(portal: str, seen_by: str, people: Iterable[str]) -> dict[str, str]:
    """The names of those of *people* whom the asker may list: as things are, or as they would be."""
    if seen_by:
        return roster.known_people(portal, seen_by, people)
    with connection.cursor() as cursor:
        cursor.execute("SELECT email, name FROM store_user WHERE email = ANY(%s)", [list(people)])
        return dict(cursor.fetchall())


def _cost(
    before: Loaded, after: Loaded, people: Iterable[str], seen_by: str, since: datetime
) -> tuple[Decimal, Decimal]:
    """
    What the licenses of those of *people* whose licenses or prices change cost a month, before and after.

    Each counts once for a person and a scope, where the asker may list people.
    """
    if not after.facts.model.licenses:
        return Decimal(0), Decimal(0)
    prices = _prices(before, since), _prices(after, None)
    found = [Decimal(0), Decimal(0)]
    for person in people:
        pairs = _licensed(before, person), _licensed(after, person)
        if pairs[0] == pairs[1] and prices[0] == prices[1]:
            continue
        for n, side in enumerate((before.facts, after.facts)):
            for scope, license_ in pairs[n]:
                question = AccessQuery(seen_by, "export", Ref(side.scopes[scope].kind, scope))
                if not seen_by or decide_from(question, side).allowed:
                    found[n] += prices[n].get(license_) or Decimal(0)
    return found[0], found[1]


def _licensed(loaded: Loaded, person: str) -> set[tuple[str, str]]:
    held = loaded.facts.held.get(person, ())
    return {(one.scope, one.profile.license) for one in held if one.in_force and one.profile.license}


def _prices(loaded: Loaded, as_of: datetime | None) -> dict[str, Decimal]:
    with connection.cursor() as cursor:
        sql = past.over("SELECT key, price FROM {license} AS l WHERE portal_id = %(portal)s", as_of)
        cursor.execute(sql, {"portal": loaded.portal_id, "as_of": as_of})
        return dict(cursor.fetchall())

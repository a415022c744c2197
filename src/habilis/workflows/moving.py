"""
What a transfer would do, before it is done: exactly who moves, who stays and why, and what it costs.

A person's rights cannot tell most scopes apart, so delegation is asked once for each kind of case and not for each
grant: a hundred thousand are weighed in a few questions.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from habilis.core import LEVELS, Invalid, Level, Model, NotFound, Ref, excess
from habilis.store.facts import Loaded
from habilis.store.models import Grant, Member, Scope
from habilis.store.planning import of_many_rows
from habilis.workflows import access, giving, pricing, reaching, roster
from habilis.workflows.reaching import PATH, Place

COLUMNS = (
    "id", "user_id", "user__email", "user__name", "user__is_active", "profile__key", "valid_from", "valid_until",
    "adjustments", "anchor", "scope_id", "scope__name", "scope__inactive_path", "scope__key", "scope__kind",
    "scope__pending_path", *(f"scope__{column}" for column in PATH),
)  # fmt: skip


@dataclass(frozen=True)
class Chosen:
    """What a transfer is about: all who have a profile, one person on one scope, or some grants."""

    profile: str = ""
    person: str = ""
    scope: str | None = None
    grants: tuple[int, ...] = ()


class Moving(NamedTuple):
    """A grant that would move, or stay: `why` says what holds it. `sleeps` where it gives nothing today."""

    id: int
    user_id: int
    email: str
    name: str
    scope_id: int
    scope: str
    scope_name: str
    top: str
    profile: str
    to: str
    valid_from: datetime | None
    valid_until: datetime | None
    adjustments: Mapping[str, str]
    anchor: int | None
    sleeps: bool
    place: Place
    why: str = ""

    @property
    def told(self) -> tuple[Any, ...]:
        """What a change of it would change."""
        return self.profile, self.valid_from, self.valid_until, dict(self.adjustments)


@dataclass(frozen=True)
class Plan:
    """Who moves and who stays, in the order of names; `lost` is how many of an undone transfer are out of reach."""

    moves: tuple[Moving, ...]
    stays: tuple[Moving, ...]
    before: Decimal | None  # what those who move cost each month; none where a price is not known
    after: Decimal | None
    higher: bool  # whether a license of those who move admits less than that of what they get
    lost: int = 0

    @property
    def difference(self) -> Decimal | None:
        """What it costs more each month, or less; none where a price is not known."""
        return None if self.before is None or self.after is None else self.after - self.before

    @property
    def difference_said(self) -> str:
        """The difference as a form sends it back."""
        return "unknown" if self.difference is None else str(self.difference)

    @property
    def rises(self) -> bool:
        """Whether the price must be agreed to."""
        return self.higher if self.difference is None else self.difference > 0

    @property
    def people(self) -> int:
        """How many people move."""
        return len({move.user_id for move in self.moves})

    @cached_property
    def version(self) -> str:
        """What tells this plan from that of another moment."""
        told = hashlib.sha256()
        for move in sorted(self.moves, key=lambda move: move.id):
            period = (move.valid_from, move.valid_until, sorted(move.adjustments.items()))
            told.update(repr((move.id, move.profile, move.to, *period)).encode())
        return told.hexdigest()[:24]


def plan(portal: str, subject: str, chosen: Chosen, to: str) -> Plan:
    """What moving *chosen* to the profile *to* would do."""
    loaded = access.load(portal, [subject])
    target = loaded.facts.model.profiles.get(to)
    if target is None or target.retired or to == chosen.profile:
        raise Invalid(f"nobody can be transferred to `{to[:60]}`", code="profile")
    with of_many_rows() if chosen.profile else nullcontext():
        rows = _rows(portal, subject, loaded, chosen)
        return _weighed(portal, subject, loaded, _moves(loaded, rows, {row[0]: to for row in rows}))


def back(portal: str, subject: str, before: Mapping[int, str], unchanged: Mapping[int, tuple[Any, ...]]) -> Plan:
    """What giving the grants numbered their profile *before* would do, where they are still as *unchanged* says."""
    loaded = access.load(portal, [subject])
    mine = roster.listed_grants(portal, subject, loaded.portal_id, "adjust").filter(pk__in=list(before))
    moves = _moves(loaded, list(mine.values_list(*COLUMNS)), before)
    if not moves:
        raise NotFound("no such transfer")
    present = [move if unchanged[move.id] == move.told else move._replace(why="changed_since") for move in moves]
    return replace(_weighed(portal, subject, loaded, present), lost=len(before) - len(moves))


def targets(portal: str, subject: str, chosen: Chosen) -> tuple[str, ...]:
    """The profiles to which *subject* could move some of *chosen*, in the blueprint's order."""
    loaded = access.load(portal, [subject])
    model = loaded.facts.model
    rows = _filtered(portal, subject, loaded, chosen)
    held = set(rows.order_by().values_list("profile__key", flat=True).distinct())
    samples = set(reaching.samples(loaded, subject, reaching.places(rows)).values())
    facts = access.load(portal, [subject], samples).facts
    return tuple(
        key
        for key, profile in model.profiles.items()
        if not profile.retired
        and held != {key}
        and any(ref.type in profile.on and not excess(subject, ref.id, key, facts) for ref in samples)
    )


def people(portal: str, subject: str, *, text: str = "", limit: int = 100) -> tuple[list[tuple[str, str]], bool]:
    """Whom *subject* could transfer: address and name, at most *limit*, and whether there are more."""
    loaded = access.load(portal, [subject])
    rows = _found(portal, subject, loaded).exclude(user__email=subject)
    rows = roster.named_like(rows, text) if text else rows
    found = list(
        rows.order_by("user__name", "user__email").values_list("user__email", "user__name").distinct()[: limit + 1]
    )
    return found[:limit], len(found) > limit


def held_by(portal: str, subject: str, person: str) -> list[tuple[str, str, str]]:
    """Where *person* has a profile that *subject* could change: the scope's key and name, and the profile."""
    loaded = access.load(portal, [subject])
    rows = _found(portal, subject, loaded).filter(user__email=giving.canonical(person))
    return list(rows.order_by("scope__name", "scope__key").values_list("scope__key", "scope__name", "profile__key"))


def _found(portal: str, subject: str, loaded: Loaded) -> Any:
    """The grants in force or to come on the scopes where *subject* may adjust rights."""
    rows = roster.listed_grants(portal, subject, loaded.portal_id, "adjust")
    return rows.filter(giving.lasting(loaded.facts.now)).exclude(profile__key="portal_admin")


def _filtered(portal: str, subject: str, loaded: Loaded, chosen: Chosen) -> Any:
    rows = _found(portal, subject, loaded)
    if chosen.profile:
        if chosen.profile not in loaded.facts.model.profiles:
            raise NotFound(f"unknown profile `{chosen.profile[:60]}`")
        rows = rows.filter(profile__key=chosen.profile)
    if chosen.person:
        rows = rows.filter(user__email=giving.canonical(chosen.person))
    if chosen.scope is not None:
        rows = rows.filter(scope__key=chosen.scope)
    return rows.filter(pk__in=chosen.grants) if chosen.grants else rows


def _rows(portal: str, subject: str, loaded: Loaded, chosen: Chosen) -> list[Any]:
    if not (chosen.profile or chosen.person or chosen.grants):
        raise Invalid("nobody is chosen: expected a profile, a person or some of their accesses", code="empty")
    rows = list(_filtered(portal, subject, loaded, chosen).values_list(*COLUMNS))
    if chosen.grants and len(rows) != len(set(chosen.grants)):
        raise NotFound("one of these accesses is not there any more")
    return rows


def _moves(loaded: Loaded, rows: Iterable[Sequence[Any]], to: Mapping[int, str]) -> list[Moving]:
    """The rows as grants that would move, each to the profile that *to* says."""
    members = Member.objects.filter(portal_id=loaded.portal_id, active=False)
    suspended = set(members.values_list("user_id", flat=True))
    tops = dict(Scope.objects.filter(portal_id=loaded.portal_id, depth=1).values_list("id", "key"))
    now, found = loaded.facts.now, []
    for row in rows:
        (id_, user_id, email, name, active, profile, start, end, adjustments, anchor, scope_id, scope_name, closed,
         scope, kind, pending, *path) = row  # fmt: skip
        sleeps = closed or not active or user_id in suspended or (start is not None and start > now)
        found.append(
            Moving(
                id_, user_id, email, name, scope_id, scope, scope_name, tops.get(path[1], ""), profile, to[id_], start,
                end, adjustments, anchor, sleeps, (scope, kind, pending, tuple(path)),
            )
        )  # fmt: skip
    return found


def _weighed(portal: str, subject: str, loaded: Loaded, moves: list[Moving]) -> Plan:
    """The plan: whoever is held back stays, and with them what they hold under the same anchor."""
    cases: dict[tuple[Any, ...], str] = {}
    first: dict[tuple[Any, ...], Moving] = {}
    held = reaching.held_on(loaded, subject)
    keys = [(reaching.alike(held, m.place), m.profile, m.to, tuple(sorted(m.adjustments.items()))) for m in moves]
    for key, move in zip(keys, moves, strict=True):
        first.setdefault(key, move)
    refs = [Ref(move.place[1], move.place[0]) for move in first.values()]
    full = access.load(portal, [subject], refs)
    for key, move in first.items():
        cases[key] = _held_back(portal, subject, full, move)
    why = ["self" if move.email == subject else cases[key] for key, move in zip(keys, moves, strict=True)]
    weighed = [
        move._replace(why=said) if said and not move.why else move for said, move in zip(why, moves, strict=True)
    ]
    weighed = _together(loaded, weighed)
    weighed.sort(key=lambda move: (move.name.casefold(), move.email, move.scope_name.casefold(), move.scope, move.id))
    going = tuple(move for move in weighed if not move.why)
    return _priced(portal, loaded.facts.model, going, tuple(move for move in weighed if move.why))


def _held_back(portal: str, subject: str, loaded: Loaded, move: Moving) -> str:
    """Why *subject* may not move this grant, nor any that looks alike; nothing where they may."""
    model, kind = loaded.facts.model, move.place[1]
    target, source = model.profiles[move.to], model.profiles[move.profile]
    if move.to == move.profile:
        return "already_attached"
    if target.retired:
        return "retired"
    if kind not in target.on or target.requires.get(kind) != source.requires.get(kind):
        return "profile"
    if not all(giving.may_give_there(portal, subject, loaded, kind, one) for one in (move.profile, move.to)):
        return "territory"
    levels = {feature: LEVELS[level] for feature, level in move.adjustments.items()}
    return "above_own_rights" if excess(subject, move.scope, move.to, loaded.facts, levels) else ""


def _together(loaded: Loaded, moves: list[Moving]) -> list[Moving]:
    """Where a person has one profile within an anchor, all that they hold there moves, or nothing does."""
    ids = {move.id for move in moves if not move.why}
    people = {move.user_id for move in moves if not move.why and move.anchor is not None}
    rows = Grant.objects.filter(portal_id=loaded.portal_id, anchor__isnull=False, user_id__in=list(people))
    rows = rows.filter(giving.lasting(loaded.facts.now)).values_list(
        "id", "user_id", "anchor", "valid_from", "valid_until"
    )
    others: dict[tuple[int, int], list[tuple[Any, Any]]] = {}
    for id_, user_id, anchor, start, end in rows:
        if id_ not in ids:
            others.setdefault((user_id, anchor), []).append((start, end))
    if not others:
        return moves
    now = loaded.facts.now
    held = {
        (move.user_id, move.anchor)
        for move in moves
        if move.anchor is not None
        for start, end in others.get((move.user_id, move.anchor), ())
        if giving.meets(max(now, move.valid_from or now), move.valid_until, start, end)
    }
    return [
        move._replace(why="elsewhere") if not move.why and (move.user_id, move.anchor) in held else move
        for move in moves
    ]


def _priced(portal: str, model: Model, moves: tuple[Moving, ...], stays: tuple[Moving, ...]) -> Plan:
    """The plan with what it costs each month, before and after."""
    known = pricing.prices(portal)

    def cost(profiles: Counter[str]) -> Decimal | None:
        licenses = Counter[str]()
        for key, number in profiles.items():
            licenses[model.profiles[key].license or ""] += number
        if any(license_ and license_ not in known for license_ in licenses):
            return None
        return sum((known[license_] * number for license_, number in licenses.items() if license_), Decimal(0))

    pairs = Counter((move.profile, move.to) for move in moves)
    before, after = Counter[str](), Counter[str]()
    for (profile, to), number in pairs.items():
        before[profile] += number
        after[to] += number
    higher = any(not _admits(model, profile, to) for profile, to in pairs)
    return Plan(moves, stays, cost(before), cost(after), higher)


def _admits(model: Model, profile: str, to: str) -> bool:
    """Whether the license of *profile* admits all that the license of *to* does."""
    one, other = model.profiles[profile].license, model.profiles[to].license
    if other is None or one == other:
        return True
    if one is None:
        return False
    bounds = model.licenses[one]
    return all(level.value <= bounds.get(f, Level.NONE).value for f, level in model.licenses[other].items())

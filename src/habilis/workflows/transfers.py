"""
People moved from one profile to another, all at once: weighed first, then done whole or not at all.

A transfer ends each grant and begins another on the same scope for the rest of its period, its adjustments kept;
nothing else changes. `moving` weighs; here it is done, told to the journal, and undone while nothing has changed since.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction

from habilis.core import Conflict, NotFound
from habilis.store import arrays
from habilis.store.facts import Loaded
from habilis.store.models import Invitation, JournalEntry
from habilis.store.models import Profile as ProfileRow
from habilis.store.planning import of_many_rows
from habilis.store.writing import bound
from habilis.workflows import access, departures, journal, managers, moving
from habilis.workflows.acting import Acting, change, hold_rights
from habilis.workflows.moving import Chosen, Moving, Plan

TRANSFER, UNDO = "profile:transfer", "profile:undo_transfer"
APART = 100  # scopes up to which each has an entry of its own in the journal; beyond, the highest below the root
TOGETHER = 500  # grants of one entry

END = """
UPDATE store_grant g SET valid_until = greatest(%(instant)s, coalesce(g.valid_from, %(instant)s))
WHERE g.id = ANY(%(ids)s::bigint[])
"""
BEGIN = """
INSERT INTO store_grant
    (portal_id, user_id, scope_id, profile_id, valid_from, valid_until, adjustments, anchor, created)
SELECT g.portal_id, g.user_id, g.scope_id, m.profile, m.start, m.until, g.adjustments,
    CASE WHEN NOT m.bound THEN NULL WHEN %(per)s = 'scope' THEN g.scope_id ELSE coalesce(g.anchor, (
        SELECT x.id FROM store_scope x JOIN store_scope s ON s.id = g.scope_id
        WHERE x.id IN (s.a0, s.a1, s.a2, s.a3, s.a4, s.a5, s.a6) AND x.kind = %(per)s
        ORDER BY x.depth DESC LIMIT 1)) END,
    %(instant)s
FROM unnest(%(ids)s::bigint[], %(profiles)s::bigint[], %(bound)s::boolean[], %(starts)s::timestamptz[],
    %(untils)s::timestamptz[]) AS m(id, profile, bound, start, until) JOIN store_grant g ON g.id = m.id
RETURNING id, user_id, scope_id, valid_from
"""


@dataclass(frozen=True)
class Moved:
    """A grant that moved, as the journal tells it: `grant` is the number of the one that began."""

    email: str
    scope: str
    before: str
    after: str
    start: str
    until: str | None
    adjustments: Mapping[str, str]
    grant: int


@dataclass(frozen=True)
class Told:
    """A transfer as the journal tells it: who did it, when, from its first entry on, and each grant that moved."""

    number: int
    at: datetime
    actor: str
    undoes: int
    rows: tuple[Moved, ...]
    undone: bool


@change("profile:transfer")
def transfer(
    acting: Acting,
    *,
    to: str,
    version: str,
    source: str = "",
    person: str = "",
    scope: str | None = None,
    grants: Sequence[int] = (),
    agreed: str = "",
) -> int:
    """
    Move what was chosen to the profile *to*; return the number of the journal's entry that tells it.

    *version* is that of the plan that was read, *agreed* what it costs more each month where it does.
    """
    loaded = _held(acting)
    plan = moving.plan(acting.portal, acting.person, Chosen(source, person, scope, tuple(grants)), to)
    return _carry_out(acting, loaded, plan, TRANSFER, version, agreed)


@change("profile:undo_transfer")
def undo(acting: Acting, *, number: int, version: str, agreed: str = "") -> int:
    """Give everybody of a transfer the profile back that they had, while nothing of it has changed since."""
    loaded = _held(acting)
    plan = undoing(acting.portal, acting.person, number)
    if plan.stays or plan.lost:
        raise Conflict("some of it has changed since, or is out of reach", code="changed_since")
    return _carry_out(acting, loaded, plan, UNDO, version, agreed, undoes=number)


def undoing(portal: str, subject: str, number: int) -> Plan:
    """What undoing a transfer would move, and what of it has changed since."""
    told = of(portal, number)
    unchanged = {
        row.grant: (row.after, _instant(row.start), _instant(row.until), dict(row.adjustments)) for row in told.rows
    }
    return moving.back(portal, subject, {row.grant: row.before for row in told.rows}, unchanged)


def of(portal: str, number: int) -> Told:
    """The transfer whose first entry in the journal has *number*."""
    entries = JournalEntry.objects.filter(portal__key=portal, refused=False, tag__in=(TRANSFER, UNDO))
    first = entries.filter(number=number).first()
    if first is None or first.facts.get("part") != 1:
        raise NotFound(f"no transfer `{number}`")
    found = entries.filter(number__gte=number, number__lt=number + first.facts["parts"]).order_by("number")
    rows = tuple(Moved(*row) for entry in found for row in entry.facts["moved"])
    undone = entries.filter(tag=UNDO, facts__undoes=number).exists()
    return Told(number, first.at, first.actor, first.facts.get("undoes", 0), rows, undone)


def _held(acting: Acting) -> Loaded:
    hold_rights(access.load(acting.portal).portal_id)
    return access.load(acting.portal, [acting.person])


def _carry_out(acting: Acting, loaded: Loaded, plan: Plan, tag: str, version: str, agreed: str, **facts: Any) -> int:
    """Do what *plan* says, as it was read and agreed to."""
    if version != plan.version:
        raise Conflict("what would move has changed since it was read", code="stale")
    if not plan.moves:
        raise Conflict("nobody is left to be transferred", code="nobody_moves")
    if plan.rises and agreed != plan.difference_said:
        raise Conflict("the price rises: expected it to be agreed to", code="price_rises")
    instant = loaded.facts.now
    with managers.kept(loaded, instant):
        begun = _write(loaded, plan.moves, instant)
    number = _tell(acting, plan.moves, begun, instant, tag, facts)
    senders = Invitation.objects.filter(portal_id=loaded.portal_id, state="pending").values_list("by__email", flat=True)
    for email in sorted(set(senders.distinct()) & {move.email for move in plan.moves}):
        departures.clean(acting, email, ())
    return number


def _write(loaded: Loaded, moves: Sequence[Moving], instant: datetime) -> dict[tuple[int, int], int]:
    """End and begin the grants; return the number of each new one, by person and scope."""
    profiles = dict(ProfileRow.objects.filter(portal_id=loaded.portal_id).values_list("key", "id"))
    binding = set(bound(loaded.facts.model))
    parameters = {
        "instant": instant,
        "per": loaded.facts.model.one_profile_per,
        "ids": arrays.literal(move.id for move in moves),
        "profiles": arrays.literal(profiles[move.to] for move in moves),
        "bound": arrays.literal(move.to in binding for move in moves),
        "starts": arrays.literal(_start(move, instant) for move in moves),
        "untils": arrays.literal(move.valid_until for move in moves),
    }
    try:
        with transaction.atomic(), of_many_rows(), connection.cursor() as cursor:
            cursor.execute(END, parameters)
            cursor.execute(BEGIN, parameters)
            found = {(user, scope, start): id_ for id_, user, scope, start in cursor.fetchall()}
    except IntegrityError:
        raise Conflict("somebody holds another profile there already", code="other_profile") from None
    return {move.id: found[move.user_id, move.scope_id, _start(move, instant)] for move in moves}


def _tell(
    acting: Acting, moves: Sequence[Moving], begun: dict[int, int], instant: datetime, tag: str, facts: dict[str, Any]
) -> int:
    """Write the journal: few entries, each with the grants of one scope, or of all below one."""
    parts = list(_parts(moves))
    first = 0
    for n, (scope, part) in enumerate(parts, start=1):
        told = {
            "part": n,
            "parts": len(parts),
            "moved": [
                [m.email, m.scope, m.profile, m.to, _start(m, instant), m.valid_until, m.adjustments, begun[m.id]]
                for m in part
            ],
        }
        subject = part[0].email if len(part) == 1 else ""
        entry = journal.record(
            acting, tag, subject=subject, scope=scope, target=f"profile:{part[0].to}", facts={**told, **facts}
        )
        first = first or entry.number
    return first


def _parts(moves: Iterable[Moving]) -> Iterator[tuple[str, list[Moving]]]:
    """The grants of each entry, with the scope that the entry is about."""
    moves = list(moves)
    apart = len({move.scope for move in moves}) <= APART
    found: dict[tuple[str, str], list[Moving]] = {}
    for move in moves:
        found.setdefault((move.scope if apart else move.top, move.to), []).append(move)
    for (scope, _to), rows in found.items():
        for at in range(0, len(rows), TOGETHER):
            yield scope, rows[at : at + TOGETHER]


def _start(move: Moving, instant: datetime) -> datetime:
    return max(instant, move.valid_from) if move.valid_from else instant


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)

"""Who stands in for whom, now: the rule is asked with the rights of the absent person, and never with more."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q

from habilis.core import Ref
from habilis.store.models import Deputy, Member
from habilis.workflows import access


@dataclass(frozen=True)
class StandIn:
    """One absence: who is away, who decides meanwhile, between which instants, and whether it has begun."""

    id: int
    absent: str
    absent_name: str
    deputy: str
    deputy_name: str
    valid_from: datetime
    valid_until: datetime
    begun: bool

    @property
    def last(self) -> datetime:
        """An instant of the last day: the end itself is excluded."""
        return self.valid_until - timedelta(microseconds=1)


def absent_for(portal: str, deputy: str) -> tuple[str, ...]:
    """The addresses of those for whom *deputy*, active here, may decide now, within their rights."""
    rows = current(portal).filter(deputy__email=deputy).order_by("absent__email")
    return tuple(rows.values_list("absent__email", flat=True))


def deputies_of(portal: str, people: Iterable[str]) -> dict[str, str]:
    """Who stands in now for each of *people* that somebody stands in for."""
    rows = current(portal).filter(absent__email__in=list(people))
    return dict(rows.values_list("absent__email", "deputy__email"))


def holder(portal: str, person: str, refs: Sequence[Ref], parties: Collection[str]) -> str | None:
    """
    With whose rights *person* decides on all of *refs*: their own first, else those of somebody absent; none: no one's.

    Neither may be one of *parties*, those who asked or for whom it was asked. A deputy has no deputy: only the rights
    that the absent person holds themself are asked for.
    """
    if person in parties or not refs:
        return None
    for one in (person, *absent_for(portal, person)):
        if one not in parties and all(access.check_many(portal, [(one, "decide", ref) for ref in refs])):
            return one
    return None


def about(portal: str, people: Collection[str] | None = None) -> list[StandIn]:
    """The absences, of today and to come, of *people* or for which they stand in; of everybody where none are given."""
    instant = access.load(portal).facts.now
    rows = Deputy.objects.filter(portal__key=portal, valid_until__gt=instant, valid_from__lt=F("valid_until"))
    if people is not None:
        rows = rows.filter(Q(absent__email__in=list(people)) | Q(deputy__email__in=list(people)))
    rows = rows.select_related("absent", "deputy").order_by("valid_from", "id")
    return [
        StandIn(
            row.pk,
            row.absent.email,
            row.absent.name,
            row.deputy.email,
            row.deputy.name,
            row.valid_from,
            row.valid_until,
            row.valid_from <= instant,
        )
        for row in rows
    ]


def on_scope(portal: str, ref: Ref) -> list[StandIn]:
    """The absences of those who decide on a scope; for whoever may list its people."""
    found = about(portal)
    absent = [*{one.absent for one in found}]
    may = access.check_many(portal, [(who, "decide", ref) for who in absent]) if absent else []
    deciding = {who for who, allowed in zip(absent, may, strict=True) if allowed}
    return [one for one in found if one.absent in deciding]


def current(portal: str) -> Any:
    """The absences of this instant, both people being active in the portal."""
    instant = access.load(portal).facts.now
    rows = Deputy.objects.filter(portal__key=portal, valid_from__lte=instant, valid_until__gt=instant)
    rows = rows.filter(absent__is_active=True, deputy__is_active=True)
    for who in ("absent", "deputy"):
        member = Member.objects.filter(portal=OuterRef("portal"), user=OuterRef(who), active=True)
        rows = rows.filter(Exists(member))
    return rows

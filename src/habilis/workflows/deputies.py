"""Name a deputy for an absence, and end it. A deputy decides what the absent person could decide, on their behalf."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import formats, translation
from django.utils.timezone import localtime

from habilis.core import PORTAL, Conflict, Fault, Invalid, NotFound, Ref, Refused
from habilis.store.models import Deputy, Member, User
from habilis.workflows import access, clock, giving, journal, letters, notices
from habilis.workflows.acting import Acting, change

LONGEST = timedelta(days=366)


def decides(portal: str, person: str) -> bool:
    """Whether *person* may decide access requests somewhere, by rights of their own."""
    kinds = access.model_of(portal).kinds
    return bool(access.reachable(portal, person, [("decide", kind) for kind in kinds]))


@change("deputy:name")
def name(acting: Acting, *, deputy: str, valid_from: datetime | None, valid_until: datetime | None) -> int:
    """Let *deputy*, somebody active here, decide for the actor during an absence; they are told."""
    loaded = giving.hold(acting, [acting.person], Ref(PORTAL, ""))
    if not decides(acting.portal, acting.person):
        raise Refused("decides nothing, and so has nobody to name", code="decides_nothing")
    email = giving.canonical(deputy)
    if email == acting.person:
        raise Invalid(Fault("deputy", "nobody stands in for themself"), code="deputy_self")
    row = Member.objects.filter(portal_id=loaded.portal_id, user__email=email, active=True, user__is_active=True)
    if (member := row.select_related("user").first()) is None:
        raise Invalid(Fault("deputy", f"`{email[:80]}` is not active in this portal"), code="deputy_unknown")
    if valid_until is None:
        raise Invalid(Fault("until", "expected the last day of the absence"), code="deputy_until")
    start, end = giving.period(valid_from, valid_until, clock.now())
    if end is None or end - start > LONGEST:
        raise Invalid(Fault("until", "expected an absence of a year at most"), code="deputy_until")
    absent = User.objects.get(email=acting.person)
    others = Deputy.objects.filter(portal_id=loaded.portal_id, absent=absent, valid_from__lt=end, valid_until__gt=start)
    if others.exists():
        raise Conflict("somebody stands in for you during these days already", code="deputy_already")
    made = Deputy.objects.create(
        portal_id=loaded.portal_id, absent=absent, deputy=member.user, valid_from=start, valid_until=end
    )
    facts = {"from": start, "until": end}
    entry = journal.record(acting, "deputy:name", subject=email, facts=facts)
    with translation.override(member.user.language):
        first = formats.date_format(localtime(start), "DATE_FORMAT")
        last = formats.date_format(localtime(end - timedelta(microseconds=1)), "DATE_FORMAT")
    link = letters.portal_link(acting.portal) + "requests/"
    notices.tell(entry, member.user, "deputy_named", person=absent.name, since=first, until=last, link=link)
    return made.pk


@change("deputy:end")
def end(acting: Acting, *, number: int) -> None:
    """End an absence now, or call it off: for the absent person, or for whoever stands in."""
    loaded = giving.hold(acting, [acting.person], Ref(PORTAL, ""))
    instant = clock.now()
    rows = Deputy.objects.select_for_update(of=("self",)).select_related("absent", "deputy")
    row = rows.filter(portal_id=loaded.portal_id, pk=number, valid_until__gt=instant).first()
    if row is None or acting.person not in (row.absent.email, row.deputy.email):
        raise NotFound(f"unknown absence `{number}`")
    before = row.valid_until
    row.valid_until = max(instant, row.valid_from)
    row.save(update_fields=["valid_until"])
    facts = {"absent": row.absent.email, "before": before, "after": row.valid_until}
    journal.record(acting, "deputy:end", subject=row.deputy.email, facts=facts)

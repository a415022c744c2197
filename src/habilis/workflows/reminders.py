"""
What happens to a request that nobody answers: those who decide are told again, then those above; then it is closed.

Nothing is decided here: a request past its end is refused by whoever would decide it, this task having run or not.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F
from procrastinate.contrib.django import app

from habilis.store.models import AccessRequest
from habilis.workflows import announcing, asking, clock, delivery, journal
from habilis.workflows.acting import Acting, change

AT_ONCE = 200  # requests handled by one run of the task


@app.periodic(cron="7 * * * *")
@app.task(name="requests:remind", queueing_lock="requests:remind", priority=delivery.FIRST)
def look_after(timestamp: int = 0) -> None:  # noqa: ARG001 - given by procrastinate
    """Close what has expired, then remind of what waits; each request in a transaction of its own."""
    instant = clock.now()
    for key, number in _due(expires__lte=instant):
        expire(Acting("", key), request=number)
    for key, number in _due(remind__lte=instant):
        remind(Acting("", key), request=number)


def _due(**condition: datetime) -> list[tuple[str, int]]:
    rows = AccessRequest.objects.filter(state="pending", **condition).order_by("id")
    return list(rows.values_list("portal__key", "id")[:AT_ONCE])


@change("request:expire")
def expire(acting: Acting, *, request: int) -> None:
    """Close a request that nobody answered in time; whoever asked is told."""
    row = _waiting(acting, request)
    if row is None or row.expires is None or row.expires > clock.now():
        return
    row.state, row.decided, row.version = "expired", clock.now(), row.version + 1
    row.save(update_fields=["state", "decided", "version"])
    scope = next(iter(asking.keys_of(row)), "")
    entry = journal.record(
        acting, "request:expire", subject=row.beneficiary.email, scope=scope, target=f"request:{row.pk}"
    )
    announcing.expired(entry, row)


@change("request:remind")
def remind(acting: Acting, *, request: int) -> None:
    """Tell those who decide again; the second time, those above them, who were not told yet."""
    row = _waiting(acting, request)
    instant = clock.now()
    if row is None or row.remind is None or row.remind > instant:
        return
    who = announcing.waited_for(row)
    people = who.nearest if row.reminders == 0 else who.above or who.nearest
    later = timedelta(days=settings.HABILIS_REQUEST_RAISE_DAYS - settings.HABILIS_REQUEST_REMINDER_DAYS)
    AccessRequest.objects.filter(pk=row.pk).update(
        reminders=F("reminders") + 1, remind=instant + later if row.reminders == 0 else None
    )
    scope = next(iter(asking.keys_of(row)), "")
    facts = {"told": list(people)}
    entry = journal.record(
        acting, "request:remind", subject=row.beneficiary.email, scope=scope, target=f"request:{row.pk}", facts=facts
    )
    announcing.reminded(entry, row, people, (instant - row.created).days)


def _waiting(acting: Acting, request: int) -> AccessRequest | None:
    """The request, held until the transaction ends, if it still waits."""
    rows = AccessRequest.objects.select_for_update(of=("self",)).select_related("portal", "requester", "beneficiary")
    return rows.filter(portal__key=acting.portal, pk=request, state="pending").first()

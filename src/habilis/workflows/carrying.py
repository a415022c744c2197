"""
Imports too long to wait for: carried out by the worker, followed on a page, and their result told.

The rule is asked when the table is previewed, and again for each line when the worker writes it: all of it or nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from habilis.core import Conflict, HabilisError, NotFound
from habilis.store.models import LongImport, User
from habilis.workflows import access, clock, delivery, importing, journal, letters, lines, notices
from habilis.workflows.acting import Acting, change

LONG = 500
"""The lines beyond which a table is carried out by the worker."""
LASTS = timedelta(days=7)
WAITING, RUNNING, DONE, REFUSED, FAILED = "waiting", "running", "done", "refused", "failed"
ATTEMPTS, AGAIN = 3, 60  # and the seconds between them
STEP = 500  # lines checked between two notes of how far it is


@dataclass(frozen=True)
class Followed:
    """An import as the person who asked for it follows it."""

    number: int
    state: str
    code: str
    lines: int
    read: int
    counts: Mapping[str, int]
    text: str
    created: datetime
    ended: datetime | None

    @property
    def open(self) -> bool:
        """Whether it is still to be done, or being done."""
        return self.state in (WAITING, RUNNING)


def is_long(text: str) -> bool:
    """Whether the table is too long to be imported while somebody waits."""
    return len(lines.of(text)[0]) > LONG


@change("people:import_later")
def submit(acting: Acting, *, text: str, digest: str) -> int:
    """Have *text* imported by the worker, if it does what the preview of *digest* said; return the import's number."""
    read, _ = lines.of(text)
    user, portal_id, instant = User.objects.get(email=acting.person), access.load(acting.portal).portal_id, clock.now()
    row = LongImport(portal_id=portal_id, user=user, text=text, digest=digest[:64], lines=len(read), created=instant)
    row.correlation, row.expires = acting.correlation[:64], instant + LASTS
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Conflict("an import is under way: expected to wait until it is done", code="import_under_way") from None
    journal.record(acting, "people:import_later", facts={"import": row.pk, "lines": row.lines})
    carry_out.defer(number=row.pk)
    return row.pk


@app.task(
    name="people:import",
    queue="imports",
    pass_context=True,
    retry=RetryStrategy(max_attempts=ATTEMPTS, wait=AGAIN),
)
def carry_out(context: JobContext, number: int) -> None:
    """Do it, and tell whoever asked for it; what fails for no reason of theirs is tried again, and told at the end."""
    try:
        _carry_out(number)
    except Exception:
        if context.job.attempts + 1 >= ATTEMPTS:
            with transaction.atomic():
                row = LongImport.objects.select_for_update().get(pk=number)
                if row.state in (WAITING, RUNNING):
                    _ended(row, FAILED)
        raise


def _carry_out(number: int) -> None:
    row = LongImport.objects.filter(pk=number, state__in=(WAITING, RUNNING)).select_related("portal", "user").first()
    if row is None:
        return
    LongImport.objects.filter(pk=number).update(state=RUNNING, read=0)
    acting = Acting(row.user.email, row.portal.key, row.correlation)
    _check(acting, row)
    with transaction.atomic():
        row = LongImport.objects.select_for_update().select_related("portal", "user").get(pk=number)
        if row.state != RUNNING:
            return  # another worker did it meanwhile
        try:
            plan = importing.run(acting, text=row.text, digest=row.digest)
        except HabilisError as error:
            _ended(row, REFUSED, error.code)
        else:
            row.counts = {does: plan.count(does) for does in ("new", "known", "nothing")}
            row.text = ""
            _ended(row, DONE)


def _check(acting: Acting, row: LongImport) -> None:
    """Check every line before anything is held, and note how far it is; what is wrong is refused when it is written."""
    for n, _line in enumerate(importing.checked(acting, lines.of(row.text)[0]), start=1):
        if n % STEP == 0 or n == row.lines:
            LongImport.objects.filter(pk=row.pk).update(read=n)


def _ended(row: LongImport, state: str, code: str = "") -> None:
    """Note how it ended, and tell whoever asked for it."""
    row.state, row.code, row.ended = state, code[:60], clock.now()
    row.expires = row.ended + LASTS
    row.save()
    acting = Acting(row.user.email, row.portal.key, row.correlation)
    entry = journal.record(acting, "people:import_ended", facts={"import": row.pk, "state": state, "code": code})
    link = f"{letters.portal_link(row.portal.key)}people/import/{row.pk}"
    given = str(row.counts.get("new", 0) + row.counts.get("known", 0))
    template = "import_done" if state == DONE else "import_refused"
    notices.tell(entry, row.user, template, lines=str(row.lines), given=given, link=link)


def follow(portal: str, subject: str, number: int) -> Followed:
    """One's own import; any other is unknown."""
    row = _mine(portal, subject).filter(pk=number).first()
    if row is None:
        raise NotFound(f"unknown import `{number}`")
    return _followed(row)


def mine(portal: str, subject: str) -> tuple[Followed, ...]:
    """The person's own imports, the newest first."""
    return tuple(map(_followed, _mine(portal, subject).order_by("-created", "-pk").defer("text")[:10]))


@app.periodic(cron="37 * * * *")
@app.task(name="people:sweep_imports", queueing_lock="people:sweep_imports", priority=delivery.FIRST)
def sweep(timestamp: int = 0) -> None:  # noqa: ARG001 - given by procrastinate
    """Forget the imports that have expired."""
    forget_expired()


def forget_expired() -> int:
    """Forget what has expired; return how many."""
    return LongImport.objects.filter(expires__lte=clock.now()).delete()[0]


def _mine(portal: str, subject: str) -> Any:
    return LongImport.objects.filter(portal__key=portal, user__email=subject, expires__gt=clock.now())


def _followed(row: LongImport) -> Followed:
    text = "" if "text" in row.get_deferred_fields() else row.text
    return Followed(row.pk, row.state, row.code, row.lines, row.read, row.counts, text, row.created, row.ended)

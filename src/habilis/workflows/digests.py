"""
One mail a day for whoever asked for it: what a portal had to tell them, gathered, and asked of the rule when it leaves.

What opens an account or changes how one signs in never waits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db import transaction
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from habilis.core import NotFound
from habilis.store.models import MailChoice, Member, Message, Portal, User
from habilis.workflows import accounts, clock, delivery, letters, sight

MOST = 200  # messages in one digest


def wanted(users: Iterable[User], portal: Portal) -> frozenset[int]:
    """The numbers of those of *users* who asked this portal for one mail a day."""
    asked = MailChoice.objects.filter(user__in=[user.pk for user in users], portal=portal, daily=True)
    return frozenset(asked.values_list("user_id", flat=True))


def choices(person: str) -> dict[str, bool]:
    """For each portal that *person* is known to, whether they asked it for one mail a day."""
    known = Member.objects.filter(user__email=person).order_by("portal__name").values_list("portal__key", flat=True)
    daily = set(MailChoice.objects.filter(user__email=person, daily=True).values_list("portal__key", flat=True))
    return {key: key in daily for key in known}


@transaction.atomic
def choose(person: str, wishes: Mapping[str, bool]) -> None:
    """Say of each portal of *wishes* whether it tells *person* once a day; what waited leaves with the next digest."""
    known = choices(person)
    user = User.objects.get(email=person)
    for key, daily in wishes.items():
        if key not in known:
            raise NotFound(f"no portal `{key[:60]}`")
        portal = Portal.objects.get(key=key)
        MailChoice.objects.update_or_create(user=user, portal=portal, defaults={"daily": daily})


@app.periodic(cron="30 4 * * *")
@app.task(name="mail:gather", queueing_lock="mail:gather", priority=delivery.FIRST)
def gather(timestamp: int = 0) -> None:  # noqa: ARG001 - given by procrastinate
    """Owe each person and portal one mail of what is due, was told in no mail, and was not read in the portal."""
    rows = Message.objects.filter(due__lte=clock.now(), sent=None, digest=None, seen=None, user__is_active=True)
    for user_id, portal_id in sorted(set(rows.values_list("user_id", "portal_id"))):
        _gather(user_id, portal_id)


@transaction.atomic
def _gather(user_id: int, portal_id: int) -> None:
    instant = clock.now()
    rows = Message.objects.select_for_update().filter(user_id=user_id, portal_id=portal_id, due__lte=instant)
    ids = [row.pk for row in rows.filter(sent=None, digest=None, seen=None).order_by("created", "id")[:MOST]]
    if not ids:
        return
    user = User.objects.get(pk=user_id)
    digest = Message.objects.create(
        message_id=letters.number(f"digest.{portal_id}.{ids[0]}", str(user_id)),
        portal_id=portal_id,
        recipient=user.email,
        sender=delivery.sender(),
    )
    Message.objects.filter(pk__in=ids).update(digest=digest)
    send.configure(lock=f"message-{digest.pk}").defer(message=digest.pk)


@app.task(name="mail:digest", queue="mail", retry=RetryStrategy(max_attempts=delivery.ATTEMPTS, exponential_wait=2))
def send(message: int) -> None:
    """Send one digest, with what its reader may see of it now; with nothing left to say, none."""
    digest = Message.objects.select_related("portal").filter(pk=message).first()
    if digest is None or digest.sent is not None or digest.portal is None:
        return
    rows = list(digest.told.select_related("user", *delivery.REQUEST).order_by("created", "id"))
    reader = rows[0].user if rows else None
    if reader is None or not reader.is_active:
        return
    answers = sight.seen(digest.portal.key, reader.email, rows)
    told = [row for row, allowed in zip(rows, answers, strict=True) if allowed and row.seen is None]
    if not told:
        return
    language = reader.language if reader.language in accounts.LANGUAGES else "fr"
    at = letters.portal_link(digest.portal.key)
    lines = [{"subject": short(row.subject, digest.portal.name), "link": at + row.link} for row in told]
    words = {"name": reader.name, "portal": digest.portal.name, "lines": lines, "link": f"{at}notices/"}
    digest.subject, digest.text = letters.written("digest", language, words)
    color = letters.color_of(digest.portal)
    digest.html = letters.page_of(digest.text, language, digest.portal.name, color)
    digest.save(update_fields=["subject", "text", "html"])
    delivery.send(digest)
    Message.objects.filter(pk__in=[row.pk for row in told]).update(sent=clock.now())


def short(subject: str, portal: str) -> str:
    """A subject without the portal's name before it, which goes without saying in the portal itself."""
    for colon in (" : ", "\N{NO-BREAK SPACE}: ", "\N{NARROW NO-BREAK SPACE}: ", ": "):
        rest = subject.removeprefix(portal + colon)
        if rest != subject:
            return rest[:1].upper() + rest[1:]
    return subject

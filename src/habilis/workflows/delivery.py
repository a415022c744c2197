"""
Mails: written with the change they announce, delivered by the worker.

A mail is a row of `Message` with one Message-ID for ever; its job is deferred in the same transaction, so a
rollback leaves neither. In a demonstration nothing is sent: the rows are what the page *Courriels envoyés* shows.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import make_msgid, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import IntegrityError, transaction
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from habilis.store.models import Message
from habilis.workflows import clock, sight

SMTP = "django.core.mail.backends.smtp.EmailBackend"
FIRST = 10  # the priority of what must not wait behind mails that a server keeps us waiting for
REQUEST = ("request__requester", "request__beneficiary")
BATCH = 500  # messages of one statement
ATTEMPTS = 13  # the waits between them double from a few seconds: some four hours in all


@dataclass(frozen=True)
class Sent:
    """A mail as the demonstration shows it."""

    id: int
    recipient: str
    subject: str
    text: str
    created: datetime
    html: str


class OutboxBackend(BaseEmailBackend):
    """Django's way of sending, which writes instead: allauth and our own notices both pass here."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write each mail once per recipient; return how many mails were given."""
        for message in email_messages:
            html = next((str(part.content) for part in getattr(message, "alternatives", ())), "")
            given = message.extra_headers.get("Message-ID")
            for n, recipient in enumerate(message.recipients()):
                write(
                    recipient,
                    message.subject,
                    str(message.body),
                    html,
                    message_id=given if given and n == 0 else None,
                    by=message.from_email,
                )
        return len(email_messages)


def sender() -> str:
    """Whom mails come from."""
    return str(settings.DEFAULT_FROM_EMAIL)


@dataclass(frozen=True)
class Owed:
    """
    A mail to be owed to *recipient*. A *message_id* already owed is not owed twice.

    One with a *due* leaves in a digest. *more* is what else a message holds.
    """

    recipient: str
    subject: str
    text: str
    html: str = ""
    message_id: str = ""
    by: str = ""
    due: datetime | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


def write(
    recipient: str,
    subject: str,
    text: str,
    html: str = "",
    *,
    message_id: str | None = None,
    by: str | None = None,
    due: datetime | None = None,
    **more: Any,
) -> Message | None:
    """Owe one mail; none is returned where it was owed already."""
    written = write_all([Owed(recipient, subject, text, html, message_id or "", by or "", due, more)])
    return written[0] if written else None


@transaction.atomic
def write_all(owed: Sequence[Owed]) -> list[Message]:
    """Owe the mails that are not owed yet, and return those."""
    messages: dict[str, Message] = {}
    for message in map(_message, owed):
        messages.setdefault(message.message_id, message)
    for attempt in (1, 2):  # what another transaction owed meanwhile is seen the second time
        for number in Message.objects.filter(message_id__in=messages).values_list("message_id", flat=True):
            del messages[number]
        try:
            with transaction.atomic():
                written = Message.objects.bulk_create(messages.values(), batch_size=BATCH)
            break
        except IntegrityError:
            if attempt == 2:
                raise
    at_once = [message for message in written if message.due is None]
    if at_once and not settings.HABILIS_DEMO:
        jobs = [deliver.configure(lock=f"message-{one.pk}").make_new_job(message=one.pk) for one in at_once]
        app.job_manager.batch_defer_jobs(jobs=jobs)
    return written


def _message(one: Owed) -> Message:
    by = one.by or sender()
    domain = parseaddr(by)[1].rpartition("@")[2] or "localhost"
    return Message(
        message_id=one.message_id or make_msgid(uuid.uuid4().hex, domain),
        recipient=one.recipient,
        sender=by,
        subject=" ".join(one.subject.split())[:300],
        text=one.text,
        html=one.html,
        due=one.due,
        **one.more,
    )


@app.task(
    name="mail:deliver",
    queue="mail",
    retry=RetryStrategy(max_attempts=ATTEMPTS, exponential_wait=2),
)
def deliver(message: int) -> None:
    """
    Send one mail. Killed between the server's acceptance and our note of it, it is sent again with the same
    Message-ID.
    """
    row = Message.objects.select_related("portal", "user", *REQUEST).filter(pk=message).first()
    if row is None or row.sent is not None or not still_seen(row):
        return
    send(row)


def send(row: Message) -> None:
    """Give a mail to the server, and note that it was."""
    mail = EmailMultiAlternatives(
        row.subject,
        row.text,
        row.sender,
        [row.recipient],
        headers={"Message-ID": row.message_id},
        connection=get_connection(SMTP),
    )
    if row.html:
        mail.attach_alternative(row.html, "text/html")
    if not settings.HABILIS_DEMO:
        mail.send()
    gone = {"text": "", "html": ""} if row.secret else {}
    Message.objects.filter(pk=row.pk).update(sent=clock.now(), **gone)


def still_seen(row: Message) -> bool:
    """Whether the recipient may still see what the mail is about; a mail about nothing is theirs anyway."""
    if row.portal is None or row.user is None or not (row.about or row.request_id):
        return True
    return row.user.is_active and sight.seen(row.portal.key, row.user.email, [row])[0]


@app.periodic(cron="* * * * *")
@app.task(name="jobs:retry_stalled", queueing_lock="jobs:retry_stalled", pass_context=True, priority=FIRST)
async def retry_stalled(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - given by procrastinate
    """Give the jobs of a worker that died to another."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs():
        await manager.retry_job(job)


def sent_messages(recipient: str | None = None, limit: int = 200) -> list[Sent]:
    """The newest mails written, for the demonstration's page."""
    rows = Message.objects.order_by("-created", "-id").filter(due=None).exclude(text="", html="", sent=None)
    if recipient:
        rows = rows.filter(recipient=recipient)
    return [Sent(row.pk, row.recipient, row.subject, row.text, row.created, row.html) for row in rows[:limit]]

"""
Who is told of what: each message written inside the transaction of the change, in the person's language.

The first line of a template is the subject. One Message-ID per event (a journal entry) and recipient.
"""

from __future__ import annotations

from email.utils import parseaddr

from django.conf import settings
from django.template.loader import render_to_string

from habilis.store.models import JournalEntry, Portal, User
from habilis.workflows import accounts, delivery


def tell(entry: JournalEntry, recipient: User, template: str, **words: str) -> None:
    """Owe *recipient* the mail *template* about what *entry* says."""
    portal = Portal.objects.get(pk=entry.portal_id)
    actor = accounts.name_of(entry.actor) if entry.actor else portal.name
    language = recipient.language if recipient.language in accounts.LANGUAGES else "fr"
    content = render_to_string(
        f"mails/{template}.{language}.txt",
        {"portal": portal.name, "name": recipient.name, "email": recipient.email, "actor": actor, **words},
    )
    subject, _, text = content.partition("\n")
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    delivery.write(
        recipient.email,
        subject,
        text.lstrip("\n"),
        message_id=f"<{template}.{entry.portal_id}.{entry.number}.{recipient.pk}@{domain}>",
        portal_id=entry.portal_id,
    )


def portal_link(key: str) -> str:
    """The address of a portal, from the configured base and never from a request."""
    return f"{settings.HABILIS_URL.rstrip('/')}/{key}/"

"""
Who is told of what: each message written inside the transaction of the change, in the person's language.

The first line of a template is the subject; a blueprint may put its own words in its place. One Message-ID per event
(a journal entry) and recipient. A message to somebody with an account is also a notice that they read in the portal.
"""

from __future__ import annotations

import hashlib
import re
from email.utils import parseaddr

from django.conf import settings
from django.template.loader import render_to_string

from habilis.blueprints import mails
from habilis.core import Ref
from habilis.store.models import JournalEntry, Portal, User
from habilis.workflows import access, accounts, delivery

WEB = re.compile(r"https?://\S+")


def tell(
    entry: JournalEntry,
    recipient: User,
    template: str,
    *,
    about: Ref | None = None,
    secret: bool = False,
    **words: str,
) -> None:
    """
    Owe *recipient* the mail *template* about what *entry* says.

    One *about* a thing is sent and shown only while they may see it; the text of a *secret* one is shown nowhere.
    """
    portal, key, actor = _event(entry)
    who = (recipient.email, recipient.name, recipient.language, recipient)
    _write(portal, key, actor, who, template, about, secret, words)


def tell_address(
    entry: JournalEntry, address: str, language: str, template: str, *, secret: bool = False, **words: str
) -> None:
    """Owe *address*, which may have no account, the mail *template* about what *entry* says."""
    user = User.objects.filter(email=address, is_active=True).first()
    name, language = (user.name, user.language) if user else ("", language)
    portal, key, actor = _event(entry)
    _write(portal, key, actor, (address, name, language, user), template, None, secret, words)


def remind(portal: Portal, key: str, recipient: User, template: str, **words: str) -> bool:
    """Owe *recipient* a mail that no change announces, once for each *key*; return whether it was not owed yet."""
    who = (recipient.email, recipient.name, recipient.language, recipient)
    return _write(portal, key, portal.name, who, template, None, False, words)


def _event(entry: JournalEntry) -> tuple[Portal, str, str]:
    portal = Portal.objects.get(pk=entry.portal_id)
    return portal, str(entry.number), accounts.name_of(entry.actor) if entry.actor else portal.name


def _write(
    portal: Portal,
    key: str,
    actor: str,
    who: tuple[str, str, str, User | None],
    template: str,
    about: Ref | None,
    secret: bool,
    words: dict[str, str],
) -> bool:
    address, name, language, user = who
    language = language if language in accounts.LANGUAGES else "fr"
    said = {"portal": portal.name, "name": name, "email": address, "actor": actor, **words}
    blueprint = access.blueprint_of(portal.key)
    own = blueprint.mails.get(template)
    if own is None:
        content = render_to_string(f"mails/{template}.{language}.txt", said)
        subject, _, text = content.partition("\n")
    else:
        subject, text = mails.filled(own, language, said)
    text = text.strip("\n") + "\n"
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    to = str(user.pk) if user else f"0{hashlib.sha256(address.encode()).hexdigest()[:16]}"
    written = delivery.write(
        address,
        subject,
        text,
        page_of(text, language, portal.name, blueprint.color),
        message_id=f"<{template}.{portal.pk}.{key}.{to}@{domain}>",
        portal_id=portal.pk,
        user_id=user.pk if user else None,
        about=str(about) if about else "",
        secret=secret,
    )
    return written is not None


def page_of(text: str, language: str, portal: str, color: str) -> str:
    """The same words as a page: each paragraph escaped, and an address that stands alone made a button."""
    paragraphs = [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]
    parts = []
    for paragraph in paragraphs:
        *before, last = paragraph.split("\n")
        link = last if WEB.fullmatch(last) else ""
        parts.append({"text": "\n".join(before) if link else paragraph, "link": link})
    words = {"parts": parts, "language": language, "portal": portal, "color": color}
    return render_to_string("mails/page.html", words)


def portal_link(key: str) -> str:
    """The address of a portal, from the configured base and never from a request."""
    return f"{settings.HABILIS_URL.rstrip('/')}/{key}/"

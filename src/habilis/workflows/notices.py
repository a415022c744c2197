"""
Who is told of what: each message written inside the transaction of the change, in the person's language.

The first line of a template is the subject; a blueprint may put its own words in its place. One Message-ID per event
(a journal entry) and recipient. A message to somebody with an account is also a notice that they read in the portal.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from habilis.blueprints import mails
from habilis.core import Ref
from habilis.store.models import AccessRequest, JournalEntry, Message, Portal, User
from habilis.workflows import access, accounts, clock, delivery, digests, letters

ON_BEHALF = {"fr": "{doer}, pour le compte de {absent},", "en": "{doer}, on behalf of {absent},"}


def tell(
    entry: JournalEntry,
    recipient: User,
    template: str,
    *,
    about: Ref | AccessRequest | None = None,
    action: str = "",
    secret: bool = False,
    due: datetime | None = None,
    **words: str,
) -> None:
    """
    Owe *recipient* the mail *template* about what *entry* says.

    One *about* a thing is sent and shown only while they may see it, or do *action* on it; one about a request, while
    they may decide it, unless it is theirs. The text of a *secret* one is shown nowhere. One with a *due* leaves
    with the digest that follows.
    """
    portal, key, actor = _event(entry)
    who = (recipient.email, recipient.name, recipient.language, recipient)
    held = {"about": str(about), "action": action} if isinstance(about, Ref) else {}
    held |= {"request": about} if isinstance(about, AccessRequest) else {}
    _write(portal, key, actor, who, template, words, {**held, "secret": secret, "due": due})


def tell_address(
    entry: JournalEntry, address: str, language: str, template: str, *, secret: bool = False, **words: str
) -> None:
    """Owe *address*, which may have no account, the mail *template* about what *entry* says."""
    user = User.objects.filter(email=address, is_active=True).first()
    name, language = (user.name, user.language) if user else ("", language)
    portal, key, actor = _event(entry)
    _write(portal, key, actor, (address, name, language, user), template, words, {"secret": secret})


def remind(portal: Portal, key: str, recipient: User, template: str, *, about: Ref, **words: str) -> bool:
    """
    Owe *recipient* a mail that no change announces, once for each *key*; return whether it was not owed yet.

    It is sent and shown only while they may see what it is *about*.
    """
    who = (recipient.email, recipient.name, recipient.language, recipient)
    return _write(portal, key, (portal.name, ""), who, template, words, {"about": str(about)})


def take_back(entry: JournalEntry, template: str) -> int:
    """Leave nothing behind of what was told of *entry* and has left in no mail yet; return how many."""
    portal = Portal.objects.get(pk=entry.portal_id)
    told = Message.objects.filter(portal=portal, message_id__startswith=f"<{template}.{portal.pk}.{entry.number}.")
    return told.filter(sent=None, digest=None).delete()[0]


def _event(entry: JournalEntry) -> tuple[Portal, str, tuple[str, str]]:
    portal = Portal.objects.get(pk=entry.portal_id)
    actor = accounts.name_of(entry.actor) if entry.actor else portal.name
    absent = str(entry.facts.get("for", ""))
    return portal, str(entry.number), (actor, accounts.name_of(absent) if absent else "")


def _write(
    portal: Portal,
    key: str,
    actor: tuple[str, str],
    who: tuple[str, str, str, User | None],
    template: str,
    words: dict[str, str],
    held: dict[str, Any],
) -> bool:
    address, name, language, user = who
    language = language if language in accounts.LANGUAGES else "fr"
    doer, absent = actor
    named = ON_BEHALF[language].format(doer=doer, absent=absent) if absent else doer
    said = {"portal": portal.name, "name": name, "email": address, "actor": named, **words}
    blueprint = access.blueprint_of(portal.key)
    own = blueprint.mails.get(template)
    if own is None:
        subject, text = letters.written(template, language, said)
    else:
        subject, text = mails.filled(own, language, said)
        text = text.strip("\n") + "\n"
    to = str(user.pk) if user else f"0{hashlib.sha256(address.encode()).hexdigest()[:16]}"
    at, link = letters.portal_link(portal.key), words.get("link", "")
    if user is not None and not held.get("secret") and held.get("due") is None and digests.wanted(user, portal):
        held["due"] = clock.now()
    written = delivery.write(
        address,
        subject,
        text,
        letters.page_of(text, language, portal.name, blueprint.color),
        message_id=letters.number(f"{template}.{portal.pk}.{key}", to),
        portal_id=portal.pk,
        user_id=user.pk if user else None,
        link=link.removeprefix(at) if link.startswith(at) and not held.get("secret") else "",
        **held,
    )
    return written is not None

"""
Who is told of what: each message written inside the transaction of the change, in the person's language.

The first line of a template is the subject; a blueprint may put its own words in its place. One Message-ID per event
(a journal entry) and recipient. A message to somebody with an account is also a notice that they read in the portal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from habilis.blueprints.schema import Blueprint
from habilis.core import Ref
from habilis.store.models import AccessRequest, JournalEntry, Message, Portal, User
from habilis.workflows import access, accounts, clock, delivery, digests, letters

Who = tuple[str, str, str, User | None]  # address, name, language, account
ON_BEHALF = {"fr": "{doer}, pour le compte de {absent},", "en": "{doer}, on behalf of {absent},"}


@dataclass(frozen=True)
class Telling:
    """
    The mail *template* about what *entry* says, owed to *recipient*.

    One *about* a thing is sent and shown only while they may see it, or do *action* on it; one about a request, while
    they may decide it, unless it is theirs. The text of a *secret* one is shown nowhere. One with a *due* leaves
    with the digest that follows.
    """

    entry: JournalEntry
    recipient: User
    template: str
    words: Mapping[str, str]
    about: Ref | AccessRequest | None = None
    action: str = ""
    secret: bool = False
    due: datetime | None = None


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
    """Owe *recipient* one mail; see `Telling`."""
    tell_all([Telling(entry, recipient, template, words, about, action, secret, due)])


def tell_all(tellings: Sequence[Telling]) -> None:
    """Owe the mail of each telling, all about entries of one gesture: one person's, in one portal."""
    if not tellings:
        return
    event = _event(tellings[0].entry, {one.recipient for one in tellings})
    owed = []
    for one in tellings:
        held: dict[str, Any] = {"about": str(one.about), "action": one.action} if isinstance(one.about, Ref) else {}
        held |= {"request": one.about} if isinstance(one.about, AccessRequest) else {}
        held |= {"secret": one.secret, "due": one.due}
        event = replace(event, key=str(one.entry.number))
        owed.append(_owed(event, _who(one.recipient), one.template, one.words, held))
    delivery.write_all(owed)


def tell_address(
    entry: JournalEntry, address: str, language: str, template: str, *, secret: bool = False, **words: str
) -> None:
    """Owe *address*, which may have no account, the mail *template* about what *entry* says."""
    user = User.objects.filter(email=address, is_active=True).first()
    who = _who(user) if user else (address, "", language, None)
    delivery.write_all([_owed(_event(entry, [user] if user else ()), who, template, words, {"secret": secret})])


def remind(portal: Portal, key: str, recipient: User, template: str, *, about: Ref, **words: str) -> bool:
    """
    Owe *recipient* a mail that no change announces, once for each *key*; return whether it was not owed yet.

    It is sent and shown only while they may see what it is *about*.
    """
    daily, color = digests.wanted([recipient], portal), letters.color_of(portal)
    event = _Event(portal, access.blueprint_of(portal.key), key, portal.name, "", daily, color)
    return bool(delivery.write_all([_owed(event, _who(recipient), template, words, {"about": str(about)})]))


def take_back(entry: JournalEntry, template: str) -> int:
    """Leave nothing behind of what was told of *entry* and has left in no mail yet; return how many."""
    portal = Portal.objects.get(pk=entry.portal_id)
    told = Message.objects.filter(portal=portal, message_id__startswith=f"<{template}.{portal.pk}.{entry.number}.")
    return told.filter(sent=None, digest=None).delete()[0]


@dataclass(frozen=True)
class _Event:
    """What mails are about: in which portal, which event, by whom and for whom; and who has one mail a day there."""

    portal: Portal
    blueprint: Blueprint
    key: str
    doer: str
    absent: str
    daily: frozenset[int]
    color: str

    def named(self, language: str) -> str:
        """Who did it, as a mail says it."""
        return ON_BEHALF[language].format(doer=self.doer, absent=self.absent) if self.absent else self.doer


def _event(entry: JournalEntry, recipients: Collection[User]) -> _Event:
    portal = Portal.objects.get(pk=entry.portal_id)
    absent = str(entry.facts.get("for", ""))
    return _Event(
        portal,
        access.blueprint_of(portal.key),
        str(entry.number),
        accounts.name_of(entry.actor) if entry.actor else portal.name,
        accounts.name_of(absent) if absent else "",
        digests.wanted(recipients, portal),
        letters.color_of(portal),
    )


def _who(user: User) -> Who:
    return user.email, user.name, user.language, user


def _owed(event: _Event, who: Who, template: str, words: Mapping[str, str], held: dict[str, Any]) -> delivery.Owed:
    """The mail as it leaves; *held* is what its message holds besides."""
    address, name, language, user = who
    portal, secret = event.portal, bool(held.get("secret"))
    language = language if language in accounts.LANGUAGES else "fr"
    said = {"portal": portal.name, "name": name, "email": address, "actor": event.named(language), **words}
    subject, text = letters.told(event.blueprint, template, language, said)
    to = str(user.pk) if user else f"0{hashlib.sha256(address.encode()).hexdigest()[:16]}"
    at, link = letters.portal_link(portal.key), words.get("link", "")
    due = held.pop("due", None)
    if due is None and user is not None and not secret and user.pk in event.daily:
        due = clock.now()
    more = {
        "portal_id": portal.pk,
        "user_id": user.pk if user else None,
        "link": link.removeprefix(at) if link.startswith(at) and not secret else "",
        **held,
    }
    html = letters.page_of(text, language, portal.name, event.color)
    number = letters.number(f"{template}.{portal.pk}.{event.key}", to)
    return delivery.Owed(address, subject, text, html, number, due=due, more=more)

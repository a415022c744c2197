"""What is told of an access request, to whom: written with the change that it announces."""

from __future__ import annotations

from collections.abc import Sequence

from habilis.core import PORTAL, Ref
from habilis.store.models import AccessRequest, JournalEntry, Scope, User
from habilis.workflows import access, accounts, approvers, giving, letters, notices, publishing, standins

WHOLE = {"fr": "tout le pays (national)", "en": "the whole country (national)"}
NAMED = 3  # how many of those who decide a refusal says to write to


def received(entry: JournalEntry, row: AccessRequest) -> None:
    """Tell those who decide, and give whoever asks a receipt."""
    who = waited_for(row)
    for user in _users(who.nearest):
        link = _page(row, "requests", row.pk)
        notices.tell(entry, user, "request_received", about=row, **_words(row, user), link=link)
    for user, absent in _deputies(row, who.nearest):
        words = {**_words(row, user), "absent": absent, "link": _page(row, "requests", row.pk)}
        notices.tell(entry, user, "request_received", about=row, **words)
    names = accounts.names_of(who.nearest)
    notices.tell(
        entry,
        row.requester,
        "request_sent",
        **_words(row, row.requester),
        answering=", ".join(sorted(names.values())),
        link=_page(row, "mine"),
    )


def approved(entry: JournalEntry, row: AccessRequest, granted: Sequence[str]) -> None:
    """Tell the person what they were given; whoever asked for them too."""
    for user in {row.beneficiary, row.requester}:
        words = _words(row, user) | {
            "scope": places(row, granted, user.language),
            "profile": _profile(row, user, row.granted["profile"]),
        }
        mine = user == row.beneficiary
        first = accounts.first_password_link(user.email) if mine and not user.has_usable_password() else ""
        link = letters.portal_link(row.portal.key)
        notices.tell(
            entry,
            user,
            "request_approved",
            **words,
            own="1" if mine else "",
            first=first,
            link=link,
            secret=bool(first),
        )


def rejected(entry: JournalEntry, row: AccessRequest) -> None:
    """Tell whoever asked, with the reason meant for them, and whom to write to."""
    contact = publishing.look(row.portal.key).text("contact", row.requester.language)
    contact = contact or ", ".join(waited_for(row).nearest[:NAMED])
    words = _words(row, row.requester)
    notices.tell(entry, row.requester, "request_rejected", **words, reason=row.reason, contact=contact)


def reminded(entry: JournalEntry, row: AccessRequest, people: Sequence[str], days: int) -> None:
    """Tell *people* that a request has waited for *days*."""
    for user in _users(people):
        link = _page(row, "requests", row.pk)
        notices.tell(entry, user, "request_reminder", about=row, **_words(row, user), days=str(days), link=link)
    for user, absent in _deputies(row, people):
        words = {**_words(row, user), "absent": absent, "days": str(days)}
        notices.tell(entry, user, "request_reminder", about=row, **words, link=_page(row, "requests", row.pk))


def expired(entry: JournalEntry, row: AccessRequest) -> None:
    """Tell whoever asked that nobody answered in time, and that they may ask again."""
    notices.tell(entry, row.requester, "request_expired", **_words(row, row.requester), link=_page(row, "mine"))


def waited_for(row: AccessRequest) -> approvers.Approvers:
    """Who may decide on the request, now."""
    refs = [Ref(kind, key) for kind, key in row.targets.order_by("id").values_list("scope__kind", "scope__key")]
    return approvers.of(row.portal.key, refs, [row.requester.email, row.beneficiary.email])


def places(row: AccessRequest, keys: Sequence[str], language: str) -> str:
    """The names of scopes, in the order of the tree; for the root, the whole country or the portal's own name."""
    if "" in keys and giving.on_territory(access.load(row.portal.key), PORTAL, row.profile.key if row.profile else ""):
        return WHOLE["en" if language == "en" else "fr"]
    rows = Scope.objects.filter(portal_id=row.portal_id, key__in=keys).order_by("depth", "key")
    return ", ".join(scope.name or row.portal.name for scope in rows)


def _words(row: AccessRequest, reader: User) -> dict[str, str]:
    keys = list(row.targets.values_list("scope__key", flat=True))
    return {
        "requester": row.requester.name,
        "requester_email": row.requester.email,
        "beneficiary": row.beneficiary.name,
        "beneficiary_email": row.beneficiary.email,
        "for_another": "1" if row.requester_id != row.beneficiary_id else "",
        "scope": places(row, keys, reader.language),
        "profile": _profile(row, reader, row.profile.key) if row.profile else "",
        "comment": row.comment,
    }


def _profile(row: AccessRequest, reader: User, key: str) -> str:
    loaded = access.load(row.portal.key)
    info = loaded.blueprint.profiles.get(key)
    return loaded.profile_names.get(key) or (info.label.in_(reader.language) if info else key)


def _deputies(row: AccessRequest, people: Sequence[str]) -> list[tuple[User, str]]:
    """Those who stand in for some of *people*, are no part of the request and are not told already; and for whom."""
    found = standins.deputies_of(row.portal.key, people)
    besides = {*people, row.requester.email, row.beneficiary.email}
    absent = accounts.names_of(found)
    users = {user.email: user for user in _users([who for who in found.values() if who not in besides])}
    return [(users[who], absent[one]) for one, who in sorted(found.items()) if who in users]


def _users(people: Sequence[str]) -> list[User]:
    return list(User.objects.filter(email__in=people).order_by("email"))


def _page(row: AccessRequest, name: str, number: int | None = None) -> str:
    return letters.portal_link(row.portal.key) + f"{name}/" + (str(number) if number else "")

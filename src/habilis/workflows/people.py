"""Create a person directly, without a request; deactivate, reactivate and anonymize."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password

from habilis.core import PORTAL, Conflict, Fault, Invalid, NotFound, Ref, Refused
from habilis.store.facts import Loaded
from habilis.store.models import Grant, JournalEntry, Member, Message, Token, User
from habilis.workflows import (
    access,
    accounts,
    clock,
    departures,
    giving,
    granting,
    journal,
    managers,
    notices,
    sessions,
)
from habilis.workflows.acting import Acting, change
from habilis.workflows.scopes import named

NOWHERE = "anonymous.invalid"  # no mail ever goes there, and nobody can have an address in it
ANONYMOUS = {"fr": "Compte anonyme", "en": "Anonymous account"}


@change("person:create")
def create(
    acting: Acting,
    *,
    email: str,
    name: str,
    language: str = "fr",
    scopes: Sequence[str],
    profile: str,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
    adjustments: Mapping[str, str] | None = None,
) -> str:
    """
    Give someone access to *scopes* with *profile* and its *adjustments*, and an account if they have none; return their
    canonical address.

    An unknown address gets an account and a mail to choose a password; a known one is linked and told, and keeps its
    name and, where a person holds one profile, the profile.
    """
    address = giving.canonical(email)
    if not scopes:
        raise Invalid(Fault("scopes", "expected at least one: nothing is inferred from an empty choice"), code="scopes")
    refs = tuple(giving.scope_ref(acting.portal, key) for key in dict.fromkeys(scopes))
    loaded = giving.hold(acting, [acting.person, address], *refs)
    arrival = Arrival(address, name, language, refs, profile, valid_from, valid_until, adjustments or {})
    try:
        _arrives(acting, loaded, arrival)
    except Conflict as error:
        if error.code != "stale":
            raise
        _arrives(acting, loaded, arrival)  # another portal opened their account meanwhile: they are known now
    return address


def _arrives(acting: Acting, loaded: Loaded, arrival: Arrival) -> None:
    arrivals = Arrivals(acting, loaded, accounts.known([arrival.email]))
    arrivals.add(arrival)
    arrivals.write()


@dataclass(frozen=True)
class Arrival:
    """Somebody who is to be given access to scopes, with an account if they have none."""

    email: str
    name: str
    language: str
    refs: tuple[Ref, ...]
    profile: str
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    adjustments: Mapping[str, str] = field(default_factory=dict)


class Arrivals:
    """People given access together: each is decided after those before, then `write` writes all of them."""

    def __init__(self, acting: Acting, loaded: Loaded, users: Mapping[str, User]) -> None:
        self.acting, self.loaded = acting, loaded
        self.round = granting.Round(acting, loaded)
        self._users = dict(users)
        self._new: dict[str, tuple[str, str]] = {}

    def known(self, email: str) -> bool:
        """Whether the address has an account, or is given one by somebody before."""
        return email in self._users or email in self._new

    def add(self, arrival: Arrival) -> None:
        """Decide that they arrive; raise where a rule refuses."""
        email, known = arrival.email, self.known(arrival.email)
        for ref in arrival.refs:
            access.required(self.loaded, self.acting, "attach", ref)
        if arrival.language not in accounts.LANGUAGES:
            raise Invalid(Fault("language", "expected fr or en"))
        name = "" if known else named(arrival.name)
        if email in self._users and not self._users[email].is_active:
            raise Conflict("this account was closed", code="closed_account")
        for ref in arrival.refs:
            self._give(arrival, ref, told=known)
        if not known:
            self._new[email] = (name, arrival.language)
        draft = journal.Draft("person:create", subject=email, scope=arrival.refs[0].id, facts={"known": known})
        self.round.note(draft, None if known else lambda entry: self._invited(entry, email))

    def write(self) -> None:
        """Open the accounts, then write what is given; raise, before that, where somebody got an account meanwhile."""
        opened = accounts.open_all(self._new)
        if len(opened) != len(self._new):
            raise Conflict("somebody has an account since this was read: expected to be read again", code="stale")
        self._users |= opened
        self.round.write(self._users)

    def _give(self, arrival: Arrival, ref: Ref, *, told: bool) -> None:
        held = self.round.held(arrival.email)
        kept = giving.bound_profile(self.loaded, arrival.email, ref, arrival.profile, held) or arrival.profile
        if any(h.in_period and h.scope == ref.id and h.grant.profile == kept for h in held):
            return  # given already, as what another of the scopes requires
        period = arrival.valid_from, arrival.valid_until
        self.round.agree(granting.Wish(arrival.email, ref, kept, *period, arrival.adjustments, told=told))

    def _invited(self, entry: JournalEntry, email: str) -> notices.Telling:
        user = self._users[email]
        words = {"link": accounts.link_of_new(user)}
        return notices.Telling(entry, user, "first_password", words, secret=True)


@change("person:deactivate")
def deactivate(acting: Acting, *, email: str, comment: str = "") -> None:
    """Suspend everything a person holds in this portal; other portals are not concerned."""
    _turn(acting, email, "person:deactivate", active=False, comment=comment)


@change("person:reactivate")
def reactivate(acting: Acting, *, email: str) -> None:
    """Give back to a person what they held in this portal."""
    _turn(acting, email, "person:reactivate", active=True, comment="")


def _turn(acting: Acting, email: str, tag: str, *, active: bool, comment: str) -> None:
    address = giving.canonical(email)
    member, loaded = _known(acting, address)
    if member.active is active:
        raise Conflict(f"`{address}` is {'active' if active else 'inactive'} already", code="wrong_state")
    if active and not member.user.is_active:
        raise Conflict("this account was closed", code="closed_account")
    with managers.kept(loaded, clock.now()):
        Member.objects.filter(pk=member.pk).update(active=active)
    if not active:
        departures.clean(acting, address)
        departures.close_requests(acting, address)
    journal.record(acting, tag, subject=address, comment=comment)


@change("person:anonymize")
def anonymize(acting: Acting, *, email: str, comment: str = "") -> None:
    """
    Close an account for ever: name, address and password go, what was held ends. What they did keeps its author.

    Only where no other portal knows the person. The journal, which nobody alters, keeps the address they had.
    """
    address = giving.canonical(email)
    member, loaded = _known(acting, address)
    user = member.user
    if Member.objects.filter(user=user).exclude(pk=member.pk).exists():
        raise Conflict("another portal knows this person: suspend them here", code="known_elsewhere")
    instant = clock.now()
    lasting = giving.lasting(instant)
    rows = list(
        Grant.objects.select_for_update(of=("self",)).filter(lasting, user=user).select_related("scope", "profile")
    )
    with managers.kept(loaded, instant):
        Member.objects.filter(pk=member.pk).update(active=False)
        for grant in rows:
            grant.valid_until = max(instant, grant.valid_from or instant)
            giving.save(grant, ["valid_until"])
    for grant in rows:
        journal.record(
            acting,
            "grant:detach",
            subject=address,
            scope=grant.scope.key,
            target=f"profile:{grant.profile.key}",
            facts={"from": grant.valid_from, "until": grant.valid_until},
        )
    departures.clean(acting, address)
    departures.close_requests(acting, address)
    Message.objects.filter(user=user).delete()
    EmailAddress.objects.filter(user=user).delete()
    sessions.end_others(address, None)
    Token.objects.filter(author=user, revoked=None).update(revoked=instant)
    user.email = f"anonymous-{user.pk}@{NOWHERE}"
    journal.record(acting, "person:anonymize", subject=address, comment=comment, facts={"after": user.email})
    user.name = ANONYMOUS[user.language if user.language in ANONYMOUS else "fr"]
    user.password, user.is_active = make_password(None), False
    user.save(update_fields=["email", "name", "password", "is_active"])


def closing(portal: str) -> tuple[str, ...]:
    """The actions that whoever closes accounts may do on the whole portal: where people advise, moderating is one."""
    kinds = access.model_of(portal).kinds.values()
    return ("detach", "moderate") if any(kind.moderated for kind in kinds) else ("detach",)


def closes(portal: str, subject: str) -> bool:
    """Whether *subject* may suspend and close accounts in *portal*."""
    return all(access.check(portal, subject, action, Ref(PORTAL, "")) for action in closing(portal))


def insist(acting: Acting) -> None:
    """Refuse whoever may not suspend nor close accounts."""
    for action in closing(acting.portal):
        access.require(acting, action, Ref(PORTAL, ""))


def _known(acting: Acting, address: str) -> tuple[Member, Loaded]:
    """The person as the portal knows them, for whoever closes accounts in it and is somebody else."""
    root = Ref(PORTAL, "")
    loaded = giving.hold(acting, [acting.person, address], root)
    insist(acting)
    if address == acting.person:
        raise Refused("nobody suspends themselves", code="self")
    rows = Member.objects.select_for_update(of=("self",)).select_related("user")
    member = rows.filter(portal_id=loaded.portal_id, user__email=address).first()
    if member is None:
        raise NotFound(f"unknown person `{address}`")
    if member.user.email.endswith(f"@{NOWHERE}"):
        raise Invalid("this account was anonymized: it is nobody's any more", code="anonymized")
    return member, loaded

"""
Dossiers that anyone may submit and that staff moderate: pending until accepted, then their author gets a profile on
them.

Submitting needs no right: the blueprint says which kinds are moderated. Nobody moderates what they submitted.
"""

from __future__ import annotations

from habilis.core import Conflict, Fault, Invalid, Ref, Refused
from habilis.store.facts import Loaded
from habilis.store.models import Grant, JournalEntry, Member, Scope, User
from habilis.workflows import access, accounts, clock, giving, journal, letters, notices, scopes
from habilis.workflows.acting import Acting, change

MOST_PENDING = 10
"""Scopes of a kind that one person may have awaiting moderation."""


def places(portal: str, kind: str) -> tuple[tuple[str, str], ...]:
    """
    Where something of the moderated *kind* may be submitted: (key, name) of every open scope that may hold it, by
    key.

    No right is asked: a blueprint that moderates a kind makes public, within the portal, the names of what holds it.
    """
    under = access.model_of(portal).kinds[kind].under
    rows = Scope.objects.filter(portal__key=portal, kind__in=under, inactive_path=False, pending_path=False)
    return tuple(rows.exclude(children__kind__in=under).order_by("key").values_list("key", "name").distinct())


@change("scope:submit")
def submit(acting: Acting, *, parent: str, kind: str, name: str) -> str:
    """Submit a scope of a moderated *kind* under *parent*; return its key. It is pending, and its author reads it."""
    ref = giving.scope_ref(acting.portal, parent)
    loaded = giving.hold(acting, [acting.person], ref)
    wanted = loaded.facts.model.kinds.get(kind)
    if wanted is None or not wanted.moderated or ref.type not in wanted.under or not parent:
        raise Invalid(Fault("parent", f"nothing of kind `{kind[:60]}` can be submitted there"), code="parent")
    if parent in loaded.facts.inactive or parent in loaded.facts.pending:
        raise Invalid(Fault("parent", "is closed: expected an open place"), code="parent")
    author = User.objects.get(email=acting.person)
    waiting = Scope.objects.filter(portal_id=loaded.portal_id, author=author, status="pending", kind=kind).count()
    if waiting >= MOST_PENDING:
        raise Conflict("several already await moderation", code="many_pending")
    Member.objects.get_or_create(portal_id=loaded.portal_id, user=author)
    scope = Scope.objects.create(
        portal_id=loaded.portal_id,
        key=scopes.free_key(loaded.portal_id, parent, name),
        kind=kind,
        parent_id=loaded.scope_ids[parent],
        name=scopes.named(name),
        author=author,
        status="pending",
        depth=1,
    )
    scopes.settle(loaded, scope.pk)
    entry = journal.record(
        acting, "scope:submit", scope=scope.key, target=f"{kind}:{scope.key}", facts={"name": scope.name}
    )
    announce(acting, entry, scope)
    return scope.key


def announce(acting: Acting, entry: JournalEntry, scope: Scope) -> None:
    """Tell those who may moderate a scope that it waits for them; not its author."""
    ref = Ref(scope.kind, scope.key)
    who = set(access.subjects(acting.portal, "moderate", ref)) - {acting.person}
    link = letters.portal_link(acting.portal) + f"moderation/view/{scope.key}"
    asker = {"requester": accounts.name_of(acting.person), "requester_email": acting.person}
    for user in User.objects.filter(email__in=who).order_by("email"):
        notices.tell(
            entry, user, "moderation_asked", about=ref, action="moderate", scope=scope.name, link=link, **asker
        )


def waiting(portal: str, subject: str) -> list[str]:
    """The keys of the pending scopes that *subject* may moderate, oldest first; not those they submitted themselves."""
    kinds = access.model_of(portal).kinds.values()
    moderated = [kind.key for kind in kinds if kind.moderated or kind.founder_becomes]
    mine = {key for kind in moderated for key in access.keys(portal, subject, "moderate", kind)}
    rows = Scope.objects.filter(portal__key=portal, kind__in=moderated, status="pending").order_by("created", "id")
    return [key for key in rows.exclude(author__email=subject).values_list("key", flat=True) if key in mine]


def submitted(portal: str, subject: str) -> list[str]:
    """The keys of the scopes that *subject* submitted and that are still pending, oldest first."""
    rows = Scope.objects.filter(portal__key=portal, author__email=subject, status="pending").order_by("created", "id")
    return list(rows.values_list("key", flat=True))


@change("scope:accept")
def accept(acting: Acting, *, key: str) -> None:
    """Open a pending scope; its author gets the profile that the blueprint names, and is told."""
    scope, loaded = _pending(acting, key)
    Scope.objects.filter(pk=scope.pk).update(status="active")
    scopes.settle(loaded, scope.pk)
    entry = journal.record(acting, "scope:accept", scope=key, target=f"{scope.kind}:{key}", subject=_author(scope))
    kind = loaded.facts.model.kinds[scope.kind]
    profile = kind.author_becomes or kind.founder_becomes
    if scope.author is None:
        return
    held = Grant.objects.filter(scope=scope, user=scope.author, valid_until=None)
    if profile and not held.exists():
        fresh = access.load(acting.portal, [scope.author.email], [Ref(scope.kind, key)])
        row = giving.insert(fresh, scope.author, key, profile, clock.now(), None, {})
        journal.record(
            acting,
            "grant:attach",
            subject=scope.author.email,
            scope=key,
            target=f"profile:{profile}",
            facts={"from": row.valid_from, "until": None, "adjustments": {}},
        )
    link = letters.portal_link(acting.portal)
    notices.tell(entry, scope.author, "scope_accepted", about=Ref(scope.kind, key), scope=scope.name, link=link)


@change("scope:refuse")
def refuse(acting: Acting, *, key: str, reason: str) -> None:
    """Turn a pending scope down, with a reason that its author is told; it becomes inactive."""
    reason = reason.strip()
    if not reason or len(reason) > 2000 or "\x00" in reason:
        raise Invalid(Fault("reason", "expected a reason of 1 to 2000 characters"), code="reason")
    scope, loaded = _pending(acting, key)
    founded = bool(loaded.facts.model.kinds[scope.kind].founder_becomes)
    numbers = {} if founded else scope.identifiers  # whom they identify may found it, be this one turned down
    Scope.objects.filter(pk=scope.pk).update(status="inactive", identifiers=numbers)
    scopes.settle(loaded, scope.pk)
    entry = journal.record(
        acting, "scope:refuse", scope=key, target=f"{scope.kind}:{key}", subject=_author(scope), comment=reason
    )
    if scope.author is not None:
        notices.tell(entry, scope.author, "scope_refused", scope=scope.name, reason=reason)


def _pending(acting: Acting, key: str) -> tuple[Scope, Loaded]:
    ref = giving.scope_ref(acting.portal, key)
    loaded = giving.hold(acting, [acting.person], ref)
    access.require(acting, "moderate", ref)
    rows = Scope.objects.select_for_update(of=("self",)).select_related("author")
    scope = rows.get(portal_id=loaded.portal_id, key=key)
    if scope.status != "pending":
        raise Conflict(f"`{scope.name}` was handled already: it is {scope.status}", code="already_handled")
    if _author(scope) == acting.person:
        raise Refused("nobody moderates what they submitted", code="self")
    return scope, loaded


def _author(scope: Scope) -> str:
    return scope.author.email if scope.author else ""

"""
Founding: whoever is known to a portal opens a place under its root by a number that is checked, and manages it first.

The blueprint says which kinds are founded and what their founder becomes; the portal says whether that is at once or
once somebody who moderates has approved. A number that is known already founds nothing: one asks to join instead.
"""

from __future__ import annotations

from collections.abc import Mapping

from habilis.core import PORTAL, Conflict, Fault, Invalid, NotFound, Ref, Refused
from habilis.store.models import Member, Scope, User
from habilis.workflows import access, clock, giving, journal, moderation, publishing, scopes
from habilis.workflows.acting import Acting, change

AT_ONCE = "at_once"
MOST_PENDING = 3  # places that one person may have awaiting approval


def founded_at_once(portal: str) -> bool:
    """Whether a founder manages at once, and not once somebody has approved."""
    return publishing.look(portal).founding == AT_ONCE


@change("scope:found")
def found(acting: Acting, *, kind: str, name: str, identifiers: Mapping[str, str]) -> str:
    """
    Found a place of *kind*, told by at least one number that is checked and that no other place has; return its key.

    Its author manages it at once, or reads it until it is approved, as the portal says.
    """
    root = Ref(PORTAL, "")
    loaded = giving.hold(acting, [acting.person], root)
    wanted = loaded.facts.model.kinds.get(kind)
    if wanted is None or not wanted.founder_becomes or PORTAL not in wanted.under:
        raise NotFound(f"nothing of kind `{kind[:60]}` is founded")
    author = User.objects.get(email=acting.person)
    member, _made = Member.objects.get_or_create(portal_id=loaded.portal_id, user=author)
    if not member.active or not author.is_active:
        raise Refused("whoever is suspended founds nothing", code="suspended_here")
    numbers = scopes.numbered(loaded, kind, identifiers)
    if not any(loaded.blueprint.identifiers[scheme].check for scheme in numbers):
        raise Invalid(Fault("identifiers", "expected at least one number that can be checked"), code="founding_number")
    at_once = founded_at_once(acting.portal)
    waiting = Scope.objects.filter(portal_id=loaded.portal_id, author=author, status="pending", kind=kind).count()
    if not at_once and waiting >= MOST_PENDING:
        raise Conflict("several already await approval", code="many_pending")
    scope = Scope.objects.create(
        portal_id=loaded.portal_id,
        key=scopes.free_key(loaded.portal_id, "", scopes.named(name)),
        kind=kind,
        parent_id=loaded.scope_ids[""],
        name=scopes.named(name),
        identifiers=numbers,
        author=author,
        status="active" if at_once else "pending",
        depth=1,
    )
    scopes.settle(loaded, scope.pk)
    facts = {"name": scope.name, "identifiers": numbers, "at_once": at_once}
    entry = journal.record(
        acting, "scope:found", subject=acting.person, scope=scope.key, target=f"{kind}:{scope.key}", facts=facts
    )
    if not at_once:
        moderation.announce(acting, entry, scope)
    else:
        fresh = access.load(acting.portal, [acting.person], [Ref(kind, scope.key)])
        row = giving.insert(fresh, author, scope.key, wanted.founder_becomes, clock.now(), None, {})
        journal.record(
            acting,
            "grant:attach",
            subject=acting.person,
            scope=scope.key,
            target=f"profile:{wanted.founder_becomes}",
            facts={"from": row.valid_from, "until": None, "adjustments": {}},
        )
    return scope.key

"""
What somebody who leaves must not leave behind: the invitations that would let them back in, those they sent, and what
they asked for.

Called inside the change that ends what they held, once it is written.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from habilis.core import Ref
from habilis.store.models import AccessRequest, Invitation, Scope
from habilis.workflows import access, clock, invitations, journal
from habilis.workflows.acting import Acting


def clean(acting: Acting, email: str, scopes: Iterable[int] | None = None) -> int:
    """
    Cancel the pending invitations to *email* on the scopes numbered *scopes* or below them (none: in the whole
    portal), and those that *email* sent and could not send any more; return how many.
    """
    pending = Invitation.objects.select_for_update(of=("self",)).select_related("scope", "profile", "by")
    pending = pending.filter(portal__key=acting.portal, state="pending").order_by("id")
    received = list(pending.filter(email=email))
    if scopes is not None:
        wanted = set(scopes)
        received = [row for row in received if wanted & set(_path(row.scope))]
    sent = list(pending.filter(by__email=email))
    questions = [(email, "invite", Ref(row.scope.kind, row.scope.key)) for row in sent]
    answers = access.check_many(acting.portal, questions) if questions else []
    lost = [row for row, allowed in zip(sent, answers, strict=True) if not allowed]
    gone = {row.pk: row for row in (*received, *lost)}
    for row in gone.values():
        invitations.close(acting, row, "cancelled", "invitation:cancel")
    return len(gone)


def close_requests(acting: Acting, email: str) -> int:
    """Close what waits in the portal that *email* asked for, or that is for them; return how many."""
    rows = AccessRequest.objects.select_for_update(of=("self",)).select_related("beneficiary")
    rows = rows.filter(Q(requester__email=email) | Q(beneficiary__email=email), portal__key=acting.portal)
    gone = list(rows.filter(state="pending").order_by("id"))
    for row in gone:
        row.state, row.decided, row.version = "withdrawn", clock.now(), row.version + 1
        row.save(update_fields=["state", "decided", "version"])
        scope = row.targets.order_by("scope__depth", "scope__key").values_list("scope__key", flat=True).first() or ""
        journal.record(
            acting, "request:withdraw", subject=row.beneficiary.email, scope=scope, target=f"request:{row.pk}"
        )
    return len(gone)


def _path(scope: Scope) -> list[int]:
    return [getattr(scope, f"a{n}") for n in range(scope.depth + 1)]

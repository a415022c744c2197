"""
What somebody who leaves must not leave behind: the invitations that would let them back in, and those they sent.

Called inside the change that ends what they held, once it is written.
"""

from __future__ import annotations

from collections.abc import Iterable

from habilis.core import Ref
from habilis.store.models import Invitation, Scope
from habilis.workflows import access, invitations
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


def _path(scope: Scope) -> list[int]:
    return [getattr(scope, f"a{n}") for n in range(scope.depth + 1)]

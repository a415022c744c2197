"""Access requests as screens read them, and which of those that wait a person may decide."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from habilis.store.listing import Branches, where
from habilis.store.models import AccessRequest, AccessRequestScope
from habilis.store.past import over
from habilis.store.queries import reading
from habilis.store.queries.records import ScopeRecord

PENDING = "pending"


@dataclass(frozen=True)
class RequestRecord:
    """An access request, with the names of those it speaks of."""

    id: int
    kind: str
    requester: str
    requester_name: str
    beneficiary: str
    beneficiary_name: str
    profile: str
    comment: str
    fields: dict[str, Any]
    state: str
    version: int
    created: datetime
    expires: datetime | None
    decided: datetime | None
    decided_by: str
    decided_by_name: str
    decided_for_name: str
    reason: str
    note: str
    granted: dict[str, Any]
    scopes: tuple[ScopeRecord, ...]

    @property
    def for_another(self) -> bool:
        """Whether somebody asks for somebody else."""
        return self.requester != self.beneficiary


def records(rows: Iterable[AccessRequest]) -> list[RequestRecord]:
    """The records of *rows*, in their order."""
    found = [*rows]
    targets: dict[int, list[int]] = {}
    rows_of = AccessRequestScope.objects.filter(request__in=found).order_by("id")
    for request_id, scope_id in rows_of.values_list("request_id", "scope_id"):
        targets.setdefault(request_id, []).append(scope_id)
    places = reading.scopes({scope for ids in targets.values() for scope in ids})
    return [_record(row, [places[id_] for id_ in targets.get(row.pk, ())]) for row in found]


def _record(row: AccessRequest, scopes: list[ScopeRecord]) -> RequestRecord:
    return RequestRecord(
        row.pk,
        row.kind,
        row.requester.email,
        row.requester.name,
        row.beneficiary.email,
        row.beneficiary.name,
        row.profile.key if row.profile else "",
        row.comment,
        row.fields,
        row.state,
        row.version,
        row.created,
        row.expires,
        row.decided,
        row.decided_by.email if row.decided_by else "",
        row.decided_by.name if row.decided_by else "",
        row.decided_for.name if row.decided_for else "",
        row.reason,
        row.note,
        row.granted,
        tuple(sorted(scopes, key=lambda scope: (scope.depth, scope.key))),
    )


def whole() -> Any:
    """Requests, with all that a record needs."""
    return AccessRequest.objects.select_related("requester", "beneficiary", "profile", "decided_by", "decided_for")


def reached(
    found: Sequence[Branches], portal_id: int, states: Sequence[str], *, but: str = "", at: datetime | None = None
) -> list[int]:
    """
    The requests in *states* whose every scope is reached by one of *found* (one per kind of scope), oldest first.

    Those that *but* made, or that are for them, are left out, and those that have expired *at* that instant.
    """
    conditions, parameters = [], {"asked": [*states], "but": but, "at": at, "portal": portal_id, "as_of": None}
    for n, branch in enumerate(branch for branch in found if not branch.empty):
        condition, of_branch = where(branch, "row", "row")
        conditions.append(f"row.kind = %(type)s AND {condition}".replace("%(", f"%(b{n}_"))
        parameters |= {f"b{n}_{name}": value for name, value in of_branch.items()}
    if not conditions:
        return []
    sql = f"""
        SELECT r.id FROM store_accessrequest AS r
        WHERE r.portal_id = %(portal)s AND r.state = ANY(%(asked)s)
            AND (r.expires IS NULL OR %(at)s::timestamptz IS NULL OR r.expires > %(at)s)
            AND NOT EXISTS (
                SELECT 1 FROM store_user AS u WHERE u.id IN (r.requester_id, r.beneficiary_id) AND u.email = %(but)s)
            AND EXISTS (SELECT 1 FROM store_accessrequestscope AS t WHERE t.request_id = r.id)
            AND NOT EXISTS (
                SELECT 1 FROM store_accessrequestscope AS t JOIN {{scope}} AS row ON row.id = t.scope_id
                WHERE t.request_id = r.id AND (({") OR (".join(conditions)})) IS NOT TRUE)
        ORDER BY r.created, r.id
    """
    with connection.cursor() as cursor:
        cursor.execute(over(sql, None), parameters)
        return [request_id for (request_id,) in cursor.fetchall()]

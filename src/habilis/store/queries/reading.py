"""Rows to records, in as few queries as there are kinds of rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Prefetch

from habilis.store.models import Approver, Attachment, Comment, Grant, Resource, Scope
from habilis.store.queries.records import CommentRecord, FileRecord, GrantRecord, ResourceRecord, ScopeRecord


def above(records: Iterable[ScopeRecord]) -> dict[int, tuple[str, str]]:
    """The kind and key of every scope above those of *records*, the root excepted, by number."""
    ids = {id_ for record in records for id_ in record.path[:-1]}
    return {id_: (kind, key) for id_, kind, key in Scope.objects.filter(pk__in=ids).values_list("id", "kind", "key")}


def scopes(ids: Iterable[int]) -> dict[int, ScopeRecord]:
    """The records of the scopes *ids*, by number."""
    rows = list(Scope.objects.filter(pk__in=ids).select_related("author", "responsible_user", "responsible_scope"))
    above = {a for row in rows for a in (row.a0, row.a1, row.a2, row.a3, row.a4, row.a5, row.a6) if a}
    names = {id_: (key, name) for id_, key, name in Scope.objects.filter(pk__in=above).values_list("id", "key", "name")}
    return {row.pk: _scope(row, names) for row in rows}


def _scope(row: Scope, names: dict[int, tuple[str, str]]) -> ScopeRecord:
    path = [a for a in (row.a1, row.a2, row.a3, row.a4, row.a5, row.a6) if a]
    parent_key, parent_name = names.get(row.parent_id or 0, ("", ""))
    responsible = (
        row.responsible_user.email
        if row.responsible_user
        else row.responsible_scope.key
        if row.responsible_scope
        else ""
    )
    return ScopeRecord(
        row.pk,
        row.key,
        row.kind,
        row.name,
        parent_key,
        parent_name,
        row.status,
        row.identifiers,
        tuple(row.options),
        row.configuration,
        row.depth,
        tuple(names[a][1] for a in path if a in names),
        row.author.email if row.author else "",
        responsible,
        row.inactive_path,
        row.pending_path,
        tuple(path),
    )


def resources(ids: Sequence[int]) -> dict[int, ResourceRecord]:
    """The records of the resources *ids*, by number."""
    approvals = Prefetch("approvals", queryset=Approver.objects.select_related("user").order_by("user__name"))
    rows = list(Resource.objects.filter(pk__in=ids).select_related("author").prefetch_related(approvals))
    places = scopes({row.scope_id for row in rows})
    return {
        row.pk: ResourceRecord(
            row.pk,
            row.type,
            row.key,
            places[row.scope_id],
            row.author.email if row.author else "",
            row.author.name if row.author else "",
            row.state,
            row.title,
            row.created,
            row.fields,
            row.version,
            tuple((a.user.email, a.user.name, a.approved) for a in row.approvals.all()),
        )
        for row in rows
    }


def thread(portal_id: int, type_: str, key: str) -> tuple[CommentRecord, ...]:
    """The messages of a resource, oldest first."""
    rows = Comment.objects.filter(portal_id=portal_id, resource__type=type_, resource__key=key).select_related("author")
    return tuple(
        CommentRecord(c.author.name, c.author.email, c.text, c.created) for c in rows.order_by("created", "id")
    )


def files(portal_id: int, type_: str, key: str) -> tuple[FileRecord, ...]:
    """The files of a resource, oldest first."""
    rows = Attachment.objects.filter(portal_id=portal_id, resource__type=type_, resource__key=key)
    return tuple(file(row) for row in rows.select_related("author").order_by("created", "id"))


def file(row: Attachment) -> FileRecord:
    """The record of one file."""
    return FileRecord(row.pk, row.name, row.media_type, row.size, row.author.name, row.created)


def grants(rows: Iterable[Grant], instant: datetime) -> list[GrantRecord]:
    """The records of grants read with their user and profile, in their order."""
    rows = list(rows)
    places = scopes({row.scope_id for row in rows})
    return [
        GrantRecord(
            row.pk,
            row.user.email,
            places[row.scope_id],
            row.profile.key,
            row.valid_from,
            row.valid_until,
            row.adjustments,
            _status(row, places[row.scope_id], instant),
        )
        for row in rows
    ]


def _status(row: Grant, scope: ScopeRecord, instant: datetime) -> str:
    if row.valid_until is not None and row.valid_until <= instant:
        return "ended"
    if row.valid_from is not None and row.valid_from > instant:
        return "not_begun"
    return "asleep" if scope.inactive else "in_force"

"""
Writes the rows of a data file in bulk, upserting by key; nothing is removed.

Called by the loading workflow inside its transaction, after the file was read without a fault.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Model as Table

from habilis.blueprints.worlds import (
    GrantRow,
    InvitationRow,
    PersonRow,
    ProfileRow,
    RequestRow,
    ResourceRow,
    ScopeRow,
)
from habilis.core import Model
from habilis.store import tree
from habilis.store.models import (
    AccessRequest,
    AccessRequestScope,
    Approver,
    Grant,
    Invitation,
    License,
    Member,
    Profile,
    Resource,
    Scope,
    User,
)

BATCH = 2000


def bound(model: Model) -> list[str]:
    """The keys of the profiles of which a person holds one per anchor."""
    return sorted(key for key, profile in model.profiles.items() if profile.client and key != "portal_admin")


def settle(portal_id: int, model: Model, top: int | None = None) -> None:
    """Recompute what follows from the tree, from the scope *top* down (the root when none is given)."""
    at = top or Scope.objects.values_list("id", flat=True).get(portal_id=portal_id, key="")
    tree.settle(at, per=model.one_profile_per, bound=bound(model), many=True)


def licenses(portal_id: int, prices: Mapping[str, Decimal]) -> None:
    """Set the prices given."""
    rows = [License(portal_id=portal_id, key=key, price=price) for key, price in prices.items()]
    _upsert(License, rows, ["portal", "key"], ["price"])


def people(portal_id: int, rows: Sequence[PersonRow], passwords: Mapping[str, str]) -> None:
    """
    Make the accounts that do not exist, and everybody's presence in the portal; *passwords* are hashed, by clear
    text.
    """
    emails = [row.email for row in rows]
    present = {user.email: user for user in User.objects.filter(email__in=emails)}
    User.objects.bulk_create(
        (
            User(email=row.email, name=row.name, language=row.language, password=passwords.get(row.password) or "!")
            for row in rows
            if row.email not in present
        ),
        batch_size=BATCH,
    )
    elsewhere = set(
        Member.objects.filter(user__email__in=present).exclude(portal_id=portal_id).values_list("user_id", flat=True)
    )
    changed = []
    for row in rows:
        user = present.get(row.email)
        if user and user.pk not in elsewhere and (user.name, user.language) != (row.name, row.language):
            user.name, user.language = row.name, row.language
            changed.append(user)
    User.objects.bulk_update(changed, ["name", "language"], batch_size=BATCH)
    ids = user_ids(emails)
    members = [Member(portal_id=portal_id, user_id=ids[row.email], active=row.active) for row in rows]
    _upsert(Member, members, ["portal", "user"], ["active"])


def user_ids(emails: Iterable[str]) -> dict[str, int]:
    """The number of each account."""
    return dict(User.objects.filter(email__in=set(emails)).values_list("email", "id"))


def scopes(portal_id: int, rows: Sequence[ScopeRow]) -> None:
    """Write *rows*, parents first; whoever calls settles the tree afterwards."""
    ids = user_ids({row.author for row in rows} | {row.responsible for row in rows} - {""})
    keys = dict(Scope.objects.filter(portal_id=portal_id).values_list("key", "id"))
    level: list[ScopeRow] = []
    depths: dict[int, list[ScopeRow]] = {}
    depth = {row.key: 0 for row in rows}
    for row in rows:
        depth[row.key] = depth.get(row.parent, -1) + 1
        depths.setdefault(depth[row.key], []).append(row)
    for n in sorted(depths):
        level = depths[n]
        _upsert(
            Scope,
            [_scope(portal_id, row, keys, ids) for row in level],
            ["portal", "key"],
            ["parent", "name", "identifiers", "author", "status", "configuration", "options", "responsible_user"],
        )
        wanted = [row.key for row in level]
        keys |= dict(Scope.objects.filter(portal_id=portal_id, key__in=wanted).values_list("key", "id"))
    wanted_scope = {
        keys[row.key]: keys[row.responsible] if row.responsible in keys and row.responsible else None for row in rows
    }
    late = [s for s in Scope.objects.filter(portal_id=portal_id) if s.pk in wanted_scope]
    late = [s for s in late if s.responsible_scope_id != wanted_scope[s.pk]]
    for scope in late:
        scope.responsible_scope_id = wanted_scope[scope.pk]
    Scope.objects.bulk_update(late, ["responsible_scope"], batch_size=BATCH)
    _settings(portal_id, [row for row in rows if row.automatic is not None or row.rules is not None])


def _settings(portal_id: int, rows: Sequence[ScopeRow]) -> None:
    """Write the settings that *rows* speak of; the others stay as they were."""
    wanted = {row.key: row for row in rows}
    changed = []
    for scope in Scope.objects.filter(portal_id=portal_id, key__in=wanted):
        row, kept = wanted[scope.key], dict(scope.settings)
        if row.automatic is not None:
            kept["automatic"] = sorted(row.automatic)
        if row.rules is not None:
            kept["rules"] = [
                {"type": r.type, "kind": r.kind, "threshold": str(r.threshold), "approvers": list(r.approvers)}
                for r in row.rules
            ]
        if kept != scope.settings:
            scope.settings = kept
            changed.append(scope)
    Scope.objects.bulk_update(changed, ["settings"], batch_size=BATCH)


def _scope(portal_id: int, row: ScopeRow, keys: Mapping[str, int], users: Mapping[str, int]) -> Scope:
    return Scope(
        portal_id=portal_id,
        key=row.key,
        kind=row.kind,
        parent_id=keys[row.parent],
        name=row.name,
        identifiers=row.identifiers,
        author_id=users.get(row.author),
        status=row.status,
        configuration=row.configuration,
        options=sorted(row.options),
        responsible_user_id=users.get(row.responsible),
        depth=1,
    )


def profiles(portal_id: int, rows: Sequence[ProfileRow]) -> None:
    """Write the derived profiles."""
    made = [
        Profile(
            portal_id=portal_id,
            key=row.key,
            derives=row.derives,
            name=row.name,
            levels={feature: level.key for feature, level in row.levels.items()},
            retired=row.retired,
        )
        for row in rows
    ]
    _upsert(Profile, made, ["portal", "key"], ["derives", "name", "levels", "retired"])


def grants(portal_id: int, rows: Sequence[GrantRow], model: Model) -> None:
    """Write grants; one is known by its person, scope, profile and beginning."""
    scope_ids = dict(Scope.objects.filter(portal_id=portal_id).values_list("key", "id"))
    profile_ids = dict(Profile.objects.filter(portal_id=portal_id).values_list("key", "id"))
    ids = user_ids(row.person for row in rows)
    present = {
        (g.user_id, g.scope_id, g.profile_id, g.valid_from): g
        for g in Grant.objects.filter(portal_id=portal_id, user_id__in=ids.values())
    }
    anchors, binding = _anchors(portal_id, model), set(bound(model))
    new, changed = [], []
    for row in rows:
        key = (ids[row.person], scope_ids[row.scope], profile_ids[row.profile], row.valid_from)
        adjustments = {feature: level.key for feature, level in row.adjustments.items()}
        grant = present.get(key)
        if grant is None:
            user_id, scope_id, profile_id, start = key
            new.append(
                Grant(
                    portal_id=portal_id,
                    user_id=user_id,
                    scope_id=scope_id,
                    profile_id=profile_id,
                    valid_from=start,
                    valid_until=row.valid_until,
                    adjustments=adjustments,
                    anchor=anchors.get(scope_id) if row.profile in binding else None,
                )
            )
        elif (grant.valid_until, grant.adjustments) != (row.valid_until, adjustments):
            grant.valid_until, grant.adjustments = row.valid_until, adjustments
            changed.append(grant)
    Grant.objects.bulk_update(changed, ["valid_until", "adjustments"], batch_size=BATCH)
    Grant.objects.bulk_create(new, batch_size=BATCH)
    settle(portal_id, model)


def _anchors(portal_id: int, model: Model) -> dict[int, int]:
    """For each scope, the one within which a person holds one profile; it spares a second writing of every grant."""
    rows = Scope.objects.filter(portal_id=portal_id).values_list("id", "kind", *[f"a{n}" for n in range(7)])
    kinds = {row[0]: row[1] for row in rows}
    per = model.one_profile_per
    if per == "scope":
        return {id_: id_ for id_ in kinds}
    found = {row[0]: next((a for a in reversed(row[2:]) if a and kinds[a] == per), None) for row in rows}
    return {id_: at for id_, at in found.items() if at is not None}


def resources(portal_id: int, rows: Sequence[ResourceRow]) -> None:
    """Write resources with their ancestors and approvers."""
    scope_rows = {s.key: s for s in Scope.objects.filter(portal_id=portal_id, key__in={row.scope for row in rows})}
    ids = user_ids({who for row in rows for who in (row.author, *row.approvers, *row.approved_by)} - {""})
    present = (
        {
            (type_, key): created
            for type_, key, created in Resource.objects.filter(portal_id=portal_id).values_list(
                "type", "key", "created"
            )
        }
        if rows
        else {}
    )
    instant = now()
    made = [
        Resource(
            portal_id=portal_id,
            type=row.type,
            key=row.key,
            scope=scope_rows[row.scope],
            author_id=ids.get(row.author),
            state=row.state,
            title=row.title or row.key,
            created=row.created or present.get((row.type, row.key)) or instant,
            fields=row.fields,
            **{f"a{n}": getattr(scope_rows[row.scope], f"a{n}") for n in range(7)},
        )
        for row in rows
    ]
    updated = ["scope", "author", "state", "title", "created", "fields", *[f"a{n}" for n in range(7)]]
    _upsert(Resource, made, ["portal", "type", "key"], updated)
    approvers(portal_id, rows, ids)


def approvers(portal_id: int, rows: Sequence[ResourceRow], users: Mapping[str, int]) -> None:
    """Write whose approval each of *rows* awaits or got."""
    wanted: dict[tuple[str, str], dict[int, bool]] = {}
    for row in rows:
        if row.approvers or row.approved_by:
            awaited = {users[who]: False for who in row.approvers}
            wanted[row.type, row.key] = awaited | {users[who]: True for who in row.approved_by}
    if not wanted:
        return
    keys = {key for _, key in wanted}
    ids = {
        (type_, key): id_
        for type_, key, id_ in Resource.objects.filter(portal_id=portal_id, key__in=keys).values_list(
            "type", "key", "id"
        )
    }
    made = [
        Approver(portal_id=portal_id, resource_id=ids[ref], user_id=user, approved=approved)
        for ref, people_ in wanted.items()
        for user, approved in people_.items()
    ]
    _upsert(Approver, made, ["resource", "user"], ["approved"])


def requests(portal_id: int, rows: Sequence[RequestRow]) -> None:
    """
    Write pending requests; one is known by who asks for whom, what and on what. Unknown people get a bare account.
    """
    _accounts({who for row in rows for who in (row.person, row.beneficiary)})
    ids = user_ids({who for row in rows for who in (row.person, row.beneficiary)})
    scope_ids = dict(Scope.objects.filter(portal_id=portal_id).values_list("key", "id"))
    profile_ids = dict(Profile.objects.filter(portal_id=portal_id).values_list("key", "id"))
    for row in rows:
        same = {
            "portal_id": portal_id,
            "kind": row.kind,
            "requester_id": ids[row.person],
            "beneficiary_id": ids[row.beneficiary],
            "profile_id": profile_ids.get(row.profile),
            "comment": row.comment,
        }
        known = AccessRequest.objects.filter(**same).order_by("id").first()  # asked again, it is there twice
        request = known or AccessRequest.objects.create(**same, created=row.created or now())
        for key in row.scopes:
            AccessRequestScope.objects.get_or_create(portal_id=portal_id, request=request, scope_id=scope_ids[key])


def invitations(portal_id: int, rows: Sequence[InvitationRow]) -> None:
    """Write pending invitations; one is known by its address and scope, and one that was answered is not made again."""
    ids = user_ids(row.by for row in rows)
    for row in rows:
        scope = Scope.objects.get(portal_id=portal_id, key=row.scope)
        profile = Profile.objects.get(portal_id=portal_id, key=row.profile)
        if not Invitation.objects.filter(portal_id=portal_id, email=row.email, scope=scope).exists():
            Invitation.objects.create(
                portal_id=portal_id, email=row.email, scope=scope, profile=profile, by_id=ids[row.by], created=now()
            )


def _accounts(emails: set[str]) -> None:
    present = set(user_ids(emails))
    User.objects.bulk_create(User(email=e, name=e.split("@")[0], password="!") for e in sorted(emails - present))  # noqa: S106 - opens nothing


def now() -> datetime:
    """The database's clock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        instant: datetime = cursor.fetchone()[0]
    return instant


def _upsert(table: type[Table], rows: Sequence[Any], unique: list[str], updated: list[str]) -> None:
    table._default_manager.bulk_create(  # type: ignore[attr-defined]  # every table has one  # noqa: SLF001 - Django's own way to ask
        rows, batch_size=BATCH, update_conflicts=True, unique_fields=unique, update_fields=updated
    )

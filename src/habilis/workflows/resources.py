"""Create, edit, move and delete resources, take them from state to state, comment them, and keep their files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import IO, Any

from django.db import transaction
from django.utils.timezone import localdate

from habilis.core import Conflict, Fault, Invalid, NotFound, Ref
from habilis.store import blobs
from habilis.store.facts import storable
from habilis.store.models import Approver, Attachment, Comment, Scope, User
from habilis.workflows import access, clock, grants, holding, journal
from habilis.workflows import approvals as needs
from habilis.workflows.acting import Acting, change
from habilis.workflows.holding import Upload, titled

LARGEST_COMMENT = 10_000


@change("resource:create")
def create(
    acting: Acting,
    *,
    type_: str,
    scope: str,
    title: str,
    fields: Mapping[str, Any] | None = None,
    approvers: Sequence[str] = (),
    files: Iterable[Upload] = (),
) -> str:
    """Create a resource of *type_* on the scope of key *scope*, in its type's first state; return its key."""
    ref = grants.scope_ref(acting.portal, scope)
    loaded = holding.still(acting, ref)
    access.require(acting, f"create_{type_}", ref)
    if type_ not in loaded.blueprint.types:
        raise access.unknown(Ref(type_, scope), loaded.facts.model)
    target = Scope.objects.get(pk=loaded.scope_ids[scope])
    values = holding.stored(loaded, type_, fields or {})
    holding.complete(loaded, type_, {field.key for field in loaded.blueprint.types[type_].fields}, values)
    resource = holding.made(acting, loaded, type_, target, title, values)
    for user in _approvers(acting, type_, scope, approvers):
        Approver.objects.create(portal_id=loaded.portal_id, resource=resource, user=user)
    for upload in files:
        holding.keep(acting, loaded, resource, upload)
    needs.ask(acting, loaded, resource)
    return resource.key


@change("resource:edit")
def edit(
    acting: Acting,
    *,
    ref: Ref,
    version: int,
    title: str | None = None,
    fields: Mapping[str, Any] | None = None,
    scope: str | None = None,
) -> None:
    """Change what is given of a resource read at *version*; to move it, the actor may create it where it goes."""
    resource, loaded = holding.held(acting, ref, "edit", version)
    changed: dict[str, Any] = {}
    if title is not None and titled(title) != resource.title:
        changed["title"] = resource.title = titled(title)
    if fields is not None:
        values = {**resource.fields, **holding.stored(loaded, ref.type, fields)}
        holding.complete(loaded, ref.type, set(fields), values)
        values = {key: value for key, value in values.items() if value is not None}
        if values != resource.fields:
            changed["fields"] = resource.fields = values
    if scope is not None and scope != resource.scope.key:
        target = grants.scope_ref(acting.portal, scope)
        access.require(acting, f"create_{ref.type}", target)
        changed["scope"] = {"before": resource.scope.key, "after": scope}
        resource.scope = Scope.objects.get(portal_id=loaded.portal_id, key=scope)
        for column, value in holding.ancestors(resource.scope).items():
            setattr(resource, column, value)
    if changed:
        holding.write(resource)
        journal.record(acting, "resource:edit", scope=resource.scope.key, target=str(ref), facts=changed)
        holding.asked_again(acting, loaded, resource)


@change("resource:transition")
def transition(acting: Acting, *, ref: Ref, version: int, action: str) -> str:
    """
    Take a resource read at *version* to another state by *action*; return the state.

    The right is decided first; whether the present state admits it is answered apart, as a conflict. An action that
    keeps the state is an approval: it is written down as the actor's. What approvals hold back goes on only without
    any awaited: where the rules newly ask for one, it is asked and the state stays.
    """
    resource, loaded = holding.held(acting, ref, action, version)
    known = [t for t in loaded.blueprint.types[ref.type].transitions if t.action == action]
    if not known:
        raise NotFound(f"`{action[:60]}` is no transition of {ref.type}")
    found = next((t for t in known if resource.state in t.from_), None)
    if found is None:
        raise Conflict(
            f"cannot {action} {ref.type} `{ref.id}`: it is {resource.state}", code="wrong_state", state=resource.state
        )
    before, info = resource.state, loaded.blueprint.types[ref.type]
    if found.to:
        asked = needs.ask(acting, loaded, resource, unknown=True)
        if info.approval and info.approval.holds == action:
            if asked:
                return resource.state
            if waiting := needs.awaited(resource):
                raise Conflict("it awaits an approval", code="awaits_approval", people=waiting)
        resource.state = found.to
        if found.stamps:
            resource.fields[found.stamps] = localdate(clock.now()).isoformat()
    else:
        row, made = Approver.objects.get_or_create(
            portal_id=loaded.portal_id, resource=resource, user=holding.user_of(acting), defaults={"approved": True}
        )
        if row.approved and not made:
            raise Conflict("you approved it already", code="already_approved")
        Approver.objects.filter(pk=row.pk).update(approved=True)
    holding.write(resource)
    journal.record(
        acting,
        "resource:transition",
        scope=resource.scope.key,
        target=str(ref),
        facts={"action": action, "before": before, "after": resource.state},
    )
    needs.carry_on(acting, loaded, resource)
    return resource.state


@change("resource:delete")
def delete(acting: Acting, *, ref: Ref) -> None:
    """Remove a resource with its thread and files; what it was stays in the history and the journal."""
    resource, _ = holding.held(acting, ref, "delete")
    kept = list(Attachment.objects.filter(resource=resource).values_list("blob", flat=True))
    journal.record(
        acting,
        "resource:delete",
        scope=resource.scope.key,
        target=str(ref),
        facts={"title": resource.title, "state": resource.state},
    )
    resource.delete()
    transaction.on_commit(lambda: blobs.remove(kept))


@change("resource:comment")
def comment(acting: Acting, *, ref: Ref, text: str) -> None:
    """Add to the thread of a resource: whoever reads it may."""
    text = text.strip()
    if not text or len(text) > LARGEST_COMMENT or not storable(text):
        raise Invalid(Fault("text", f"expected a text of 1 to {LARGEST_COMMENT} characters"), code="comment")
    resource, loaded = holding.held(acting, ref, "read")
    if resource.scope.inactive_path:
        raise Conflict("its scope is closed: nothing is added there", code="closed_scope")
    made = Comment.objects.create(
        portal_id=loaded.portal_id, resource=resource, author=holding.user_of(acting), text=text, created=clock.now()
    )
    journal.record(acting, "resource:comment", scope=resource.scope.key, target=str(ref), facts={"comment": made.pk})


@change("file:attach")
def attach_file(acting: Acting, *, ref: Ref, name: str, media_type: str, stream: IO[bytes]) -> int:
    """Add a file to a resource that the actor may edit; return its number."""
    resource, loaded = holding.held(acting, ref, "edit")
    kept = holding.keep(acting, loaded, resource, Upload(name, media_type, stream))
    holding.file_changed(acting, loaded, resource)
    return kept.pk


@change("file:remove")
def remove_file(acting: Acting, *, file_id: int) -> None:
    """Remove a file of a resource that the actor may edit."""
    row = Attachment.objects.filter(pk=file_id, portal__key=acting.portal).select_related("resource").first()
    if row is None:
        raise NotFound(f"unknown file `{file_id}`")
    ref = Ref(row.resource.type, row.resource.key)
    try:
        resource, loaded = holding.held(acting, ref, "edit")
    except NotFound:
        raise NotFound(f"unknown file `{file_id}`") from None
    if not Attachment.objects.filter(pk=file_id).exists():
        raise NotFound(f"unknown file `{file_id}`")
    journal.record(acting, "file:remove", scope=resource.scope.key, target=str(ref), facts={"name": row.name})
    blob = row.blob
    row.delete()
    holding.file_changed(acting, loaded, resource)
    transaction.on_commit(lambda: blobs.remove([blob]))


def _approvers(acting: Acting, type_: str, scope: str, people: Sequence[str]) -> list[User]:
    """
    The accounts of those whose approval is asked: people who could give it there, were it awaited.

    Anyone else is unknown, whether or not the portal knows them: the resource's page will show their names.
    """
    addresses = list(dict.fromkeys(grants.canonical(who) for who in people))
    able = needs.candidates(acting.portal, scope, type_, addresses)
    users = {user.email: user for user in User.objects.filter(email__in=able)}
    for address in addresses:
        if address not in users:
            raise Invalid(Fault("approvers", f"unknown person `{address}`"), code="approvers")
    return [users[address] for address in addresses]

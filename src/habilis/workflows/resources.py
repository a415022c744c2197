"""Create, edit, move and delete resources, take them from state to state, comment them, and keep their files."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import IO, Any

from django.db import transaction

from habilis.blueprints import fields as typed
from habilis.core import AccessQuery, Conflict, Fault, Invalid, NotFound, Ref, decide
from habilis.core import Resource as CoreResource
from habilis.store import blobs
from habilis.store.facts import Loaded, storable
from habilis.store.models import Approver, Attachment, Comment, Resource, Scope, User
from habilis.workflows import access, clock, grants, journal
from habilis.workflows.acting import Acting, change, hold_still

LARGEST_TITLE = 300
LARGEST_COMMENT = 10_000


@dataclass(frozen=True)
class Upload:
    """A file as it arrives."""

    name: str
    media_type: str
    stream: IO[bytes]


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
    loaded = _still(acting, ref)
    access.require(acting, f"create_{type_}", ref)
    if type_ not in loaded.blueprint.types:
        raise access.unknown(Ref(type_, scope), loaded.facts.model)
    target = Scope.objects.get(pk=loaded.scope_ids[scope])
    values = stored(loaded, type_, fields or {})
    _complete(loaded, type_, {field.key for field in loaded.blueprint.types[type_].fields}, values)
    resource = Resource.objects.create(
        portal_id=loaded.portal_id,
        type=type_,
        key=secrets.token_hex(6),
        scope=target,
        author=_user(acting),
        state=loaded.blueprint.types[type_].initial,
        title=titled(title),
        created=clock.now(),
        fields={key: value for key, value in values.items() if value is not None},
        **_ancestors(target),
    )
    for user in _approvers(acting, type_, scope, approvers):
        Approver.objects.create(portal_id=loaded.portal_id, resource=resource, user=user)
    journal.record(
        acting, "resource:create", scope=scope, target=f"{type_}:{resource.key}", facts={"title": resource.title}
    )
    for upload in files:
        _keep(acting, loaded, resource, upload)
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
    resource, loaded = _held(acting, ref, "edit", version)
    changed: dict[str, Any] = {}
    if title is not None and titled(title) != resource.title:
        changed["title"] = resource.title = titled(title)
    if fields is not None:
        values = {**resource.fields, **stored(loaded, ref.type, fields)}
        _complete(loaded, ref.type, set(fields), values)
        values = {key: value for key, value in values.items() if value is not None}
        if values != resource.fields:
            changed["fields"] = resource.fields = values
    if scope is not None and scope != resource.scope.key:
        target = grants.scope_ref(acting.portal, scope)
        access.require(acting, f"create_{ref.type}", target)
        changed["scope"] = {"before": resource.scope.key, "after": scope}
        resource.scope = Scope.objects.get(portal_id=loaded.portal_id, key=scope)
        for column, value in _ancestors(resource.scope).items():
            setattr(resource, column, value)
    if changed:
        _write(resource)
        journal.record(acting, "resource:edit", scope=resource.scope.key, target=str(ref), facts=changed)


@change("resource:transition")
def transition(acting: Acting, *, ref: Ref, version: int, action: str) -> str:
    """
    Take a resource read at *version* to another state by *action*; return the state.

    The right is decided first; whether the present state admits it is answered apart, as a conflict. An action that
    keeps the state is an approval: it is written down as the actor's.
    """
    resource, loaded = _held(acting, ref, action, version)
    known = [t for t in loaded.blueprint.types[ref.type].transitions if t.action == action]
    if not known:
        raise NotFound(f"`{action[:60]}` is no transition of {ref.type}")
    found = next((t for t in known if resource.state in t.from_), None)
    if found is None:
        raise Conflict(
            f"cannot {action} {ref.type} `{ref.id}`: it is {resource.state}", code="wrong_state", state=resource.state
        )
    before = resource.state
    if found.to:
        resource.state = found.to
    else:
        row, made = Approver.objects.get_or_create(
            portal_id=loaded.portal_id, resource=resource, user=_user(acting), defaults={"approved": True}
        )
        if row.approved and not made:
            raise Conflict("you approved it already", code="already_approved")
        Approver.objects.filter(pk=row.pk).update(approved=True)
    _write(resource)
    journal.record(
        acting,
        "resource:transition",
        scope=resource.scope.key,
        target=str(ref),
        facts={"action": action, "before": before, "after": resource.state},
    )
    return resource.state


@change("resource:delete")
def delete(acting: Acting, *, ref: Ref) -> None:
    """Remove a resource with its thread and files; what it was stays in the history and the journal."""
    resource, _ = _held(acting, ref, "delete")
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
    resource, loaded = _held(acting, ref, "read")
    if resource.scope.inactive_path:
        raise Conflict("its scope is closed: nothing is added there", code="closed_scope")
    made = Comment.objects.create(
        portal_id=loaded.portal_id, resource=resource, author=_user(acting), text=text, created=clock.now()
    )
    journal.record(acting, "resource:comment", scope=resource.scope.key, target=str(ref), facts={"comment": made.pk})


@change("file:attach")
def attach_file(acting: Acting, *, ref: Ref, name: str, media_type: str, stream: IO[bytes]) -> int:
    """Add a file to a resource that the actor may edit; return its number."""
    resource, loaded = _held(acting, ref, "edit")
    return _keep(acting, loaded, resource, Upload(name, media_type, stream))


@change("file:remove")
def remove_file(acting: Acting, *, file_id: int) -> None:
    """Remove a file of a resource that the actor may edit."""
    row = Attachment.objects.filter(pk=file_id, portal__key=acting.portal).select_related("resource").first()
    if row is None:
        raise NotFound(f"unknown file `{file_id}`")
    ref = Ref(row.resource.type, row.resource.key)
    try:
        resource, _ = _held(acting, ref, "edit")
    except NotFound:
        raise NotFound(f"unknown file `{file_id}`") from None
    if not Attachment.objects.filter(pk=file_id).exists():
        raise NotFound(f"unknown file `{file_id}`")
    journal.record(acting, "file:remove", scope=resource.scope.key, target=str(ref), facts={"name": row.name})
    blob = row.blob
    row.delete()
    transaction.on_commit(lambda: blobs.remove([blob]))


def titled(title: str) -> str:
    """The title, trimmed; refused when blank, too long or with control characters."""
    title = unicodedata.normalize("NFC", " ".join(title.split()))
    if not title or len(title) > LARGEST_TITLE or any(unicodedata.category(c) in ("Cc", "Cs") for c in title):
        raise Invalid(Fault("title", f"expected a title of 1 to {LARGEST_TITLE} characters"), code="title")
    return title


def stored(loaded: Loaded, type_: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a form as they are stored; an empty one is none. Raises `Invalid` with a fault per field."""
    known = {field.key: field for field in loaded.blueprint.types[type_].fields}
    result, faults = {}, []
    for key, value in values.items():
        if key not in known:
            faults.append(Fault(key[:60], "unknown field"))
        elif value is None or value == "":
            result[key] = None
        elif isinstance(value, str) and not storable(value):
            faults.append(Fault(key, "holds a character that cannot be kept"))
        else:
            try:
                result[key] = typed.stored(known[key], value)
            except ValueError as error:
                faults.append(Fault(key, str(error)))
    if faults:
        raise Invalid(*faults, code="fields")
    return result


def _complete(loaded: Loaded, type_: str, given: set[str], values: Mapping[str, Any]) -> None:
    """Refuse what lacks a required field among those *given*."""
    required = [f for f in loaded.blueprint.types[type_].fields if f.required and f.key in given]
    faults = [Fault(field.key, "expected a value") for field in required if values.get(field.key) is None]
    if faults:
        raise Invalid(*faults, code="fields")


def _approvers(acting: Acting, type_: str, scope: str, people: Sequence[str]) -> list[User]:
    """
    The accounts of those whose approval is asked: people who could give it there, were it awaited.

    Anyone else is unknown, whether or not the portal knows them: the resource's page will show their names.
    """
    addresses = list(dict.fromkeys(grants.canonical(who) for who in people))
    ref, asked = grants.scope_ref(acting.portal, scope), Ref(type_, "")
    facts = access.load(acting.portal, addresses, [ref]).facts
    action = "approve" if facts.model.rule(type_, "approve") else "read"
    users = []
    for address in addresses:
        supposed = replace(facts, resources={asked: CoreResource(type_, "", scope, approvers=frozenset({address}))})
        user = User.objects.filter(email=address).first()
        if user is None or not decide(AccessQuery(address, action, asked), supposed).allowed:
            raise Invalid(Fault("approvers", f"unknown person `{address}`"), code="approvers")
        users.append(user)
    return users


def _still(acting: Acting, ref: Ref) -> Loaded:
    """Rights do not change until this transaction ends; then the facts are read."""
    hold_still(access.load(acting.portal).portal_id)
    return access.load(acting.portal, [acting.person], [ref])


def _held(acting: Acting, ref: Ref, action: str, version: int | None = None) -> tuple[Resource, Loaded]:
    """The row, locked and then decided upon: what was read before the lock never decides."""
    portal_id = access.load(acting.portal).portal_id
    hold_still(portal_id)
    row = (
        (
            Resource.objects.select_for_update(of=("self",))
            .select_related("scope")
            .filter(portal_id=portal_id, type=ref.type, key=ref.id)
            .first()
        )
        if storable(ref.type + ref.id)
        else None
    )
    access.require(acting, action, ref)
    if row is None:
        raise access.unknown(ref, access.model_of(acting.portal))
    if version is not None and version != row.version:
        raise Conflict("it changed since you read it", code="stale", version=row.version)
    return row, access.load(acting.portal, [acting.person], [ref])


def _write(resource: Resource) -> None:
    resource.version += 1
    resource.save()


def _ancestors(scope: Scope) -> dict[str, int | None]:
    return {f"a{n}": getattr(scope, f"a{n}") for n in range(7)}


def _user(acting: Acting) -> User:
    return User.objects.get(email=acting.person)


def _keep(acting: Acting, loaded: Loaded, resource: Resource, upload: Upload) -> int:
    name = unicodedata.normalize("NFC", "".join(c for c in upload.name if unicodedata.category(c)[0] != "C")).strip()
    name = name.replace("/", "_").replace("\\", "_")[-255:] or "fichier"
    blob, size = blobs.keep(upload.stream)
    row = Attachment.objects.create(
        portal_id=loaded.portal_id,
        resource=resource,
        author=_user(acting),
        name=name,
        media_type=upload.media_type[:100] if upload.media_type.isascii() and upload.media_type.isprintable() else "",
        size=size,
        blob=blob,
        created=clock.now(),
    )
    journal.record(
        acting,
        "file:attach",
        scope=resource.scope.key,
        target=f"{resource.type}:{resource.key}",
        facts={"name": name, "size": size},
    )
    return row.pk

"""
What every change of a resource stands on: the row locked and decided upon, values that are checked, and what is
written.

The verbs are in `resources` and `desk`.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

from habilis.blueprints import fields as typed
from habilis.blueprints.schema import Field
from habilis.blueprints.work import approves
from habilis.core import Conflict, Fault, Invalid, Ref
from habilis.store import blobs
from habilis.store.facts import Loaded, storable
from habilis.store.models import Attachment, Resource, Scope, User
from habilis.workflows import access, approvals, clock, journal
from habilis.workflows.acting import Acting, hold_still

LARGEST_TITLE = 300


@dataclass(frozen=True)
class Upload:
    """A file as it arrives."""

    name: str
    media_type: str
    stream: IO[bytes]


def made(acting: Acting, loaded: Loaded, type_: str, target: Scope, title: str, values: Mapping[str, Any]) -> Resource:
    """Write a new resource down, in its type's first state."""
    resource = Resource.objects.create(
        portal_id=loaded.portal_id,
        type=type_,
        key=secrets.token_hex(6),
        scope=target,
        author=user_of(acting),
        state=loaded.blueprint.types[type_].initial,
        title=titled(title),
        created=clock.now(),
        fields={key: value for key, value in values.items() if value is not None},
        **ancestors(target),
    )
    facts = {"title": resource.title}
    journal.record(acting, "resource:create", scope=target.key, target=f"{type_}:{resource.key}", facts=facts)
    return resource


def titled(title: str) -> str:
    """The title, trimmed; refused when blank, too long or with control characters."""
    title = unicodedata.normalize("NFC", " ".join(title.split()))
    if not title or len(title) > LARGEST_TITLE or any(unicodedata.category(c) in ("Cc", "Cs") for c in title):
        raise Invalid(Fault("title", f"expected a title of 1 to {LARGEST_TITLE} characters"), code="title")
    return title


def stored(loaded: Loaded, type_: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a form as they are stored."""
    return stored_in(loaded.blueprint.types[type_].fields, values)


def stored_in(fields: Sequence[Field], values: Mapping[str, Any]) -> dict[str, Any]:
    """*values* as *fields* store them; an empty one is none. Raises `Invalid` with a fault per field."""
    known = {field.key: field for field in fields}
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


def complete(loaded: Loaded, type_: str, given: set[str], values: Mapping[str, Any]) -> None:
    """Refuse what lacks a required field among those *given*."""
    complete_in([field for field in loaded.blueprint.types[type_].fields if field.key in given], values)


def complete_in(fields: Sequence[Field], values: Mapping[str, Any]) -> None:
    """Refuse *values* that lack one of the *fields* that are required."""
    faults = [Fault(f.key, "expected a value") for f in fields if f.required and values.get(f.key) is None]
    if faults:
        raise Invalid(*faults, code="fields")


def asked_again(acting: Acting, loaded: Loaded, resource: Resource) -> None:
    """What changed loses its approvals, and awaits those that the rules now ask for; whoever read it read another."""
    if approves(loaded.blueprint.types[resource.type]):
        approvals.lose(acting, loaded, resource)
        approvals.ask(acting, loaded, resource)


def file_changed(acting: Acting, loaded: Loaded, resource: Resource) -> None:
    """A file is part of what is approved: whoever read the resource before has read another."""
    if approves(loaded.blueprint.types[resource.type]):
        write(resource)
        asked_again(acting, loaded, resource)


def still(acting: Acting, ref: Ref) -> Loaded:
    """Rights do not change until this transaction ends; then the facts are read."""
    hold_still(access.load(acting.portal).portal_id)
    return access.load(acting.portal, [acting.person], [ref])


def held(acting: Acting, ref: Ref, action: str, version: int | None = None) -> tuple[Resource, Loaded]:
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


def write(resource: Resource) -> None:
    """Write the row, which is another version from now on."""
    resource.version += 1
    resource.save()


def ancestors(scope: Scope) -> dict[str, int | None]:
    """The columns by which a resource knows the scopes above it."""
    return {f"a{n}": getattr(scope, f"a{n}") for n in range(7)}


def user_of(acting: Acting) -> User:
    """The account of whoever acts."""
    return User.objects.get(email=acting.person)


def plain(name: str) -> str:
    """The name of a file, without what a system could take for an order."""
    name = unicodedata.normalize("NFC", "".join(c for c in name if unicodedata.category(c)[0] != "C")).strip()
    return name.replace("/", "_").replace("\\", "_")[-255:] or "fichier"


def keep(acting: Acting, loaded: Loaded, resource: Resource, upload: Upload) -> Attachment:
    """Write a file down, its bytes and its row."""
    name = plain(upload.name)
    blob, size = blobs.keep(upload.stream)
    row = Attachment.objects.create(
        portal_id=loaded.portal_id,
        resource=resource,
        author=user_of(acting),
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
    return row

"""
Files first, then the work: what is dropped becomes a resource, which is completed beside its file and sent on its way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from habilis.core import Conflict, Fault, Invalid, NotFound, Ref
from habilis.store.models import Resource, Scope
from habilis.workflows import access, approvals, grants, holding, resources
from habilis.workflows.acting import Acting, change
from habilis.workflows.holding import Upload


@change("resource:take_in")
def take_in(acting: Acting, *, type_: str, scope: str, file: Upload) -> str:
    """Create a resource from a file alone, where its type begins so; its fields are for whoever works on it next."""
    ref = grants.scope_ref(acting.portal, scope)
    loaded = holding.still(acting, ref)
    access.require(acting, f"create_{type_}", ref)
    if type_ not in loaded.blueprint.types or not loaded.blueprint.types[type_].intake:
        raise access.unknown(Ref(type_, scope), loaded.facts.model)
    name, target = holding.plain(file.name), Scope.objects.get(pk=loaded.scope_ids[scope])
    resource = holding.made(acting, loaded, type_, target, Path(name).stem or name, {})
    if not holding.keep(acting, loaded, resource, file).size:
        raise Invalid(Fault("files", "the file is empty"), code="file_empty")
    return resource.key


@change("resource:handle")
def handle(
    acting: Acting,
    *,
    ref: Ref,
    version: int,
    actions: Sequence[str],
    title: str | None = None,
    fields: Mapping[str, Any] | None = None,
) -> str:
    """
    Save what is given of a resource read at *version*, then take it through *actions*, all or nothing; return its
    state.

    What approvals hold back stops there, without a fault; what went on by itself is not done twice.
    """
    row, loaded = holding.held(acting, ref, actions[0] if actions else "edit", version)
    if title is not None or fields is not None:
        resources.edit(acting, ref=ref, version=version, title=title, fields=fields)
    info = loaded.blueprint.types[ref.type]
    for n, action in enumerate(actions):
        found = next((t for t in info.transitions if t.action == action and t.to), None)
        if found is None:
            raise NotFound(f"`{action[:60]}` is no transition of {ref.type}")
        row = Resource.objects.get(pk=row.pk)
        if row.state not in found.from_:
            if n:
                break
            raise Conflict(
                f"cannot {action} {ref.type} `{ref.id}`: it is {row.state}", code="wrong_state", state=row.state
            )
        if n and info.approval and info.approval.holds == action and approvals.awaited(row):
            break
        resources.transition(acting, ref=ref, version=row.version, action=action)
    return Resource.objects.values_list("state", flat=True).get(pk=row.pk)

"""Cuts from what a page shows the names of the scopes above that its reader may not list: a path is a list too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TypeVar

from habilis.core import Account, Ref, Unanswerable
from habilis.store.queries import reading
from habilis.store.queries.records import GrantRecord, PersonRecord, ResourceRecord, ScopeRecord
from habilis.workflows import access
from habilis.workflows.giving import scope_ref

Shown = TypeVar("Shown", ScopeRecord, ResourceRecord, GrantRecord, PersonRecord)


def discreet(portal: str, subject: str, records: Iterable[Shown]) -> list[Shown]:
    """*records*, in their order, as *subject* may see them."""
    found = list(records)
    above = reading.above(scope for record in found for scope in _scopes(record))
    questions = [(subject, "list", Ref(kind, key)) for kind, key in above.values()]
    answers = access.check_many(portal, questions) if questions else []
    hidden = {id_ for id_, allowed in zip(above, answers, strict=True) if not allowed}
    if not hidden:
        return found
    keys = {above[id_][1] for id_ in hidden}
    return [_cut(record, hidden, keys) for record in found]


def account_within_sight(portal: str, asker: str, account: Account) -> Account:
    """The *account* of another person, without the grants held where *asker* may not list people."""
    held = {step.grant.scope for step in account.steps if step.grant is not None}
    refs = {key: scope_ref(portal, key) for key in held}
    answers = access.check_many(portal, [(asker, "export", ref) for ref in refs.values()]) if refs else []
    visible = {key for key, allowed in zip(refs, answers, strict=True) if allowed}
    steps = tuple(step for step in account.steps if step.grant is None or step.grant.scope in visible)
    nothing = not steps and not account.allowed
    return replace(account, steps=steps, unanswerable=Unanswerable.NO_GRANT if nothing else account.unanswerable)


def _scopes(record: ScopeRecord | ResourceRecord | GrantRecord | PersonRecord) -> Iterator[ScopeRecord]:
    if isinstance(record, ScopeRecord):
        yield record
    elif isinstance(record, PersonRecord):
        yield from (grant.scope for grant in record.grants)
    else:
        yield record.scope


def _cut(record: Shown, hidden: set[int], keys: set[str]) -> Shown:
    if isinstance(record, PersonRecord):
        return replace(record, grants=tuple(_cut(grant, hidden, keys) for grant in record.grants))
    if not isinstance(record, ScopeRecord):
        return replace(record, scope=_cut(record.scope, hidden, keys))
    names = zip(record.path, record.path_names, strict=True)
    orphan = len(record.path) > 1 and record.path[-2] in hidden
    return replace(
        record,
        path_names=tuple(name for id_, name in names if id_ not in hidden),
        path=tuple(id_ for id_ in record.path if id_ not in hidden),
        parent_key="" if orphan else record.parent_key,
        parent_name="" if orphan else record.parent_name,
        responsible="" if record.responsible in keys else record.responsible,
    )

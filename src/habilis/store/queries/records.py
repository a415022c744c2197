"""What screens read: frozen records."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

T = TypeVar("T")


def grant_version(
    id_: int, valid_from: datetime | None, valid_until: datetime | None, adjustments: Mapping[str, str]
) -> str:
    """What tells a grant as it is from the same one changed."""
    told = (id_, *(at and at.astimezone(UTC).isoformat() for at in (valid_from, valid_until)))
    return hashlib.sha256(repr((told, sorted(adjustments.items()))).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Page(Generic[T]):
    """A page of a list: its items, the exact total of the list, and the cursors of the pages around it."""

    items: tuple[T, ...]
    total: int
    next: str | None = None
    previous: str | None = None


@dataclass(frozen=True)
class ScopeRecord:
    """A scope. `path_names` are the names, and `path` the numbers, from below the root down to itself."""

    id: int
    key: str
    kind: str
    name: str
    parent_key: str
    parent_name: str
    status: str
    identifiers: Mapping[str, str]
    options: tuple[str, ...]
    configuration: str | Mapping[str, str] | None
    depth: int
    path_names: tuple[str, ...]
    author_email: str
    responsible: str
    inactive: bool
    pending: bool
    path: tuple[int, ...] = ()


@dataclass(frozen=True)
class ResourceRecord:
    """A resource. `approvers` are (address, name, approved)."""

    id: int
    type: str
    key: str
    scope: ScopeRecord
    author_email: str
    author_name: str
    state: str
    title: str
    created: datetime
    fields: Mapping[str, Any]
    version: int
    approvers: tuple[tuple[str, str, bool], ...] = ()


@dataclass(frozen=True)
class CommentRecord:
    """A message of a thread."""

    author_name: str
    author_email: str
    text: str
    created: datetime


@dataclass(frozen=True)
class FileRecord:
    """A file of a resource."""

    id: int
    name: str
    media_type: str
    size: int
    author_name: str
    created: datetime


@dataclass(frozen=True)
class GrantRecord:
    """A grant. `status` is in_force, not_begun, ended or asleep."""

    id: int
    email: str
    scope: ScopeRecord
    profile: str
    valid_from: datetime | None
    valid_until: datetime | None
    adjustments: Mapping[str, str]
    status: str

    @property
    def version(self) -> str:
        """What a form sends back, so that nobody overwrites what they have not seen."""
        return grant_version(self.id, self.valid_from, self.valid_until, self.adjustments)


@dataclass(frozen=True)
class PersonRecord:
    """A person of a portal, with those of their grants that the asker may see."""

    email: str
    name: str
    language: str
    active: bool
    grants: tuple[GrantRecord, ...] = field(default=())
    last_login: datetime | None = None


@dataclass(frozen=True)
class EntryRecord:
    """An entry of the journal."""

    number: int
    at: datetime
    actor: str
    tag: str
    refused: bool
    subject: str
    scope: str
    target: str
    comment: str
    facts: Mapping[str, Any]

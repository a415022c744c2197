"""The history of a profile: who changed which cell and when, and what differs between two instants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from habilis.core import ADMINISTRATIVE, NotFound, Refused
from habilis.store.models import JournalEntry
from habilis.store.queries.records import EntryRecord, Page
from habilis.workflows import access, accounts, clock, deriving
from habilis.workflows.cells import known, level_of
from habilis.workflows.histories import paged

TAGS = (
    "profile:derive",
    "profile:edit",
    "profile:rename",
    "profile:retire",
    "profile:reinstate",
    "profile:set_default",
)


@dataclass(frozen=True)
class Then:
    """A profile at an instant: whether it was there, and the level of each cell."""

    there: bool
    cells: Mapping[str, str]


def story(portal: str, subject: str, profile: str, *, cursor: str | None = None) -> Page[EntryRecord]:
    """What was done to the profile, the newest first, for whoever may change profiles."""
    _may(portal, subject)
    loaded = access.load(portal)
    known(loaded.facts.model, profile)
    rows = JournalEntry.objects.filter(portal_id=loaded.portal_id, refused=False, tag__in=TAGS)
    rows = rows.filter(target=f"profile:{profile}")
    return paged(rows, (portal, subject, "profile", profile), cursor)


def names(portal: str, subject: str, page: Page[EntryRecord]) -> dict[str, str]:
    """The names of those who did it."""
    _may(portal, subject)
    return accounts.names_of(entry.actor for entry in page.items)


def between(
    portal: str, subject: str, profile: str, first: datetime, second: datetime
) -> tuple[dict[str, tuple[str, str]], Then, Then]:
    """The cells that differ between two instants (feature → level then, level later), and the profile at each."""
    _may(portal, subject)
    known(access.model_of(portal), profile)
    one, other = _then(portal, profile, first), _then(portal, profile, second)
    features = {*one.cells, *other.cells}
    differing = {
        feature: (one.cells.get(feature, "none"), other.cells.get(feature, "none"))
        for feature in features
        if one.cells.get(feature, "none") != other.cells.get(feature, "none")
    }
    return differing, one, other


def _then(portal: str, profile: str, instant: datetime) -> Then:
    with clock.as_of(instant):
        try:
            model = access.model_of(portal)
        except NotFound:
            return Then(there=False, cells={})
    found = model.profiles.get(profile)
    if found is None:
        return Then(there=False, cells={})
    return Then(there=True, cells={key: level_of(found, key).key for key in (*model.features, *ADMINISTRATIVE)})


def _may(portal: str, subject: str) -> None:
    if not deriving.derives(portal, subject):
        raise Refused(f"`{subject}` changes no profile here", code="derives_nothing")

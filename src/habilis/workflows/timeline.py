"""The story of one resource, as the journal tells it to whoever reads the resource."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from habilis.core import Ref
from habilis.store.models import JournalEntry
from habilis.workflows import access, accounts
from habilis.workflows.acting import Acting

TAGS = (
    "file:attach",
    "resource:ask_approval",
    "resource:lose_approvals",
    "resource:transition",
    "resource:transmit",
)
LONGEST = 100


@dataclass(frozen=True)
class Happened:
    """One thing that happened to a resource: by whom, and the action and state where it is a transition."""

    at: datetime
    tag: str
    actor: str
    action: str
    state: str


def of(portal: str, subject: str, ref: Ref) -> tuple[Happened, ...]:
    """What happened to a resource, the oldest first; at most the newest hundred."""
    access.require(Acting(subject, portal), "read", ref)
    rows = JournalEntry.objects.filter(portal__key=portal, target=str(ref), refused=False, tag__in=TAGS)
    entries = list(rows.order_by("-number")[:LONGEST])[::-1]
    names = accounts.names_of(entry.actor for entry in entries)
    return tuple(
        Happened(
            entry.at,
            entry.tag,
            names.get(entry.actor, ""),
            str(entry.facts.get("action", "")),
            str(entry.facts.get("after", "")),
        )
        for entry in entries
    )

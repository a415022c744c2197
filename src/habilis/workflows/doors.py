"""
The door of a portal: whether somebody whom it does not know may come to its public home, or to the form that asks.

Its setting says so, else its blueprint. A closed portal and one that does not exist are one and the same to a stranger.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from habilis.blueprints.schema import DOORS, Blueprint, KindInfo, RequestForm
from habilis.store.facts import storable
from habilis.store.models import AccessRequest, Member, Portal
from habilis.workflows import access, publishing
from habilis.workflows.publishing import Look

OPEN, ADDRESS, CLOSED = DOORS


@dataclass(frozen=True)
class Door:
    """A portal that lets a stranger ask for access. `public`: it has a home for them, with the button to its form."""

    portal: str
    name: str
    blueprint: Blueprint
    look: Look
    public: bool

    @property
    def form(self) -> RequestForm:
        """What is asked for."""
        return self.blueprint.requests.forms["join"]

    @property
    def submitted(self) -> list[KindInfo]:
        """The kinds of scope that anybody submits."""
        kinds = self.blueprint.model.kinds
        return [info for key, info in self.blueprint.kinds.items() if kinds[key].moderated]


def at(portal: str) -> Door | None:
    """The door of *portal*; nothing where it is closed, or where there is no such portal."""
    name = Portal.objects.filter(key=portal).values_list("name", flat=True).first() if storable(portal) else None
    if name is None:
        return None
    blueprint, look = access.blueprint_of(portal), publishing.look(portal)
    if look.door == CLOSED or "join" not in blueprint.requests.forms:
        return None
    return Door(portal, name, blueprint, look, look.door == OPEN)


def of_path(path: str) -> Door | None:
    """The door of the portal that a *path* of ours leads into, if it leads into one."""
    return at(path[1:].partition("/")[0]) if path.startswith("/") else None


def known(portal: str, person: str) -> bool:
    """Whether *portal* knows *person*, suspended there or not."""
    return Member.objects.filter(portal__key=portal, user__email=person).exists()


def lets_in(portal: str, person: str) -> str | None:
    """
    The name of *portal*, for somebody whom it does not know and who may ask for access or has asked already; else
    nothing.
    """
    if known(portal, person):
        return None
    if door := at(portal):
        return door.name
    return next((name for key, name, _ in asked_of(person) if key == portal), None)


def open_to(person: str) -> list[tuple[str, str]]:
    """The portals (key, name) with a public home that do not know *person*."""
    rows = Portal.objects.exclude(members__user__email=person).order_by("name").values_list("key", flat=True)
    return [(door.portal, door.name) for key in rows if (door := at(key)) and door.public]


def asked_of(person: str) -> list[tuple[str, str, bool]]:
    """The portals (key, name) that do not know *person* and that they asked for access, and whether it still waits."""
    mine = AccessRequest.objects.filter(Q(requester__email=person) | Q(beneficiary__email=person))
    waiting = set(mine.filter(state="pending").values_list("portal_id", flat=True))
    rows = Portal.objects.filter(pk__in=mine.values("portal")).exclude(members__user__email=person).order_by("name")
    return [(row.key, row.name, row.pk in waiting) for row in rows]

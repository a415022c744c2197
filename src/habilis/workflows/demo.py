"""The five portals of the demonstration and their cast, from the data files beside each blueprint."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from habilis.blueprints.loader import HERE, SHIPPED
from habilis.blueprints.worlds import open_file
from habilis.store.models import Invitation, Portal
from habilis.workflows import invitations, loading
from habilis.workflows.acting import Acting


@dataclass(frozen=True)
class Part:
    """One person of the cast: who to sign in as, what to try and what to expect, in French and English."""

    name: str
    email: str
    password: str
    role: dict[str, str]
    tries: dict[str, str]
    expects: dict[str, str]


def files() -> list[Path]:
    """The data files of the demonstration."""
    return [HERE / blueprint / "demo.toml" for blueprint in SHIPPED]


def install() -> None:
    """Load the demonstration portals that are not there yet."""
    present = set(Portal.objects.values_list("key", flat=True))
    missing = [path for path in files() if _key(path) not in present]
    if missing:
        loading.load(missing)
    for key in map(_key, missing):
        _send_invitations(key)


def _send_invitations(portal: str) -> None:
    """Let each invitation of the files leave as its sender would send it, so that its mail can be looked at."""
    rows = Invitation.objects.filter(portal__key=portal, state="pending", digest="").order_by("id")
    for number, sender in rows.values_list("id", "by__email"):
        invitations.resend(Acting(sender, portal), invitation=number)


def others() -> list[str]:
    """The keys of the portals that are not the demonstration's: what its public passwords must not stand beside."""
    ours = [_key(path) for path in files()]
    return sorted(Portal.objects.exclude(key__in=ours).values_list("key", flat=True))


def cast() -> Iterator[tuple[str, str, list[Part]]]:
    """For each portal: its key, its name, its cast."""
    for path in files():
        opened = open_file(path)
        people = {row["email"]: row for row in opened.source.data["people"]}
        parts = [
            Part(
                people[row["email"]]["name"],
                row["email"],
                people[row["email"]]["password"],
                row["role"],
                row["tries"],
                row["expects"],
            )
            for row in tomllib.loads((path.parent / "cast.toml").read_text())["cast"]
        ]
        yield opened.portal.key, opened.portal.name, parts


def _key(path: Path) -> str:
    return str(tomllib.loads(path.read_text())["portal"]["key"])

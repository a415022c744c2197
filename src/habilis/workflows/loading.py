"""
Portals from data files: everything in the files, or nothing.

Loading is the publisher's act: no delegation binds it. It upserts by key and never removes; loading twice changes
nothing.
What it writes holds since always, unless it is only tried. An account that another portal knows too keeps its name
and its password.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction

from habilis.blueprints import worlds
from habilis.blueprints.worlds import Opened, World
from habilis.core import PORTAL, Conflict, Fault, Invalid, NotFound
from habilis.store import known, writing
from habilis.store.models import Portal, Profile, Scope, User
from habilis.workflows import accounts, journal
from habilis.workflows.acting import Acting, hold_rights


@dataclass(frozen=True)
class Report:
    """What one file brought: for each section the number of its rows."""

    portal: str
    counts: dict[str, int]


def load(paths: Sequence[Path]) -> list[Report]:
    """Load every file of *paths* in one transaction; raise `Invalid` with every fault of the first faulty one."""
    opened = [worlds.open_file(path) for path in paths]
    _check_keys(opened)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(3, 0)"
            )  # one load at a time: two of several portals could cross
        return [load_one(one) for one in opened]


def _check_keys(opened: Sequence[Opened]) -> None:
    seen: dict[str, Opened] = {}
    for one in opened:
        other = seen.setdefault(one.portal.key, one)
        if other is not one and (other.blueprint != one.blueprint or other.portal != one.portal):
            raise Invalid(
                Fault(
                    f"{one.source.label}:{one.source.line(('portal', 'key'))}: portal.key",
                    f"`{one.portal.key}` is the key of another portal, in {other.source.label}: "
                    "expected a key of its own",
                )
            )


def load_one(opened: Opened, *, since_always: bool = True) -> Report:
    """Load one file, in the transaction of the caller; not *since_always*, it holds from now on."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('habilis.loading', %s, true)", ["on" if since_always else "off"])
    try:
        portal = _portal(opened)
        hold_rights(portal.pk)
        world = worlds.read(opened, known.of_portal(portal.pk, opened.blueprint))
        counts = _write(portal, world)
    finally:
        with connection.cursor() as cursor:
            if not connection.needs_rollback:
                cursor.execute("SELECT set_config('habilis.loading', 'off', true)")
    fingerprint = hashlib.sha256(opened.source.text.encode()).hexdigest()
    journal.record(
        Acting("", portal.key),
        "portal:load",
        target=f"portal:{portal.key}",
        facts={"rows": counts, "sha256": fingerprint},
    )
    return Report(portal.key, counts)


def _portal(opened: Opened) -> Portal:
    row, blueprint = opened.portal, opened.blueprint
    portal = Portal.objects.filter(key=row.key).first()
    if portal is None:
        portal = Portal.objects.create(
            key=row.key,
            name=row.name,
            blueprint=opened.blueprint_name,
            source=blueprint.source,
            default_profile=row.default_profile,
        )
        root = Scope.objects.create(portal=portal, key="", kind=PORTAL, name=row.name)
        Scope.objects.filter(pk=root.pk).update(a0=root.pk)
    else:
        from habilis.blueprints.loader import of_text

        if of_text(portal.source).id != blueprint.id:
            raise Invalid(
                Fault(
                    f"{opened.source.label}:{opened.source.line(('portal', 'key'))}: portal.key",
                    f"`{row.key}` is the key of a portal that runs `{portal.blueprint}`: expected a key of its own",
                )
            )
        changed = (portal.name, portal.source, portal.default_profile) != (
            row.name,
            blueprint.source,
            row.default_profile,
        )
        if changed:
            portal.name, portal.source, portal.default_profile = row.name, blueprint.source, row.default_profile
            portal.save(update_fields=["name", "source", "default_profile"])
            Scope.objects.filter(portal=portal, key="").update(name=row.name)
    present = set(Profile.objects.filter(portal=portal).values_list("key", flat=True))
    Profile.objects.bulk_create(
        Profile(portal=portal, key=key) for key in blueprint.model.profiles if key not in present
    )
    return portal


def _write(portal: Portal, world: World) -> dict[str, int]:
    """Write the rows in an order in which each finds what it refers to."""
    writing.licenses(portal.pk, world.licenses)
    passwords = {password: make_password(password) for password in {p.password for p in world.people} if password}
    writing.people(portal.pk, world.people, passwords)
    writing.scopes(portal.pk, world.scopes)
    writing.profiles(portal.pk, world.profiles)
    writing.settle(portal.pk, world.model)
    writing.grants(portal.pk, world.grants, world.model)
    writing.resources(portal.pk, world.resources)
    writing.requests(portal.pk, world.requests)
    writing.invitations(portal.pk, world.invitations)
    sections = ("licenses", "scopes", "people", "profiles", "grants", "resources", "requests", "invitations")
    return {section: len(getattr(world, section)) for section in sections}


@transaction.atomic
def init_portal(key: str, blueprint: str, admin: str, *, name: str = "", admin_name: str = "") -> str:
    """
    Make a portal and its administrator; return the link with which they choose their first password.

    Raises `Conflict` where a portal of that key exists, `Invalid` for a bad key, blueprint or address.
    """
    from habilis.blueprints.reading import Source

    if Portal.objects.filter(key=key).exists():
        raise Conflict(f"a portal `{key}` exists already: expected a key of its own")
    quoted = {
        k: v.replace("\\", "\\\\").replace('"', '\\"')
        for k, v in {"key": key, "name": name or key, "b": blueprint}.items()
    }
    text = f'blueprint = "{quoted["b"]}"\n[portal]\nkey = "{quoted["key"]}"\nname = "{quoted["name"]}"\n'
    known_user = User.objects.filter(email=admin.strip().lower()).exists()
    text += (
        f'[[people]]\nemail = "{_quoted(admin)}"\nname = "{_quoted(admin_name or admin.split("@", maxsplit=1)[0])}"\n'
    )
    text += f'[[grants]]\nperson = "{_quoted(admin)}"\nscope = ""\nprofile = "portal_admin"\n'
    load_one(worlds.open_source(Source("init", text), Path.cwd()))
    return "" if known_user else accounts.first_password_link(admin)


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def portal_id(key: str) -> int:
    """The store's number of the portal *key*; raises `NotFound`."""
    found = Portal.objects.filter(key=key).values_list("id", flat=True).first()
    if found is None:
        raise NotFound(f"unknown portal `{key[:60]}`")
    return found


def dump(key: str) -> str:
    """The state of a portal as a data file; passwords and history are not in it."""
    from habilis.store import dumping

    return dumping.dump(portal_id(key))


__all__ = ["Report", "dump", "init_portal", "load", "load_one", "portal_id"]

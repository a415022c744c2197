"""Small portals from a few lines of data, and the people who act in them. For the tests that need a database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from habilis.blueprints import worlds
from habilis.blueprints.reading import Source
from habilis.workflows.acting import Acting

if TYPE_CHECKING:
    from django.test import Client


def load(text: str) -> str:
    """Load a data file given as text; return its portal's key."""
    from django.db import transaction

    from habilis.workflows import loading

    with transaction.atomic():
        return loading.load_one(worlds.open_source(Source("world", text), Path.cwd())).portal


def world(blueprint: str, key: str, *, scopes: str = "", grants: str = "", more: str = "") -> str:
    """
    The text of a data file, from short lines.

    A scope is `key kind name` (its parent is the key before the last slash), a grant is `name profile key` and
    sometimes `from..until`; people are those of the grants, `name` standing for `name@x.example`. `/` is the root.
    """
    lines = [f'blueprint = "{blueprint}"', "[portal]", f'key = "{key}"', f'name = "{key.title()}"']
    for line in filter(None, map(str.strip, scopes.splitlines())):
        scope, kind, name = line.split(maxsplit=2)
        parent = scope.rpartition("/")[0]
        lines += ["[[scopes]]", f'key = "{scope}"', f'kind = "{kind}"', f'name = "{name}"', f'parent = "{parent}"']
    rows = [line.split() for line in filter(None, map(str.strip, grants.splitlines()))]
    for name in dict.fromkeys(row[0] for row in rows):
        lines += ["[[people]]", f'email = "{address(name)}"', f'name = "{name.title()}"']
    for name, profile, scope, *period in rows:
        if profile == "-":
            continue
        lines += [
            "[[grants]]",
            f'person = "{address(name)}"',
            f'profile = "{profile}"',
            f'scope = "{scope.strip("/")}"',
        ]
        if period:
            start, _, end = period[0].partition("..")
            lines += [f"from = {start}"] if start else []
            lines += [f"until = {end}"] if end else []
    return "\n".join(lines) + "\n" + more


def address(name: str) -> str:
    """The address of somebody of these worlds."""
    return name if "@" in name else f"{name}@x.example"


def browser(name: str) -> Client:
    """The browser of somebody of these worlds, signed in; of nobody for no name."""
    from django.contrib.auth import get_user_model
    from django.test import Client

    opened = Client()
    if name:
        backend = "allauth.account.auth_backends.AuthenticationBackend"
        opened.force_login(get_user_model().objects.get(email=address(name)), backend=backend)
    return opened


def by(name: str, portal: str) -> Acting:
    """Somebody acting."""
    return Acting(address(name) if name else "", portal)


def resource(
    type_: str,
    key: str,
    scope: str,
    *,
    author: str = "",
    state: str = "",
    fields: str = "",
    title: str = "",
    more: str = "",
) -> str:
    """The lines of one resource."""
    lines = ["[[resources]]", f'type = "{type_}"', f'key = "{key}"', f'scope = "{scope}"', f'title = "{title or key}"']
    lines += [f'author = "{address(author)}"'] if author else []
    lines += [f'state = "{state}"'] if state else []
    lines += [f"fields = {fields}"] if fields else []
    return "\n".join([*lines, more]) + "\n"


ITEM = '{ format = "C5", copies = 1 }'

MAIL = world(
    "mailroom",
    "plis",
    scopes="""
        acme organization ACME
        acme/paie unit Paie
        acme/juridique unit Juridique
        acme/vide unit Vide
        borea organization Borea
        borea/paie unit Paie
    """,
    grants="""
        ada portal_admin /
        maud manager acme
        tom manager acme
        omar operator acme
        omar operator acme/paie
        olga operator acme
        olga operator acme/juridique
        olga operator acme/paie
        otto operator acme
        paul operator acme ..2026-01-01T00:00:00Z
        paul operator acme/paie ..2026-01-01T00:00:00Z
        mona manager acme ..2026-01-01T00:00:00Z
        bruno manager borea
        berthe operator borea
        berthe operator borea/paie
        noe - -
    """,
    more="".join(
        resource("mail_item", key, scope, author=author, fields=ITEM)
        for key, scope, author in (
            ("libre", "acme", "otto"),
            ("paie", "acme/paie", "omar"),
            ("juridique", "acme/juridique", "olga"),
            ("borea", "borea/paie", "berthe"),
        )
    ),
)
"""
Acme has two managers (maud, tom), operators of one unit (omar), of two (olga) and of none (otto), people whose right
ended (paul, mona); borea one manager (bruno) and one operator (berthe). noe holds nothing, ada administers the portal.
"""

BOOKS = world(
    "bookkeeping",
    "livres",
    scopes="""
        sud office Sud
        sud/pain dossier Pain
        sud/vin dossier Vin
        sud/eau dossier Eau
        nord office Nord
        nord/sel dossier Sel
    """,
    grants="""
        ada portal_admin /
        otis office_manager sud
        nils office_manager nord
        anna administrator sud/pain
        anna administrator sud/vin
        axel administrator sud/pain
        fred full_access sud/pain
        fred full_access sud/vin
        dina document_delivery sud/pain
        pete document_processing sud/pain
        sara full_access nord/sel
        sara full_access sud/eau
    """,
)
"""An office of three dossiers and another of one; anna administers two dossiers, axel one; sara is in both offices."""

BILLS = world(
    "invoicing",
    "factures",
    scopes="""
        ville structure Ville
        ville/ecoles unit Écoles
        ville/voirie unit Voirie
        asso structure Association
        asso/club unit Club
    """,
    grants="""
        ada portal_admin /
        paula primary_manager ville
        max member ville
        max member ville/ecoles
        mia member ville/voirie
        prune primary_manager asso
        paula member asso
        zoe - -
    """,
)
"""Two structures; paula manages one and is a plain member of the other; mia holds a unit and not its structure."""

ADVICE = world(
    "advisory",
    "conseil",
    scopes="""
        bzh territory Bretagne
        bzh/29 territory Finistère
        bzh/29/friche dossier Friche
        bzh/29/halle dossier Halle
        paca territory Provence
        paca/port dossier Port
    """,
    grants="""
        ada portal_admin /
        stan portal_staff /
        nat advisor /
        reg advisor bzh
        inv advisor bzh/29/friche
        obs observer bzh/29/friche
        own owner bzh/29/friche
        app applicant bzh/29/friche
        far owner paca/port
        zoe - -
    """,
)
"""National, regional and invited advisors, and the people of a dossier."""

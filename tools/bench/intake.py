"""People and grants from a table: its preview and its import, in seconds and in queries."""

from __future__ import annotations

import time
from pathlib import Path

from django.conf import settings
from django.db import transaction

from habilis.blueprints import worlds
from habilis.blueprints.reading import Source
from habilis.core import PORTAL_ADMIN
from habilis.store.models import Portal
from habilis.workflows import importing, loading
from habilis.workflows.acting import Acting
from tools.bench.measure import counted, line

PORTAL, STAFF = "intake", "admin@bench.test"
ORGANIZATIONS, UNITS = 20, 25  # units of each organization
LINES = (100, 1000, 5000)
WANTED = 10.0  # seconds, of the longest
HEAD = "email;nom;périmètre;profil;dernier jour\n"


def imported() -> None:
    """Three tables of growing length, previewed and imported; then taken back."""
    if not Portal.objects.filter(key=PORTAL).exists():
        _made()
    settings.HABILIS_DEMO = False  # a demonstration owes mails and sends none: here each gets its job
    try:
        for many in LINES:
            _measured(many)
    finally:
        settings.HABILIS_DEMO = True


def _measured(many: int) -> None:
    text, acting = HEAD + "".join(_line(n) for n in range(many)), Acting(STAFF, PORTAL)
    with transaction.atomic():
        start = time.perf_counter()
        with counted() as asked:
            plan = importing.preview(acting, text)
        seen = time.perf_counter() - start
        with counted() as written:
            importing.run(acting, text=text, digest=plan.digest)
        spent = time.perf_counter() - start - seen
        transaction.set_rollback(True)
    last = many == LINES[-1]
    line(f"{many:,} lines previewed", f"{seen:.2f} s", ratio=f"{len(asked):,} queries")
    line(
        f"{many:,} lines imported, in one transaction",
        f"{spent:.2f} s",
        ratio=f"{many / spent:,.0f} lines/s, {len(written):,} queries",
        wanted=f"≤ {WANTED:.0f} s" if last else "",
        reached=spent <= WANTED if last else None,
    )


def _line(n: int) -> str:
    """Somebody new for nine lines of ten, on a unit; else another unit of the same organization for the one before."""
    person, unit = (n, n // 10) if n % 10 else (max(n - 1, 0), n // 10 + 7)
    where = f"o{n // 10 % ORGANIZATIONS}"
    return f"p{person}@bench.test;Personne {person};{where}/u{unit % UNITS};operator;2999-12-31\n"


def _made() -> None:
    """A mailroom of organizations and units, and the one who imports."""
    rows = ['blueprint = "mailroom"', "[portal]", f'key = "{PORTAL}"', 'name = "Éditeur"']
    rows += ["[[people]]", f'email = "{STAFF}"', 'name = "Qui importe"']
    rows += ["[[grants]]", f'person = "{STAFF}"', 'scope = ""', f'profile = "{PORTAL_ADMIN}"']
    for o in range(ORGANIZATIONS):
        rows += ["[[scopes]]", f'key = "o{o}"', 'kind = "organization"', f'name = "Organisation {o}"', 'parent = ""']
        for u in range(UNITS):
            rows += ["[[scopes]]", f'key = "o{o}/u{u}"', 'kind = "unit"', f'name = "Unité {u}"', f'parent = "o{o}"']
    with transaction.atomic():
        loading.load_one(worlds.open_source(Source("intake", "\n".join(rows)), Path.cwd()))

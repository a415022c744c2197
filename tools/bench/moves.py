"""A hundred thousand grants moved to another profile in one transaction, read from the database and written back."""

from __future__ import annotations

import time

from django.db import connection, transaction

from habilis.config import database
from habilis.core import PORTAL_ADMIN
from habilis.store.models import Portal
from habilis.workflows import loading, moving, transfers
from habilis.workflows.acting import Acting
from habilis.workflows.moving import Chosen
from tools.bench.measure import line

PORTAL, OFFICE, STAFF = "moves", "cabinet", "mover@bench.test"
PEOPLE, DOSSIERS = 20_000, 5  # of each
WANTED = 20.0  # seconds

WORLD = f"""
blueprint = "licensing"
[portal]
key = "{PORTAL}"
name = "Transferts"
[[licenses]]
key = "connect_pay"
price = 12.5
[[licenses]]
key = "easy_invoicing"
price = 19.9
[[scopes]]
key = "{OFFICE}"
kind = "office"
name = "Cabinet"
[[people]]
email = "{STAFF}"
name = "Qui transfère"
[[grants]]
person = "{STAFF}"
scope = ""
profile = "{PORTAL_ADMIN}"
"""

ROWS = """
INSERT INTO store_scope (portal_id, key, kind, parent_id, name, identifiers, status, options, created, depth, settings,
    pending_path, inactive_path, a0, a1)
SELECT o.portal_id, 'm' || n, 'dossier', o.id, 'Dossier ' || n, '{}', 'active', '{}', now(), 2, '{}', false, false, o.a0, o.a1
FROM store_scope o, generate_series(1, %(people)s) n WHERE o.portal_id = %(portal)s AND o.key = %(office)s;
UPDATE store_scope SET a2 = id WHERE portal_id = %(portal)s AND kind = 'dossier';
INSERT INTO store_user (email, name, password, language, is_active, created)
SELECT 'm' || n || '@bench.test', 'Client ' || n, '!', 'fr', true, now() FROM generate_series(1, %(people)s) n
ON CONFLICT DO NOTHING;
INSERT INTO store_member (portal_id, user_id, active)
SELECT %(portal)s, u.id, true FROM generate_series(1, %(people)s) n JOIN store_user u ON u.email = 'm' || n || '@bench.test';
INSERT INTO store_grant (portal_id, user_id, scope_id, profile_id, adjustments, created, anchor)
SELECT %(portal)s, u.id, s.id, f.id, '{}', now(), s.id
FROM generate_series(1, %(people)s) n JOIN store_user u ON u.email = 'm' || n || '@bench.test',
    generate_series(0, %(dossiers)s - 1) d JOIN store_profile f ON f.portal_id = %(portal)s AND f.key = 'connect_pay'
    JOIN store_scope s ON s.portal_id = %(portal)s
WHERE s.key = 'm' || (1 + (n + d * 997) %% %(people)s);
ANALYZE;
"""


def transferred(address: str) -> None:
    """Everybody of one profile, previewed and moved; then taken back."""
    if not Portal.objects.filter(key=PORTAL).exists():
        with database.as_owner(address):
            _made()
    with transaction.atomic():
        portal = PORTAL
        mover = Acting(STAFF, portal)
        start = time.perf_counter()
        plan = moving.plan(portal, STAFF, Chosen("connect_pay"), "easy_invoicing")
        seen = time.perf_counter() - start
        agreed = plan.difference_said
        transfers.transfer(mover, source="connect_pay", to="easy_invoicing", version=plan.version, agreed=agreed)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # as the end of the transaction would
        spent = time.perf_counter() - start
        transaction.set_rollback(True)
    moved = len(plan.moves)
    line(f"{moved:,} grants previewed", f"{seen:.1f} s", ratio=f"{moved / seen:,.0f} grants/s")
    line(
        f"{moved:,} grants previewed and moved, in one transaction",
        f"{spent:.1f} s",
        ratio=f"{moved / spent:,.0f} grants/s",
        wanted=f"≤ {WANTED:.0f} s",
        reached=spent <= WANTED,
    )


def _made() -> None:
    """An office of twenty thousand clients, each on five dossiers."""
    from pathlib import Path

    from habilis.blueprints import worlds
    from habilis.blueprints.reading import Source

    loading.load_one(worlds.open_source(Source("moves", WORLD), Path.cwd()))
    values = {"portal": loading.portal_id(PORTAL), "office": OFFICE, "people": PEOPLE, "dossiers": DOSSIERS}
    with connection.cursor() as cursor:
        for statement in filter(str.strip, ROWS.split(";\n")):
            cursor.execute(statement, values)

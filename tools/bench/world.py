"""
Synthetic portals, made by the database itself: rows never pass through Python.

`post` is a mailroom (organizations > units), `advice` an advisory portal (territories > territories > dossiers),
`clients` a licensing portal whose clients all hold one derived profile, each on a dossier.
Ids, ancestors and authors follow from arithmetic, so that two runs hold the same rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from django.db import connection

from habilis.workflows import loading

POST, ADVICE, CLIENTS = "post", "advice", "clients"
DERIVED = "derived"  # the profile of every client
SEEN = "o600-u1"  # the unit whose mail about thirty people may see
STAFF = "admin@bench.test"
UNIT, UNITS, TERRITORY, MANY = "unit@bench.test", "units@bench.test", "territory@bench.test", "many@bench.test"


@dataclass(frozen=True)
class Size:
    """How many rows: scopes and resources of both portals together, people of the first."""

    name: str
    organizations: int
    units: int  # in each organization
    regions: int
    departments: int  # in each region
    dossiers: int  # in each department
    people: int
    mails: int
    recommendations: int
    clients: int  # each with a dossier
    documents: int

    @property
    def scopes(self) -> int:
        """How many scopes the first two portals have."""
        departments = self.regions * self.departments
        return 2 + self.organizations * (1 + self.units) + self.regions + departments * (1 + self.dossiers)

    @property
    def resources(self) -> int:
        """How many resources the first two portals have."""
        return self.mails + self.recommendations


SIZES = {
    "XS": Size("XS", 640, 1, 2, 2, 10, 1_000, 800, 200, 100, 500),
    "S": Size("S", 640, 8, 5, 10, 12, 10_000, 80_000, 20_000, 1_000, 100_000),
    "M": Size("M", 5_000, 19, 10, 10, 268, 200_000, 1_600_000, 400_000, 10_000, 2_000_000),
}

SCOPE_COLUMNS = "id, portal_id, key, kind, parent_id, name, identifiers, status, options, created, depth, pending_path, inactive_path"
RESOURCE_COLUMNS = "portal_id, type, key, scope_id, author_id, state, title, created, fields, version, a0, a1, a2, a3"

POST_SCOPES = f"""
INSERT INTO store_scope ({SCOPE_COLUMNS}, a0, a1)
SELECT %(base)s + o, %(portal)s, 'o' || o, 'organization', %(root)s, 'Organisation ' || o, '{{}}', 'active', '{{}}', now(), 1,
    false, false, %(root)s, %(base)s + o
FROM generate_series(1, %(organizations)s) o;
INSERT INTO store_scope ({SCOPE_COLUMNS}, a0, a1, a2)
SELECT %(base)s + %(organizations)s + (o - 1) * %(units)s + u, %(portal)s, 'o' || o || '-u' || u, 'unit', %(base)s + o,
    'Service ' || u || ' de ' || o, '{{}}', 'active', '{{}}', now(), 2, false, false,
    %(root)s, %(base)s + o, %(base)s + %(organizations)s + (o - 1) * %(units)s + u
FROM generate_series(1, %(organizations)s) o, generate_series(1, %(units)s) u;
"""

PEOPLE = """
INSERT INTO store_user (id, email, name, password, language, is_active, created)
SELECT %(people_base)s + p, 'p' || p || '@bench.test', 'Personne ' || p, '!', 'fr', true, now()
FROM generate_series(1, %(people)s) p;
INSERT INTO store_member (portal_id, user_id, active)
SELECT %(portal)s, %(people_base)s + p, true FROM generate_series(1, %(people)s) p;
"""

POST_GRANTS = """
INSERT INTO store_grant (portal_id, user_id, scope_id, profile_id, adjustments, created, anchor)
SELECT %(portal)s, %(people_base)s + p, %(base)s + 1 + (p - 1) %% %(organizations)s, f.id, '{}', now(),
    %(base)s + 1 + (p - 1) %% %(organizations)s
FROM generate_series(1, %(people)s) p JOIN store_profile f ON f.portal_id = %(portal)s
    AND f.key = CASE WHEN p <= %(organizations)s THEN 'manager' ELSE 'operator' END;
INSERT INTO store_grant (portal_id, user_id, scope_id, profile_id, adjustments, created, anchor)
SELECT %(portal)s, %(people_base)s + p,
    %(base)s + %(organizations)s + ((p - 1) %% %(organizations)s) * %(units)s + 1 + ((p - 1) / %(organizations)s) %% %(units)s,
    f.id, '{}', now(), %(base)s + 1 + (p - 1) %% %(organizations)s
FROM generate_series(%(organizations)s + 1, %(people)s) p
JOIN store_profile f ON f.portal_id = %(portal)s AND f.key = 'operator';
"""

MAILS = f"""
INSERT INTO store_resource ({RESOURCE_COLUMNS})
SELECT %(portal)s, 'mail_item', 'm' || r, s.id,
    %(people_base)s + 1 + ((s.a1 - %(base)s - 1) + (r %% greatest(%(people)s / %(organizations)s, 1)) * %(organizations)s),
    (ARRAY['draft', 'deposited', 'tracked', 'tracked', 'tracked'])[1 + r %% 5], 'Courrier ' || r,
    '2024-01-01'::timestamptz + (r * 7919::bigint %% 1000003) * interval '60 seconds',
    '{{"format": "C4", "copies": 1}}', 1, s.a0, s.a1, s.a2, NULL
FROM generate_series(1, %(mails)s) r
JOIN store_scope s ON s.id = %(base)s + 1 + (r * 104729::bigint) %% (%(organizations)s * (1 + %(units)s));
"""

ADVICE_SCOPES = f"""
INSERT INTO store_scope ({SCOPE_COLUMNS}, a0, a1)
SELECT %(base)s + t, %(portal)s, 'r' || t, 'territory', %(root)s, 'Région ' || t, '{{}}', 'active', '{{}}', now(), 1,
    false, false, %(root)s, %(base)s + t
FROM generate_series(1, %(regions)s) t;
INSERT INTO store_scope ({SCOPE_COLUMNS}, a0, a1, a2)
SELECT %(base)s + %(regions)s + d, %(portal)s, 'd' || d, 'territory', %(base)s + 1 + d %% %(regions)s, 'Département ' || d,
    '{{}}', 'active', '{{}}', now(), 2, false, false, %(root)s, %(base)s + 1 + d %% %(regions)s, %(base)s + %(regions)s + d
FROM generate_series(1, %(regions)s * %(departments)s) d;
INSERT INTO store_scope ({SCOPE_COLUMNS}, a0, a1, a2, a3)
SELECT %(base)s + %(regions)s * (1 + %(departments)s) + x, %(portal)s, 'x' || x, 'dossier', u.id, 'Dossier ' || x, '{{}}',
    CASE WHEN x %% 100 = 0 THEN 'pending' ELSE 'active' END, '{{}}', now(), 3, x %% 100 = 0, false,
    u.a0, u.a1, u.a2, %(base)s + %(regions)s * (1 + %(departments)s) + x
FROM generate_series(1, %(regions)s * %(departments)s * %(dossiers)s) x
JOIN store_scope u ON u.id = %(base)s + %(regions)s + 1 + x %% (%(regions)s * %(departments)s);
"""

RECOMMENDATIONS = f"""
INSERT INTO store_resource ({RESOURCE_COLUMNS})
SELECT %(portal)s, 'recommendation', 'n' || r, s.id, NULL, CASE WHEN r %% 4 = 0 THEN 'draft' ELSE 'published' END,
    'Recommandation ' || r, '2024-01-01'::timestamptz + (r * 7919::bigint %% 1000003) * interval '60 seconds',
    '{{"topic": "water"}}', 1, s.a0, s.a1, s.a2, s.a3
FROM generate_series(1, %(recommendations)s) r
JOIN store_scope s ON s.id = %(base)s + %(regions)s * (1 + %(departments)s) + 1
    + (r * 104729::bigint) %% (%(regions)s * %(departments)s * %(dossiers)s);
"""

CLIENT_ROWS = f"""
INSERT INTO store_scope ({SCOPE_COLUMNS}, a0, a1)
VALUES (%(base)s + 1, %(portal)s, 'office', 'office', %(root)s, 'Cabinet', '{{}}', 'active', '{{}}', now(), 1,
    false, false, %(root)s, %(base)s + 1);
INSERT INTO store_scope ({SCOPE_COLUMNS}, a0, a1, a2)
SELECT %(base)s + 1 + c, %(portal)s, 'c' || c, 'dossier', %(base)s + 1, 'Dossier ' || c, '{{}}', 'active', '{{}}', now(), 2,
    false, false, %(root)s, %(base)s + 1, %(base)s + 1 + c
FROM generate_series(1, %(clients)s) c;
INSERT INTO store_profile (portal_id, key, derives, name, levels, retired)
VALUES (%(portal)s, '{DERIVED}', 'full_accounting', 'Dérivé', '{{}}', false);
INSERT INTO store_user (id, email, name, password, language, is_active, created)
SELECT %(people_base)s + c, 'c' || c || '@bench.test', 'Client ' || c, '!', 'fr', true, now()
FROM generate_series(1, %(clients)s) c;
INSERT INTO store_member (portal_id, user_id, active)
SELECT %(portal)s, %(people_base)s + c, true FROM generate_series(1, %(clients)s) c;
INSERT INTO store_grant (portal_id, user_id, scope_id, profile_id, adjustments, created, anchor)
SELECT %(portal)s, %(people_base)s + c, %(base)s + 1 + c, f.id, '{{}}', now(), %(base)s + 1 + c
FROM generate_series(1, %(clients)s) c JOIN store_profile f ON f.portal_id = %(portal)s AND f.key = '{DERIVED}';
INSERT INTO store_resource ({RESOURCE_COLUMNS})
SELECT %(portal)s, 'document', 'd' || r, s.id, NULL, (ARRAY['draft', 'sent', 'archived'])[1 + r %% 3], 'Document ' || r,
    '2024-01-01'::timestamptz + (r * 7919::bigint %% 1000003) * interval '60 seconds', '{{}}', 1, s.a0, s.a1, s.a2, NULL
FROM generate_series(1, %(documents)s) r JOIN store_scope s ON s.id = %(base)s + 2 + r %% %(clients)s;
"""

CAST = """
INSERT INTO store_user (email, name, password, language, is_active, created)
SELECT e, e, '!', 'fr', true, now() FROM unnest(ARRAY['unit', 'units', 'territory', 'many']) w, concat(w,
'@bench.test') e
ON CONFLICT DO NOTHING;
INSERT INTO store_member (portal_id, user_id, active)
SELECT p.id, u.id, true FROM store_portal p, store_user u
WHERE u.email = ANY(ARRAY['unit@bench.test', 'units@bench.test', 'territory@bench.test', 'many@bench.test']) ON CONFLICT DO NOTHING;
"""

THIRTY = """
INSERT INTO store_grant (portal_id, user_id, scope_id, profile_id, adjustments, created, anchor)
SELECT s.portal_id, u.id, s.a1, f.id, '{}', now(), s.a1
FROM store_scope s JOIN store_portal p ON p.id = s.portal_id AND p.key = %(portal)s
JOIN store_profile f ON f.portal_id = p.id AND f.key = 'manager'
JOIN (SELECT user_id AS id FROM store_member m JOIN store_portal q ON q.id = m.portal_id AND q.key = %(portal)s
    ORDER BY user_id LIMIT 28 OFFSET 5) u ON true
WHERE s.key = %(key)s
"""

GRANT = """
INSERT INTO store_grant (portal_id, user_id, scope_id, profile_id, adjustments, created, anchor)
SELECT p.id, u.id, s.id, f.id, '{}', now(), CASE WHEN p.key = 'post' THEN s.a1 ELSE s.id END
FROM store_portal p JOIN store_user u ON u.email = %(email)s JOIN store_profile f ON f.portal_id = p.id AND f.key = %(profile)s
JOIN store_scope s ON s.portal_id = p.id AND s.key = ANY(%(scopes)s) WHERE p.key = %(portal)s
"""


def make(size: Size) -> None:
    """The portals, and the people of whom lists are asked."""
    loading.init_portal(POST, "mailroom", STAFF, name="Courrier")
    loading.init_portal(ADVICE, "advisory", STAFF, name="Conseil")
    loading.init_portal(CLIENTS, "licensing", STAFF, name="Permissions des clients")
    _run("SET session_replication_role = replica")  # no trigger row by row: what they keep is made below, at once
    indexes = _drop_indexes()
    _fill(POST, size, POST_SCOPES, PEOPLE, POST_GRANTS, MAILS)
    _fill(ADVICE, size, ADVICE_SCOPES, RECOMMENDATIONS)
    _fill(CLIENTS, size, CLIENT_ROWS)
    _run("SELECT setval('store_scope_id_seq', (SELECT max(id) FROM store_scope))")
    _run("SELECT setval('store_user_id_seq', (SELECT max(id) FROM store_user))")
    _run(CAST)
    cast = (
        (POST, UNIT, "operator", ["o7", "o7-u1"]),
        (POST, UNITS, "operator", _fifty(size)),
        (POST, MANY, "manager", [f"o{1 + n}" for n in range(500)]),
        (ADVICE, TERRITORY, "advisor", ["r3"]),
    )
    for portal, email, profile, scopes in cast:
        _run(GRANT, {"portal": portal, "email": email, "profile": profile, "scopes": scopes})
    _run(THIRTY, {"portal": POST, "key": SEEN})
    for definition in indexes:
        _run(definition)
    _run(import_module("habilis.store.migrations.0003_tally").NOW)
    _run("SET session_replication_role = DEFAULT")
    _run("VACUUM (ANALYZE)")


def _fifty(size: Size) -> list[str]:
    """Fifty units, and the organizations without which nobody belongs to a unit."""
    each = max(size.units, 1)
    units = [f"o{20 + n // each}-u{1 + n % each}" for n in range(50)]
    return [*units, *dict.fromkeys(unit.partition("-")[0] for unit in units)]


def _fill(portal: str, size: Size, *statements: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.id, s.id, (SELECT max(id) FROM store_scope), (SELECT max(id) FROM store_user)"
            " FROM store_portal p JOIN store_scope s ON s.portal_id = p.id AND s.key = '' WHERE p.key = %s",
            [portal],
        )
        portal_id, root, base, people_base = cursor.fetchone()
    values = {**vars(size), "portal": portal_id, "root": root, "base": base, "people_base": people_base}
    for statement in statements:
        _run(statement, values)


def _drop_indexes() -> list[str]:
    """Drop the indexes of resources that no constraint needs, and return what makes them again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i"
            " WHERE i.indrelid = 'store_resource'::regclass AND NOT i.indisunique"
        )
        found = cursor.fetchall()
    for name, _ in found:
        _run(f"DROP INDEX {name}")
    return [definition for _, definition in found]


def _run(sql: str, parameters: dict[str, Any] | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)

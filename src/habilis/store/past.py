"""
The tables as they are, or as they were at an instant: the same SQL runs over both.

`{grant}`, `{scope}`… in a query stand for the tables of today or, *as of* an instant, for the rows then true.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import cache

from django.apps import apps

KEPT = ("portal", "member", "scope", "license", "profile", "grant", "resource", "approver")


def over(sql: str, as_of: datetime | None, only: Collection[str] = KEPT) -> str:
    """
    Return *sql* with its table names in braces replaced; as of an instant it takes the parameter `as_of`.

    Then *only* those tables are read as they were: for the others, where nothing changed since, today's are faster.
    """
    if as_of is None:
        return sql.format_map(_present())
    return sql.format_map(_present() | {table: rows for table, rows in _past().items() if table in only})


@cache
def _present() -> dict[str, str]:
    return {table: f"store_{table}" for table in KEPT} | {"revision": "sys_from"}


@cache
def _past() -> dict[str, str]:
    tables = {}
    for table in KEPT:
        columns = ", ".join([f.column for f in apps.get_model("store", table)._meta.concrete_fields] + ["sys_from"])  # noqa: SLF001 - Django's own way to ask
        columns = columns if table == "portal" else columns.removesuffix(", sys_from")
        tables[table] = (
            f"(SELECT {columns} FROM store_{table} WHERE sys_from <= %(as_of)s UNION ALL "
            f"SELECT {columns} FROM store_{table}_history WHERE sys_from <= %(as_of)s AND %(as_of)s < sys_until)"
        )
    return tables | {"revision": "sys_from"}

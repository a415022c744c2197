"""A data file of fifty thousand rows, read, checked and written."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from django.db import transaction

from habilis.workflows import loading
from tools.bench.measure import line

ROWS = 50_000


def one_file() -> None:
    """Load it, then take it back."""
    rows = ['blueprint = "mailroom"', "[portal]", 'key = "loaded"', 'name = "Chargé"']
    rows += ["[[scopes]]", 'key = "o"', 'kind = "organization"', 'parent = ""', 'name = "Organisation"']
    for n in range(ROWS - 1):
        rows += [
            "[[resources]]",
            'type = "mail_item"',
            f'key = "m{n}"',
            'scope = "o"',
            'state = "draft"',
            f'title = "Courrier {n}"',
        ]
        rows += ["created = 2026-01-01T00:00:00Z", 'fields = { format = "C4", copies = 1 }']
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "loaded.toml"
        path.write_text("\n".join(rows), encoding="utf-8")
        start = time.perf_counter()
        with transaction.atomic():
            loading.load([path])
            transaction.set_rollback(True)
        spent = time.perf_counter() - start
    line(f"a data file of {ROWS:,} rows", f"{spent:.1f} s", ratio=f"{ROWS / spent:,.0f} rows/s")

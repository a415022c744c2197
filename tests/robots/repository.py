"""The repository's own files, for the robots that read them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "habilis"
MADE = {"node_modules", "build", "dist", "htmlcov", "venv", "__pycache__", "test-results"}  # by tools, not by us


def files(*suffixes: str, under: Path = ROOT) -> Iterator[Path]:
    """The files with one of the suffixes, in order, without hidden folders and what tools leave."""
    for folder, below, names in os.walk(under):
        below[:] = sorted(name for name in below if name not in MADE and not name.startswith("."))
        yield from (Path(folder, name) for name in sorted(names) if name.endswith(suffixes))


def shown(path: Path) -> str:
    """The path as one writes it."""
    return str(path.relative_to(ROOT))

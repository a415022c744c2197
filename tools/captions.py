"""
Writes the caption of every file into docs/architecture.md: the first paragraph of each module's own docstring.

`python -m tools.captions` writes them; a robot of the tests fails while the page says anything else.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "habilis"
PAGE = ROOT / "docs" / "architecture.md"
BETWEEN = re.compile(r"(?<=<!-- captions -->\n).*?(?=<!-- end of captions -->)", re.DOTALL)
ROOMS = ("core", "blueprints", "store", "workflows", "faces/web", "faces/api", "faces/cli", "config")


def modules(room: str) -> Iterator[Path]:
    """The modules of a room, without those that hold nothing; `""` gives what stands in no room."""
    folder = PACKAGE / room
    for path in sorted(folder.glob("*.py") if not room else folder.rglob("*.py")):
        if path.stat().st_size:
            yield path


def caption(path: Path) -> str:
    """The first paragraph of the module's docstring, on one line; empty where there is none."""
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(docstring.partition("\n\n")[0].split()).replace("|", "\\|")


def table() -> str:
    """The captions of every room."""
    lines = []
    for room in ROOMS:
        lines += [f"\n### `{room}`\n", "| file | caption |", "|---|---|"]
        lines += [f"| `{path.relative_to(PACKAGE / room)}` | {caption(path)} |" for path in modules(room)]
    return "\n".join(lines) + "\n\n"


def page() -> str:
    """The page as it should be."""
    return BETWEEN.sub(lambda _: table(), PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

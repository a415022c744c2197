"""
The French of the pages, without gettext's programs: what is to be said, what the catalogue says, and its compiled form.

`python -m habilis.faces.web.catalogue` names what lacks its French and compiles the rest.
"""

from __future__ import annotations

import ast
import re
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
SOURCE = HERE / "locale" / "fr" / "LC_MESSAGES" / "django.po"
COMPILED = SOURCE.with_suffix(".mo")
CALLS = {"_", "gettext", "gettext_lazy", "lazy", "pgettext"}
PLURAL_CALLS = {"ngettext", "ngettext_lazy"}
TAG = re.compile(r"""{%\s*trans\s+(?:"([^"]*)"|'([^']*)')""")
WITHIN = re.compile(r"""{{[^{}]*?\b_\("([^"]*)"\)""")
BLOCK = re.compile(r"{%\s*blocktrans\b[^%]*%}(.*?)(?:{%\s*plural\s*%}(.*?))?{%\s*endblocktrans\s*%}", re.DOTALL)
VARIABLE = re.compile(r"{{\s*([\w.]+)\s*}}")

Message = tuple[str, str]  # the singular, and the plural or nothing


def wanted() -> set[Message]:
    """Every text that the pages say, in English."""
    found: set[Message] = set()
    for path in sorted(HERE.rglob("*.py")):
        found.update(in_python(path.read_text()))
    for path in sorted([*HERE.rglob("*.html"), *HERE.rglob("*.txt")]):
        found.update(in_template(path.read_text()))
    return found


def in_python(source: str) -> Iterator[Message]:
    """The texts given to a function of translation."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        texts = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        if node.func.id in CALLS and texts:
            yield texts[0], ""
        elif node.func.id in PLURAL_CALLS and len(texts) > 1:
            yield texts[0], texts[1]


def in_template(source: str) -> Iterator[Message]:
    """The texts in the tags of translation, their variables as gettext writes them."""
    for double, single in TAG.findall(source):
        yield double or single, ""
    for text in WITHIN.findall(source):
        yield text, ""
    for one, many in BLOCK.findall(source):
        yield tuple(VARIABLE.sub(r"%(\1)s", text.replace("%", "%%")) for text in (one, many))  # type: ignore[misc]


def read(text: str) -> dict[Message, tuple[str, ...]]:
    """The messages of a `.po` text with their French: one text, or one for each number."""
    found: dict[Message, tuple[str, ...]] = {}
    for block in re.split(r"\n\s*\n", text):
        parts: dict[str, str] = {}
        name = ""
        for line in block.splitlines():
            if match := re.match(r'(msgid_plural|msgid|msgstr(?:\[\d\])?)\s+(".*")$', line):
                name, quoted = match.groups()
                parts[name] = ast.literal_eval(quoted)
            elif line.startswith('"') and name:
                parts[name] += ast.literal_eval(line)
        if "msgid" in parts:
            said = tuple(parts[key] for key in ("msgstr", "msgstr[0]", "msgstr[1]") if key in parts)
            found[parts["msgid"], parts.get("msgid_plural", "")] = said
    return found


def compiled(messages: dict[Message, tuple[str, ...]]) -> bytes:
    """The messages as the `.mo` that gettext reads."""
    pairs = sorted(
        ("\0".join(filter(None, message)).encode(), "\0".join(said).encode()) for message, said in messages.items()
    )
    count, table = len(pairs), 7 * 4
    at = table + 16 * count
    places, texts = ([], []), b""
    for column in (0, 1):
        for pair in pairs:
            places[column].append(struct.pack("<II", len(pair[column]), at + len(texts)))
            texts += pair[column] + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, count, table, table + 8 * count, 0, at)
    return head + b"".join(places[0]) + b"".join(places[1]) + texts


def missing() -> list[Message]:
    """What the pages say and the catalogue has no French for."""
    known = read(SOURCE.read_text()) if SOURCE.exists() else {}
    return sorted(message for message in wanted() if not all(known.get(message, ())) or message not in known)


def unused() -> list[Message]:
    """What the catalogue says and no page does."""
    return sorted(read(SOURCE.read_text()).keys() - wanted() - {("", "")})


if __name__ == "__main__":
    COMPILED.write_bytes(compiled(read(SOURCE.read_text())))
    for one, many in missing():
        sys.stdout.write(f"lacks its French: {one!r} {many!r}\n")
    for one, _many in unused():
        sys.stdout.write(f"is said nowhere: {one!r}\n")

"""
Reading TOML with every fault named: file, line, key, and what was expected.

`Table` wraps one table and remembers which keys were read, so that an unknown key is a fault too.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from habilis.core import LEVELS, Fault, Invalid, Level

LARGEST = 64 * 1024 * 1024  # bytes
KEY = re.compile(r"[^\s\x00-\x1f\x7f:](?:[^\x00-\x1f\x7f]{0,198}[^\s\x00-\x1f\x7f])?")
NAME = re.compile(r"[a-z][a-z0-9_]*")
Path = tuple[str | int, ...]


def decoded(label: str, content: bytes) -> str:
    """The text of a file, refusing what is too large or not UTF-8."""
    if len(content) > LARGEST:
        raise Invalid(Fault(label, f"is larger than {LARGEST // 1024 // 1024} MB"))
    try:
        return content.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise Invalid(Fault(label, f"is not TOML: not UTF-8 text (byte {error.start})")) from None


class Source:
    """One file: its text, where its keys stand, and the faults found in it."""

    def __init__(self, label: str, text: str) -> None:
        self.label = label
        self.text = text
        self.faults: list[Fault] = []
        try:
            self.data: dict[str, Any] = tomllib.loads(text)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            reason = "too deeply nested" if isinstance(error, RecursionError) else _lower(str(error))
            raise Invalid(Fault(label, f"is not TOML: {reason}")) from None

    @classmethod
    def of_bytes(cls, label: str, content: bytes) -> Source:
        """Read *content*."""
        return cls(label, decoded(label, content))

    def fault(self, path: Path, says: str) -> None:
        """Note that what stands at *path* is wrong."""
        line, key = self.line(path), ".".join(str(p) for p in path if isinstance(p, str))
        place = f"{self.label}:{line}" if line else self.label
        self.faults.append(Fault(f"{place}: {key}" if key else place, says))

    def raise_faults(self, most: int = 20) -> None:
        """Raise `Invalid` with the faults noted, if any; the first *most* of them."""
        if self.faults:
            shown = self.faults[:most]
            if len(self.faults) > most:
                shown.append(Fault(self.label, f"and {len(self.faults) - most} more faults"))
            raise Invalid(*shown)

    def line(self, path: Path) -> int:
        """The line of the key at *path*, or of the nearest table above it that is found; 0 when none is."""
        lines = self.text.split("\n")
        first = start = 0
        end = len(lines)
        consumed = 0
        for n in range(len(path), 0, -1):
            at = self._header(lines, path[:n])
            if at is not None:
                first, start, consumed = at + 1, at + 1, n
                end = next((i for i in range(start, len(lines)) if lines[i].lstrip().startswith("[")), len(lines))
                break
        else:
            end = next((i for i in range(len(lines)) if lines[i].lstrip().startswith("[")), len(lines))
        for key in path[consumed:]:
            wanted = re.compile(rf"""\s*["']?{re.escape(str(key))}["']?\s*[=.]""")
            for i in range(start, end):
                if wanted.match(lines[i]):
                    return i + 1
        return first

    def _header(self, lines: list[str], path: Path) -> int | None:
        index = path[-1] if isinstance(path[-1], int) else None
        name = ".".join(p for p in path if isinstance(p, str))
        wanted = (f"[[{name}]]",) if index is not None else (f"[{name}]", f"[[{name}]]")
        if sum(isinstance(p, int) for p in path) > (index is not None):
            return None  # arrays inside arrays of tables: the outer one is near enough
        seen = 0
        for i, line in enumerate(lines):
            if line.split("#")[0].strip().replace('"', "").replace(" ", "") in wanted:
                if index is None or seen == index:
                    return i
                seen += 1
        return None

    def root(self) -> Table:
        """The whole file as a table."""
        return Table(self, (), self.data)


class Table:
    """
    One TOML table being read. Each method reads a key, notes a fault when it is not what it should be, and returns
    a value anyway.
    """

    def __init__(self, source: Source, path: Path, data: Mapping[str, Any]) -> None:
        self.source, self.path, self.data = source, path, data
        self._read: set[str] = set()

    def fault(self, key: str | None, says: str) -> None:
        """Note a fault at *key* of this table, or at the table itself."""
        self.source.fault((*self.path, key) if key else self.path, says)

    def has(self, key: str) -> bool:
        """Whether the key is there."""
        return key in self.data

    def raw(self, key: str, default: Any = None) -> Any:
        """The value as TOML gave it."""
        self._read.add(key)
        return self.data.get(key, default)

    def _typed(self, key: str, kind: type | tuple[type, ...], said: str, default: Any, required: bool) -> Any:
        value = self.raw(key)
        if value is None:
            if required:
                self.fault(key if key in self.data else None, f"lacks `{key}`: expected {said}")
            return default
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            self.fault(key, f"expected {said}, found `{_shown(value)}`")
            return default
        return value

    def text(self, key: str, default: str = "", *, required: bool = False, largest: int = 300) -> str:
        """A text without control characters, of *largest* characters at most."""
        value: str = self._typed(key, str, "a text", default, required)
        if required and key in self.data and isinstance(self.data[key], str) and not value.strip():
            self.fault(key, "is empty: expected a text")
        if len(value) > largest:
            self.fault(key, f"is longer than {largest} characters")
            return default
        if "\x00" in value:
            self.fault(key, "holds a NUL character")
            return default
        return value

    def key(self, key: str, *, required: bool = True) -> str:
        """A key: 1 to 200 characters, no colon first, no space around, no control character."""
        value = self.text(key, required=required)
        if value and not KEY.fullmatch(value):
            self.fault(
                key, f"`{_shown(value)}` cannot be a key: no colon first, no space around, at most 200 characters"
            )
        return value

    def flag(self, key: str, default: bool) -> bool:
        """A boolean."""
        value: bool = self._typed(key, bool, "true or false", default, False)
        return value

    def one_of(self, key: str, choices: Iterable[str], default: str = "", *, required: bool = False) -> str:
        """One of the words *choices*."""
        value = self.text(key, default, required=required)
        words = list(choices)
        if key in self.data and isinstance(self.data[key], str) and value not in words:
            self.fault(key, f"unknown `{_shown(value)}`: expected {_or(words)}")
            return default
        return value

    def texts(self, key: str, choices: Iterable[str] | None = None) -> tuple[str, ...]:
        """A list of texts, all of *choices* where they are given."""
        value = self._typed(key, list, "a list of texts", [], False)
        if any(not isinstance(item, str) for item in value):
            self.fault(key, "expected a list of texts")
            return ()
        if choices is not None:
            words = list(choices)
            for item in value:
                if item not in words:
                    self.fault(key, f"unknown `{_shown(item)}`: expected {_or(words)}")
            value = [item for item in value if item in words]
        return tuple(value)

    def instant(self, key: str) -> datetime | None:
        """An instant with its offset."""
        value = self.raw(key)
        if value is None:
            return None
        if not isinstance(value, datetime) or value.tzinfo is None:
            shown = value.isoformat() if isinstance(value, date) else _shown(value)
            self.fault(key, f"`{shown}` is not an instant: expected one with its offset, like 2026-01-31T08:00:00Z")
            return None
        return value

    def levels(self, key: str, features: Iterable[str]) -> dict[str, Level]:
        """A table feature = "level"."""
        known = set(features)
        levels = {}
        for feature, level in self.mapping(key).items():
            if feature not in known:
                self.source.fault(
                    (*self.path, key, feature), f"unknown feature `{_shown(feature)}`: expected {_or(known)}"
                )
            elif not isinstance(level, str) or level not in LEVELS:
                self.source.fault(
                    (*self.path, key, feature), f"unknown level `{_shown(level)}`: expected {_or(LEVELS)}"
                )
            else:
                levels[feature] = LEVELS[level]
        return levels

    def mapping(self, key: str) -> dict[str, Any]:
        """An inline table or a table."""
        value: dict[str, Any] = self._typed(key, dict, "a table", {}, False)
        return value

    def table(self, key: str) -> Table:
        """The table under *key*, empty when it is not there."""
        return Table(self.source, (*self.path, key), self.mapping(key))

    def tables(self, key: str) -> Iterator[Table]:
        """The tables of the list `[[key]]`."""
        value = self._typed(key, list, f"tables [[{key}]]", [], False)
        for n, item in enumerate(value):
            if isinstance(item, dict):
                yield Table(self.source, (*self.path, key, n), item)
            else:
                self.source.fault((*self.path, key), f"expected tables [[{key}]], found `{_shown(item)}`")

    def named(self, key: str) -> Iterator[tuple[str, Table]]:
        """The tables `[key.<name>]`, each with its name."""
        for name, item in self.mapping(key).items():
            if not isinstance(item, dict):
                self.source.fault((*self.path, key, name), f"expected a table [{key}.{name}]")
            else:
                if not NAME.fullmatch(name) and key != "configurations":
                    self.source.fault(
                        (*self.path, key, name), f"`{_shown(name)}` is not a name: small letters, digits and _"
                    )
                yield name, Table(self.source, (*self.path, key, name), item)

    def done(self) -> None:
        """Note a fault for each key that nobody read."""
        for key in self.data:
            if key not in self._read:
                self.fault(key, f"unknown key `{_shown(key)}`: expected {_or(self._read)}")


def _shown(value: Any) -> str:
    text = str(value)
    return (text[:57] + "…" if len(text) > 60 else text).replace("\n", " ").replace("\x00", "�")


def _or(words: Iterable[str]) -> str:
    ordered = sorted(words) if isinstance(words, set | frozenset) else list(words)
    shown = [f"`{word}`" for word in ordered[:30]] + (["…"] if len(ordered) > 30 else [])
    return " or ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown) or "nothing"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:].rstrip(".").replace("\n", " ")

"""
JSON as programs that must agree on its meaning exchange it (RFC 7493).

UTF-8, each name once, numbers that exist, and not too deep: two readers can never see two different questions.
"""

from __future__ import annotations

import json
from typing import Any

DEEPEST = 32
_CONSTANTS = "the body holds NaN or Infinity, which are not JSON"


def read(content: bytes) -> Any:
    """The value in *content*; raise `ValueError` with a sentence for anything that is not strictly one."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError("the body is not UTF-8 text") from None
    try:
        value = json.loads(text, object_pairs_hook=_each_name_once, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise ValueError(f"the body is not JSON: line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise ValueError(_too_deep()) from None
    except NotStrictError:
        raise
    except ValueError:  # a number with thousands of digits
        raise ValueError("the body holds a number that is too long") from None
    _measure(value)
    return value


class NotStrictError(ValueError):
    """JSON that two readers could understand differently."""


def _too_deep() -> str:
    return f"the body is nested more than {DEEPEST} deep"


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise NotStrictError("the body holds an object with the same name twice")
    return made


def _no_constant(_: str) -> Any:
    raise NotStrictError(_CONSTANTS)


def _measure(value: Any) -> None:
    level = [value] if isinstance(value, dict | list) else []
    depth = 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise NotStrictError(_too_deep())
        inside = (child for one in level for child in (one.values() if isinstance(one, dict) else one))
        level = [child for child in inside if isinstance(child, dict | list)]

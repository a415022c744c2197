"""Typed fields: what a data file or a form may hold for each kind, and how it is stored (in JSON) and read back."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from habilis.blueprints.schema import Field
from habilis.core import canonical_address

LARGEST = {"text": 300, "longtext": 20_000}
SAYS = {
    "text": "a text",
    "longtext": "a text",
    "integer": "a whole number",
    "decimal": "a number",
    "amount": "an amount in EUR with at most two decimals",
    "date": "a date, like 2026-01-31",
    "boolean": "true or false",
    "email": "an e-mail address",
}
LIMIT = Decimal(10) ** 12


def stored(field: Field, value: Any) -> Any:  # noqa: C901 - one branch for each kind of field
    """Return *value* as it is stored; raise `ValueError` with a sentence where it is not what *field* holds."""
    says = SAYS.get(field.kind) or f"one of {', '.join(field.choices)}"
    refused = ValueError(f"expected {says}, found `{str(value)[:60]}`")
    if field.kind in ("text", "longtext", "email", "choice") and not isinstance(value, str):
        raise refused
    if isinstance(value, str) and "\x00" in value:
        raise ValueError("holds a NUL character")
    match field.kind:
        case "text" | "longtext":
            if len(value) > LARGEST[field.kind]:
                raise ValueError(f"is longer than {LARGEST[field.kind]} characters")
            return value
        case "choice":
            if value not in field.choices:
                raise refused
            return value
        case "email":
            return canonical_address(value)
        case "boolean":
            if not isinstance(value, bool):
                raise refused
            return value
        case "date":
            if isinstance(value, datetime) or not isinstance(value, date):
                raise refused
            return value.isoformat()
    return _stored_number(field, value, refused)


def _stored_number(field: Field, value: Any, refused: ValueError) -> int | str:
    number = _number(value)
    if number is None or abs(number) >= LIMIT:
        raise refused
    if field.min is not None and number < field.min:
        raise ValueError(f"expected at least {field.min}, found `{value}`")
    if field.kind == "integer":
        if number != number.to_integral_value():
            raise refused
        return int(number)
    if field.kind == "amount" and number != number.quantize(Decimal("0.01")):
        raise refused
    return str(number.quantize(Decimal("0.01")) if field.kind == "amount" else number)


def loaded(field: Field, value: Any) -> Any:
    """The Python value of what `stored` gave: numbers as `Decimal` or `int`, dates as `date`."""
    if value is None:
        return None
    if field.kind == "date":
        return date.fromisoformat(value)
    if field.kind in ("decimal", "amount"):
        return Decimal(value)
    return value


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None

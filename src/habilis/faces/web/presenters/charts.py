"""
The picture of a list, as numbers for an SVG drawn by the server: no script, no style, and the list itself is the table
beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, floor, log10
from typing import Any

from django.utils import formats

from habilis.blueprints.fields import loaded
from habilis.blueprints.schema import Chart, Field, TypeInfo
from habilis.faces.web.presenters import words

WIDTH, HEIGHT = 720, 280
LEFT, RIGHT, TOP, BOTTOM = 84, 12, 14, 44
POINTS = 12  # along; the newest
PICTURES = 4  # scopes
TICKS = 4
LETTER = 7.5  # how wide one is, with the space beside it


@dataclass(frozen=True)
class Mark:
    """One value of one point: a bar, or a dot of a line; `says` is its value in words."""

    x: int
    y: int
    width: int
    height: int
    says: str


@dataclass(frozen=True)
class Series:
    """One field along the picture."""

    name: str
    number: int
    marks: tuple[Mark, ...]

    @property
    def line(self) -> str:
        """The points of the line through its marks."""
        return " ".join(f"{mark.x},{mark.y}" for mark in self.marks)


@dataclass(frozen=True)
class Picture:
    """All that is drawn for one scope."""

    name: str
    says: str
    shape: str
    series: tuple[Series, ...]
    labels: tuple[tuple[int, str], ...]
    ticks: tuple[tuple[int, str], ...]
    zero: int
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    under: int = HEIGHT - BOTTOM + 22


def pictures(info: TypeInfo, records: Iterable[Any]) -> list[Picture]:
    """A picture for each scope of *records* that has at least two points, the richest first."""
    chart = info.chart
    if chart is None:
        return []
    fields = {field.key: field for field in info.fields}
    scopes: dict[str, list[Any]] = {}
    for record in records:
        if record.fields.get(chart.along) and any(record.fields.get(key) is not None for key in chart.values):
            scopes.setdefault(record.scope.key, []).append(record)
    drawn = [rows for rows in scopes.values() if len(rows) > 1]
    drawn.sort(key=lambda rows: (-len(rows), rows[0].scope.name))
    return [picture(chart, fields, rows) for rows in drawn[:PICTURES]]


def picture(chart: Chart, fields: dict[str, Field], records: Sequence[Any]) -> Picture:
    """The picture of the *records* of one scope."""
    rows = sorted(records, key=lambda record: (record.fields[chart.along], record.created))[-POINTS:]
    numbers = [[number(fields[key], row) for row in rows] for key in chart.values]
    low, high, step = scale([n for line in numbers for n in line if n is not None])
    wide = (WIDTH - LEFT - RIGHT) / len(rows)

    def height(value: Decimal) -> int:
        return round(TOP + (HEIGHT - TOP - BOTTOM) * float((high - value) / (high - low)))

    zero = height(Decimal(0))
    bar = max(3, int(wide * 0.72 / len(chart.values)))
    series = []
    for n, key in enumerate(chart.values):
        marks = []
        for at, value in enumerate(numbers[n]):
            if value is None:
                continue
            name, shown = words.said(fields[key].label), words.value(fields[key], str(value))
            says = f"{label(chart, fields, rows[at])}, {name} : {shown}"
            y = height(value)
            if chart.shape == "lines":
                marks.append(Mark(round(LEFT + wide * (at + 0.5)), y, 0, 0, says))
            else:
                x = round(LEFT + wide * at + wide * 0.14) + bar * n
                marks.append(Mark(x, min(y, zero), bar - 1, max(1, abs(zero - y)), says))
        series.append(Series(words.said(fields[key].label), n, tuple(marks)))
    count = int((high - low) / step)
    ticks = tuple((height(low + step * n), said(low + step * n)) for n in range(count + 1))
    names = [short(label(chart, fields, row)) for row in rows]
    apart = ceil(max(map(len, names)) * LETTER / wide)  # one name in so many, so that none lies on the next
    labels = tuple((round(LEFT + wide * (at + 0.5)), name) for at, name in enumerate(names) if at % apart == 0)
    says = " ; ".join(mark.says for one in series for mark in one.marks)
    return Picture(rows[0].scope.name, says, chart.shape, tuple(series), labels, ticks, zero)


def number(field: Field, row: Any) -> Decimal | None:
    """A value as a number; none where the row is silent."""
    value = loaded(field, row.fields.get(field.key))
    return None if value is None else Decimal(value)


def label(chart: Chart, fields: dict[str, Field], row: Any) -> str:
    """What a point is called: what the row says, else its date."""
    return (row.fields.get(chart.by) if chart.by else "") or words.value(fields[chart.along], row.fields[chart.along])


def short(text: str) -> str:
    """A label that fits under its point."""
    return text if len(text) <= 18 else text[:17] + "…"


def said(value: Decimal) -> str:
    """A number beside the picture."""
    return formats.number_format(value.normalize() if value else Decimal(0), use_l10n=True, force_grouping=True)


def scale(values: Sequence[Decimal]) -> tuple[Decimal, Decimal, Decimal]:
    """The bounds of the picture, zero always within, and the round step between its ticks."""
    low, high = min(*values, Decimal(0)), max(*values, Decimal(0))
    span = float(high - low) or 1.0
    rough = span / TICKS
    power = 10 ** floor(log10(rough))
    step = Decimal(str(next(power * n for n in (1, 2, 2.5, 5, 10) if power * n >= rough)))
    return step * floor(low / step), step * max(ceil(high / step), 0 if low else 1), step

"""
Reads the tables that people send, CSV or XLSX, into plain texts: nothing is computed, followed, or unpacked without
limit.

A table is kept as CSV from then on, so that it can be shown, corrected and sent again in a page.
"""

from __future__ import annotations

import csv
import io
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import IO, Any

import openpyxl

from habilis.core import Fault, Invalid
from habilis.workflows.exports import neutral

LARGEST = 2 * 1024 * 1024  # bytes of a file
UNPACKED = 20 * 1024 * 1024  # bytes of all that a workbook holds
MEMBERS = 1000  # files in a workbook
LINES = 5000  # below the headings
COLUMNS = 20
CELL = 300
SEPARATORS = ";,\t"


def text_of(name: str, stream: IO[bytes]) -> str:
    """The first table of a file as CSV; raises `Invalid` with what was expected."""
    content = stream.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise Invalid(
            Fault("file", f"is larger than {LARGEST // 1024} KB: expected less, in several files"), code="big"
        )
    if not content.strip():
        raise Invalid(Fault("file", "is empty: expected a table"), code="nothing")
    if content[:2] == b"PK":
        return written(_workbook(content))
    if name.lower().endswith((".xls", ".xlsm", ".ods", ".xlsb")) or b"\x00" in content:
        raise Invalid(
            Fault("file", f"`{name[-60:]}` is no table that is read here: expected .csv or .xlsx"), code="kind"
        )
    return _decoded(content)


def rows_of(text: str) -> list[list[str]]:
    """The lines of a table, the headings first, each as stripped cells; an empty line is an empty list."""
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise Invalid(Fault("file", "is empty: expected a table"), code="nothing")
    first = next(line for line in text.splitlines() if line.strip())
    separator = max(SEPARATORS, key=first.count)
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            rows.append(_trimmed([_clean(cell) for cell in row]))
            if len(rows) > LINES + 1 and any(rows[LINES + 1 :]):
                raise Invalid(
                    Fault("file", f"has more than {LINES} lines: expected less, in several files"), code="long"
                )
    except csv.Error as error:
        raise Invalid(Fault("file", f"line {len(rows) + 1} is not CSV: {str(error)[:100]}"), code="kind") from None
    while rows and not rows[-1]:
        rows.pop()
    if any(len(row) > COLUMNS for row in rows):
        raise Invalid(Fault("file", f"has more than {COLUMNS} columns"), code="kind")
    return rows


def written(rows: Iterator[Sequence[str]]) -> str:
    """Rows as CSV."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\n")
    for row in rows:
        writer.writerow(row)
    return buffer.getvalue()


def is_formula(text: str) -> bool:
    """Whether a spreadsheet would compute *text*."""
    return neutral(text) != text


def odd_character(text: str) -> str:
    """The name of a character that nobody types in a table (invisible, or a control), if there is one."""
    found = next((c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Cn")), "")
    return unicodedata.name(found, f"U+{ord(found):04X}") if found else ""


def _workbook(content: bytes) -> Iterator[Sequence[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _bounded(archive.infolist())
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        sheet: Any = book.worksheets[0]
        sheet.reset_dimensions()
        rows = []
        for n, row in enumerate(sheet.iter_rows(max_row=LINES + 2, max_col=COLUMNS + 1, values_only=True)):
            if n > LINES + 1:
                break
            rows.append(_trimmed([_said(value) for value in row]))
        book.close()
    except Invalid:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a hostile workbook raises in the reader is one and the same refusal
        says = f"cannot be read as a workbook: {type(error).__name__}"
        raise Invalid(Fault("file", says), code="kind") from None
    return iter(rows)


def _bounded(held: list[zipfile.ZipInfo]) -> None:
    """Refuse what would unpack to too much; no more than what is announced is ever unpacked."""
    if len(held) > MEMBERS or sum(one.file_size for one in held) > UNPACKED:
        raise Invalid(Fault("file", "unpacks to too much: expected a plain table"), code="big")


def _said(value: Any) -> str:
    """A cell as text: a formula as it is written, a day without its hour."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return " ".join(str(value).split())


def _trimmed(cells: list[str]) -> list[str]:
    """*cells* without the empty ones at the end."""
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid(Fault("file", "is not text in UTF-8 or Windows-1252"), code="kind")


def _clean(cell: str) -> str:
    return " ".join(cell.split(" ")).strip()[: CELL + 1]

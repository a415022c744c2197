"""
Lists as files: CSV, streamed, and XLSX. Each row comes through the rule, page after page, as it does on screen.

A text that a spreadsheet would take for a formula is neutralised; accents are right in a spreadsheet of either
language.
"""

from __future__ import annotations

import csv
import io
import tempfile
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any
from zoneinfo import ZoneInfo

import xlsxwriter
from django.conf import settings

from habilis.blueprints import fields as typed
from habilis.blueprints.schema import Label
from habilis.core import Ref
from habilis.store.queries.records import EntryRecord, GrantRecord, Page, PersonRecord, ScopeRecord
from habilis.workflows import access, browse, histories

BATCH = 200
SHEET = 1_000_000  # rows of a sheet, below what spreadsheets hold
MARK = "\ufeff"  # tells a spreadsheet that the text is UTF-8
SEPARATORS = {"fr": ";", "en": ","}
DANGEROUS = "=+-@\t\r\n"
BEFORE = " \u00a0'\"\u200b\ufeff"  # what a spreadsheet may skip before it looks

HEADERS = {
    "title": Label("Intitulé", "Title"),
    "scope": Label("Périmètre", "Scope"),
    "state": Label("État", "State"),
    "author": Label("Auteur", "Author"),
    "created": Label("Créé le", "Created"),
    "name": Label("Nom", "Name"),
    "key": Label("Clé", "Key"),
    "above": Label("Au-dessus", "Above"),
    "responsible": Label("Responsable", "Responsible"),
    "email": Label("Adresse électronique", "E-mail"),
    "kind": Label("Niveau", "Level"),
    "profile": Label("Profil", "Profile"),
    "from": Label("Depuis", "From"),
    "until": Label("Jusqu'au", "Until"),
    "status": Label("État", "State"),
    "active": Label("Compte actif", "Active account"),
    "seen": Label("Dernière connexion", "Last sign-in"),
    "at": Label("Date", "Date"),
    "says": Label("Événement", "Event"),
    "detail": Label("Précision", "Detail"),
    "refused": Label("Refusé", "Refused"),
    "comment": Label("Commentaire", "Comment"),
}
STATUSES = {
    "in_force": Label("en vigueur", "in force"),
    "not_begun": Label("à venir", "to come"),
    "ended": Label("terminé", "ended"),
    "asleep": Label("en sommeil", "asleep"),
}
SCOPE_STATES = {
    "active": Label("ouvert", "open"),
    "pending": Label("en attente de modération", "awaiting moderation"),
    "inactive": Label("fermé", "closed"),
}
YES, NO = Label("oui", "yes"), Label("non", "no")


Tell = Callable[[Sequence[EntryRecord], Mapping[str, str], Mapping[str, str]], Iterable[Sequence[Any]]]
"""Puts entries of the journal in words, one row each, with the names of the people and of the scopes."""


@dataclass(frozen=True)
class Table:
    """A list ready to be written: its name, its headers, and rows of plain values that come as they are read."""

    name: str
    header: tuple[str, ...]
    rows: Iterator[Sequence[Any]]
    total: int = 0  # of what is listed: one of these may take several rows


def resources(portal: str, subject: str, *, type_: str, language: str, **filters: Any) -> Table:
    """
    The resources of *type_* that *subject* may list, with the fields of the type; *filters* are those of the
    screen.
    """
    blueprint = access.blueprint_of(portal)
    info = blueprint.types[type_]
    first = _pages(lambda cursor: browse.resources(portal, subject, type_, cursor=cursor, limit=BATCH, **filters))
    header = [HEADERS[key].in_(language) for key in ("title", "scope", "state", "author", "created")]
    header[1] = info.place.in_(language) or header[1]
    header += [field.label.in_(language) for field in info.fields if field.list]

    def rows() -> Iterator[Sequence[Any]]:
        for record in first:
            state = info.states.get(record.state)
            common = [
                record.title,
                " › ".join(record.scope.path_names),
                state.in_(language) if state else record.state,
                record.author_name,
                record.created,
            ]
            yield [
                *common,
                *(_shown(field, record.fields.get(field.key), language) for field in info.fields if field.list),
            ]

    return Table(info.plural.in_(language), tuple(header), rows(), first.total)


def scopes(portal: str, subject: str, *, kind: str, language: str, **filters: Any) -> Table:
    """
    The scopes of one *kind* that *subject* may list, with what their page says to whoever may read it; *filters* are
    those of the screen.
    """
    blueprint = access.blueprint_of(portal)
    info, schemes = blueprint.kinds[kind], blueprint.model.kinds[kind].identifiers

    def read(cursor: str | None) -> Page[Sequence[Any]]:
        page = browse.scopes(portal, subject, kind=kind, cursor=cursor, limit=BATCH, **filters)
        may_read = access.check_many(portal, [(subject, "read", Ref(kind, record.key)) for record in page.items])
        rows = tuple(row(record, read=read) for record, read in zip(page.items, may_read, strict=True))
        return Page(rows, page.total, page.next)

    def row(record: ScopeRecord, *, read: bool) -> Sequence[Any]:
        state, above = SCOPE_STATES[record.status].in_(language), " › ".join(record.path_names[:-1])
        details = (record.responsible, *(record.identifiers.get(scheme) for scheme in schemes))
        return (record.name, record.key, above, state, *(details if read else ()))

    header = [HEADERS[key].in_(language) for key in ("name", "key", "above", "state", "responsible")]
    header += [blueprint.identifiers[scheme].label.in_(language) for scheme in schemes]
    listed = _pages(read)
    return Table((info.plural or info.label).in_(language), tuple(header), iter(listed), listed.total)


def people(portal: str, subject: str, *, scope_key: str, language: str, **filters: Any) -> Table:
    """The people attached on a scope and below, one row per grant, where *subject* may list people."""
    found = _pages(lambda cursor: browse.people(portal, subject, scope_key, cursor=cursor, limit=BATCH, **filters))
    rows = (row for person in found for row in _grant_rows(portal, person, language))
    return Table(Label("Personnes", "People").in_(language), _person_header(language), rows, found.total)


def contacts(portal: str, subject: str, *, language: str, text: str = "") -> Table:
    """Everybody whom *subject* may list, one row per grant."""
    found = _pages(lambda cursor: browse.contacts(portal, subject, text=text, cursor=cursor, limit=BATCH))
    rows = (row for person in found for row in _grant_rows(portal, person, language))
    return Table(Label("Contacts", "Contacts").in_(language), _person_header(language), rows, found.total)


def person(portal: str, subject: str, email: str, language: str) -> Table:
    """The card of one person, one row per grant that *subject* may see."""
    record = browse.person(portal, subject, email)
    return Table(record.name, _person_header(language), _grant_rows(portal, record, language))


def journal(
    portal: str,
    subject: str,
    scope_key: str,
    language: str,
    tell: Tell,
    wanted: histories.Wanted = histories.EVERYTHING,
) -> Table:
    """What was done on a scope and below, the newest first, where *subject* may read it; *tell* puts it in words."""

    def read(cursor: str | None) -> Page[Sequence[Any]]:
        page = histories.of_scope(portal, subject, scope_key, wanted=wanted, cursor=cursor, limit=BATCH)
        names = histories.names(portal, subject, scope_key, page.items)
        return Page(tuple(tell(page.items, *names)), page.total, page.next)

    header = [HEADERS[key].in_(language) for key in ("at", "says", "detail", "refused", "comment")]
    return Table(Label("Historique", "History").in_(language), tuple(header), iter(_pages(read)))


def to_csv(table: Table, language: str) -> Iterator[bytes]:
    """The table as CSV, in pieces."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=SEPARATORS.get(language, ","), lineterminator="\r\n")
    buffer.write(MARK)
    for n, row in enumerate(_with_header(table)):
        writer.writerow([_text(value, language) for value in row])
        if n % BATCH == 0:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def to_xlsx(table: Table) -> IO[bytes]:
    """The table as a spreadsheet, in a file read from its beginning; sheets are split before they are too long."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - handed to the caller, who closes it
    book = xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    bold = book.add_format({"bold": True})
    sheet, line = None, SHEET
    for row in table.rows:
        if line >= SHEET or sheet is None:
            sheet, line = book.add_worksheet(), 1
            sheet.write_row(0, 0, [neutral(title) for title in table.header], bold)
            sheet.freeze_panes(1, 0)
        for column, value in enumerate(row):
            if isinstance(value, datetime):
                sheet.write_datetime(line, column, _local(value).replace(tzinfo=None), moment)
            elif isinstance(value, date):
                sheet.write_datetime(line, column, datetime(value.year, value.month, value.day), day)  # noqa: DTZ001
            elif isinstance(value, int | float | Decimal) and not isinstance(value, bool):
                sheet.write_number(line, column, value)
            elif value is not None:
                sheet.write_string(line, column, neutral(str(value)))
        line += 1
    if sheet is None:
        book.add_worksheet().write_row(0, 0, [neutral(title) for title in table.header], bold)
    book.close()
    file.seek(0)
    return file


def template(header: Sequence[str], sheets: Sequence[tuple[str, Sequence[Sequence[str]]]]) -> IO[bytes]:
    """A workbook to fill in: its headings on the first sheet, and on the others what to choose from."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - handed to the caller, who closes it
    book = xlsxwriter.Workbook(file, {"strings_to_formulas": False, "strings_to_urls": False})
    bold = book.add_format({"bold": True})
    first = book.add_worksheet()
    first.write_row(0, 0, header, bold)
    first.freeze_panes(1, 0)
    first.set_column(0, len(header) - 1, 26, book.add_format({"num_format": "@"}))
    for name, rows in sheets:
        sheet = book.add_worksheet(name)
        for n, row in enumerate(rows):
            sheet.write_row(n, 0, [neutral(cell) for cell in row])
        sheet.set_column(0, 1, 40)
    book.close()
    file.seek(0)
    return file


def neutral(text: str) -> str:
    """
    *text*, made harmless where a spreadsheet would compute it: an apostrophe goes before what looks like a formula.
    """
    text = text.replace("\x00", "")
    looked = unicodedata.normalize("NFKC", text).lstrip(BEFORE)
    return f"'{text}" if looked[:1] and looked[0] in DANGEROUS else text


def _with_header(table: Table) -> Iterator[Sequence[Any]]:
    yield table.header
    yield from table.rows


@dataclass(frozen=True)
class _Listed:
    """Every item of a list, page after page, and how many there are."""

    first: Page[Any]
    read: Callable[[str | None], Page[Any]]

    @property
    def total(self) -> int:
        """How many there are."""
        return self.first.total

    def __iter__(self) -> Iterator[Any]:
        page = self.first
        while True:
            yield from page.items
            if page.next is None:
                return
            page = self.read(page.next)


def _pages(read: Callable[[str | None], Page[Any]]) -> _Listed:
    """A list whose first page is read at once, so that a refusal comes before the file."""
    return _Listed(read(None), read)


def _person_header(language: str) -> tuple[str, ...]:
    keys = ("name", "email", "scope", "kind", "profile", "status", "from", "until", "active", "seen")
    return tuple(HEADERS[key].in_(language) for key in keys)


def _grant_rows(portal: str, person: PersonRecord, language: str) -> Iterator[Sequence[Any]]:
    blueprint, names = access.blueprint_of(portal), browse.profile_names(portal, language)
    for grant in person.grants:
        yield _grant_row(person, grant, blueprint.kinds[grant.scope.kind].label.in_(language), names, language)


def _grant_row(
    person: PersonRecord, grant: GrantRecord, kind: str, names: dict[str, str], language: str
) -> Sequence[Any]:
    return (
        person.name,
        person.email,
        " › ".join(grant.scope.path_names) or grant.scope.name,
        kind,
        names.get(grant.profile, grant.profile),
        STATUSES[grant.status].in_(language),
        grant.valid_from,
        grant.valid_until,
        (YES if person.active else NO).in_(language),
        person.last_login and _local(person.last_login).date(),
    )


def _shown(field: Any, stored: Any, language: str) -> Any:
    value = typed.loaded(field, stored)
    if field.kind == "choice" and value in field.choices:
        return field.choices[value].in_(language)
    if isinstance(value, bool):
        return (YES if value else NO).in_(language)
    return value


def _text(value: Any, language: str) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return _local(value).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, Decimal | int | float) and not isinstance(value, bool):
        return str(value).replace(".", ",") if language == "fr" else str(value)
    return neutral(value.isoformat() if isinstance(value, date) else str(value))


def _local(instant: datetime) -> datetime:
    return instant.astimezone(ZoneInfo(settings.TIME_ZONE))

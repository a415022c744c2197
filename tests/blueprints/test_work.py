"""How one works with a type, as a blueprint says it: what is read, and the faults that are named."""

from __future__ import annotations

import re

import pytest

from habilis.blueprints import loader
from habilis.blueprints.reading import Source
from habilis.core import Invalid

BOOKS = (loader.HERE / "bookkeeping" / "portal.toml").read_text(encoding="utf-8")
ADVICE = (loader.HERE / "advisory" / "portal.toml").read_text(encoding="utf-8")
MAIL = (loader.HERE / "mailroom" / "portal.toml").read_text(encoding="utf-8")


def faults(text: str) -> str:
    with pytest.raises(Invalid) as caught:
        loader.parse(Source("portal.toml", text))
    return str(caught.value)


def test_the_documents_begin_with_files_and_go_through_a_desk():
    document = loader.load(loader.HERE / "bookkeeping").types["document"]

    assert document.intake
    assert document.desk == ("process", "send")
    assert (document.approval.kind, document.approval.amount, document.approval.holds) == ("kind", "amount", "send")


def test_a_stamped_field_is_no_field_of_a_form():
    assert {"deposited_on", "collected_on"} == loader.load(loader.HERE / "mailroom").types["mail_item"].stamped


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ('desk = ["process", "send"]', 'desk = ["approve"]', "types.document.desk: unknown `approve`"),
        ('kind = "kind", amount', 'kind = "party", amount', "types.document.approval.kind: unknown `party`"),
        ('amount = "amount", holds', 'amount = "date", holds', "types.document.approval.amount: unknown `date`"),
        ('holds = "send"', 'holds = "approve"', "types.document.approval.holds: unknown `approve`"),
        ('holds = "send"', 'holds = "send", more = 1', "types.document.approval.more: unknown key `more`"),
        ('along = "closed"', 'along = "period"', "types.report.chart.along: unknown `period`"),
        ('values = ["turnover", "costs", "result"]', "values = []", "types.report.chart.values: expected the fields"),
        ('shape = "bars"', 'shape = "pie"', "types.report.chart.shape: unknown `pie`"),
        ("intake = true", 'intake = "yes"', "types.document.intake: expected true or false"),
        ('type = "report"\nicon', 'type = "report"\nawaiting = true\nicon', "awaiting: nothing approves a `report`"),
    ],
)
def test_a_fault_names_its_key_and_what_was_expected(before, after, says):
    assert before in BOOKS

    assert says in re.sub(r"portal.toml:\d+: ", "", faults(BOOKS.replace(before, after)))


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ('stamps = "deposited_on"', 'stamps = "comment"', "stamps: unknown `comment`: expected a field of kind `date`"),
        ('suggests = "sender"', 'suggests = "nobody"', "suggests: expected a type of this blueprint"),
    ],
)
def test_what_a_button_stamps_and_a_field_suggests_exist(before, after, says):
    assert says in faults(MAIL.replace(before, after))


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ('page = "people"\ninvites', 'page = "crowd"\ninvites', "tabs.page: unknown `crowd`"),
        ('page = "people"\ninvites = ["advisor", "applicant"]', 'type = "letter"', "tabs.type: unknown `letter`"),
        ('invites = ["advisor"', 'invites = ["nobody"', "tabs.invites: unknown `nobody`"),
        ('type = "message"\n[[kinds', 'type = "recommendation"\n[[kinds', "`recommendation` has a tab already"),
        (
            'type = "message"\n[[kinds',
            'type = "message"\ninvites = ["advisor"]\n[[kinds',
            "tabs.invites: expected it",
        ),
        ('may = "moderate"', 'may = "dance"', "menu.may: unknown `dance`"),
        ("in_header = true", "in_header = 1", "requests.in_header: expected true or false"),
    ],
)
def test_what_a_page_of_a_scope_shows_exists(before, after, says):
    assert before in ADVICE

    assert says in faults(ADVICE.replace(before, after))


MAP = '[map]\nkind = "territory"\ncounts = "dossier"\nlines = ["A . B", "C"]\n'
UNDRAWN = re.sub(r"\[map\]\n.*?\n\]\n", "", ADVICE, flags=re.DOTALL)


def test_a_map_says_where_each_of_its_tiles_stands():
    drawn = loader.parse(Source("portal.toml", UNDRAWN + MAP)).map

    assert ("territory", "dossier") == (drawn.kind, drawn.counts)
    assert {"A": (0, 0), "B": (2, 0), "C": (0, 1)} == drawn.tiles
    assert 101 == len(loader.load(loader.HERE / "advisory").map.tiles)


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ('"territory"', '"region"', "map.kind: unknown `region`"),
        ('"dossier"', '"portal"', "map.counts: unknown `portal`"),
        ('kind = "territory"', 'kind = "dossier"', "map.counts: `dossier` never stands under a `dossier`"),
        ('"C"]', '"A"]', "map.lines: `A` stands there twice"),
        ('["A . B", "C"]', "[]", "map.lines: expected lines of keys"),
        ("lines =", "more = 1\nlines =", "map.more: unknown key `more`"),
        (MAP, "", "menu: leads to a map that is not there: expected `[map]`"),
    ],
)
def test_a_faulty_map_is_named(before, after, says):
    assert says in re.sub(r"portal.toml:\d+: ", "", faults(UNDRAWN + MAP.replace(before, after)))

"""The pictures of lists: what is drawn says what the rows say, and its names never lie on each other."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from habilis.blueprints import loader
from habilis.faces.web.presenters import charts

TURNOVER = loader.load(loader.find("licensing")).types["turnover"]
ALONG, VALUE = TURNOVER.chart.along, TURNOVER.chart.values[0]


def row(n, value, scope="atelier"):
    day = (date(2026, 1, 1) + timedelta(days=31 * n)).isoformat()
    fields = {ALONG: day} | ({} if value is None else {VALUE: str(value)})
    return SimpleNamespace(fields=fields, scope=SimpleNamespace(key=scope, name=scope.title()), created=day)


@pytest.mark.parametrize("points", range(2, 13))
def test_names_under_a_picture_never_lie_on_each_other(points):
    (picture,) = charts.pictures(TURNOVER, [row(n, 1000 + n) for n in range(points)])

    assert picture.labels
    for (x, name), (following, other) in zip(picture.labels, picture.labels[1:], strict=False):
        assert following - x >= (len(name) + len(other)) / 2 * charts.LETTER - 1


def test_a_bar_is_as_high_as_its_value():
    (picture,) = charts.pictures(TURNOVER, [row(0, 1000), row(1, 2000), row(2, None)])
    small, large = picture.series[0].marks

    assert abs(large.height - 2 * small.height) <= 1
    assert "2" in large.says
    assert large.y + large.height == picture.zero


def test_one_point_is_no_picture_and_each_scope_has_its_own():
    rows = [row(0, 10), row(1, 20), row(0, 30, "bistrot"), row(0, 1, "cave"), row(1, 2, "cave"), row(2, 3, "cave")]

    assert ["Cave", "Atelier"] == [picture.name for picture in charts.pictures(TURNOVER, rows)]

"""Timing, and lines of a table: medians of one run, with the ratio to what stands beside."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection


class Spent(float):
    """A median, and the best of what it is the median of: what the machine does when nobody else works on it."""

    best = 0.0


def milliseconds(work: Callable[[], Any], times: int = 15, longest: float = 10.0) -> Spent:
    """The median duration of *work*, in ms, of *times* calls after one that warms up; fewer when they take long."""
    work()
    found: list[float] = []
    start = time.perf_counter()
    while len(found) < times and (len(found) < 3 or time.perf_counter() - start < longest):
        before = time.perf_counter()
        work()
        found.append((time.perf_counter() - before) * 1000)
    spent = Spent(statistics.median(found))
    spent.best = min(found)
    return spent


def per_second(work: Callable[[], int], seconds: float = 1.0) -> float:
    """How many things a second *work* does; each call says how many it did. The median of three runs."""
    work()
    rates = []
    for _ in range(3):
        done, start = 0, time.perf_counter()
        while (spent := time.perf_counter() - start) < seconds:
            done += work()
        rates.append(done / spent)
    return statistics.median(rates)


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that go through Django's connection meanwhile."""
    seen: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield seen


def title(text: str) -> None:
    """A heading."""
    print(f"\n{text}", flush=True)


def line(what: str, figure: str, *, ratio: str = "", wanted: str = "", reached: bool | None = None) -> None:
    """One row: what, how much, beside what, the figure to reach and whether it is."""
    mark = {None: "", True: "yes", False: "NO"}[reached]
    print(f"  {what:<58} {figure:>22}  {ratio:<34} {wanted:<22} {mark}", flush=True)


def rate(value: float) -> str:
    """A rate as text."""
    return f"{value:,.0f}/s"


def ms(value: float) -> str:
    """A duration as text, with the best one between brackets."""
    best = f" ({value.best:,.2f})" if isinstance(value, Spent) else ""
    return f"{value:,.2f} ms{best}"

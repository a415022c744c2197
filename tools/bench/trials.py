"""What a change would do, counted before it is made; and lists of what was true at a past instant."""

from __future__ import annotations

from datetime import UTC, datetime

from habilis.workflows import access, browse, clock, deriving, simulating
from habilis.workflows.acting import Acting
from tools.bench import measure
from tools.bench.measure import line, ms
from tools.bench.world import CLIENTS, DERIVED, POST, STAFF, UNITS, Size

SIMULATED, PAST = 3_000.0, 2_000.0  # ms
FEATURE = "import"
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


def simulated(size: Size) -> None:
    """One cell of the profile that every client holds: who loses what, shown to whoever may do it."""
    found = deriving.sheet(CLIENTS, STAFF, DERIVED, "fr")
    asked = {"profile": DERIVED, "version": found.version, "levels": {**found.cells, FEATURE: "none"}}

    def effect() -> simulating.Effect:
        return simulating.effect_of(CLIENTS, lambda: deriving.edit(Acting(STAFF, CLIENTS), **asked), seen_by=STAFF)

    once = effect()
    once.insist()
    lost = max(sum(shift.lost for shift in once.shifts[who] if shift.type == "document") for who in once.shifts)
    spent = measure.milliseconds(effect, 3)
    line(
        f"a cell worn by {once.losing:,} people, over {size.documents:,} documents", ms(spent),
        ratio=f"{lost:,} answers lost by one of them", wanted="≤ 3 s at size M", reached=spent <= SIMULATED,
    )  # fmt: skip


def past_lists() -> None:
    """The keys of a page, and a whole list page, as of a past instant; beside the same of today."""
    for what, who in (("50 units", UNITS), ("the root", STAFF)):
        for name, ask in (
            ("a thousand keys", lambda who=who: access.search(POST, who, "list", "mail_item", limit=1000)),
            ("first page of fifty", lambda who=who: browse.resources(POST, who, "mail_item")),
        ):
            now = measure.milliseconds(ask, 3)
            with clock.as_of(BEGINNING):
                then = measure.milliseconds(ask, 3)
            line(
                f"{what}: {name}, as of a past instant", ms(then),
                ratio=f"{then / now:.1f} times today's", wanted="≤ 2 s", reached=then <= PAST,
            )  # fmt: skip

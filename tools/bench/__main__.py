"""`make bench`: size S; `make bench SIZE=M` for a portal of two million resources."""

from __future__ import annotations

import os
import platform
import sys
import time
from pathlib import Path

from tools.bench import server


def main() -> None:
    """Make the world, measure everything once, print."""
    name = os.environ.get("SIZE") or "S"
    kept = os.environ.get("BENCH_DATA")
    with server.running(Path(kept) if kept else None) as address:
        from habilis.config import database
        from habilis.store.models import Portal
        from tools.bench import checks, http, intake, lists, loads, measure, moves, pages, trials, world

        if name not in world.SIZES:
            raise SystemExit(f"unknown size `{name}`: expected {', '.join(world.SIZES)}")
        size = world.SIZES[name]
        print(f"size {name}: {size.scopes:,} scopes, {size.people:,} people, {size.resources:,} resources", flush=True)
        if not Portal.objects.filter(key=world.POST).exists():
            start = time.perf_counter()
            with database.as_owner(address):
                world.make(size)
            print(f"made in {time.perf_counter() - start:.0f} s", flush=True)
        busy = os.getloadavg()[0]
        print(f"{os.cpu_count()} cores, Python {platform.python_version()}; load when it began {busy:.1f}")
        parts = (
            ("decisions, in process", lambda: checks.in_process(size)),
            ("decisions, from the database", lambda: checks.from_cold(size)),
            ("who", checks.who),
            ("first page of fifty, newest first", lists.first_pages),
            ("counts", lists.counts),
            ("pages of the portal", pages.pages),
            ("over HTTP", lambda: http.over_http(size)),
            ("loading", loads.one_file),
            ("what a change would do", lambda: trials.simulated(size)),
            ("the past", trials.past_lists),
            ("people from a table", intake.imported),
            ("transfers", lambda: moves.transferred(address)),
        )
        wanted = sys.argv[1:]
        for title, work in parts:
            if not wanted or any(word in title for word in wanted):
                measure.title(title)
                work()


if __name__ == "__main__":
    main()

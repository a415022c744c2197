"""What is asked of the database by whoever looks after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

LATE = timedelta(minutes=15)  # a job due for longer is late, and mails are sent by jobs


@dataclass(frozen=True)
class Jobs:
    """The jobs that nobody runs: due for long, or begun by a worker that is gone; and those given up."""

    late: int
    abandoned: int
    failed: int


@dataclass(frozen=True)
class Queue:
    """The mails that wait to leave, for how long the oldest of them has, and how many were given up."""

    waiting: int
    oldest: timedelta
    failed: int


def portals() -> tuple[str, ...]:
    """The keys of every portal, sorted."""
    return tuple(key for (key,) in _rows("SELECT key FROM store_portal ORDER BY key"))


def version() -> str:
    """What the server calls itself."""
    return str(_rows("SHOW server_version")[0][0])


def missing_migrations() -> tuple[str, ...]:
    """The names of the steps that the tables are behind."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return tuple(f"{step.app_label}.{step.name}" for step, _ in plan)


def role() -> tuple[str, bool]:
    """The role in which we work, and whether it could alter the journal."""
    sql = """
        SELECT current_user, bool_or(has_table_privilege('store_journalentry', word))
        FROM unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) AS word
    """
    name, may = _rows(sql)[0]
    return str(name), bool(may)


def last_entry() -> int:
    """The number of the newest journal entry of all, 0 for none: reading it shows that the journal can be read."""
    return int(_rows("SELECT coalesce(max(number), 0) FROM store_journalentry")[0][0])


def jobs() -> Jobs:
    """How the jobs are getting on."""
    sql = """
        SELECT
            count(*) FILTER (WHERE status = 'todo' AND coalesce(scheduled_at, added_at) < now() - %(late)s),
            count(*) FILTER (WHERE status = 'doing' AND (w.id IS NULL OR w.last_heartbeat < now() - %(late)s)),
            count(*) FILTER (WHERE status = 'failed')
        FROM procrastinate_jobs AS j
        LEFT JOIN procrastinate_workers AS w ON w.id = j.worker_id
        LEFT JOIN LATERAL (
            SELECT min(at) AS added_at FROM procrastinate_events AS e WHERE e.job_id = j.id AND e.type = 'deferred'
        ) AS event ON true
        WHERE status IN ('todo', 'doing', 'failed')
    """
    return Jobs(*map(int, _rows(sql, {"late": LATE})[0]))


def mails() -> Queue:
    """How the queue of mails is getting on, whether it is their hour or they were put off by a server that fails."""
    sql = """
        SELECT count(*) FILTER (WHERE status IN ('todo', 'doing')),
            min(owed.at) FILTER (WHERE status IN ('todo', 'doing')), count(*) FILTER (WHERE status = 'failed'), now()
        FROM procrastinate_jobs AS j
        LEFT JOIN LATERAL (
            SELECT min(at) AS at FROM procrastinate_events AS e WHERE e.job_id = j.id AND e.type = 'deferred'
        ) AS owed ON true
        WHERE j.queue_name = 'mail' AND status IN ('todo', 'doing', 'failed')
    """
    waiting, oldest, failed, now = _rows(sql)[0]
    age = now - oldest if isinstance(oldest, datetime) and isinstance(now, datetime) else timedelta()
    return Queue(int(str(waiting)), age, int(str(failed)))


def _rows(sql: str, parameters: dict[str, object] | None = None) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()  # type: ignore[no-any-return]

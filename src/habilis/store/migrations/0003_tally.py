"""
How many resources each scope holds, kept exact by a trigger in the transaction of every change.

The number of resources of a type and a state on a scope is the sum of its rows in `store_tally` (`below` for those of the
scopes under it). A change only adds rows, so that two changes never wait for each other on the row of their common
ancestor; now and then a change folds the rows it touched into one.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations

TABLE = """
CREATE TABLE store_tally (
    scope_id bigint NOT NULL,
    type varchar(60) NOT NULL,
    state varchar(60) NOT NULL,
    below boolean NOT NULL,
    n bigint NOT NULL
);
CREATE INDEX tally_by_scope ON store_tally (scope_id, type) INCLUDE (state, below, n);
CREATE INDEX scope_pending ON store_scope (portal_id, id) WHERE pending_path;
"""


def places(table: str, sign: str) -> str:
    """Each resource of *table* once for its scope and once for each scope above."""
    return f"""
        SELECT r.scope_id, r.type, r.state, false AS below, {sign}1 AS n FROM {table} r
        UNION ALL
        SELECT a.id, r.type, r.state, true, {sign}1 FROM {table} r,
            LATERAL unnest(ARRAY[r.a0, r.a1, r.a2, r.a3, r.a4, r.a5, r.a6]) a(id)
        WHERE a.id <> r.scope_id
    """


def added(*parts: str) -> str:
    """The rows of the tally that *parts* make."""
    union = " UNION ALL ".join(parts)
    return f"""
        INSERT INTO store_tally (scope_id, type, state, below, n)
        SELECT scope_id, type, state, below, sum(n) FROM ({union}) p GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0
    """


FUNCTION = f"""
CREATE FUNCTION store_count_resources() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        TRUNCATE store_tally;
        RETURN NULL;
    ELSIF TG_OP = 'INSERT' THEN
        {added(places("come", "+"))};
    ELSIF TG_OP = 'DELETE' THEN
        {added(places("gone", "-"))};
        RETURN NULL;
    ELSE
        {added(places("gone", "-"), places("come", "+"))};
    END IF;
    -- INVARIANT: one folds at a time, and nothing else removes rows: what is deleted here is deleted by nobody else.
    IF random() < 0.005 AND current_setting('transaction_isolation') = 'read committed'
        AND pg_try_advisory_xact_lock(hashtext('store_tally'), 0)
    THEN
        WITH folded AS (
            DELETE FROM store_tally WHERE scope_id IN (
                SELECT unnest(ARRAY[r.a0, r.a1, r.a2, r.a3, r.a4, r.a5, r.a6]) FROM come r
            ) RETURNING *
        )
        INSERT INTO store_tally (scope_id, type, state, below, n)
        SELECT scope_id, type, state, below, sum(n) FROM folded GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER count_added AFTER INSERT ON store_resource REFERENCING NEW TABLE AS come
    FOR EACH STATEMENT EXECUTE FUNCTION store_count_resources();
CREATE TRIGGER count_changed AFTER UPDATE ON store_resource REFERENCING OLD TABLE AS gone NEW TABLE AS come
    FOR EACH STATEMENT EXECUTE FUNCTION store_count_resources();
CREATE TRIGGER count_removed AFTER DELETE ON store_resource REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION store_count_resources();
CREATE TRIGGER count_none AFTER TRUNCATE ON store_resource
    FOR EACH STATEMENT EXECUTE FUNCTION store_count_resources();
"""

NOW = added(places("store_resource", "+"))


class Migration(migrations.Migration):
    """The tally of what is there, and the trigger that keeps it."""

    dependencies: ClassVar = [("store", "0002_keep")]
    operations: ClassVar = [migrations.RunSQL(TABLE + NOW + ";" + FUNCTION)]

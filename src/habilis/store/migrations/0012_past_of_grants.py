"""
The past of grants is kept statement by statement, the same rows as row by row: a transfer changes a hundred thousand.

Each statement is planned for the number of rows that it changed, hence `EXECUTE`.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations

KEEP = """
CREATE FUNCTION store_date_grant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.sys_from := CASE WHEN current_setting('habilis.loading', true) = 'on' THEN '-infinity'
            ELSE clock_timestamp() END;
        RETURN NEW;
    END IF;
    NEW.sys_from := OLD.sys_from;
    IF NEW IS DISTINCT FROM OLD THEN
        NEW.sys_from := clock_timestamp();
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION store_keep_grants() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
BEGIN
    -- by name, so that a column added later finds its place
    IF TG_OP = 'UPDATE' THEN
        EXECUTE 'INSERT INTO store_grant_history SELECT kept.* FROM was JOIN now ON now.id = was.id,
            jsonb_populate_record(NULL::store_grant_history,
                to_jsonb(was) || jsonb_build_object(''sys_until'', now.sys_from)) AS kept
            WHERE now.* IS DISTINCT FROM was.*';
    ELSE
        EXECUTE 'INSERT INTO store_grant_history SELECT kept.* FROM was,
            jsonb_populate_record(NULL::store_grant_history,
                to_jsonb(was) || jsonb_build_object(''sys_until'', clock_timestamp())) AS kept';
    END IF;
    RETURN NULL;
END $$;

DROP TRIGGER keep_history ON store_grant;
CREATE TRIGGER date_rows BEFORE INSERT OR UPDATE ON store_grant
    FOR EACH ROW EXECUTE FUNCTION store_date_grant();
CREATE TRIGGER keep_changed AFTER UPDATE ON store_grant REFERENCING OLD TABLE AS was NEW TABLE AS now
    FOR EACH STATEMENT EXECUTE FUNCTION store_keep_grants();
CREATE TRIGGER keep_deleted AFTER DELETE ON store_grant REFERENCING OLD TABLE AS was
    FOR EACH STATEMENT EXECUTE FUNCTION store_keep_grants();
"""


class Migration(migrations.Migration):
    """The same past, written faster; there is no way back but a backup."""

    dependencies: ClassVar = [("store", "0011_written_since")]
    operations: ClassVar = [migrations.RunSQL(KEEP)]

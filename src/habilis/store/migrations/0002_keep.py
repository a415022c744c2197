"""
What Django's models cannot say: rows that stay in their portal, periods that never overlap, and a kept past.

Every table that feeds a decision gets a column `sys_from`, a twin `<table>_history` and a trigger, so that the same SQL
can be asked of any past instant.
The newest entry of each journal is remembered apart, so that entries cut from its end are missed. A row written while the setting `habilis.loading` is on holds since always.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations

KEPT = ("portal", "member", "scope", "license", "profile", "grant", "resource", "approver")

COMPOSITE = (  # table, column, table it points to, what happens to the row when the other goes
    ("scope", "parent_id", "scope", "NO ACTION"),
    ("scope", "responsible_scope_id", "scope", "NO ACTION"),
    ("grant", "scope_id", "scope", "NO ACTION"),
    ("grant", "profile_id", "profile", "NO ACTION"),
    ("resource", "scope_id", "scope", "NO ACTION"),
    ("approver", "resource_id", "resource", "CASCADE"),
    ("comment", "resource_id", "resource", "CASCADE"),
    ("attachment", "resource_id", "resource", "CASCADE"),
    ("accessrequest", "profile_id", "profile", "NO ACTION"),
    ("accessrequestscope", "request_id", "accessrequest", "CASCADE"),
    ("accessrequestscope", "scope_id", "scope", "NO ACTION"),
    ("invitation", "scope_id", "scope", "NO ACTION"),
    ("invitation", "profile_id", "profile", "NO ACTION"),
)

HISTORY_FUNCTION = """
CREATE FUNCTION store_keep_history() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    instant timestamptz := clock_timestamp();
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.sys_from := CASE WHEN current_setting('habilis.loading', true) = 'on' THEN '-infinity' ELSE instant END;
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        NEW.sys_from := OLD.sys_from;
        IF NEW IS NOT DISTINCT FROM OLD OR (to_jsonb(OLD) ? 'a0' AND to_jsonb(OLD) ->> 'a0' IS NULL) THEN
            RETURN NEW;  -- nothing changed, or the row was just made and gets its place in the tree: no past to keep
        END IF;
    END IF;
    -- by name, so that a column added later finds its place
    EXECUTE format('INSERT INTO %1$I.%2$I SELECT (jsonb_populate_record(NULL::%1$I.%2$I, $1)).*',
        TG_TABLE_SCHEMA, TG_TABLE_NAME || '_history') USING to_jsonb(OLD) || jsonb_build_object('sys_until', instant);
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    NEW.sys_from := instant;
    RETURN NEW;
END $$;
"""


def keep(table: str) -> str:
    """The SQL that gives *table* a past."""
    return f"""
    ALTER TABLE store_{table} ADD COLUMN sys_from timestamptz NOT NULL DEFAULT '-infinity';
    CREATE TABLE store_{table}_history (LIKE store_{table}, sys_until timestamptz NOT NULL);
    CREATE INDEX ON store_{table}_history (id, sys_from, sys_until);
    CREATE TRIGGER keep_history BEFORE INSERT OR UPDATE OR DELETE ON store_{table}
        FOR EACH ROW EXECUTE FUNCTION store_keep_history();
    """


def stay(table: str, column: str, other: str, gone: str) -> str:
    """The SQL that keeps a row of *table* in the portal of what its *column* points to."""
    return f"""
    ALTER TABLE store_{table} ADD CONSTRAINT store_{table}_{column}_same_portal
        FOREIGN KEY (portal_id, {column}) REFERENCES store_{other} (portal_id, id)
        ON DELETE {gone} DEFERRABLE INITIALLY DEFERRED;
    """


MEMBERS = """
ALTER TABLE store_grant ADD CONSTRAINT store_grant_user_in_portal
    FOREIGN KEY (portal_id, user_id) REFERENCES store_member (portal_id, user_id) DEFERRABLE INITIALLY DEFERRED;
"""

PERIODS = """
ALTER TABLE store_grant ADD CONSTRAINT grant_once_at_a_time
    EXCLUDE USING gist (user_id WITH =, scope_id WITH =, profile_id WITH =, tstzrange(valid_from, valid_until) WITH &&);
ALTER TABLE store_grant ADD CONSTRAINT grant_one_profile_per_anchor
    EXCLUDE USING gist (user_id WITH =, anchor WITH =, profile_id WITH <>, tstzrange(valid_from, valid_until) WITH &&)
    WHERE (anchor IS NOT NULL);
"""


HEAD = """
CREATE TABLE store_journalhead (portal_id bigint PRIMARY KEY, number bigint NOT NULL, digest varchar(64) NOT NULL);
CREATE FUNCTION store_move_head() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO store_journalhead VALUES (NEW.portal_id, NEW.number, NEW.digest)
        ON CONFLICT (portal_id) DO UPDATE SET number = EXCLUDED.number, digest = EXCLUDED.digest;
    RETURN NEW;
END $$;
CREATE TRIGGER move_head AFTER INSERT ON store_journalentry FOR EACH ROW EXECUTE FUNCTION store_move_head();
"""


class Migration(migrations.Migration):
    """Constraints and history; there is no way back but a backup."""

    dependencies: ClassVar = [("store", "0001_tables")]
    operations: ClassVar = [
        migrations.RunSQL("\n".join(stay(*row) for row in COMPOSITE) + MEMBERS + PERIODS),
        migrations.RunSQL(HEAD),
        migrations.RunSQL(HISTORY_FUNCTION + "\n".join(keep(table) for table in KEPT)),
    ]

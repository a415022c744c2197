"""
What is written for each row is less: no index that another begins with, no constraint that another implies.

A grant's portal and person are those of a membership, which is constrained to be there. The past of grants is written
column by column, by name, so that a column added later finds its place.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

KEEP = """
CREATE OR REPLACE FUNCTION store_keep_grants() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
DECLARE
    columns text := (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
        WHERE attrelid = TG_RELID AND attnum > 0 AND NOT attisdropped);
BEGIN
    IF TG_OP = 'UPDATE' THEN
        EXECUTE format('INSERT INTO store_grant_history (%s, sys_until) SELECT was.*, now.sys_from
            FROM was JOIN now ON now.id = was.id WHERE now.* IS DISTINCT FROM was.*', columns);
    ELSE
        EXECUTE format('INSERT INTO store_grant_history (%s, sys_until) SELECT was.*, clock_timestamp()
            FROM was', columns);
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('store', '0013_long_imports'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='grant',
            name='grant_by_scope',
        ),
        migrations.RemoveIndex(
            model_name='grant',
            name='grant_by_profile',
        ),
        migrations.AlterField(
            model_name='approver',
            name='resource',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='approvals', to='store.resource'),
        ),
        migrations.AlterField(
            model_name='grant',
            name='portal',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='grants', to='store.portal'),
        ),
        migrations.AlterField(
            model_name='grant',
            name='user',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='grants', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='journalentry',
            name='portal',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.portal'),
        ),
        migrations.AlterField(
            model_name='member',
            name='portal',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='members', to='store.portal'),
        ),
        migrations.AlterField(
            model_name='resource',
            name='author',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='resource',
            name='portal',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='resources', to='store.portal'),
        ),
        migrations.AlterField(
            model_name='resource',
            name='scope',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='resources', to='store.scope'),
        ),
        migrations.AlterField(
            model_name='scope',
            name='portal',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='scopes', to='store.portal'),
        ),
        migrations.RunSQL(KEEP),
    ]

"""Who decides for somebody absent, with its past; and on whose behalf a request was decided."""

from __future__ import annotations

from importlib import import_module
from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

keep = import_module("habilis.store.migrations.0002_keep").keep

BOUNDS = """
ALTER TABLE store_deputy ADD CONSTRAINT deputy_one_at_a_time
    EXCLUDE USING gist (portal_id WITH =, absent_id WITH =, tstzrange(valid_from, valid_until) WITH &&);
ALTER TABLE store_deputy ADD CONSTRAINT store_deputy_absent_in_portal
    FOREIGN KEY (portal_id, absent_id) REFERENCES store_member (portal_id, user_id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE store_deputy ADD CONSTRAINT store_deputy_deputy_in_portal
    FOREIGN KEY (portal_id, deputy_id) REFERENCES store_member (portal_id, user_id) DEFERRABLE INITIALLY DEFERRED;
"""
PERSON = {"on_delete": django.db.models.deletion.PROTECT, "related_name": "+", "to": settings.AUTH_USER_MODEL}


class Migration(migrations.Migration):
    """A table with its history, and a column."""

    dependencies: ClassVar = [("store", "0008_notices")]
    operations: ClassVar = [
        migrations.AddField("accessrequest", "decided_for", models.ForeignKey(null=True, **PERSON)),
        migrations.CreateModel(
            name="Deputy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("valid_from", models.DateTimeField()),
                ("valid_until", models.DateTimeField()),
                ("absent", models.ForeignKey(**PERSON)),
                ("deputy", models.ForeignKey(**PERSON)),
                (
                    "portal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="store.portal"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["deputy", "portal"], name="deputy_by_deputy")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("valid_from__lte", models.F("valid_until"))), name="deputy_period_forward"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("absent", models.F("deputy")), _negated=True), name="deputy_another"
                    ),
                ],
            },
        ),
        migrations.RunSQL(BOUNDS + keep("deputy")),
    ]

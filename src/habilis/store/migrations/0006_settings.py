"""What a scope asks of approvals, with its past; and an index for the story of one thing."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """A column on scopes, and on their history."""

    dependencies: ClassVar = [("store", "0005_tokens_of_people")]
    operations: ClassVar = [
        migrations.AddField("scope", "settings", models.JSONField(default=dict, db_default={})),
        migrations.RunSQL(
            "ALTER TABLE store_scope_history ADD COLUMN settings jsonb NOT NULL DEFAULT '{}'",
            "ALTER TABLE store_scope_history DROP COLUMN settings",
        ),
        migrations.AddIndex("journalentry", models.Index(fields=["portal", "target"], name="journal_by_target")),
    ]

"""What was written since an instant is found without reading every resource: rows are written in the order of time."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations

INDEXES = """
CREATE INDEX resource_written ON store_resource USING brin (sys_from);
CREATE INDEX resource_past ON store_resource_history USING brin (sys_until);
"""


class Migration(migrations.Migration):
    """Two indexes of a few pages."""

    dependencies: ClassVar = [("store", "0010_prepared_files")]
    operations: ClassVar = [migrations.RunSQL(INDEXES)]

"""Who made a token, and when it was last used."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('store', '0004_invitations_and_notices'),
    ]

    operations = [
        migrations.AddField(
            model_name='token',
            name='author',
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name='+',
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name='token',
            name='last_used',
            field=models.DateTimeField(null=True),
        ),
    ]

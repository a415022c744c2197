"""Long lists as files, written by the worker and kept for one person."""


import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('store', '0009_deputies'),
    ]

    operations = [
        migrations.CreateModel(
            name='PreparedFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('asked', models.JSONField()),
                ('reach', models.CharField(blank=True, max_length=64)),
                ('state', models.CharField(default='waiting', max_length=10)),
                ('name', models.CharField(max_length=200)),
                ('rows', models.BigIntegerField(default=0)),
                ('blob', models.UUIDField(null=True)),
                ('size', models.BigIntegerField(default=0)),
                ('created', models.DateTimeField()),
                ('expires', models.DateTimeField()),
                ('portal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.portal')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['portal', 'user'], name='prepared_mine'), models.Index(fields=['expires'], name='prepared_expires')],
            },
        ),
    ]

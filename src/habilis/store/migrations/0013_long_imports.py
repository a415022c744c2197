"""Tables of people too long to be imported while somebody waits, carried out by the worker."""


import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('store', '0012_past_of_grants'),
    ]

    operations = [
        migrations.CreateModel(
            name='LongImport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField()),
                ('digest', models.CharField(max_length=64)),
                ('correlation', models.CharField(blank=True, max_length=64)),
                ('state', models.CharField(default='waiting', max_length=10)),
                ('code', models.CharField(blank=True, max_length=60)),
                ('lines', models.IntegerField()),
                ('read', models.IntegerField(default=0)),
                ('counts', models.JSONField(default=dict)),
                ('created', models.DateTimeField()),
                ('ended', models.DateTimeField(null=True)),
                ('expires', models.DateTimeField()),
                ('portal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.portal')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['expires'], name='import_expires')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', ('waiting', 'running'))), fields=('portal', 'user'), name='import_one_at_a_time')],
            },
        ),
    ]

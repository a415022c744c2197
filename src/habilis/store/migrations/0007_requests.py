"""An access request is decided, by whom and why; who decides is reminded, and it ends unanswered after a while."""


import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('store', '0006_settings'),
    ]

    operations = [
        migrations.AddField(
            model_name='accessrequest',
            name='decided',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='accessrequest',
            name='decided_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='accessrequest',
            name='expires',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='accessrequest',
            name='granted',
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name='accessrequest',
            name='note',
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name='accessrequest',
            name='reason',
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name='accessrequest',
            name='remind',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='accessrequest',
            name='reminders',
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddIndex(
            model_name='accessrequest',
            index=models.Index(fields=['portal', 'state', 'created'], name='request_waiting'),
        ),
        migrations.AddIndex(
            model_name='accessrequest',
            index=models.Index(fields=['beneficiary', 'portal'], name='request_by_beneficiary'),
        ),
        migrations.AddIndex(
            model_name='accessrequest',
            index=models.Index(fields=['requester', 'portal'], name='request_by_requester'),
        ),
        migrations.AddIndex(
            model_name='accessrequest',
            index=models.Index(condition=models.Q(('state', 'pending')), fields=['remind'], name='request_to_remind'),
        ),
        migrations.AddIndex(
            model_name='accessrequest',
            index=models.Index(condition=models.Q(('state', 'pending')), fields=['expires'], name='request_to_expire'),
        ),
        migrations.AddConstraint(
            model_name='accessrequest',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['pending', 'approved', 'rejected', 'withdrawn', 'expired'])), name='request_state_known'),
        ),
    ]

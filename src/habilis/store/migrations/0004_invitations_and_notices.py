"""What an invitation needs to be answered, and what makes of a mail a notice in the portal."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('store', '0003_tally'),
    ]

    operations = [
        migrations.AddField(
            model_name='invitation',
            name='closed',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='invitation',
            name='comment',
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name='invitation',
            name='language',
            field=models.CharField(default='fr', max_length=5),
        ),
        migrations.AddField(
            model_name='message',
            name='about',
            field=models.CharField(blank=True, max_length=270),
        ),
        migrations.AddField(
            model_name='message',
            name='secret',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='message',
            name='seen',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='message',
            name='user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='messages', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='invitation',
            index=models.Index(fields=['digest'], name='invitation_by_digest'),
        ),
        migrations.AddIndex(
            model_name='invitation',
            index=models.Index(fields=['email', 'state'], name='invitation_by_email'),
        ),
        migrations.AddIndex(
            model_name='invitation',
            index=models.Index(fields=['by', 'state'], name='invitation_by_inviter'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(fields=['user', 'portal', '-created'], name='message_by_user'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(fields=['recipient', '-created'], name='message_by_recipient'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['pending', 'accepted', 'declined', 'cancelled'])), name='invitation_state_known'),
        ),
    ]

"""Every table of the store."""

from __future__ import annotations

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension, TrigramExtension, UnaccentExtension
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        BtreeGistExtension(),
        TrigramExtension(),
        UnaccentExtension(),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('email', models.EmailField(max_length=254, unique=True)),
                ('name', models.CharField(max_length=200)),
                ('language', models.CharField(default='fr', max_length=5)),
                ('is_active', models.BooleanField(default=True)),
                ('created', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Portal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.SlugField(max_length=60, unique=True)),
                ('name', models.CharField(max_length=200)),
                ('blueprint', models.CharField(max_length=500)),
                ('source', models.TextField()),
                ('default_profile', models.CharField(blank=True, max_length=100)),
                ('settings', models.JSONField(default=dict)),
                ('created', models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            name='Profile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=100)),
                ('derives', models.CharField(blank=True, max_length=100)),
                ('name', models.CharField(blank=True, max_length=200)),
                ('levels', models.JSONField(default=dict)),
                ('retired', models.BooleanField(default=False)),
                ('portal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='profiles', to='store.portal')),
            ],
        ),
        migrations.CreateModel(
            name='AccessRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=10)),
                ('comment', models.TextField(blank=True)),
                ('fields', models.JSONField(default=dict)),
                ('state', models.CharField(default='pending', max_length=10)),
                ('version', models.PositiveIntegerField(default=1)),
                ('created', models.DateTimeField()),
                ('beneficiary', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('requester', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('portal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='requests', to='store.portal')),
                ('profile', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.profile')),
            ],
        ),
        migrations.CreateModel(
            name='Resource',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('type', models.CharField(max_length=60)),
                ('key', models.CharField(max_length=200)),
                ('state', models.CharField(blank=True, max_length=60)),
                ('title', models.CharField(blank=True, max_length=300)),
                ('created', models.DateTimeField()),
                ('fields', models.JSONField(default=dict)),
                ('version', models.PositiveIntegerField(default=1)),
                ('a0', models.BigIntegerField()),
                ('a1', models.BigIntegerField(null=True)),
                ('a2', models.BigIntegerField(null=True)),
                ('a3', models.BigIntegerField(null=True)),
                ('a4', models.BigIntegerField(null=True)),
                ('a5', models.BigIntegerField(null=True)),
                ('a6', models.BigIntegerField(null=True)),
                ('author', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('portal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='resources', to='store.portal')),
            ],
        ),
        migrations.CreateModel(
            name='Comment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField()),
                ('created', models.DateTimeField()),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('portal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.portal')),
                ('resource', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='comments', to='store.resource')),
            ],
        ),
        migrations.CreateModel(
            name='Attachment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=255)),
                ('media_type', models.CharField(max_length=100)),
                ('size', models.BigIntegerField()),
                ('blob', models.UUIDField(unique=True)),
                ('created', models.DateTimeField()),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('portal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.portal')),
                ('resource', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='attachments', to='store.resource')),
            ],
        ),
        migrations.CreateModel(
            name='Approver',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('approved', models.BooleanField(default=False)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('portal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.portal')),
                ('resource', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='approvals', to='store.resource')),
            ],
        ),
        migrations.CreateModel(
            name='Scope',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(blank=True, max_length=200)),
                ('kind', models.CharField(max_length=60)),
                ('name', models.CharField(max_length=200)),
                ('identifiers', models.JSONField(default=dict)),
                ('status', models.CharField(default='active', max_length=8)),
                ('configuration', models.JSONField(null=True)),
                ('options', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), default=list, size=None)),
                ('created', models.DateTimeField(auto_now_add=True)),
                ('depth', models.PositiveSmallIntegerField(default=0)),
                ('a0', models.BigIntegerField(null=True)),
                ('a1', models.BigIntegerField(null=True)),
                ('a2', models.BigIntegerField(null=True)),
                ('a3', models.BigIntegerField(null=True)),
                ('a4', models.BigIntegerField(null=True)),
                ('a5', models.BigIntegerField(null=True)),
                ('a6', models.BigIntegerField(null=True)),
                ('pending_path', models.BooleanField(default=False)),
                ('inactive_path', models.BooleanField(default=False)),
                ('author', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('parent', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='store.scope')),
                ('portal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='scopes', to='store.portal')),
                ('responsible_scope', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.scope')),
                ('responsible_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddField(
            model_name='resource',
            name='scope',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='resources', to='store.scope'),
        ),
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('email', models.EmailField(max_length=254)),
                ('state', models.CharField(default='pending', max_length=10)),
                ('digest', models.CharField(blank=True, max_length=64)),
                ('created', models.DateTimeField()),
                ('expires', models.DateTimeField(null=True)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('portal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='invitations', to='store.portal')),
                ('profile', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.profile')),
                ('scope', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='invitations', to='store.scope')),
            ],
        ),
        migrations.CreateModel(
            name='Grant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateTimeField(null=True)),
                ('valid_until', models.DateTimeField(null=True)),
                ('adjustments', models.JSONField(default=dict)),
                ('anchor', models.BigIntegerField(null=True)),
                ('created', models.DateTimeField(auto_now_add=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='grants', to=settings.AUTH_USER_MODEL)),
                ('portal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='grants', to='store.portal')),
                ('profile', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='grants', to='store.profile')),
                ('scope', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='grants', to='store.scope')),
            ],
        ),
        migrations.CreateModel(
            name='AccessRequestScope',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('request', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='targets', to='store.accessrequest')),
                ('portal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.portal')),
                ('scope', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.scope')),
            ],
        ),
        migrations.CreateModel(
            name='Token',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200)),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('created', models.DateTimeField(auto_now_add=True)),
                ('revoked', models.DateTimeField(null=True)),
                ('portal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tokens', to='store.portal')),
            ],
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('message_id', models.CharField(max_length=200, unique=True)),
                ('recipient', models.EmailField(max_length=254)),
                ('sender', models.CharField(max_length=254)),
                ('subject', models.CharField(max_length=300)),
                ('text', models.TextField()),
                ('html', models.TextField(blank=True)),
                ('created', models.DateTimeField(auto_now_add=True)),
                ('sent', models.DateTimeField(null=True)),
                ('portal', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.portal')),
            ],
            options={
                'indexes': [models.Index(fields=['-created', '-id'], name='message_newest')],
            },
        ),
        migrations.CreateModel(
            name='Member',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('active', models.BooleanField(default=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to=settings.AUTH_USER_MODEL)),
                ('portal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='members', to='store.portal')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('portal', 'user'), name='member_once')],
            },
        ),
        migrations.CreateModel(
            name='License',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=100)),
                ('price', models.DecimalField(decimal_places=2, max_digits=12, null=True)),
                ('portal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='licenses', to='store.portal')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('portal', 'key'), name='license_once')],
            },
        ),
        migrations.CreateModel(
            name='JournalEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.BigIntegerField()),
                ('at', models.DateTimeField()),
                ('actor', models.CharField(blank=True, max_length=254)),
                ('tag', models.CharField(max_length=60)),
                ('refused', models.BooleanField(default=False)),
                ('subject', models.CharField(blank=True, max_length=254)),
                ('scope', models.CharField(blank=True, max_length=200)),
                ('target', models.CharField(blank=True, max_length=270)),
                ('facts', models.JSONField(default=dict)),
                ('comment', models.TextField(blank=True)),
                ('digest', models.CharField(max_length=64)),
                ('portal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.portal')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('portal', 'number'), name='journal_number_once')],
            },
        ),
        migrations.AddConstraint(
            model_name='profile',
            constraint=models.UniqueConstraint(fields=('portal', 'key'), name='profile_key_once'),
        ),
        migrations.AddConstraint(
            model_name='profile',
            constraint=models.UniqueConstraint(fields=('portal', 'id'), name='profile_in_portal'),
        ),
        migrations.AddConstraint(
            model_name='accessrequest',
            constraint=models.UniqueConstraint(fields=('portal', 'id'), name='request_in_portal'),
        ),
        migrations.AddConstraint(
            model_name='approver',
            constraint=models.UniqueConstraint(fields=('resource', 'user'), name='approver_once'),
        ),
        migrations.AddIndex(
            model_name='scope',
            index=models.Index(fields=['portal', 'kind', 'name', 'id'], name='scope_by_name'),
        ),
        migrations.AddIndex(
            model_name='scope',
            index=models.Index(fields=['a1', 'kind'], name='scope_by_a1'),
        ),
        migrations.AddIndex(
            model_name='scope',
            index=models.Index(fields=['a2', 'kind'], name='scope_by_a2'),
        ),
        migrations.AddIndex(
            model_name='scope',
            index=models.Index(fields=['a3', 'kind'], name='scope_by_a3'),
        ),
        migrations.AddIndex(
            model_name='scope',
            index=models.Index(fields=['a4', 'kind'], name='scope_by_a4'),
        ),
        migrations.AddIndex(
            model_name='scope',
            index=models.Index(fields=['a5', 'kind'], name='scope_by_a5'),
        ),
        migrations.AddIndex(
            model_name='scope',
            index=models.Index(fields=['a6', 'kind'], name='scope_by_a6'),
        ),
        migrations.AddIndex(
            model_name='scope',
            index=django.contrib.postgres.indexes.GinIndex(fields=['identifiers'], name='scope_identifiers', opclasses=['jsonb_path_ops']),
        ),
        migrations.AddConstraint(
            model_name='scope',
            constraint=models.UniqueConstraint(fields=('portal', 'key'), name='scope_key_once'),
        ),
        migrations.AddConstraint(
            model_name='scope',
            constraint=models.UniqueConstraint(fields=('portal', 'id'), name='scope_in_portal'),
        ),
        migrations.AddConstraint(
            model_name='scope',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['pending', 'active', 'inactive'])), name='scope_status_known'),
        ),
        migrations.AddConstraint(
            model_name='scope',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('depth', 0), ('key', ''), ('kind', 'portal'), ('parent', None)), models.Q(models.Q(('kind', 'portal'), _negated=True), ('parent__isnull', False), models.Q(('key', ''), _negated=True)), _connector='OR'), name='scope_root_alone_has_no_parent'),
        ),
        migrations.AddConstraint(
            model_name='scope',
            constraint=models.CheckConstraint(condition=models.Q(('depth__lte', 6)), name='scope_depth'),
        ),
        migrations.AddIndex(
            model_name='resource',
            index=models.Index(fields=['a0', 'type', '-created', '-id'], name='resource_by_a0'),
        ),
        migrations.AddIndex(
            model_name='resource',
            index=models.Index(fields=['a1', 'type', '-created', '-id'], name='resource_by_a1'),
        ),
        migrations.AddIndex(
            model_name='resource',
            index=models.Index(fields=['a2', 'type', '-created', '-id'], name='resource_by_a2'),
        ),
        migrations.AddIndex(
            model_name='resource',
            index=models.Index(fields=['a3', 'type', '-created', '-id'], name='resource_by_a3'),
        ),
        migrations.AddIndex(
            model_name='resource',
            index=models.Index(fields=['a4', 'type', '-created', '-id'], name='resource_by_a4'),
        ),
        migrations.AddIndex(
            model_name='resource',
            index=models.Index(fields=['a5', 'type', '-created', '-id'], name='resource_by_a5'),
        ),
        migrations.AddIndex(
            model_name='resource',
            index=models.Index(fields=['a6', 'type', '-created', '-id'], name='resource_by_a6'),
        ),
        migrations.AddIndex(
            model_name='resource',
            index=models.Index(fields=['scope', 'type', '-created', '-id'], name='resource_by_scope'),
        ),
        migrations.AddIndex(
            model_name='resource',
            index=models.Index(fields=['author', 'type'], name='resource_by_author'),
        ),
        migrations.AddIndex(
            model_name='resource',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('title'), name='gin_trgm_ops'), name='resource_title_trigrams'),
        ),
        migrations.AddConstraint(
            model_name='resource',
            constraint=models.UniqueConstraint(fields=('portal', 'type', 'key'), name='resource_key_once'),
        ),
        migrations.AddConstraint(
            model_name='resource',
            constraint=models.UniqueConstraint(fields=('portal', 'id'), name='resource_in_portal'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'pending')), fields=('portal', 'email', 'scope'), name='invitation_pending_once'),
        ),
        migrations.AddIndex(
            model_name='grant',
            index=models.Index(fields=['portal', 'user'], name='grant_by_user'),
        ),
        migrations.AddIndex(
            model_name='grant',
            index=models.Index(fields=['scope'], name='grant_by_scope'),
        ),
        migrations.AddIndex(
            model_name='grant',
            index=models.Index(fields=['profile'], name='grant_by_profile'),
        ),
        migrations.AddConstraint(
            model_name='grant',
            constraint=models.UniqueConstraint(fields=('portal', 'id'), name='grant_in_portal'),
        ),
        migrations.AddConstraint(
            model_name='grant',
            constraint=models.CheckConstraint(condition=models.Q(('valid_from', None), ('valid_until', None), ('valid_from__lte', models.F('valid_until')), _connector='OR'), name='grant_period_forward'),
        ),
        migrations.AddConstraint(
            model_name='accessrequestscope',
            constraint=models.UniqueConstraint(fields=('request', 'scope'), name='request_scope_once'),
        ),
        migrations.AddIndex(
            model_name='token',
            index=models.Index(fields=['portal', 'revoked'], name='token_by_portal'),
        ),
    ]

"""A message knows what it is about, where it leads, and the digest that carried it; a person chooses one mail a day."""


import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('store', '0007_requests'),
    ]

    operations = [
        migrations.CreateModel(
            name='MailChoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('daily', models.BooleanField(default=False)),
            ],
        ),
        migrations.AddField(
            model_name='message',
            name='action',
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.AddField(
            model_name='message',
            name='digest',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='told', to='store.message'),
        ),
        migrations.AddField(
            model_name='message',
            name='due',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='message',
            name='link',
            field=models.CharField(blank=True, max_length=1000),
        ),
        migrations.AddField(
            model_name='message',
            name='request',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='store.accessrequest'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('secret', False), ('seen', None)), fields=['user', 'portal'], name='message_unread'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('digest', None), ('sent', None)), fields=['due'], name='message_to_digest'),
        ),
        migrations.AddField(
            model_name='mailchoice',
            name='portal',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='store.portal'),
        ),
        migrations.AddField(
            model_name='mailchoice',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='mailchoice',
            constraint=models.UniqueConstraint(fields=('user', 'portal'), name='mail_choice_once'),
        ),
    ]

"""Messages owed to people: written with the change they announce, one per event and recipient."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Message(models.Model):
    """A mail to one address, its delivery left to the worker."""

    portal = models.ForeignKey("store.Portal", on_delete=models.PROTECT, null=True, related_name="+")
    message_id = models.CharField(max_length=200, unique=True)
    recipient = models.EmailField(max_length=254)
    sender = models.CharField(max_length=254)
    subject = models.CharField(max_length=300)
    text = models.TextField()
    html = models.TextField(blank=True)
    created = models.DateTimeField(auto_now_add=True)
    sent = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["-created", "-id"], name="message_newest")]

"""Messages owed to people: written with the change they announce, one per event and recipient."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Message(models.Model):
    """
    A mail to one address, its delivery left to the worker; and the notice of it in the portal, where there is one.

    `about` (`type:key`) is what the recipient must still be able to see, or do `action` on, for it to be sent and
    shown; `request`, what they must have made or be able to decide. The text of a `secret` one, which holds a link
    that opens something, is kept until it is sent and never shown. `link` is a page of the portal, where there is one.
    One with a `due` leaves no earlier, in a digest: a mail to the same address that tells of several.
    """

    portal = models.ForeignKey("store.Portal", on_delete=models.PROTECT, null=True, related_name="+")
    message_id = models.CharField(max_length=200, unique=True)
    user = models.ForeignKey("store.User", on_delete=models.PROTECT, null=True, related_name="messages")
    recipient = models.EmailField(max_length=254)
    sender = models.CharField(max_length=254)
    subject = models.CharField(max_length=300)
    text = models.TextField()
    html = models.TextField(blank=True)
    created = models.DateTimeField(auto_now_add=True)
    sent = models.DateTimeField(null=True)
    about = models.CharField(max_length=270, blank=True)
    action = models.CharField(max_length=60, blank=True)
    request = models.ForeignKey("store.AccessRequest", on_delete=models.CASCADE, null=True, related_name="+")
    link = models.CharField(max_length=1000, blank=True)
    due = models.DateTimeField(null=True)
    digest = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="told")
    secret = models.BooleanField(default=False)
    seen = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["-created", "-id"], name="message_newest"),
            models.Index(fields=["user", "portal", "-created"], name="message_by_user"),
            models.Index(fields=["recipient", "-created"], name="message_by_recipient"),
            models.Index(fields=["user", "portal"], condition=models.Q(seen=None, secret=False), name="message_unread"),
            models.Index(fields=["due"], condition=models.Q(digest=None, sent=None), name="message_to_digest"),
        ]


class MailChoice(models.Model):
    """Whether a person wants what a portal tells them in one mail a day. Without a row: each at once."""

    user = models.ForeignKey("store.User", on_delete=models.CASCADE, related_name="+")
    portal = models.ForeignKey("store.Portal", on_delete=models.CASCADE, related_name="+")
    daily = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "portal"], name="mail_choice_once")]

"""Files prepared by the worker for one person: lists too long to be written while somebody waits."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class PreparedFile(models.Model):
    """
    A list that one person asked for as a file, kept for them alone until it expires.

    `asked` is the list and its filters; `reach` tells what they could reach when it was written. `state` is `waiting`,
    `ready` or `refused`.
    """

    portal = models.ForeignKey("store.Portal", on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")
    asked = models.JSONField()
    reach = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=10, default="waiting")
    name = models.CharField(max_length=200)
    rows = models.BigIntegerField(default=0)
    blob = models.UUIDField(null=True)
    size = models.BigIntegerField(default=0)
    created = models.DateTimeField()
    expires = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["portal", "user"], name="prepared_mine"),
            models.Index(fields=["expires"], name="prepared_expires"),
        ]

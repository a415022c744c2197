"""Imports carried out by the worker: tables of people too long to be written while somebody waits."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class LongImport(models.Model):
    """
    A table that one person has imported, which does what the preview of `digest` said or nothing.

    `state` is `waiting`, `running`, `done`, `refused` (`code` says why) or `failed`. `text` is forgotten once it is
    done. `read` is how many of its `lines` were checked.
    """

    portal = models.ForeignKey("store.Portal", on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    digest = models.CharField(max_length=64)
    correlation = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=10, default="waiting")
    code = models.CharField(max_length=60, blank=True)
    lines = models.IntegerField()
    read = models.IntegerField(default=0)
    counts = models.JSONField(default=dict)
    created = models.DateTimeField()
    ended = models.DateTimeField(null=True)
    expires = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["portal", "user"], condition=Q(state__in=("waiting", "running")), name="import_one_at_a_time"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["expires"], name="import_expires")]

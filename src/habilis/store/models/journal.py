"""The journal: append-only, chained, surviving whatever it describes."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class JournalEntry(models.Model):
    """
    One change, or one refusal to change.

    It names people and things by copied labels and ids, without a foreign key, so that it outlives them.
    `digest` covers the entry and the digest before it in the same portal; the application's role may only insert
    and read.
    """

    portal = models.ForeignKey("store.Portal", on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.BigIntegerField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=254, blank=True)
    tag = models.CharField(max_length=60)
    refused = models.BooleanField(default=False)
    subject = models.CharField(max_length=254, blank=True)
    scope = models.CharField(max_length=200, blank=True)
    target = models.CharField(max_length=270, blank=True)
    facts = models.JSONField(default=dict)
    comment = models.TextField(blank=True)
    digest = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["portal", "number"], name="journal_number_once")]
        indexes: ClassVar = [models.Index(fields=["portal", "target"], name="journal_by_target")]

"""Deputies: who decides for somebody absent, and until when."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q


class Deputy(models.Model):
    """
    For a period, half open, *deputy* decides what *absent* may decide, on their behalf and with their rights.

    The database lets nobody have two deputies at a time, and keeps both in the portal.
    """

    portal = models.ForeignKey("store.Portal", on_delete=models.PROTECT, related_name="+")
    absent = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")
    deputy = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(valid_from__lte=F("valid_until")), name="deputy_period_forward"),
            models.CheckConstraint(condition=~Q(absent=F("deputy")), name="deputy_another"),
        ]
        indexes: ClassVar = [models.Index(fields=["deputy", "portal"], name="deputy_by_deputy")]

"""Grants: a person holds a profile over a scope, for a period. They are never deleted: they end."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q


class Grant(models.Model):
    """
    One *habilitation*.

    The period is half open; a null bound is open. `anchor` is the scope within which a person holds one profile only
    (the organization, the structure, the portal's root…), null where the blueprint does not bind the profile.
    Portal and person are together those of a `Member`, which the database holds to be there.
    """

    portal = models.ForeignKey(
        "store.Portal", on_delete=models.PROTECT, related_name="grants", db_index=False, db_constraint=False
    )
    user = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="grants", db_constraint=False)
    scope = models.ForeignKey("store.Scope", on_delete=models.PROTECT, related_name="grants", db_constraint=False)
    profile = models.ForeignKey("store.Profile", on_delete=models.PROTECT, related_name="grants", db_constraint=False)
    valid_from = models.DateTimeField(null=True)
    valid_until = models.DateTimeField(null=True)
    adjustments = models.JSONField(default=dict)
    anchor = models.BigIntegerField(null=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["portal", "id"], name="grant_in_portal"),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_until=None) | Q(valid_from__lte=F("valid_until")),
                name="grant_period_forward",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["portal", "user"], name="grant_by_user"),
        ]

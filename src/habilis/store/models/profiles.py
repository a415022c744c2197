"""Profiles of a portal (the blueprint's own and those derived from them), and what its licenses cost."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class License(models.Model):
    """The price of a license type in one portal, per person and dossier and month, in EUR."""

    portal = models.ForeignKey("store.Portal", on_delete=models.PROTECT, related_name="licenses")
    key = models.CharField(max_length=100)
    price = models.DecimalField(max_digits=12, decimal_places=2, null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["portal", "key"], name="license_once")]


class Profile(models.Model):
    """
    A profile that can be granted in one portal.

    The cells of a base profile are its blueprint's (`derives` is empty); a derived one stores the levels that
    differ from its base.
    """

    portal = models.ForeignKey("store.Portal", on_delete=models.PROTECT, related_name="profiles")
    key = models.CharField(max_length=100)
    derives = models.CharField(max_length=100, blank=True)
    name = models.CharField(max_length=200, blank=True)
    levels = models.JSONField(default=dict)
    retired = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["portal", "key"], name="profile_key_once"),
            models.UniqueConstraint(fields=["portal", "id"], name="profile_in_portal"),
        ]

    def __str__(self) -> str:
        return self.key

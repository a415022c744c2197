"""Portals, the blueprint each one runs, and the tokens of the programs that ask them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Portal(models.Model):
    """One running instance of a blueprint, at the address `/<key>/`."""

    key = models.SlugField(unique=True, max_length=60)
    name = models.CharField(max_length=200)
    blueprint = models.CharField(max_length=500)  # as the data file named it: a shipped id or a folder
    source = models.TextField()  # the blueprint's own text, so that a portal never depends on a folder
    default_profile = models.CharField(max_length=100, blank=True)
    settings = models.JSONField(default=dict)
    created = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.key


class Token(models.Model):
    """A bearer token of a program, kept as a hash."""

    portal = models.ForeignKey(Portal, on_delete=models.PROTECT, related_name="tokens")
    name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64, unique=True)
    author = models.ForeignKey("store.User", on_delete=models.PROTECT, null=True, related_name="+")
    created = models.DateTimeField(auto_now_add=True)
    last_used = models.DateTimeField(null=True)
    revoked = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["portal", "revoked"], name="token_by_portal")]

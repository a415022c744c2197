"""
Resources (mail items, documents, invoices…), typed by the blueprint, each on one scope, with their approvers,
thread and files.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Upper

from habilis.store.models.scopes import DEPTH


class Resource(models.Model):
    """
    What is protected.

    The ancestors of its scope are copied onto it, so that a list never joins the tree.
    INVARIANT: only `store.tree` writes the ancestor columns.
    """

    portal = models.ForeignKey("store.Portal", on_delete=models.PROTECT, related_name="resources", db_index=False)
    type = models.CharField(max_length=60)
    key = models.CharField(max_length=200)
    scope = models.ForeignKey(
        "store.Scope", on_delete=models.PROTECT, related_name="resources", db_index=False, db_constraint=False
    )
    author = models.ForeignKey("store.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    state = models.CharField(max_length=60, blank=True)
    title = models.CharField(max_length=300, blank=True)
    created = models.DateTimeField()
    fields = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)
    a0 = models.BigIntegerField()
    a1 = models.BigIntegerField(null=True)
    a2 = models.BigIntegerField(null=True)
    a3 = models.BigIntegerField(null=True)
    a4 = models.BigIntegerField(null=True)
    a5 = models.BigIntegerField(null=True)
    a6 = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["portal", "type", "key"], name="resource_key_once"),
            models.UniqueConstraint(fields=["portal", "id"], name="resource_in_portal"),
        ]
        indexes: ClassVar = [
            *[
                models.Index(fields=[f"a{n}", "type", "-created", "-id"], name=f"resource_by_a{n}")
                for n in range(DEPTH + 1)
            ],
            models.Index(fields=["scope", "type", "-created", "-id"], name="resource_by_scope"),
            models.Index(fields=["author", "type"], name="resource_by_author"),
            GinIndex(OpClass(Upper("title"), name="gin_trgm_ops"), name="resource_title_trigrams"),
        ]

    def __str__(self) -> str:
        return self.title


class Approver(models.Model):
    """A person whose approval a resource awaits (`approved` is false) or got (true)."""

    portal = models.ForeignKey("store.Portal", on_delete=models.PROTECT, related_name="+")
    resource = models.ForeignKey(
        Resource, on_delete=models.CASCADE, related_name="approvals", db_index=False, db_constraint=False
    )
    user = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")
    approved = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["resource", "user"], name="approver_once")]


class Comment(models.Model):
    """A message of the thread of a resource."""

    portal = models.ForeignKey("store.Portal", on_delete=models.PROTECT, related_name="+")
    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="comments", db_constraint=False)
    author = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    created = models.DateTimeField()


class Attachment(models.Model):
    """A file of a resource; its bytes are kept under the data folder, named by `blob`."""

    portal = models.ForeignKey("store.Portal", on_delete=models.PROTECT, related_name="+")
    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="attachments", db_constraint=False)
    author = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)
    media_type = models.CharField(max_length=100)
    size = models.BigIntegerField()
    blob = models.UUIDField(unique=True)
    created = models.DateTimeField()

"""
The one tree of a portal: organizations, units, offices, dossiers, territories, structures, typed by the blueprint.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

DEPTH = 6


class Scope(models.Model):
    """
    A node of the tree, with its ancestors beside it.

    `a0` is the portal's root and `a<depth>` the scope itself; the columns below its depth are null.
    `pending_path` and `inactive_path` say whether it, or any ancestor, is pending or inactive.
    INVARIANT: only `store.tree` writes the ancestor and path columns.
    """

    portal = models.ForeignKey("store.Portal", on_delete=models.PROTECT, related_name="scopes", db_index=False)
    key = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=60)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="children", db_constraint=False
    )
    name = models.CharField(max_length=200)
    identifiers = models.JSONField(default=dict)
    author = models.ForeignKey("store.User", on_delete=models.PROTECT, null=True, related_name="+")
    status = models.CharField(max_length=8, default="active")
    configuration = models.JSONField(null=True)  # a preset's key, or a table feature → level
    settings = models.JSONField(default=dict, db_default={})  # approval rules, and what goes on by itself
    options = ArrayField(models.CharField(max_length=60), default=list)
    responsible_user = models.ForeignKey("store.User", on_delete=models.PROTECT, null=True, related_name="+")
    responsible_scope = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    created = models.DateTimeField(auto_now_add=True)
    depth = models.PositiveSmallIntegerField(default=0)
    a0 = models.BigIntegerField(null=True)
    a1 = models.BigIntegerField(null=True)
    a2 = models.BigIntegerField(null=True)
    a3 = models.BigIntegerField(null=True)
    a4 = models.BigIntegerField(null=True)
    a5 = models.BigIntegerField(null=True)
    a6 = models.BigIntegerField(null=True)
    pending_path = models.BooleanField(default=False)
    inactive_path = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["portal", "key"], name="scope_key_once"),
            models.UniqueConstraint(fields=["portal", "id"], name="scope_in_portal"),
            models.CheckConstraint(
                condition=models.Q(status__in=["pending", "active", "inactive"]), name="scope_status_known"
            ),
            models.CheckConstraint(
                condition=models.Q(kind="portal", parent=None, key="", depth=0)
                | (~models.Q(kind="portal") & models.Q(parent__isnull=False) & ~models.Q(key="")),
                name="scope_root_alone_has_no_parent",
            ),
            models.CheckConstraint(condition=models.Q(depth__lte=DEPTH), name="scope_depth"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["portal", "kind", "name", "id"], name="scope_by_name"),
            *[models.Index(fields=[f"a{n}", "kind"], name=f"scope_by_a{n}") for n in range(1, DEPTH + 1)],
            GinIndex(fields=["identifiers"], name="scope_identifiers", opclasses=["jsonb_path_ops"]),
        ]

    def __str__(self) -> str:
        return self.name

"""Access requests and invitations."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class AccessRequest(models.Model):
    """
    A person asks for a grant, for themselves or for another; it gives no right.

    It is pending, approved, rejected, withdrawn or expired; `version` grows with each change, so that a decision is
    about what was read. `granted` is what an approval gave; `decided_for` is whose right
    a deputy used. What a data file holds has no `expires` and no `remind`.
    """

    portal = models.ForeignKey("store.Portal", on_delete=models.PROTECT, related_name="requests")
    kind = models.CharField(max_length=10)  # join, newcomer, change
    requester = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")
    beneficiary = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")
    profile = models.ForeignKey(
        "store.Profile", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    comment = models.TextField(blank=True)
    fields = models.JSONField(default=dict)
    state = models.CharField(max_length=10, default="pending")
    version = models.PositiveIntegerField(default=1)
    created = models.DateTimeField()
    expires = models.DateTimeField(null=True)
    remind = models.DateTimeField(null=True)  # when those who decide are told again
    reminders = models.PositiveSmallIntegerField(default=0)
    decided = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("store.User", on_delete=models.PROTECT, null=True, related_name="+")
    decided_for = models.ForeignKey("store.User", on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.TextField(blank=True)  # the requester reads it
    note = models.TextField(blank=True)  # those who decide read it
    granted = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["portal", "id"], name="request_in_portal"),
            models.CheckConstraint(
                condition=models.Q(state__in=["pending", "approved", "rejected", "withdrawn", "expired"]),
                name="request_state_known",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["portal", "state", "created"], name="request_waiting"),
            models.Index(fields=["beneficiary", "portal"], name="request_by_beneficiary"),
            models.Index(fields=["requester", "portal"], name="request_by_requester"),
            models.Index(fields=["remind"], condition=models.Q(state="pending"), name="request_to_remind"),
            models.Index(fields=["expires"], condition=models.Q(state="pending"), name="request_to_expire"),
        ]


class AccessRequestScope(models.Model):
    """One scope that a request is about."""

    portal = models.ForeignKey("store.Portal", on_delete=models.PROTECT, related_name="+")
    request = models.ForeignKey(AccessRequest, on_delete=models.CASCADE, related_name="targets", db_constraint=False)
    scope = models.ForeignKey("store.Scope", on_delete=models.PROTECT, related_name="+", db_constraint=False)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["request", "scope"], name="request_scope_once")]


class Invitation(models.Model):
    """
    An offer of one profile on one scope to one address; its token is kept as a hash.

    It is pending, accepted, declined or cancelled; one that is pending past `expires` has expired.
    """

    portal = models.ForeignKey("store.Portal", on_delete=models.PROTECT, related_name="invitations")
    email = models.EmailField(max_length=254)
    scope = models.ForeignKey("store.Scope", on_delete=models.PROTECT, related_name="invitations", db_constraint=False)
    profile = models.ForeignKey("store.Profile", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    by = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, default="pending")
    digest = models.CharField(max_length=64, blank=True)
    created = models.DateTimeField()
    expires = models.DateTimeField(null=True)
    closed = models.DateTimeField(null=True)
    language = models.CharField(max_length=5, default="fr")
    comment = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(state__in=["pending", "accepted", "declined", "cancelled"]),
                name="invitation_state_known",
            ),
            models.UniqueConstraint(
                fields=["portal", "email", "scope"], condition=models.Q(state="pending"), name="invitation_pending_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["digest"], name="invitation_by_digest"),
            models.Index(fields=["email", "state"], name="invitation_by_email"),
            models.Index(fields=["by", "state"], name="invitation_by_inviter"),
        ]

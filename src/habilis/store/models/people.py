"""People: one account per canonical address, and their presence in each portal."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from habilis.core.names import canonical_address


class UserManager(BaseUserManager["User"]):
    """Finds accounts by canonical address, whatever was typed."""

    def get_by_natural_key(self, username: str | None) -> User:
        """Return the account of the address *username*; raise `User.DoesNotExist` for an unknown or malformed one."""
        try:
            return self.get(email=canonical_address(username or ""))
        except ValueError:
            raise self.model.DoesNotExist from None

    def create_user(self, email: str, password: str | None = None, **facts: Any) -> User:
        """Create the account of *email*; without *password* it can only be opened by a link sent to the address."""
        user = self.model(email=canonical_address(email), **facts)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person's account. It holds no right: rights are grants, in portals."""

    email = models.EmailField(unique=True, max_length=254)
    name = models.CharField(max_length=200)
    language = models.CharField(max_length=5, default="fr")
    is_active = models.BooleanField(default=True)
    created = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects = UserManager()

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        """The name as the person writes it."""
        return self.name


class Member(models.Model):
    """A person known to a portal, and whether they are active in it; another portal is not concerned."""

    portal = models.ForeignKey("store.Portal", on_delete=models.PROTECT, related_name="members", db_index=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    active = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["portal", "user"], name="member_once")]

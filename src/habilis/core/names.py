"""
Names that cross rooms: `Ref`, spelled the way AuthZEN spells a subject or a resource, and the one canonical
address.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import NamedTuple

PORTAL = "portal"  # the kind of the root, whose key is ""
PORTAL_ADMIN = "portal_admin"


class Ref(NamedTuple):
    """A thing asked about: a resource type or a scope kind, and its key."""

    type: str
    id: str

    def __str__(self) -> str:
        return f"{self.type}:{self.id}"

    @classmethod
    def parse(cls, text: str) -> Ref:
        """Read `type:key`; the key may hold colons, and is empty for the portal's root."""
        kind, colon, key = text.partition(":")
        if not colon or not kind:
            raise ValueError(f"`{text}` is not of the form type:key")
        return cls(kind, key)


@lru_cache(maxsize=4096)
def canonical_address(text: str) -> str:
    """
    Return the one spelling under which an address is stored and compared.

    Case never matters; a domain is compared in its ASCII form, without a trailing dot. An address whose local part
    needs more than ASCII is refused rather than folded, so that two look-alikes can never meet.
    Raises `ValueError` with a sentence that says what is wrong.
    """
    address = text.strip()
    local, at, domain = address.rpartition("@")
    if not at or not local or not domain or len(address) > 254 or "@" in local:
        raise ValueError(f"`{text[:80]}` is not an e-mail address")
    if not local.isascii() or any(c.isspace() or not c.isprintable() or c in '<>()[],;:"\\' for c in local):
        raise ValueError(f"`{text[:80]}` has characters that an e-mail address here may not have before the @")
    try:
        ascii_domain = unicodedata.normalize("NFC", domain).rstrip(".").encode("idna").decode("ascii")
    except UnicodeError:
        ascii_domain = ""
    if not ascii_domain.isascii() or not all(
        label and all(c.isalnum() or c == "-" for c in label) for label in ascii_domain.split(".")
    ):
        raise ValueError(f"`{text[:80]}` has no valid domain after the @")
    return f"{local}@{ascii_domain}".lower()

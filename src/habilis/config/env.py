"""Reads the environment once, and refuses to start on a doubt."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def text(name: str, default: str = "") -> str:
    """The variable's value, without the blanks around it."""
    return os.environ.get(name, "").strip() or default


def number(name: str, default: int) -> int:
    """The variable's value, a whole number."""
    try:
        return int(text(name, str(default)))
    except ValueError:
        raise ImproperlyConfigured(f"`{name}` must be a whole number, not `{text(name)}`") from None


def flag(name: str) -> bool:
    """Whether the variable says yes (`1`, `true`, `yes`); anything but a yes or a no is refused."""
    word = text(name, "0").lower()
    if word not in {"1", "true", "yes", "0", "false", "no"}:
        raise ImproperlyConfigured(f"`{name}` must be `1` or `0`, not `{text(name)}`")
    return word in {"1", "true", "yes"}


def data_folder() -> Path:
    """Where an installation keeps its files, its key and its embedded database."""
    return Path(text("HABILIS_DATA", ".data")).expanduser().resolve()


def secret_key(data: Path) -> str:
    """`HABILIS_SECRET_KEY`, else the key of the data folder, made at the first start, its owner's alone."""
    given = text("HABILIS_SECRET_KEY")
    if given:
        if len(given) < 32:  # what a key of 128 bits takes in hexadecimal
            raise ImproperlyConfigured("`HABILIS_SECRET_KEY` must have 32 characters at least")
        return given
    data.mkdir(parents=True, exist_ok=True)
    path = data / "secret.key"
    if not path.exists():
        draft = data / f".secret.{secrets.token_hex(8)}"
        draft.touch(mode=0o600, exist_ok=False)
        draft.write_text(secrets.token_urlsafe(48))
        try:
            path.hardlink_to(draft)  # whole or not at all, and the first of two wins
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()


def public_address(*, demo: bool) -> tuple[str, str, bool]:
    """`HABILIS_URL` (the address, its host, whether it is https); plain http leaves this machine in a trial only."""
    address = text("HABILIS_URL", "http://127.0.0.1:8000").rstrip("/")
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query:
        raise ImproperlyConfigured(f"`HABILIS_URL` must be like `https://access.example.org`, not `{address}`")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK and not demo:
        raise ImproperlyConfigured(f"`HABILIS_URL` must begin with `https`, for passwords travel to `{address}`")
    return address, parts.hostname, parts.scheme == "https"

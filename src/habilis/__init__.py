"""Habilis: a portal in which an organization runs its own access."""

from __future__ import annotations

__version__ = "0.1.0"

"""Our settings with the addresses of the bench."""

from __future__ import annotations

from habilis.config.settings import *  # noqa: F403

ROOT_URLCONF = "tools.bench.bare"

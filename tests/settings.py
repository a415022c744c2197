"""The product's settings, strict and quick: what a test may not wait for, and nothing that changes an answer."""

from __future__ import annotations

from habilis.config.settings import *  # noqa: F403  # settings are the module's names, all of them

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
WHITENOISE_AUTOREFRESH = True  # else each client of a test looks through every folder of files
QUICK = {
    "login": "10000/m/ip",
    "login_failed": "10000/m/ip,5/5m/key",
    "sign_up": "10000/m/ip",
}  # all tests share one address
ACCOUNT_RATE_LIMITS = {**ACCOUNT_RATE_LIMITS, **QUICK}  # noqa: F405  # of the product's settings

"""Mounts the web and the API."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("habilis.faces.api.urls")),  # first: its addresses are fixed by standards
    path("", include("habilis.faces.web.urls")),
]

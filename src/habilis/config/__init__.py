"""Wiring: settings, the database, the processes. Knows every room; no room knows it."""

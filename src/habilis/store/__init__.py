"""Persistence: the only room that knows tables and SQL. No business rule lives here."""

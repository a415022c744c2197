"""
Every verb: what can be done on someone's behalf, and the one way to ask the engine. The only room that writes.

Nothing here knows HTTP, a form or a terminal.
"""

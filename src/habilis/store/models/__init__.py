"""
The tables, one file per subject.

Rows never leave their portal: composite foreign keys (in the first migration) tie each row to rows of the same portal.
Tables that feed a decision carry `sys_from`, unseen by Django, and keep their past in `<table>_history`.
"""

from __future__ import annotations

from habilis.store.models.deputies import Deputy
from habilis.store.models.grants import Grant
from habilis.store.models.imports import LongImport
from habilis.store.models.journal import JournalEntry
from habilis.store.models.messages import MailChoice, Message
from habilis.store.models.people import Member, User
from habilis.store.models.portals import Portal, Token
from habilis.store.models.prepared import PreparedFile
from habilis.store.models.profiles import License, Profile
from habilis.store.models.requests import AccessRequest, AccessRequestScope, Invitation
from habilis.store.models.resources import Approver, Attachment, Comment, Resource
from habilis.store.models.scopes import Scope

__all__ = [
    "AccessRequest",
    "AccessRequestScope",
    "Approver",
    "Attachment",
    "Comment",
    "Deputy",
    "Grant",
    "Invitation",
    "JournalEntry",
    "License",
    "LongImport",
    "MailChoice",
    "Member",
    "Message",
    "Portal",
    "PreparedFile",
    "Profile",
    "Resource",
    "Scope",
    "Token",
    "User",
]

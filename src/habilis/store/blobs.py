"""
The bytes of attachments: files under the data folder, named by a random identifier and never by what a person
typed.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import transaction

from habilis.core import Fault, Invalid
from habilis.store.models import Attachment, Portal, PreparedFile

LARGEST = 50 * 1024 * 1024  # bytes
CHUNK = 1024 * 1024


def path_of(blob: uuid.UUID) -> Path:
    """Where the bytes of *blob* are."""
    name = blob.hex
    return Path(settings.MEDIA_ROOT) / name[:2] / name


def keep(stream: IO[bytes]) -> tuple[uuid.UUID, int]:
    """
    Write *stream* to a new file, synced to disk; return its name and size. What a rollback leaves of it is marked, and
    swept later.
    """
    blob = uuid.uuid4()
    path, marker = path_of(blob), _marker(blob)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    marker.touch(mode=0o600)
    size = 0
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            if size > LARGEST:
                break
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    if size > LARGEST:
        remove([blob])
        raise Invalid(Fault("files", f"a file is larger than {LARGEST // 1024 // 1024} MB"), code="file_size")
    transaction.on_commit(lambda: marker.unlink(missing_ok=True))
    return blob, size


def remove(blobs: Iterable[uuid.UUID]) -> None:
    """Remove files; one that is gone already is no error."""
    for blob in blobs:
        path_of(blob).unlink(missing_ok=True)
        _marker(blob).unlink(missing_ok=True)


def sweep(older_than: float, now: float) -> int:
    """
    Remove the files whose transaction never committed, left for *older_than* seconds; return how many.

    One that a row names is kept: its process ended between the commit and the end of its mark.
    """
    markers = [path for path in Path(settings.MEDIA_ROOT).glob("*/*.new") if now - path.stat().st_mtime > older_than]
    left = {uuid.UUID(path.stem) for path in markers}
    named = _named(left)
    remove(left - named)
    for blob in named:
        _marker(blob).unlink(missing_ok=True)
    return len(left - named)


def _marker(blob: uuid.UUID) -> Path:
    """What says of a file that its transaction has not committed yet."""
    return path_of(blob).with_suffix(".new")


def _named(blobs: set[uuid.UUID]) -> set[uuid.UUID]:
    """Those of *blobs* that a row holds."""
    attached = Attachment.objects.filter(blob__in=blobs).values_list("blob", flat=True)
    prepared = PreparedFile.objects.filter(blob__in=blobs).values_list("blob", flat=True)
    logos = Portal.objects.filter(settings__logo__in=[blob.hex for blob in blobs]).values_list(
        "settings__logo", flat=True
    )
    return {*attached, *prepared, *(uuid.UUID(logo) for logo in logos)} & blobs

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

LARGEST = 50 * 1024 * 1024  # bytes
CHUNK = 1024 * 1024


def path_of(blob: uuid.UUID) -> Path:
    """Where the bytes of *blob* are."""
    name = blob.hex
    return Path(settings.MEDIA_ROOT) / name[:2] / name


def keep(stream: IO[bytes]) -> tuple[uuid.UUID, int]:
    """Write *stream* to a new file, synced to disk; return its name and size. A rollback removes it."""
    blob = uuid.uuid4()
    path = path_of(blob)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
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
    _forget_on_rollback(blob)
    return blob, size


def remove(blobs: Iterable[uuid.UUID]) -> None:
    """Remove files; one that is gone already is no error."""
    for blob in blobs:
        path_of(blob).unlink(missing_ok=True)


def _forget_on_rollback(blob: uuid.UUID) -> None:
    """Remember *blob* until its transaction commits; `sweep` removes what none committed."""
    marker = path_of(blob).with_suffix(".new")
    marker.touch(mode=0o600)
    transaction.on_commit(lambda: marker.unlink(missing_ok=True))


def sweep(older_than: float, now: float) -> int:
    """Remove the files whose transaction never committed, left for *older_than* seconds; return how many."""
    removed = 0
    for marker in Path(settings.MEDIA_ROOT).glob("*/*.new"):
        if now - marker.stat().st_mtime > older_than:
            marker.with_suffix("").unlink(missing_ok=True)
            marker.unlink(missing_ok=True)
            removed += 1
    return removed

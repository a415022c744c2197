"""A database server of the bench's own, in a folder that is gone afterwards."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

SETTINGS = {  # the bench writes nothing that should survive it
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "1GB",
    "max_wal_size": "8GB",
    "maintenance_work_mem": "512MB",
}


@contextlib.contextmanager
def running(folder: Path | None = None) -> Iterator[str]:
    """Django set up over empty tables; the address of a login that may do anything. A named *folder* is kept."""
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "HABILIS_URL", "HABILIS_READY"):
        os.environ.pop(name, None)  # never what its developer works with
    os.environ["HABILIS_DEMO"] = "1"
    os.environ["HABILIS_LOG_LEVEL"] = "ERROR"
    sys.path.insert(0, str(Path(__file__).parent.parent.parent / "src"))
    from habilis.config import database, embedded
    from habilis.config.boot import boot, close_connections

    data = folder or Path(tempfile.mkdtemp(prefix="habilis-bench-"))
    data.mkdir(exist_ok=True)
    data.chmod(0o711)  # so that, as root, the server's user may pass
    with contextlib.ExitStack() as last:
        if folder is None:
            last.callback(shutil.rmtree, data, ignore_errors=True)
        server = embedded.start(data, SETTINGS)
        last.callback(server.release)
        if other := boot(data):
            last.callback(other.release)
        last.callback(close_connections)
        yield server.address(database=database.NAME)

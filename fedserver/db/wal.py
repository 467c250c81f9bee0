"""How long SQLite's write-ahead log is: as a metric, and as a warning when something keeps it from starting anew.

It is copied into the database and begun again at 40 MB. A reader that never ends (a backup that hangs, a forgotten
shell) forbids that, and the file grows with every write until the disk is full.
"""

from __future__ import annotations

import logging
from pathlib import Path

from fedserver.kit import metrics

ALERT_BYTES = 64 * 1024 * 1024

log = logging.getLogger(__name__)


class WalWatch:
    """``look()`` from time to time. Warns once when the file passes ``ALERT_BYTES``, and says when that is over."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + "-wal")
        self._long = False

    def look(self) -> int:
        """Measure; the bytes (0 where there is no file)."""
        try:
            size = self._path.stat().st_size
        except OSError:
            size = 0
        metrics.gauge("fedserver_database_wal_bytes", float(size))
        if size > ALERT_BYTES and not self._long:
            log.warning(
                "the write-ahead log is long: some program has been reading the database for a long while",
                extra={"file": str(self._path), "bytes": size},
            )
        elif size <= ALERT_BYTES and self._long:
            log.info("the write-ahead log is short again", extra={"bytes": size})
        self._long = size > ALERT_BYTES
        return size

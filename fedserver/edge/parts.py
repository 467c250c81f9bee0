"""``Parts``: everything of this process that a door may use, put together by ``app``."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fedserver.config import Config
from fedserver.db.database import Database
from fedserver.domain.site import Site
from fedserver.kit.clock import SYSTEM, Clock

__all__ = ["Database", "Parts"]


@dataclass(slots=True)
class Parts:
    """The parts of this process. Those that a door does not use may be left out, as tests do."""

    config: Config
    site: Site
    db: Database
    net: Any = None
    media: Any = None
    blobs: Any = None
    keyring: Any = None
    bus: Any = None
    # ``net.smtp.Mailer``, None where the settings name no mail server
    mailer: Any = None
    # asks other servers for what somebody typed: ``federation.resolve.Resolver``
    resolver: Any = None
    # ``await fill_thread(status_id)``: fetch what is missing around a remote post, in the background
    fill_thread: Any = None
    # ``await refresh_poll(status_id)``: ask another server how the votes stand, while somebody waits
    refresh_poll: Any = None
    clock: Clock = SYSTEM
    # more parts by name, for doors that bring their own
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def upload_dir(self) -> Path:
        """Where uploads are kept while their request lasts: on the disk of the data, never in memory."""
        return self.config.server.data_dir / "tmp"

    @property
    def secure(self) -> bool:
        """Whether browsers reach this node through https."""
        return self.site.base_url.startswith("https://")

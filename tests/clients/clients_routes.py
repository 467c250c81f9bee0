"""Which methods of the node a client called."""

from __future__ import annotations

import logging


class Routes(logging.Handler):
    """Which methods the node was asked, from its access log: ``GET /api/v1/statuses/{id}``."""

    def __init__(self) -> None:
        super().__init__()
        self.answered: set[str] = set()
        self.crashed: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        found = record.__dict__
        name = f"{found['method']} {found['route']}"
        if found["status"] < 400:
            self.answered.add(name)
        if found["status"] >= 500:
            self.crashed.add(name)

    def __enter__(self) -> Routes:
        logger = logging.getLogger("fedserver.access")
        self.before = logger.level
        logger.setLevel(logging.INFO)
        logger.addHandler(self)
        return self

    def __exit__(self, *error: object) -> None:
        logger = logging.getLogger("fedserver.access")
        logger.removeHandler(self)
        logger.setLevel(self.before)

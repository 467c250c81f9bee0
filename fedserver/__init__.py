"""fedserver: the application around the ``protocol`` and ``keys`` packages.

Reading order, from the ground up: ``kit`` and ``config``, ``domain``, then ``db``, ``net``, ``media``, ``bus``,
then ``jobqueue``, ``render``, ``services``, ``effects``, ``edge``, the doors (``api``, ``oauth``, ``web``,
``streaming``, ``admin``, ``federation``), ``jobs``, ``app`` and ``cli``. A file imports only from floors below
its own; ``tests/structure`` holds everyone to it.
"""

from __future__ import annotations

__version__ = "0.1.0"

"""``fedserver`` and ``python -m fedserver``."""

from __future__ import annotations

import sys

from fedserver.cli.main import main

if __name__ == "__main__":
    sys.exit(main())

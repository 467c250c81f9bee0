"""``fedserver`` and ``python -m fedserver``."""

from __future__ import annotations

import gc
import sys


def main() -> int:
    """Run the command that the arguments name."""
    # nothing that is imported is garbage: looking for it takes a quarter of the start
    gc.disable()
    from fedserver.cli.main import main as run

    gc.enable()
    return run()


if __name__ == "__main__":
    sys.exit(main())

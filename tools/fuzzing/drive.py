"""One target under Atheris (libFuzzer): ``python -m fuzzing.drive TARGET CORPUS [libFuzzer's options]``."""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

with atheris.instrument_imports(include=["protocol", "fedserver", "keys"]):
    from fuzzing.targets import TARGETS


def main() -> None:
    """Runs until libFuzzer's limit or the first broken promise; the input that broke it is written by libFuzzer."""
    name = sys.argv.pop(1)
    run = TARGETS[name].run
    atheris.Setup(sys.argv, run)
    atheris.Fuzz()


if __name__ == "__main__":
    main()

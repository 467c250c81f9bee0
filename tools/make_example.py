"""Write config.example.toml from the settings' own table."""

from __future__ import annotations

from pathlib import Path

from fedserver.config import example

TARGET = Path(__file__).resolve().parent.parent / "config.example.toml"

if __name__ == "__main__":
    TARGET.write_text(example(), encoding="utf-8")
    print(TARGET.name)

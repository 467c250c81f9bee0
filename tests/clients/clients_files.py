"""Pictures for uploads."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from PIL import Image


def picture(colour: str = "teal", size: tuple[int, int] = (320, 200), kind: str = "PNG") -> bytes:
    """A real picture."""
    out = BytesIO()
    Image.new("RGB", size, colour).save(out, kind)
    return out.getvalue()


def picture_file(folder: Path, name: str = "robot.png", colour: str = "teal") -> Path:
    """A real picture in a file."""
    path = folder / name
    path.write_bytes(picture(colour))
    return path

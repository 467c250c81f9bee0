"""A blurred hint of a picture in about 30 characters (https://blurha.sh). Runs in the child.

Through the package `blurhash`; `blurhash-python` installs into the same place and overwrites it.
"""

from __future__ import annotations

from typing import Final

import blurhash
from PIL import Image

_SIDE: Final = 32


def hint(image: Image.Image) -> str:
    """The hint of an RGB or RGBA picture; transparency counts as white. More parts along the longer side."""
    small = image.copy()
    small.thumbnail((_SIDE, _SIDE))
    if small.mode != "RGB":
        opaque = Image.new("RGB", small.size, "white")
        opaque.paste(small, mask=small.getchannel("A") if "A" in small.getbands() else None)
        small = opaque
    width, height = small.size
    raw = small.tobytes()
    rows = [
        [tuple(raw[at : at + 3]) for at in range(row * width * 3, (row + 1) * width * 3, 3)] for row in range(height)
    ]
    across, down = (4, 3) if width >= height else (3, 4)
    return str(blurhash.encode(rows, components_x=across, components_y=down))

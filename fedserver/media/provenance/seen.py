"""What the decoder saw of a picture and the readers of provenance want to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from PIL.Image import Image


class Seen(NamedTuple):
    """``small``: the picture as it is seen, at most as large as a preview. ``hidden``: what `stealth` found."""

    small: Image | None = None
    hidden: str = ""

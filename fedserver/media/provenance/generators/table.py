"""Which generators' readers are asked, in which order: the first that knows its block answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from fedserver.media.provenance.generators import automatic1111
from fedserver.media.provenance.generators.block import Block
from fedserver.media.provenance.parts import Parts

Reader = Callable[[Parts], Block | None]

READERS: Final[tuple[tuple[str, Reader], ...]] = (("automatic1111", automatic1111.read),)

"""Which generators' readers are asked, in which order. The first that knows its block names the tool; what it leaves
open (a prompt, a workflow) the others may fill in, since tools write in the form of others for their sake."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from fedserver.media.provenance.generators import (
    automatic1111,
    comfyui,
    fooocus,
    invokeai,
    midjourney,
    novelai,
    swarmui,
)
from fedserver.media.provenance.generators.block import Block
from fedserver.media.provenance.parts import Parts

Reader = Callable[[Parts], Block | None]

READERS: Final[tuple[Reader, ...]] = (
    swarmui.read,
    fooocus.read,
    novelai.read,
    invokeai.read,
    comfyui.read,
    automatic1111.read,
    midjourney.read,
)

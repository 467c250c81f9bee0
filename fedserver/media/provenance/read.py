"""The door: runs every reader over one file. In the media child.

Each reader is on its own: what breaks one is noted as `unreadable` and does not keep the others from answering. What
no reader survives (memory, time, a crash of the native library) ends the child after it has handed over the previews.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import BinaryIO, Final, TypeVar

from fedserver.domain.provenance.claims import Basis, Claim
from fedserver.media.findings import Findings, Look, Reading
from fedserver.media.probe import Format
from fedserver.media.provenance import manifests, png
from fedserver.media.provenance.generators.block import Block
from fedserver.media.provenance.generators.table import READERS
from fedserver.media.provenance.manifests import TrustLists
from fedserver.media.provenance.parts import Data, Parts
from fedserver.media.provenance.seen import Seen

T = TypeVar("T")

CONTAINERS: Final[dict[str, Callable[[Data], Parts]]] = {"png": png.read}


class Run:
    """The readers of one file, and whether all of them came to their end."""

    def __init__(self) -> None:
        self.broken = False

    def attempt(self, reader: Callable[[], T], otherwise: T) -> T:
        """What the reader answers, or ``otherwise``."""
        try:
            return reader()
        except Exception:  # noqa: BLE001 - a stranger's file; whatever it breaks, the upload goes on
            self.broken = True
            return otherwise


def prepare(data: Data) -> bool:
    """Before the sandbox closes: whether a manifest may be there, with the native library loaded if so."""
    if not manifests.marked(data):
        return False
    Run().attempt(manifests.preload, None)
    return True


def read(form: Format, data: Data, source: BinaryIO, has_c2pa: bool, lists: TrustLists, seen: Seen) -> Findings:
    """All that is said in the file, and what it looks like."""
    run = Run()
    claims: list[Claim] = []
    wishes = None
    if has_c2pa:
        chain = run.attempt(lambda: manifests.read(source, form.mime, lists), manifests.NO_CHAIN)
        claims += chain.claims
        wishes = chain.wishes
    parts = run.attempt(lambda: CONTAINERS[form.name](data), Parts()) if form.name in CONTAINERS else Parts()
    block = _block(run, parts)
    if block is not None:
        claims.append(
            Claim(
                Basis.TOOL,
                block.source_type,
                tool=block.tool,
                version=block.version,
                models=(*block.recipe.models, *block.recipe.loras),
            )
        )
    reading = Reading.UNREADABLE if run.broken else Reading.READ if claims or wishes else Reading.NONE
    look: Look | None = None
    return Findings(
        claims=tuple(claims),
        recipe=block.recipe if block else None,
        reading=reading,
        has_c2pa=has_c2pa,
        wishes=wishes,
        pdq=look,
    )


def _block(run: Run, parts: Parts) -> Block | None:
    for _, reader in READERS:
        found = run.attempt(partial(reader, parts), None)
        if found is not None:
            return found
    return None

"""The door: runs every reader over one file. In the media child.

Each reader is on its own: what breaks one is noted as `unreadable` and does not keep the others from answering. What
no reader survives (memory, time, a crash of the native library) ends the child after it has handed over the previews.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from functools import partial
from typing import BinaryIO, Final, TypeVar
from urllib.parse import urlsplit

from fedserver.domain.provenance.claims import GENERATED, PARTLY, Basis, Claim
from fedserver.domain.provenance.recipes import Recipe
from fedserver.media.findings import Findings, Reading
from fedserver.media.probe import Format
from fedserver.media.provenance import (
    bmff,
    exif,
    gif,
    id3,
    jpeg,
    manifests,
    matroska,
    pdq,
    png,
    riff,
    xmp,
)
from fedserver.media.provenance.generators import aigc
from fedserver.media.provenance.generators.block import Block, prompt, word
from fedserver.media.provenance.generators.table import READERS
from fedserver.media.provenance.manifests import TrustLists
from fedserver.media.provenance.parts import Data, Parts
from fedserver.media.provenance.seen import Seen

T = TypeVar("T")

CONTAINERS: Final[dict[str, Callable[[Data], Parts]]] = {
    "png": png.read,
    "jpeg": jpeg.read,
    "webp": riff.read,
    "wav": riff.read,
    "gif": gif.read,
    "avif": bmff.read,
    "heic": bmff.read,
    "mp4": bmff.read,
    "webm": matroska.read,
    "mp3": id3.read,
    "tiff": exif.container,
}
_ENCODINGS: Final = ("latin-1", "utf-16", "utf-16-be", "utf-16-le")
_CREDITS: Final = {"made with google ai": GENERATED, "edited with google ai": PARTLY}


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
    for name in _ENCODINGS:
        codecs.lookup(name)  # Python loads each from a file on first use
    if not manifests.marked(data):
        return False
    Run().attempt(manifests.preload, None)
    return True


def read(form: Format, data: Data, source: BinaryIO, has_c2pa: bool, lists: TrustLists, seen: Seen) -> Findings:
    """All that is said in the file, and what it looks like."""
    run = Run()
    chain = manifests.NO_CHAIN
    if has_c2pa:
        chain = run.attempt(lambda: manifests.read(source, form.mime, lists), chain)
    parts = run.attempt(partial(CONTAINERS[form.name], data), Parts())
    properties = run.attempt(partial(unfold, parts), xmp.Properties())
    if seen.hidden:
        parts.texts.append(("stealth", seen.hidden))
        if not parts.text("parameters"):
            parts.texts.append(("parameters", seen.hidden))
    block = _block(run, parts)
    nothing: list[Claim] = []
    found = [*_of_xmp(properties), *run.attempt(partial(_of_aigc, parts), nothing)]
    if block is not None:
        found.append(_of_block(block))
    claims = (*chain.claims, *([] if chain.claims else _elsewhere(properties)), *found)
    wishes = chain.wishes or properties.first(xmp.PLUS, "DataMining").rpartition("/")[2] or None
    recipe = block.recipe if block else _told(properties)
    return Findings(
        claims=claims,
        recipe=recipe if recipe != Recipe() else None,
        reading=Reading.UNREADABLE if run.broken else Reading.READ if claims or wishes else Reading.NONE,
        has_c2pa=has_c2pa,
        private=tuple(dict.fromkeys([*parts.private, *properties.private(), *_secrets(recipe)])),
        wishes=wishes,
        pdq=None if seen.small is None else run.attempt(partial(pdq.look, seen.small), None),
    )


def unfold(parts: Parts) -> xmp.Properties:
    """Adds what stands in EXIF and XMP to the texts: generators put their blocks there where there is no other room."""
    for raw in parts.exif:
        inner = exif.read(raw)
        parts.private += inner.private
        parts.xmp += inner.xmp
        for name, text in inner.texts:
            parts.add_text(name, text)
    properties = xmp.read(parts.xmp)
    for space, name, value in properties.everything():
        if "comfy" in space.lower() or name.lower() == "aigc":
            parts.add_text(name, value)
        elif (space, name) == (xmp.DC, "description"):
            parts.add_text("description", value)
    return properties


def _block(run: Run, parts: Parts) -> Block | None:
    """The first block that is known, with what it leaves open filled in by the others."""
    first: Block | None = None
    for reader in READERS:
        found = run.attempt(partial(reader, parts), None)
        if found is None:
            continue
        if first is None:
            first = found
        else:
            missing = {name: value for name, value in found.recipe._asdict().items() if not getattr(first.recipe, name)}
            first = first._replace(recipe=first.recipe._replace(**missing))
    return first


def _secrets(recipe: Recipe) -> Iterator[str]:
    """What a generator was told belongs to whoever told it, until published."""
    if recipe.prompt or recipe.negative_prompt:
        yield "prompt"
    if recipe.workflow:
        yield "workflow"


def _of_block(block: Block) -> Claim:
    # the names of LoRAs are a part of the recipe: its author publishes them, or does not
    return Claim(Basis.TOOL, block.source_type, tool=block.tool, version=block.version, models=block.recipe.models)


def _of_aigc(parts: Parts) -> list[Claim]:
    found = aigc.read(parts)
    if found is None:
        return []
    return [Claim(Basis.TOOL, found.source_type, by=found.producer, evidence=found.evidence)]


def _of_xmp(properties: xmp.Properties) -> list[Claim]:
    """By IPTC's digital source type, or by the credit that Google writes."""
    credit = properties.first(xmp.PHOTOSHOP, "Credit")
    source_type = properties.first(xmp.IPTC_EXT, "DigitalSourceType").rstrip("/").rpartition("/")[2]
    source_type = source_type or _CREDITS.get(credit.lower(), "")
    if not source_type:
        return []
    system = properties.first(xmp.IPTC_EXT, "AISystemUsed")
    version = properties.first(xmp.IPTC_EXT, "AISystemVersionUsed")
    tool = system or properties.first(xmp.XMP, "CreatorTool")
    evidence = {"credit": word(credit)} if credit else {}
    return [Claim(Basis.XMP, word(source_type), tool=word(tool), version=word(version), evidence=evidence)]


def _elsewhere(properties: xmp.Properties) -> list[Claim]:
    """A manifest that is said to be on another server. It is never fetched: a file must not make a server ask."""
    place = properties.first(xmp.DCTERMS, "provenance")
    if not place.startswith(("https://", "http://")):
        return []
    host = urlsplit(place).hostname or ""
    return [Claim(Basis.C2PA, evidence={"manifest": "remote", "host": word(host)})]


def _told(properties: xmp.Properties) -> Recipe:
    """What IPTC's fields of 2025 tell of the making."""
    return Recipe(prompt=prompt(properties.first(xmp.IPTC_EXT, "AIPromptInformation")))

"""The target `metadata`: the readers of provenance, without the native library (whose own process bounds it)."""

from __future__ import annotations

import io
from typing import Final

from fedserver.domain.provenance.labels import label
from fedserver.media.probe import HEAD_BYTES, sniff_any
from fedserver.media.provenance.answer import dump, load
from fedserver.media.provenance.generators import aigc
from fedserver.media.provenance.generators.table import READERS
from fedserver.media.provenance.manifests import TrustLists
from fedserver.media.provenance.parts import Broken
from fedserver.media.provenance.read import CONTAINERS, read, unfold
from fedserver.media.provenance.seen import Seen

_A1111: Final = 'a cat <lora:fur:1>\nNegative prompt: dogs\nSteps: 20, Sampler: Euler, Model: m, Lora hashes: "fur: 1"'
_COMFY: Final = (
    '{"3": {"class_type": "KSampler", "inputs": {"seed": 1, "steps": 2, "positive": ["6", 0]}}, '
    '"6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a cat"}}}'
)
_XMP: Final = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:i="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
    b'i:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"/></rdf:RDF></x:xmpmeta>'
)


def run(data: bytes) -> None:
    """A reader refuses with `Broken` or answers; what they say together survives the way out of the child."""
    form = sniff_any(data[:HEAD_BYTES])
    if form is None:
        return
    try:
        parts = CONTAINERS[form.name](data)
        unfold(parts)
    except Broken:
        pass
    else:
        for reader in READERS:
            reader(parts)
        aigc.read(parts)
    found = read(form, data, io.BytesIO(data), False, TrustLists(), Seen())
    arrived = load(dump(found))
    if (arrived.reading, len(arrived.claims)) != (found.reading, len(found.claims)):
        raise AssertionError("what was read is not what arrives")
    label(arrived.claims)


def seeds() -> list[bytes]:
    """Small files of each format, with something to read."""
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    texts = PngInfo()
    texts.add_text("parameters", _A1111)
    texts.add_itxt("prompt", _COMFY, zip=True)
    texts.add_text("AIGC", '{"Label": "1", "ContentProducer": "x"}')
    exif = Image.Exif()
    exif[0x010E] = "a fox --v 6 Job ID: 01234567-89ab-cdef-0123-456789abcdef"
    exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + _A1111.encode("utf-16-be")
    found = []
    for kind in ("PNG", "JPEG", "WEBP", "AVIF", "GIF", "TIFF"):
        held = io.BytesIO()
        options = {"pnginfo": texts} if kind == "PNG" else {"comment": b"x"} if kind == "GIF" else {"exif": exif}
        more = {"xmp": _XMP} if kind in ("JPEG", "WEBP", "AVIF") else {}
        Image.new("RGB", (9, 7)).save(held, kind, **options, **more)
        found.append(held.getvalue())
    tag = b"TXXX\0\0\0\x30\0\0\3prompt\0" + _COMFY.encode()[:40]
    return [*found, b"ID3\3\0\0\0\0\1\0" + tag]

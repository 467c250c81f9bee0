"""XMP packets, by namespace and never by prefix. ISO 16684-1; IPTC Photo Metadata 2025.1. Pure.

expat reads the packet with entities and document types refused, so that nothing is fetched and nothing multiplies.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final
from xml.parsers import expat

from fedserver.media.provenance.parts import MAX_TEXT, Broken

RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
IPTC_EXT: Final = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
IPTC_CORE: Final = "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"
PLUS: Final = "http://ns.useplus.org/ldf/xmp/1.0/"
XMP: Final = "http://ns.adobe.com/xap/1.0/"
PHOTOSHOP: Final = "http://ns.adobe.com/photoshop/1.0/"
DC: Final = "http://purl.org/dc/elements/1.1/"
DCTERMS: Final = "http://purl.org/dc/terms/"
EXIF: Final = "http://ns.adobe.com/exif/1.0/"
EXIF_EX: Final = "http://cipa.jp/exif/1.0/"
AUX: Final = "http://ns.adobe.com/exif/1.0/aux/"
CAMERA: Final = "http://ns.google.com/photos/1.0/camera/"
_MAX_DEPTH: Final = 64
_MAX_PROPERTIES: Final = 5000
_PERSONAL: Final = {
    (EXIF, "GPSLatitude"): "gps",
    (EXIF, "GPSLongitude"): "gps",
    (AUX, "SerialNumber"): "serial-number",
    (AUX, "LensSerialNumber"): "serial-number",
    (EXIF_EX, "BodySerialNumber"): "serial-number",
    (EXIF_EX, "LensSerialNumber"): "serial-number",
    (AUX, "OwnerName"): "owner-name",
    (EXIF_EX, "CameraOwnerName"): "owner-name",
    (DC, "creator"): "owner-name",
    (IPTC_CORE, "CreatorContactInfo"): "contact",
    (IPTC_CORE, "Location"): "location",
    (IPTC_EXT, "LocationCreated"): "location",
    (IPTC_EXT, "LocationShown"): "location",
    (IPTC_EXT, "PersonInImage"): "person-shown",
    (PHOTOSHOP, "City"): "location",
    # a film with sound behind the picture
    (CAMERA, "MotionPhoto"): "trailer",
    (CAMERA, "MicroVideo"): "trailer",
}


class Properties:
    """(namespace, name) -> values, of all packets of a file."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], list[str]] = {}
        self._personal: dict[str, None] = {}
        self._count = 0

    def add(self, namespace: str, name: str, value: str) -> None:
        """Raises `Broken` beyond the bounds."""
        value = value.strip()
        if value:
            self._count += 1
            if self._count > _MAX_PROPERTIES:
                raise Broken("too many properties")
            self._found.setdefault((namespace, name), []).append(value)

    def first(self, namespace: str, name: str) -> str:
        """The first value, '' where there is none."""
        return next(iter(self._found.get((namespace, name), ())), "")

    def everything(self) -> Iterable[tuple[str, str, str]]:
        """(namespace, name, value) of all."""
        return ((space, name, value) for (space, name), values in self._found.items() for value in values)

    def private(self) -> list[str]:
        """Names of the fields that tell about a person."""
        return list(self._personal)

    def met(self, namespace: str, name: str) -> None:
        """Notes that a property is there, whatever its value; some are structures."""
        if (namespace, name) in _PERSONAL:
            self._personal[_PERSONAL[namespace, name]] = None


def read(packets: Iterable[bytes]) -> Properties:
    """Reads packets; the first that is no XML raises `Broken`."""
    found = Properties()
    for packet in packets:
        _Packet(found).read(packet)
    return found


class _Packet:
    """A property is an attribute or an element that is not of RDF's own; its value is the text below it."""

    def __init__(self, found: Properties) -> None:
        self._found = found
        # namespace and name of each open element, with the text that stands in it
        self._open: list[tuple[str, str, list[str]]] = []

    def read(self, packet: bytes) -> None:
        if len(packet) > MAX_TEXT:
            raise Broken("too much XMP")
        parser: Any = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = _refuse
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._text
        try:
            # a byte order mark, blanks and padding around the packet are common
            parser.Parse(re.sub(rb"\A[\s\xef\xbb\xbf]+|[\s\0]+\Z", b"", packet), True)
        except expat.ExpatError as error:
            raise Broken("XMP") from error

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= _MAX_DEPTH:
            raise Broken("XMP nested too deeply")
        space, name = _split(tag)
        self._found.met(space, name)
        for key, value in attributes.items():
            where, what = _split(key)
            self._found.met(where, what)
            if where == RDF and what == "resource":
                self._found.add(space, name, value)
            elif where != RDF and where:
                self._found.add(where, what, value)
        self._open.append((space, name, []))

    def _text(self, text: str) -> None:
        if self._open:
            self._open[-1][2].append(text)

    def _end(self, _tag: str) -> None:
        space, name, texts = self._open.pop()
        value = "".join(texts)
        if space == RDF and name in ("li", "value"):
            # of the nearest element that is not RDF's own
            for above, called, _ in reversed(self._open):
                if above != RDF:
                    self._found.add(above, called, value)
                    return
        elif space != RDF and space:
            self._found.add(space, name, value)


def _split(name: str) -> tuple[str, str]:
    space, _, local = name.rpartition(" ")
    return space, local


def _refuse(*_: object) -> None:
    raise Broken("XMP with a document type")

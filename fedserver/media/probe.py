"""What a file is, by its first bytes. Pure. Names and declared types are never asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

HEAD_BYTES: Final = 4096


@dataclass(frozen=True, slots=True)
class Format:
    """A format of the allow-list. `decoder` is the one Pillow plugin or FFmpeg demuxer that may read it; '' where a
    file is never decoded here, but what it says of its making is read (`sniff_any`)."""

    name: str
    mime: str
    extension: str
    decoder: str
    still: bool


JPEG: Final = Format("jpeg", "image/jpeg", "jpg", "JPEG", True)
PNG: Final = Format("png", "image/png", "png", "PNG", True)
GIF: Final = Format("gif", "image/gif", "gif", "GIF", True)
WEBP: Final = Format("webp", "image/webp", "webp", "WEBP", True)
AVIF: Final = Format("avif", "image/avif", "avif", "AVIF", True)
MP4: Final = Format("mp4", "video/mp4", "mp4", "mov", False)
WEBM: Final = Format("webm", "video/webm", "webm", "matroska", False)
MP3: Final = Format("mp3", "audio/mpeg", "mp3", "mp3", False)

HEIC: Final = Format("heic", "image/heic", "heic", "", True)
TIFF: Final = Format("tiff", "image/tiff", "tiff", "", True)
WAV: Final = Format("wav", "audio/wav", "wav", "", False)

FORMATS: Final = {each.name: each for each in (JPEG, PNG, GIF, WEBP, AVIF, MP4, WEBM, MP3, HEIC, TIFF, WAV)}

_MP4_BRANDS = (b"iso", b"mp4", b"avc1", b"M4V", b"M4A", b"dash", b"MSNV", b"qt  ", b"3gp", b"f4v")


def sniff(head: bytes) -> Format | None:
    """The format of a file that begins with `head` (`HEAD_BYTES` of it), or None for anything else."""
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith((b"GIF87a", b"GIF89a")):
        return GIF
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head[4:8] == b"ftyp":
        return _brand(head)
    if head.startswith(b"\x1a\x45\xdf\xa3") and b"webm" in head[:64]:
        return WEBM
    return MP3 if _is_mp3(head) else None


def sniff_any(head: bytes) -> Format | None:
    """Like `sniff`, with the formats that are no uploads but whose metadata can be read."""
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return WAV
    if head[:4] in (b"II*\0", b"MM\0*"):
        return TIFF
    if head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"hevc", b"mif1", b"msf1"):
        return sniff(head) or HEIC
    return sniff(head)


def _brand(head: bytes) -> Format | None:
    end = min(int.from_bytes(head[:4], "big"), len(head))
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, end - 3, 4))]
    if brands[0] in (b"avif", b"avis") or (brands[0] in (b"mif1", b"msf1") and b"avif" in brands):
        return AVIF
    return MP4 if any(brand.startswith(_MP4_BRANDS) for brand in brands) else None


def _is_mp3(head: bytes) -> bool:
    if head.startswith(b"ID3"):
        return True  # the demuxer finds out whether MPEG audio follows
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    return version != 1 and layer == 1 and head[2] >> 4 not in (0, 15) and head[2] >> 2 & 3 != 3

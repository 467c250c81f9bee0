"""Files that the media tests make themselves, and a way to run the pipeline on them."""

from __future__ import annotations

import asyncio
import io
import os
import struct
import zlib
from pathlib import Path
from typing import Any

import av
from PIL import Image

from fedserver.media.pipeline import Pipeline, Processed
from fedserver.media.settings import MediaSettings

CORPUS = Path(
    os.environ.get("FEDSERVER_CORPUS")
    or os.environ.get("CORPUS")
    or Path(__file__).resolve().parents[3] / "shared" / "corpus"
)
"""Real samples, which are no part of the project."""
SECRET = b"SeCrEtNaMe"


def process(data: bytes, folder: Path, *, untouched: bool = False, **limits: Any) -> Processed:
    source = folder / "upload"
    source.write_bytes(data)

    async def main() -> Processed:
        return await Pipeline(MediaSettings(**limits)).process(source, folder, untouched=untouched)

    return asyncio.run(main())


def gradient(mode: str = "RGB", size: tuple[int, int] = (80, 60)) -> Image.Image:
    image = Image.linear_gradient("L").resize(size)
    bands = {"CMYK": 4, "RGBA": 4, "RGB": 3, "LA": 2}.get(mode, 1)
    if bands == 1:
        return image.convert(mode)
    flipped = image.transpose(Image.Transpose.ROTATE_180)
    return Image.merge(mode, ([image, flipped] * 2)[:bands])


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def private_exif(orientation: int = 1) -> bytes:
    """EXIF with a position, a serial number, an owner, and SECRET in each."""
    exif = Image.Exif()
    text = SECRET.decode()
    exif[0x0112] = orientation
    exif[0x010E] = text
    exif[0x9C9D] = text.encode("utf-16-le")
    exif.get_ifd(0x8769).update({0xA431: text, 0xA430: text, 0x9286: b"ASCII\0\0\0" + SECRET})
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 34.0), 29: text})
    return exif.tobytes()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_bomb(side: int) -> bytes:
    row = zlib.compressobj(9)
    data = b"".join(row.compress(bytes(side // 8 + 1)) for _ in range(side)) + row.flush()
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def film(kind: str, *, sound: bool = True, pictures: int = 25, rate: int = 25, side: int = 64) -> bytes:
    """A short film (mp4, webm) or sound (mp3) with SECRET in its tags."""
    video, audio = {"mp4": ("libx264", "aac"), "webm": ("libvpx", "libopus"), "mp3": ("", "libmp3lame")}[kind]
    out = io.BytesIO()
    with av.open(out, "w", format=kind) as container:
        text = SECRET.decode()
        container.metadata.update({"title": text, "artist": text, "comment": text, "location": "+52.5200+013.4050/"})
        seen = container.add_stream(video, rate=rate) if video else None
        heard = container.add_stream(audio, rate=48000) if sound else None
        if seen is not None:
            _pictures(container, seen, pictures, side)
        if heard is not None:
            add_sound(container, heard)
    return out.getvalue()


def _pictures(container: Any, stream: Any, count: int, side: int) -> None:
    stream.width, stream.height, stream.pix_fmt = side, side // 2, "yuv420p"
    stream.metadata["title"] = SECRET.decode()
    for number in range(count):
        frame = av.VideoFrame(side, side // 2, "yuv420p")
        for plane in frame.planes:
            plane.update(bytes([number * 9 % 256]) * plane.buffer_size)
        frame.pts = number
        container.mux(stream.encode(frame))
    container.mux(stream.encode())


def add_sound(container: Any, stream: Any) -> None:
    size = stream.codec_context.frame_size or 1024
    for number in range(48000 // size):
        frame = av.AudioFrame("flt" if stream.codec_context.name == "libopus" else "fltp", "stereo", size)
        frame.sample_rate, frame.pts = 48000, number * size
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        container.mux(stream.encode(frame))
    container.mux(stream.encode())


def opened(path: Path | None) -> Image.Image:
    assert path is not None
    return Image.open(io.BytesIO(path.read_bytes()))

"""Videos and sound: limits, cleaning by copying the streams into a new container, preview. Runs in the child.

Imports PyAV. The demuxer is forced to the one of the sniffed format and reads one open file; no playlist,
no other file and no protocol can be reached, and the sandbox has no sockets and no `open` anyway.
"""

from __future__ import annotations

import importlib
import io
import os
import pkgutil
from typing import Any, BinaryIO, Final

import av
from av.container import InputContainer
from av.video.frame import VideoFrame
from PIL import Image

from fedserver.media import blurhash
from fedserver.media.child import write_all
from fedserver.media.errors import MediaRefused
from fedserver.media.probe import Format
from fedserver.media.provenance.seen import Seen

VIDEO_CODECS: Final = frozenset({"h264", "hevc", "av1", "libdav1d", "vp8", "vp9"})
AUDIO_CODECS: Final = frozenset({"aac", "mp3", "mp3float", "opus", "vorbis", "flac"})
_PACKETS: Final = 3_000_000
_MUXERS: Final[dict[str, tuple[str, dict[str, str]]]] = {
    "mp4": ("mp4", {"movflags": "+faststart", "fflags": "+bitexact"}),
    "webm": ("webm", {"fflags": "+bitexact"}),
    "mp3": ("mp3", {"id3v2_version": "0", "write_id3v1": "0", "fflags": "+bitexact"}),
}


def preload() -> None:
    """Loads the parts of PyAV and Pillow that are otherwise loaded on first use."""
    for part in pkgutil.walk_packages(av.__path__, "av."):
        if part.name not in ("av.__main__", "av.datasets"):
            importlib.import_module(part.name)
    image = Image.new("RGB", (2, 2))
    image.save(io.BytesIO(), "WEBP")
    blurhash.hint(image)


def process(
    form: Format, job: dict[str, Any], source: BinaryIO, published: BinaryIO | None, preview: BinaryIO
) -> tuple[dict[str, Any], Seen]:
    """Writes the cleaned file and, for a video, the preview; returns the facts. Raises `MediaRefused`."""
    small = None
    try:
        with _open(form, source) as container:
            facts = _facts(container, job)
            facts |= _copy(form, container, published, job)
        if facts["width"]:
            source.seek(0)
            with _open(form, source) as container:
                small, more = _still(container, job["preview_side"], preview)
                facts |= more
    except (MediaRefused, MemoryError):
        raise
    except Exception as error:
        raise MediaRefused("broken") from error
    if facts["duration"] > job["max_duration"] * 1000:
        raise MediaRefused("duration")
    return facts, Seen(small)


def _open(form: Format, source: BinaryIO) -> InputContainer:
    return av.open(source, "r", format=form.decoder, options={"enable_drefs": "0"}, io_open=_no_files)


def _no_files(url: str, flags: int, options: dict[str, str]) -> Any:
    raise OSError(f"a file asks for another: {flags}")


def _facts(container: InputContainer, job: dict[str, Any]) -> dict[str, Any]:
    width = height = 0
    rate = 0.0
    if len(container.streams) > 16:
        raise MediaRefused("broken")
    for video in container.streams.video[:1]:
        width, height = video.codec_context.width, video.codec_context.height
        rate = float(video.average_rate or video.guessed_rate or 0)
        if video.codec_context.name not in VIDEO_CODECS:
            raise MediaRefused("codec")
        if not width or not height or width * height > job["max_pixels"]:
            raise MediaRefused("pixels")
        if rate > job["max_frame_rate"]:
            raise MediaRefused("frame_rate")
    for audio in container.streams.audio[:1]:
        if audio.codec_context.name not in AUDIO_CODECS:
            raise MediaRefused("codec")
    if not container.streams.video and not container.streams.audio:
        raise MediaRefused("codec")
    return {
        "width": width,
        "height": height,
        "frame_rate": rate,
        "has_audio": bool(container.streams.audio),
        "small_width": 0,
        "small_height": 0,
        "frames": 0,
        "blurhash": None,
    }


def _copy(form: Format, container: InputContainer, published: BinaryIO | None, job: dict[str, Any]) -> dict[str, Any]:
    """Copies the packets of the first video and the first audio stream; no tags, chapters, data, covers."""
    chosen = [*container.streams.video[:1], *container.streams.audio[:1]]
    if form.name == "mp3":
        chosen = list(container.streams.audio[:1])
    muxer, options = _MUXERS[form.name]
    target: BinaryIO = io.BytesIO() if published is None else published
    output = None
    if published is not None:
        output = av.open(target, "w", format=muxer, options=options, io_open=_again(published))
        outputs = {stream.index: output.add_stream_from_template(stream) for stream in chosen}
    end = total = pictures = 0.0
    for count, packet in enumerate(container.demux(chosen)):
        if count > _PACKETS:
            raise MediaRefused("frames")
        if packet.dts is None or packet.time_base is None:
            continue
        total += packet.size
        pictures += packet.stream_index == chosen[0].index
        last = (packet.pts if packet.pts is not None else packet.dts) + (packet.duration or 0)
        end = max(end, float(last * packet.time_base))
        if end > job["max_duration"]:
            raise MediaRefused("duration")
        if output is not None:
            packet.stream = outputs[packet.stream_index]
            output.mux(packet)
    if output is not None:
        output.close()
    if not pictures or end <= 0:
        raise MediaRefused("broken")
    if container.streams.video and form.name != "mp3" and pictures / end > job["max_frame_rate"] * 1.5:
        raise MediaRefused("frame_rate")
    return {"duration": round(end * 1000), "bitrate": round(total * 8 / end)}


def _still(container: InputContainer, side: int, preview: BinaryIO) -> tuple[Image.Image, dict[str, Any]]:
    """The first picture, turned as the display matrix says."""
    stream = container.streams.video[0]
    stream.thread_count = 1
    frame = next(container.decode(stream))
    if not isinstance(frame, VideoFrame):
        raise MediaRefused("broken")
    turned = round(frame.rotation / 90) * 90 % 360
    scale = min(1.0, side / max(frame.width, frame.height))
    small = frame.reformat(
        width=max(round(frame.width * scale), 1), height=max(round(frame.height * scale), 1), format="rgb24"
    )
    image: Image.Image = small.to_image()  # type: ignore[no-untyped-call]
    if turned:
        image = image.rotate(turned, expand=True)
    out = io.BytesIO()
    image.save(out, "WEBP", quality=80, method=4)
    write_all(preview, out.getvalue())
    facts = {"small_width": image.width, "small_height": image.height, "blurhash": blurhash.hint(image)}
    if turned in (90, 270):
        facts |= {"width": stream.codec_context.height, "height": stream.codec_context.width}
    return image, facts


class _Reader(io.RawIOBase):
    """Reads a file from a place of its own. The muxer reads back what it wrote in order to move the index
    to the front, through a second handle; a duplicated descriptor would share its place with the first."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        start = (0, self._at, os.fstat(self._descriptor).st_size)[whence]
        self._at = start + offset
        return self._at

    def readinto(self, buffer: Any) -> int:
        data = os.pread(self._descriptor, len(buffer), self._at)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


def _again(published: BinaryIO) -> Any:
    def reopen(url: str, flags: int, options: dict[str, str]) -> _Reader:
        if flags != 1:  # AVIO_FLAG_READ
            raise OSError("only reading back is needed")
        return _Reader(published.fileno())

    return reopen

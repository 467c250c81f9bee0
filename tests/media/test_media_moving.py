"""Films and sound: copied without their tags, previewed, refused (MED-03, -08, -10)."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import av
import pytest
from media_files import SECRET, add_sound, film, opened, process

from fedserver.media.errors import MediaRefused

ROTATE_90 = struct.pack(">9i", 0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30)
UPRIGHT = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 1 << 30)


@pytest.mark.parametrize("kind", ["mp4", "webm", "mp3"])
def test_tags_and_trailers_are_gone_and_packets_stay(kind: str, tmp_path: Path) -> None:
    data = film(kind)
    assert data.count(SECRET) >= 2
    trailer = b"" if kind == "mp3" else b"PK\x03\x04" + SECRET
    found = process(data + trailer, tmp_path)
    clean = found.published.read_bytes()
    for trace in (SECRET, b"+52.52", b"013.405", b"PK\x03\x04", b"ID3"):
        assert trace not in clean
    with av.open(io.BytesIO(data)) as before, av.open(io.BytesIO(clean)) as after:
        assert [s.codec_context.name for s in after.streams] == [s.codec_context.name for s in before.streams]
        if kind != "mp3":
            first = [bytes(f.planes[0]) for f in before.decode(video=0)]
            second = [bytes(f.planes[0]) for f in after.decode(video=0)]
            assert first == second and len(first) == 25
    assert found.duration is not None and 900 <= found.duration <= 1100
    assert found.bitrate
    if kind == "mp3":
        assert (found.kind, found.mime, found.preview, found.blurhash) == ("audio", "audio/mpeg", None, None)
        assert sorted(p.name for p in tmp_path.iterdir()) == sorted(["upload", found.published.name])
    else:
        assert (found.kind, found.mime) == ("video", f"video/{kind}")
        assert (found.width, found.height, found.frame_rate) == (64, 32, 25.0)
        assert opened(found.preview).size == (64, 32)
        assert found.blurhash


def test_mp4_begins_with_its_index(tmp_path: Path) -> None:
    clean = process(film("mp4"), tmp_path).published.read_bytes()
    assert 0 < clean.index(b"moov") < clean.index(b"mdat")


def test_short_films_without_sound_are_loops(tmp_path: Path) -> None:
    assert process(film("mp4", sound=False), tmp_path).kind == "gifv"


def test_sound_in_a_film_container(tmp_path: Path) -> None:
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        add_sound(container, container.add_stream("aac", rate=48000))
    found = process(out.getvalue(), tmp_path)
    assert (found.kind, found.mime, found.width, found.preview) == ("audio", "audio/mp4", None, None)


def test_a_turned_film_stays_turned(tmp_path: Path) -> None:
    data = film("mp4", sound=False)
    at = data.index(UPRIGHT, data.index(b"tkhd"))
    found = process(data[:at] + ROTATE_90 + data[at + 36 :], tmp_path)
    assert (found.width, found.height, found.small_width, found.small_height) == (32, 64, 32, 64)
    with av.open(io.BytesIO(found.published.read_bytes())) as container:
        frame = next(container.decode(video=0))
        assert round(frame.rotation) % 360 in (90, 270)


def test_limits(tmp_path: Path) -> None:
    data = film("mp4")
    for limits, reason in (
        ({"max_video_pixels": 2047}, "pixels"),
        ({"max_duration": 0.5}, "duration"),
        ({"max_frame_rate": 24.0}, "frame_rate"),
        ({"max_video_bytes": len(data) - 1}, "too_large"),
    ):
        with pytest.raises(MediaRefused, match=reason):
            process(data, tmp_path, **limits)
    with pytest.raises(MediaRefused, match="frame_rate"):
        process(film("mp4", sound=False, rate=100_000), tmp_path)


def test_codecs_outside_the_list_are_refused(tmp_path: Path) -> None:
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        container.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
        container.mux(stream.encode())
    with pytest.raises(MediaRefused, match="codec"):
        process(out.getvalue(), tmp_path)


@pytest.mark.parametrize("kind", ["mp4", "webm", "mp3"])
def test_a_head_over_something_else_is_refused(kind: str, tmp_path: Path) -> None:
    head = {"mp4": 32, "webm": 48, "mp3": 10}[kind]
    playlist = b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n" * 20
    data = film(kind)[:head] if kind != "mp3" else b"ID3\x04\0\0\0\0\0\0"
    with pytest.raises(MediaRefused):
        process(data + playlist, tmp_path)


@pytest.mark.parametrize("kind", ["mp4", "webm"])
def test_cut_and_mutated_films(kind: str, tmp_path: Path) -> None:
    data = film(kind)
    with pytest.raises(MediaRefused):
        process(data[: len(data) // 8], tmp_path)
    for at in range(40, len(data), len(data) // 10):
        try:
            process(data[:at] + b"\xff\xff\xff\xff" + data[at + 4 :], tmp_path)
        except MediaRefused:
            continue

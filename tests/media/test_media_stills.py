"""Pictures through the whole pipeline: cleaned without loss, turned, previewed, refused (MED-01 to -10)."""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest
from media_files import SECRET, chunk, gradient, opened, png_bomb, private_exif, process, saved
from PIL import Image, ImageCms, ImageOps, ImageSequence

from fedserver.media.errors import MediaRefused
from fedserver.media.probe import sniff
from fedserver.media.strip import Broken, strip_gif, strip_jpeg, strip_png, strip_webp
from protocol.media import digest_multibase

ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + SECRET + b"</x:xmpmeta>"


def zip_trailer() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("evil.html", "<script>alert(1)</script>" + SECRET.decode())
    return out.getvalue()


def private(kind: str, orientation: int = 1) -> bytes:
    """A picture of each format with everything private that the format can hold, and an archive behind it."""
    exif = private_exif(orientation)
    if kind == "JPEG":
        data = saved(gradient(), kind, exif=exif, icc_profile=ICC, comment=SECRET, quality=90, xmp=XMP)
        iptc = b"Photoshop 3.0\0" + SECRET
        data = data[:2] + b"\xff\xed" + (len(iptc) + 2).to_bytes(2, "big") + iptc + data[2:]
    elif kind == "PNG":
        data = saved(gradient(), kind, exif=exif, icc_profile=ICC)
        extra = chunk(b"tEXt", b"parameters\0" + SECRET) + chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP)
        data = data[:33] + extra + chunk(b"prVt", SECRET) + data[33:-12] + chunk(b"tIME", bytes(7)) + data[-12:]
    elif kind == "WEBP":
        data = saved(gradient(), kind, exif=exif, icc_profile=ICC, xmp=XMP, lossless=True)
    elif kind == "AVIF":
        data = saved(gradient(), kind, exif=exif, icc_profile=ICC, xmp=XMP, quality=90)
    else:
        data = saved(gradient("P"), kind, comment=SECRET)
    return data + zip_trailer()


def pixels(data: bytes) -> bytes:
    return Image.open(io.BytesIO(data)).convert("RGBA").tobytes()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
def test_private_parts_and_trailers_are_gone_and_pixels_stay(kind: str, tmp_path: Path) -> None:
    data = private(kind)
    assert data.count(SECRET) >= 2
    found = process(data, tmp_path)
    clean = found.published.read_bytes()
    for trace in (SECRET, SECRET.decode().encode("utf-16-le"), b"PK\x03\x04", b"<script", b"xmpmeta", b"GPS"):
        assert trace not in clean
        assert found.preview is not None and trace not in found.preview.read_bytes()
    assert pixels(clean) == pixels(data)
    image = Image.open(io.BytesIO(clean))
    assert not dict(image.getexif())
    if kind != "GIF":
        assert image.info["icc_profile"] == ICC
    assert (tmp_path / "upload").read_bytes() == data
    assert found.sha256 == hashlib.sha256(clean).digest()
    assert found.digest_multibase == digest_multibase(found.sha256)
    assert (found.kind, found.width, found.height, found.size) == ("image", 80, 60, len(clean))
    assert found.mime == f"image/{kind.lower()}"


@pytest.mark.parametrize("orientation", range(2, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_orientation_is_applied(kind: str, orientation: int, tmp_path: Path) -> None:
    image = Image.new("RGB", (64, 32), "blue")
    image.paste((255, 0, 0), (0, 0, 32, 16))  # the corner tells the turns apart
    data = saved(image, kind, exif=private_exif(orientation), **({"lossless": True} if kind == "WEBP" else {}))
    expected = Image.open(io.BytesIO(data))
    expected.load()
    seen = ImageOps.exif_transpose(expected).convert("RGB")
    found = process(data, tmp_path)
    assert (found.width, found.height) == seen.size
    assert found.preview is not None
    for path in (found.published, found.preview):
        got = opened(path)
        assert got.size == seen.size
        assert not dict(got.getexif())
        for spot in ((4, 4), (seen.width - 5, 4), (4, seen.height - 5), (seen.width - 5, seen.height - 5)):
            near = zip(got.convert("RGB").getpixel(spot), seen.getpixel(spot), strict=True)  # type: ignore[arg-type]
            assert all(abs(a - b) < 40 for a, b in near)
    assert SECRET not in found.published.read_bytes()


def test_avif_turned_by_its_properties(tmp_path: Path) -> None:
    data = saved(gradient(), "AVIF", exif=private_exif(6))
    found = process(data, tmp_path)
    assert (found.width, found.height) == (60, 80)
    assert (found.small_width, found.small_height) == (60, 80)
    assert SECRET not in found.published.read_bytes()


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("RGBA", "PNG"), ("RGBA", "WEBP"), ("LA", "PNG"), ("L", "JPEG"), ("CMYK", "JPEG"), ("1", "PNG"), ("I;16", "PNG")],
)
def test_modes(mode: str, kind: str, tmp_path: Path) -> None:
    image = gradient("L").convert("I").point(lambda v: v * 256).convert("I;16") if mode == "I;16" else gradient(mode)
    data = saved(image, kind, **({"lossless": True} if kind == "WEBP" else {}))
    found = process(data, tmp_path)
    assert found.preview is not None and found.blurhash
    assert pixels(found.published.read_bytes()) == pixels(data)
    preview = opened(found.preview)
    assert (preview.mode == "RGBA") == (mode in ("RGBA", "LA"))
    if mode == "I;16":
        assert preview.convert("L").resize((1, 1)).getpixel((0, 0)) in range(100, 156)  # scaled, not clipped


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_animations_keep_their_frames(kind: str, tmp_path: Path) -> None:
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "green", "blue")]
    data = saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=100, loop=0)
    found = process(data, tmp_path)
    assert (found.kind, found.frames) == ("image", 3)
    image = opened(found.published)
    assert [frame.convert("RGB").getpixel((5, 5)) for frame in ImageSequence.Iterator(image)] == [
        frame.convert("RGB").getpixel((5, 5)) for frame in ImageSequence.Iterator(Image.open(io.BytesIO(data)))
    ]
    assert image.info["loop"] == 0
    for limits in ({"max_frames": 2}, {"max_animation_pixels": 4000}):
        with pytest.raises(MediaRefused, match="frames"):
            process(data, tmp_path, **limits)


def test_a_text_of_many_megabytes_costs_no_upload(tmp_path: Path) -> None:
    """Workflows grow; Pillow opens no PNG with a compressed text of more than a megabyte."""
    data = saved(gradient(), "PNG")
    text = chunk(b"zTXt", b"workflow\0\0" + zlib.compress(SECRET + bytes(5_000_000)))
    found = process(data[:33] + text + data[33:], tmp_path)
    assert pixels(found.published.read_bytes()) == pixels(data)
    assert b"zTXt" not in found.published.read_bytes()


def test_pixel_bombs_are_refused_before_decoding(tmp_path: Path) -> None:
    data = png_bomb(12_000)
    assert len(data) < 20_000
    with pytest.raises(MediaRefused, match="pixels"):
        process(data, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["upload"]


def test_a_child_has_no_more_memory_than_it_is_given(tmp_path: Path) -> None:
    data = saved(Image.new("RGB", (6000, 6000)), "PNG")
    with pytest.raises(MediaRefused, match="memory"):
        process(data, tmp_path, memory=120_000_000)
    assert process(data, tmp_path).width == 6000


FOREIGN: dict[str, Any] = {
    "svg": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "svg2": b"<svg/>",
    "html": b"<!doctype html><script>alert(1)</script>",
    "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    "pdf": b"%PDF-1.7\n",
    "psd": b"8BPS\0\1" + bytes(40),
    "ico": b"\0\0\1\0\1\0" + bytes(40),
    "pcx": b"\x0a\x05\x01\x08" + bytes(130),
    "mvg": b"push graphic-context\nimage over 0,0 0,0 'https://127.0.0.1/'\n",
    "json": b'{"type": "Note", "id": "https://a.test/1"}',
    "heic": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40),
    "hls": b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n",
    "concat": b"ffconcat version 1.0\nfile /etc/passwd\n",
    "subfile": b"subfile,,start,0,end,9,,:/etc/passwd",
    "empty": b"",
    "one": b"\xff",
}


@pytest.mark.parametrize("name", FOREIGN)
def test_other_formats_are_refused_whatever_they_are_called(name: str, tmp_path: Path) -> None:
    with pytest.raises(MediaRefused, match="type"):
        process(FOREIGN[name], tmp_path)


@pytest.mark.parametrize("kind", ["TIFF", "BMP", "TGA", "PPM", "ICNS", "JPEG2000"])
def test_formats_that_pillow_would_read_are_refused(kind: str) -> None:
    assert sniff(saved(gradient(), kind)) is None


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
@pytest.mark.parametrize("inner", ["JPEG", "TIFF", "EPS"])
def test_a_head_of_one_format_over_another(kind: str, inner: str, tmp_path: Path) -> None:
    data = saved(gradient(), kind)[:16] + saved(gradient(), inner)
    with pytest.raises(MediaRefused, match=r"broken|pixels"):
        process(data, tmp_path)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
def test_cut_files_are_refused(kind: str, tmp_path: Path) -> None:
    data = saved(gradient("P" if kind == "GIF" else "RGB"), kind)
    for part in (0.2, 0.6, 0.95):
        with pytest.raises(MediaRefused):
            process(data[: int(len(data) * part)], tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["upload"]


@pytest.mark.parametrize(
    ("kind", "strip"), [("JPEG", strip_jpeg), ("PNG", strip_png), ("WEBP", strip_webp), ("GIF", strip_gif)]
)
def test_strippers_never_fail_in_an_unknown_way_and_agree_with_themselves(kind: str, strip: Any) -> None:
    data = private(kind)
    clean = strip(data)
    assert strip(clean.data) == clean
    for at in range(0, len(data), max(len(data) // 400, 1)):
        for mutated in (data[:at], data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]):
            try:
                strip(mutated)
            except (Broken, IndexError):
                continue


def test_mutated_files_never_hurt_the_server(tmp_path: Path) -> None:
    data = private("AVIF")
    for at in range(0, len(data), len(data) // 12):
        mutated = data[:at] + bytes(byte ^ 0x55 for byte in data[at : at + 4]) + data[at + 4 :]
        try:
            process(mutated, tmp_path)
        except MediaRefused:
            continue


def test_size_limit_and_untouched(tmp_path: Path) -> None:
    data = private("JPEG", orientation=6)
    with pytest.raises(MediaRefused, match="too_large"):
        process(data, tmp_path, max_image_bytes=len(data) - 1)
    found = process(data, tmp_path, untouched=True)
    assert found.published.read_bytes() == data
    assert found.preview is not None and SECRET not in found.preview.read_bytes()


def test_a_large_photograph_gets_a_small_preview(tmp_path: Path) -> None:
    found = process(saved(gradient("RGB", (4000, 3000)), "JPEG"), tmp_path)
    assert (found.small_width, found.small_height) == (640, 480)
    assert opened(found.preview).format == "WEBP"

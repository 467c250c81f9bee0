"""Previews say how their picture was made, and stay the pictures that they are."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from fedserver.media.packets import with_packet

AI = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


def webp(mode: str = "RGB", **more: object) -> bytes:
    out = io.BytesIO()
    Image.radial_gradient("L").resize((99, 71)).convert(mode).save(out, "WEBP", **more)
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [webp(), webp("RGBA"), webp(lossless=True), webp("RGBA", lossless=True), webp(icc_profile=b"x" * 301)],
    ids=["lossy", "alpha", "lossless", "lossless-alpha", "profile"],
)
def test_the_packet_is_read_and_the_picture_is_the_same(data: bytes) -> None:
    marked = with_packet(data, source_type=AI)
    before, after = Image.open(io.BytesIO(data)), Image.open(io.BytesIO(marked))
    assert f'DigitalSourceType="{AI}"'.encode() in after.info["xmp"]
    assert (after.size, after.mode, after.tobytes()) == (before.size, before.mode, before.tobytes())
    assert after.info.get("icc_profile") == before.info.get("icc_profile")
    assert int.from_bytes(marked[4:8], "little") == len(marked) - 8
    # a second packet would be none
    assert with_packet(marked, source_type=AI) == marked


@pytest.mark.parametrize(
    "data", [b"", b"RIFF", webp()[:25], b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0", b"\x89PNG\r\n\x1a\n" + b"\0" * 99]
)
def test_what_is_no_webp_stays_as_it_is(data: bytes) -> None:
    assert with_packet(data, source_type=AI) == data


def test_an_address_stays_inside_its_quotes() -> None:
    marked = with_packet(webp(), source_type='http://x.test/"<&')
    assert b'"http://x.test/&quot;&lt;&amp;"' in Image.open(io.BytesIO(marked)).info["xmp"]

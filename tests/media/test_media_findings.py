"""The child's second line: what a picture looks like, private fields by name, and what a lying child can do."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from manifest_support import certificate, picture, sign
from media_files import CORPUS, film, gradient, private_exif, saved
from PIL import Image

from fedserver.domain.provenance.claims import Basis, Claim, State
from fedserver.domain.provenance.recipes import Recipe
from fedserver.domain.provenance.similar import NEAR
from fedserver.media import worker
from fedserver.media.findings import NOTHING, UNREADABLE, Findings, Look, Reading
from fedserver.media.pipeline import Pipeline, Processed
from fedserver.media.provenance.answer import MAX_BYTES, dump, load
from fedserver.media.settings import MediaSettings

ROOT = Path(worker.__file__).resolve().parents[2]
LOOK = Look(("0f" * 32,) * 8, 80)
FULL = Findings(
    claims=(Claim(Basis.TOOL, "x", "by", "tool", "1", ("a", "b"), State(), {"k": [1, {"deep": "é"}]}),),
    recipe=Recipe("p", "n", "1", 2, "s", 3.5, ("m",), ("l",), "{}"),
    reading=Reading.READ,
    has_c2pa=True,
    private=("gps",),
    wishes="DMI-PROHIBITED",
    pdq=LOOK,
)


def processed(data: bytes, folder: Path, **limits: Any) -> Processed:
    source = folder / "upload"
    source.write_bytes(data)
    return asyncio.run(Pipeline(MediaSettings(**limits)).process(source, folder))


def test_what_a_child_says_arrives() -> None:
    assert load(dump(FULL)) == FULL
    assert load(dump(NOTHING)) == NOTHING


def broken(**changes: Any) -> bytes:
    return json.dumps({**json.loads(dump(FULL)), **changes}).encode()


def claim(**changes: Any) -> bytes:
    return broken(claims=[{**json.loads(dump(FULL))["claims"][0], **changes}])


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"[]",
        b"null",
        b"\xff",
        b"{}",
        b" " * (MAX_BYTES + 1),
        broken(claims=[{}] * 3),
        broken(claims=json.loads(dump(FULL))["claims"] * 129),
        broken(reading="fine"),
        broken(private=["x" * 500]),
        broken(private="gps"),
        broken(wishes=3),
        broken(pdq={"hashes": ["0f" * 32] * 7, "quality": 80}),
        broken(pdq={"hashes": ["0f" * 31] * 8, "quality": 80}),
        broken(pdq={"hashes": ["0f" * 32] * 8, "quality": True}),
        broken(recipe={"prompt": "x"}),
        broken(recipe={**FULL.recipe._asdict(), "prompt": "x" * 20_001}) if FULL.recipe else b"",
        broken(recipe={**FULL.recipe._asdict(), "cfg": float("nan")}) if FULL.recipe else b"",
        claim(basis="moderated"),
        claim(state=["intact", "valid", "very"]),
        claim(state=["intact"]),
        claim(models=[1]),
        claim(evidence=["x"]),
        claim(evidence={"x": "y" * 70_000}),
        b"[" * 100_000,
    ],
)
def test_an_answer_of_another_shape_is_unreadable(answer: bytes) -> None:
    assert load(answer) == UNREADABLE


def test_what_databases_refuse_is_taken_out() -> None:
    found = load(claim(tool="a\0b", version="\ud800", evidence={"x": "a\0\ud800"}))
    (one,) = found.claims
    assert (one.tool, one.version) == ("ab", "?")
    assert "\0" not in one.evidence["x"] and one.evidence["x"].encode()


def test_a_reading_that_takes_too_long_keeps_the_upload(tmp_path: Path) -> None:
    made = processed(sign(picture(), certificate()), tmp_path, reading_seconds=0.0)
    assert made.findings == UNREADABLE
    assert made.width == 160 and made.published.stat().st_size and made.preview is not None


def test_private_fields_are_named(tmp_path: Path) -> None:
    for kind in ("JPEG", "PNG", "WEBP", "AVIF"):
        found = processed(saved(gradient(), kind, exif=private_exif()), tmp_path).findings
        assert set(found.private) == {"gps", "serial-number", "owner-name"}, kind
    assert "gps" in processed(film("mp4"), tmp_path).findings.private
    assert processed(saved(gradient(), "JPEG"), tmp_path).findings.private == ()
    assert processed(saved(gradient(), "PNG") + b"an archive", tmp_path).findings.private == ("trailer",)


def detailed(size: tuple[int, int] = (600, 400)) -> Image.Image:
    """A picture with shapes of every size."""
    image = Image.effect_mandelbrot(size, (-2.2, -1.2, 0.9, 1.3), 60)
    return Image.merge("RGB", (image, image.rotate(9), gradient("L", size)))


def distance(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()


def test_pictures_that_look_alike(tmp_path: Path) -> None:
    image = detailed()
    first = processed(saved(image, "PNG"), tmp_path).findings.pdq
    assert first is not None and first.quality > 50 and len(set(first.hashes)) == 8
    again = {
        "recompressed": saved(image, "JPEG", quality=40),
        "smaller": saved(image.resize((300, 200)), "WEBP"),
        "brighter": saved(image.point(lambda value: min(255, value + 20)), "PNG"),
    }
    for name, data in again.items():
        found = processed(data, tmp_path).findings.pdq
        assert found is not None and distance(found.hashes[0], first.hashes[0]) <= NEAR, name
    turns = [None, Image.Transpose.ROTATE_270, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_90]
    for mirror in (False, True):
        for number, turn in enumerate(turns):
            other = image if turn is None else image.transpose(turn)
            other = other.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if mirror else other
            found = processed(saved(other, "PNG"), tmp_path).findings.pdq
            assert found is not None and distance(found.hashes[0], first.hashes[number + 4 * mirror]) <= 4
    other = processed(saved(gradient(size=(600, 400)), "PNG"), tmp_path).findings.pdq
    assert other is not None and min(distance(each, first.hashes[0]) for each in other.hashes) > NEAR


SEALED = """
import io, json, socket, sys
from fedserver.media import sandbox
from fedserver.media.provenance import manifests
manifests.preload()
sandbox.limit(1_200_000_000, 30, 1_000_000)
sealed = sandbox.seal()
found = manifests.read(io.BytesIO(sys.stdin.buffer.read()), "image/jpeg", manifests.TrustLists())
def attempt(work):
    try:
        work()
    except Exception as error:
        return type(error).__name__
    return "done"
tried = [attempt(socket.socket), attempt(lambda: open("/etc/passwd"))]
print(json.dumps([sealed, len(found.claims), tried]))
"""


def test_the_seal_holds_with_the_native_library_loaded() -> None:
    data = sign(picture(), certificate())
    done = subprocess.run(
        [sys.executable, "-c", SEALED], input=data, env={"PYTHONPATH": str(ROOT)}, capture_output=True, check=True
    )
    sealed, claims, tried = json.loads(done.stdout)
    if not sealed:
        pytest.skip("this system has no seccomp filter")
    assert (claims, tried) == (1, ["PermissionError", "PermissionError"])


def test_the_native_library_is_loaded_only_for_a_manifest() -> None:
    code = (
        "import sys; from fedserver.media import stills; from fedserver.media.provenance import read; "
        "stills.preload(); print(read.prepare(sys.stdin.buffer.read()), 'c2pa' in sys.modules)"
    )
    for data, expected in ((picture(), "False False"), (sign(picture(), certificate()), "True True")):
        done = subprocess.run(
            [sys.executable, "-c", code], input=data, env={"PYTHONPATH": str(ROOT)}, capture_output=True, check=True
        )
        assert done.stdout.decode().strip() == expected


def test_kinds_that_are_no_uploads_can_be_inspected(tmp_path: Path) -> None:
    source = tmp_path / "file"

    async def inspect(data: bytes) -> Findings:
        source.write_bytes(data)
        return await Pipeline(MediaSettings()).inspect(source)

    tiff = private_exif().removeprefix(b"Exif\0\0")
    assert set(asyncio.run(inspect(tiff)).private) == {"gps", "serial-number", "owner-name"}
    assert asyncio.run(inspect(b"RIFF\4\0\0\0WAVE")).reading is Reading.NONE
    assert asyncio.run(inspect(b"just a text")) == UNREADABLE
    assert asyncio.run(inspect(b"")) == UNREADABLE
    if CORPUS.is_dir():
        assert asyncio.run(inspect((CORPUS / "c2pa-rs" / "sample1.heif").read_bytes())).reading is Reading.NONE

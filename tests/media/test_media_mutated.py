"""Thousands of damaged files, each with its own seed: no crash of the server, no hang, no connection."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import mutants
import pytest
from manifest_support import certificate, picture, sign
from media_files import film, gradient, saved
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from fedserver.media.errors import MediaError
from fedserver.media.pipeline import Pipeline
from fedserver.media.settings import MediaSettings

HERE = Path(__file__).resolve().parent


def originals(url: str) -> list[bytes]:
    """A file of every kind that is read, with a manifest, blocks of generators, EXIF and XMP; all name ``url``."""
    signer = certificate("mutant.test")
    xmp = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:t="http://purl.org/dc/terms/" xmlns:i="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
        f't:provenance="{url}" i:DigitalSourceType="{url}/digitalCapture"/></rdf:RDF></x:xmpmeta>'
    ).encode()
    exif = Image.Exif()
    exif[0x010F] = 'workflow:{"nodes": [{"type": "KSampler"}]}'
    exif[0x0110] = 'prompt:{"3": {"class_type": "KSampler", "inputs": {"seed": 1, "positive": ["3", 0]}}}'
    texts = PngInfo()
    texts.add_text(
        "parameters", "a cat\nNegative prompt: dogs\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 1", zip=True
    )
    texts.add_itxt("prompt", '{"3": {"class_type": "KSampler", "inputs": {"seed": 1}}}', zip=True)
    jpeg = saved(gradient(), "JPEG", xmp=xmp, exif=exif)
    png = saved(gradient("RGBA"), "PNG", pnginfo=texts, exif=exif)
    webp = saved(gradient(), "WEBP", xmp=xmp, exif=exif)
    avif = saved(gradient(), "AVIF", xmp=xmp, exif=exif)
    plain = [
        jpeg,
        png,
        webp,
        avif,
        saved(gradient(), "GIF", comment=b"c" * 300),
        film("mp4"),
        film("webm"),
        film("mp3"),
    ]
    mimes = ("image/jpeg", "image/png", "image/webp", "image/avif", "image/gif", "video/mp4", "", "audio/mpeg")
    signed = [sign(data, signer, mime=mime) for data, mime in zip(plain, mimes, strict=True) if mime]
    parent = sign(picture(), signer)
    return [*plain, *signed, sign(parent, signer, parent=parent)]


def run(seeds: range, folder: Path) -> dict[str, int]:
    """How often each end was met; every file had its own forked child."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        files = folder / "originals"
        files.mkdir()
        for number, data in enumerate(originals(f"http://127.0.0.1:{server.getsockname()[1]}/m.c2pa")):
            (files / f"{number:02}").write_bytes(data)
        done = subprocess.run(
            [sys.executable, str(HERE / "mutants.py"), str(files), str(seeds.start), str(seeds.stop)],
            env={"PYTHONPATH": str(HERE.parents[1]), "PYTHONWARNINGS": "ignore", "PATH": os.defpath},
            capture_output=True,
            text=True,
        )
        with pytest.raises(BlockingIOError):
            server.accept()
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert sum(found["ends"].values()) == len(seeds)
    assert found["longest"] < mutants.LONGEST_S
    return dict(found["ends"])


def check(ends: dict[str, int], total: int) -> None:
    """The damage reaches the readers: some files are still read, some are not."""
    assert sum(number for end, number in ends.items() if end.startswith("read")) > total / 50
    assert sum(number for end, number in ends.items() if end.startswith("unreadable")) > total / 20
    assert sum(number for end, number in ends.items() if end.startswith("ended by")) < total / 20


def test_damaged_files(tmp_path: Path) -> None:
    check(run(range(300), tmp_path), 300)


@pytest.mark.slow
def test_damaged_files_by_the_thousand(tmp_path: Path) -> None:
    check(run(range(300, 5000), tmp_path), 4700)


def test_damaged_files_through_the_pipeline(tmp_path: Path) -> None:
    """What is refused leaves nothing; the server goes on."""
    files = originals("http://127.0.0.1:9/m.c2pa")
    source = tmp_path / "upload"

    async def main() -> None:
        pipeline = Pipeline(MediaSettings(cpu_seconds=10, wall_seconds=20.0, reading_seconds=5.0))
        for seed in range(40):
            source.write_bytes(mutants.mutated(files, seed))
            try:
                made = await pipeline.process(source, tmp_path)
            except MediaError:
                pass
            else:
                for path in filter(None, (made.published, made.preview)):
                    path.unlink()
            assert list(tmp_path.iterdir()) == [source]
        source.write_bytes(files[0])
        assert (await pipeline.inspect(source)).claims

    asyncio.run(main())


def test_the_damage_is_the_same_each_time() -> None:
    files = [bytes(range(256)) * 8]
    assert mutants.mutated(files, 7) == mutants.mutated(files, 7) != mutants.mutated(files, 8)

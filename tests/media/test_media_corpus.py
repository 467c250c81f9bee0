"""Real files of generators, cameras and signing tools, where the folder of samples is present."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from media_files import CORPUS

from fedserver.media.errors import MediaRefused
from fedserver.media.pipeline import Pipeline
from fedserver.media.serving import Serving
from fedserver.media.settings import MediaSettings

TRACES = (b"c2pa", b"jumb", b"xmpmeta", b"Exif\0\0", b"Photoshop 3.0", b"parameters\0", b"workflow\0", b"invokeai")
REFUSED = {"nested_moov_1000.mp4", "riff_bomb_1000.wav", "sample1.heif", "tiff_poc.tiff"}


def test_real_files_are_cleaned(tmp_path: Path) -> None:
    if not CORPUS.is_dir():
        pytest.skip(f"no sample files in {CORPUS.name} (set CORPUS)")
    files = sorted(p for p in CORPUS.glob("*/*") if p.suffix not in (".pem", ".csv", ".md"))
    assert files

    async def main() -> None:
        pipeline = Pipeline(MediaSettings(children=2))
        refused: set[str] = set()

        async def one(path: Path) -> None:
            try:
                found = await pipeline.process(path, tmp_path)
            except MediaRefused:
                refused.add(path.name)
                return
            clean = found.published.read_bytes()
            if found.serving is Serving.ORIGINAL:
                assert clean == path.read_bytes() and found.findings.has_c2pa and not found.findings.private, path.name
            else:
                assert not [trace for trace in TRACES if trace in clean], path.name
            assert found.preview is not None and found.blurhash

        await asyncio.gather(*(one(path) for path in files))
        assert refused == REFUSED & {path.name for path in files}

    asyncio.run(main())

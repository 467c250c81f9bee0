"""What it costs to ask a file how it was made, beside the bare library; and to find what looks like it.

Four files: a plain photograph, a picture with ComfyUI's graphs, one with a manifest, one with a chain of ten. Each is
read in one process over and over (no start, no decoding), and through a child of its own as an upload is.
"""

from __future__ import annotations

import asyncio
import io
import json
import random
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

import c2pa
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from benchmarks.measure import quantile
from benchmarks.run import Run
from fedserver.domain.provenance.claims import GENERATED, IPTC
from fedserver.domain.provenance.similar import Hashes
from fedserver.media.pipeline import Pipeline
from fedserver.media.provenance import pdq
from fedserver.media.settings import MediaSettings
from fedserver.services.certificate import make

READER = Path(__file__).with_name("provenance_reader.py")
HASHES = 100_000
LOOKUP_MS = 50.0
_SAFE: dict[str, Any] = {
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_after_sign": False},
    "builder": {"thumbnail": {"enabled": False}},
}


def measure(run: Run) -> None:
    """Median and p99 for each file, memory, and the look-up."""
    files = _files(run.node.folder.parent / "provenance")
    rounds = max(run.sizes.posted, 100)
    ours, bare = (_read(kind, rounds, files) for kind in ("ours", "bare"))
    for name, path in files.items():
        mine, library = ours["took"][str(path)], bare["took"][str(path)]
        for word, part in (("median", 0.5), ("p99", 0.99)):
            limit = quantile(library, part) * 1000
            run.add(f"provenance of {name}, {word}", quantile(mine, part) * 1000, "ms", limit)
    run.add("memory of its readers", ours["kib"] / 1024, "MiB", bare["kib"] / 1024)
    for name, path in files.items():
        times = asyncio.run(_inspected(path, max(rounds // 10, 10)))
        run.add(f"child that reads {name}, median", median(times) * 1000, "ms")
    _looks(run, files)


def _read(kind: str, rounds: int, files: dict[str, Path]) -> dict[str, Any]:
    command = [sys.executable, str(READER), kind, str(rounds), *map(str, files.values())]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return found


async def _inspected(path: Path, rounds: int) -> list[float]:
    pipeline, times = Pipeline(MediaSettings()), []
    for _ in range(rounds):
        began = time.perf_counter()
        await pipeline.inspect(path)
        times.append(time.perf_counter() - began)
    return times


def _looks(run: Run, files: dict[str, Path]) -> None:
    """The hash of one picture of preview size, and a search with its eight hashes among many."""
    image = Image.open(files["a photograph"])
    image.thumbnail((640, 640))
    times = []
    for _ in range(30):
        began = time.perf_counter()
        look = pdq.look(image)
        times.append(time.perf_counter() - began)
    run.add("PDQ with its eight turns", median(times) * 1000, "ms")
    dice, hashes = random.Random(1), Hashes()
    hashes.add((number, f"{dice.getrandbits(256):064x}") for number in range(1, HASHES + 1))
    times = []
    for _ in range(100):
        began = time.perf_counter()
        hashes.near(look.hashes)
        times.append(time.perf_counter() - began)
    run.add(f"near-duplicates among {HASHES:,}, median", median(times) * 1000, "ms", goal=LOOKUP_MS)
    run.add(f"near-duplicates among {HASHES:,}, p99", quantile(times, 0.99) * 1000, "ms", goal=LOOKUP_MS)


def _files(folder: Path) -> dict[str, Path]:
    folder.mkdir()
    picture = Image.effect_noise((1600, 1200), 60).convert("RGB")
    held = io.BytesIO()
    picture.save(held, "JPEG", quality=88)
    photograph = held.getvalue()
    texts = PngInfo()
    graph = {str(n): {"class_type": "KSampler", "inputs": {"seed": n, "positive": [str(n + 1), 0]}} for n in range(40)}
    texts.add_text("prompt", json.dumps(graph))
    texts.add_text("workflow", json.dumps({"nodes": [{"type": "KSampler", "widgets_values": ["x" * 200]}] * 200}))
    held = io.BytesIO()
    picture.resize((800, 600)).save(held, "PNG", pnginfo=texts)
    chain = signed = _signed(photograph, None)
    for _ in range(9):
        chain = _signed(chain, chain)
    made = {
        "a photograph": photograph,
        "ComfyUI's graphs": held.getvalue(),
        "one manifest": signed,
        "a chain of ten manifests": chain,
    }
    found = {}
    for number, (name, data) in enumerate(made.items()):
        found[name] = folder / str(number)
        found[name].write_bytes(data)
    return found


def _signed(data: bytes, parent: bytes | None) -> bytes:
    signer = make("bench.example", int(time.time() * 1000))
    action = {"action": "c2pa.created", "digitalSourceType": f"{IPTC}{GENERATED}"}
    said = [] if parent else [{"label": "c2pa.actions.v2", "data": {"actions": [action]}}]
    manifest = {"claim_generator_info": [{"name": "bench", "version": "1"}], "assertions": said}
    out = io.BytesIO()
    with c2pa.Context(c2pa.Settings.from_dict(_SAFE)) as context:
        builder = c2pa.Builder(manifest, context)
        if parent is not None:
            builder.set_intent(c2pa.C2paBuilderIntent.EDIT)
            builder.add_ingredient({"relationship": "parentOf"}, "image/jpeg", io.BytesIO(parent))
        algorithm = c2pa.C2paSigningAlg[signer.algorithm.upper()]
        with c2pa.Signer.from_callback(signer.sign, algorithm, signer.chain) as made:
            builder.sign(made, "image/jpeg", io.BytesIO(data), out)
    return out.getvalue()

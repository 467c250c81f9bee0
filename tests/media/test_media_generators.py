"""The blocks of generators, in each container that carries them, through the child."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
from pathlib import Path
from typing import Any

import av
import pytest
from media_files import film, gradient, saved
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from fedserver.domain.provenance.claims import GENERATED, PARTLY, Claim
from fedserver.domain.provenance.labels import Label, label
from fedserver.domain.provenance.recipes import Recipe
from fedserver.media.findings import Findings, Reading
from fedserver.media.pipeline import Pipeline
from fedserver.media.provenance.generators.table import READERS
from fedserver.media.provenance.parts import Parts
from fedserver.media.settings import MediaSettings

A1111 = (
    "a cat, <lora:fur-detail:0.8> in the rain\nNegative prompt: dogs, blur\n"
    "Steps: 28, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 6.5, Seed: 42, Model: dream_v8, "
    'Lora hashes: "fur-detail: 1a2b", Version: v1.10.1'
)
A1111_RECIPE = Recipe(
    prompt="a cat, <lora:fur-detail:0.8> in the rain",
    negative_prompt="dogs, blur",
    seed="42",
    steps=28,
    sampler="DPM++ 2M Karras",
    cfg=6.5,
    models=("dream_v8",),
    loras=("fur-detail",),
)
FLUX = {
    "1": {"class_type": "UNETLoader", "inputs": {"unet_name": "flux/flux1-dev.safetensors"}},
    "2": {"class_type": "LoraLoader", "inputs": {"lora_name": "film.safetensors", "model": ["1", 0]}},
    "3": {"class_type": "CLIPTextEncodeFlux", "inputs": {"clip_l": "a fox", "t5xxl": "a fox at dawn"}},
    "4": {"class_type": "BasicGuider", "inputs": {"model": ["2", 0], "conditioning": ["3", 0]}},
    "5": {"class_type": "RandomNoise", "inputs": {"noise_seed": 18446744073709551615}},
    "6": {"class_type": "KSamplerSelect", "inputs": {"sampler_name": "euler"}},
    "7": {"class_type": "BasicScheduler", "inputs": {"steps": 25, "scheduler": "simple"}},
    "8": {
        "class_type": "SamplerCustomAdvanced",
        "inputs": {"noise": ["5", 0], "guider": ["4", 0], "sampler": ["6", 0], "sigmas": ["7", 0]},
    },
    "9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0]}},
}
DRAWN = json.dumps({"nodes": [{"id": 1, "type": "UNETLoader", "widgets_values": ["flux1-dev.safetensors"]}]})
AIGC = {"Label": "1", "ContentProducer": "001191110000MA00", "ProduceID": "abc", "PropagateID": "xyz"}


def inspect(data: bytes, folder: Path) -> Findings:
    source = folder / "file"
    source.write_bytes(data)
    return asyncio.run(Pipeline(MediaSettings()).inspect(source))


def png(**texts: str) -> bytes:
    info = PngInfo()
    for name, text in texts.items():
        info.add_text(name, text)
    return saved(gradient(), "PNG", pnginfo=info)


def exif(tags: dict[int, Any] | None = None, comment: bytes | None = None) -> bytes:
    found = Image.Exif()
    for tag, value in (tags or {}).items():
        found[tag] = value
    if comment is not None:
        found.get_ifd(0x8769)[0x9286] = comment
    return found.tobytes()


def packet(**fields: str) -> bytes:
    names = " ".join(f"{name}='{value}'" for name, value in fields.items()).replace("__", ":")
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:comfy="https://comfy.org/ns/" xmlns:q="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
        'xmlns:pl="http://ns.useplus.org/ldf/xmp/1.0/" xmlns:ps="http://ns.adobe.com/photoshop/1.0/" '
        f'xmlns:t="http://www.tc260.org.cn/ns/AIGC/1.0/" {names}/></rdf:RDF></x:xmpmeta>'
    ).encode()


def tagged(kind: str, tags: dict[str, str]) -> bytes:
    """A film or sound with tags of its own, as ComfyUI writes them."""
    out = io.BytesIO()
    options = {"movflags": "use_metadata_tags"} if kind == "mp4" else {}
    with av.open(io.BytesIO(film(kind))) as source, av.open(out, "w", format=kind, options=options) as target:
        target.metadata.update(tags)
        stream = target.add_stream_from_template(source.streams[0])
        for each in source.demux(source.streams[0]):
            if each.dts is not None:
                each.stream = stream
                target.mux(each)
    return out.getvalue()


def hidden(text: str, *, alpha: bool = True, packed: bool = True) -> bytes:
    """A picture with a text in the lowest bits of its pixels, column by column."""
    signature = (b"stealth_png" if alpha else b"stealth_rgb") + (b"comp" if packed else b"info")
    body = gzip.compress(text.encode()) if packed else text.encode()
    raw = signature + (8 * len(body)).to_bytes(4, "big") + body
    bits = [byte >> place & 1 for byte in raw for place in range(7, -1, -1)]
    image = gradient("RGBA", (120, 100))
    image.putalpha(255)
    pixels = image.load()
    assert pixels is not None
    bands = (3,) if alpha else (0, 1, 2)
    for number, bit in enumerate(bits):
        place, band = divmod(number, len(bands))
        x, y = divmod(place, image.height)
        pixel = list(pixels[x, y])  # type: ignore[arg-type]
        pixel[bands[band]] = pixel[bands[band]] & 0xFE | bit
        pixels[x, y] = tuple(pixel)
    return saved(image if alpha else image.convert("RGB"), "PNG")


@pytest.mark.parametrize(
    "data",
    [
        png(parameters=A1111),
        saved(gradient(), "JPEG", exif=exif(comment=b"UNICODE\0" + A1111.encode("utf-16-be"))),
        saved(gradient(), "JPEG", exif=exif(comment=b"UNICODE\0" + A1111.encode("utf-16-le"))),
        saved(gradient(), "JPEG", exif=exif(comment=b"ASCII\0\0\0" + A1111.encode())),
        saved(gradient(), "WEBP", exif=exif(comment=b"UNICODE\0" + A1111.encode("utf-16-be"))),
        saved(gradient(), "AVIF", exif=exif(comment=b"UNICODE\0" + A1111.encode("utf-16-be"))),
        hidden(A1111),
        hidden(A1111, packed=False),
        hidden(A1111, alpha=False),
    ],
    ids=["png", "jpeg-be", "jpeg-le", "jpeg-ascii", "webp", "avif", "stealth", "stealth-plain", "stealth-rgb"],
)
def test_automatic1111(data: bytes, tmp_path: Path) -> None:
    found = inspect(data, tmp_path)
    assert found.recipe == A1111_RECIPE
    (claim,) = found.claims
    assert (claim.tool, claim.version, claim.models) == ("AUTOMATIC1111", "v1.10.1", ("dream_v8",))
    # a LoRA is the recipe's, which its author may keep
    assert "fur-detail" not in str(found.claims) and found.recipe is not None and found.recipe.loras == ("fur-detail",)
    assert (found.private, found.reading, label(found.claims)) == (("prompt",), Reading.READ, Label.GENERATED)


@pytest.mark.parametrize(
    "data",
    [
        png(prompt=json.dumps(FLUX), workflow=DRAWN),
        saved(gradient(), "WEBP", exif=exif({0x010F: f"workflow:{DRAWN}", 0x0110: f"prompt:{json.dumps(FLUX)}"})),
        saved(
            gradient(),
            "AVIF",
            xmp=packet(
                comfy__prompt=json.dumps(FLUX).replace('"', "&quot;"), comfy__workflow=DRAWN.replace('"', "&quot;")
            ),
        ),
        tagged("mp4", {"prompt": json.dumps(FLUX), "workflow": DRAWN}),
        tagged("webm", {"prompt": json.dumps(FLUX), "workflow": DRAWN}),
        tagged("mp3", {"prompt": json.dumps(FLUX), "workflow": DRAWN}),
    ],
    ids=["png", "webp", "avif", "mp4", "webm", "mp3"],
)
def test_comfyui(data: bytes, tmp_path: Path) -> None:
    found = inspect(data, tmp_path)
    assert found.recipe == Recipe(
        prompt="a fox at dawn\na fox",
        seed="18446744073709551615",
        steps=25,
        sampler="euler",
        models=("flux1-dev",),
        loras=("film",),
        workflow=DRAWN,
    )
    assert [claim.tool for claim in found.claims] == ["ComfyUI"]
    assert found.private == ("prompt", "workflow")


def test_comfyui_without_a_sampler_worked_on_a_picture(tmp_path: Path) -> None:
    graph = {
        "1": {"class_type": "LoadImage", "inputs": {"image": "me.png"}},
        "2": {"class_type": "ImageUpscaleWithModel", "inputs": {"image": ["1", 0]}},
    }
    (claim,) = inspect(png(prompt=json.dumps(graph)), tmp_path).claims
    assert claim.source_type == PARTLY


OTHERS: dict[str, tuple[dict[str, str], str, str, Recipe]] = {
    "swarmui": (
        {
            "parameters": json.dumps(
                {
                    "sui_image_params": {
                        "prompt": "a hut",
                        "negativeprompt": "people",
                        "model": "OfficialStableDiffusion/sd_xl.safetensors",
                        "seed": 7,
                        "steps": 20,
                        "cfgscale": 7.5,
                        "sampler": "dpmpp_2m",
                        "loras": ["snow"],
                        "swarm_version": "0.9.5",
                    }
                }
            )
        },
        "SwarmUI",
        "0.9.5",
        Recipe("a hut", "people", "7", 20, "dpmpp_2m", 7.5, ("sd_xl",), ("snow",)),
    ),
    "fooocus": (
        {
            "usercomment": json.dumps(
                {
                    "prompt": "a sea",
                    "negative_prompt": "",
                    "seed": "9",
                    "steps": 30,
                    "sampler": "dpmpp_2m_sde_gpu",
                    "guidance_scale": 4,
                    "base_model": "juggernaut",
                    "refiner_model": "None",
                    "loras": [["offset", 0.1, "ab"]],
                    "metadata_scheme": "fooocus",
                    "version": "Fooocus v2.5.5",
                }
            )
        },
        "Fooocus",
        "2.5.5",
        Recipe("a sea", "", "9", 30, "dpmpp_2m_sde_gpu", 4.0, ("juggernaut",), ("offset",)),
    ),
    "novelai": (
        {
            "Software": "NovelAI",
            "Source": "NovelAI Diffusion V4",
            "Comment": json.dumps(
                {
                    "seed": 3,
                    "steps": 28,
                    "scale": 5.0,
                    "sampler": "k_euler",
                    "v4_prompt": {"caption": {"base_caption": "two", "char_captions": [{"char_caption": "girl"}]}},
                    "v4_negative_prompt": {"caption": {"base_caption": "bad"}},
                }
            ),
        },
        "NovelAI",
        "",
        Recipe("two\ngirl", "bad", "3", 28, "k_euler", 5.0, ("NovelAI Diffusion V4",)),
    ),
    "midjourney": (
        {"Description": "a red fox --v 6.1 --seed 5 Job ID: 01234567-89ab-cdef-0123-456789abcdef", "Author": "x"},
        "Midjourney",
        "6.1",
        Recipe("a red fox --v 6.1 --seed 5", seed="5", models=("Midjourney 6.1",)),
    ),
    "invokeai": (
        {
            "invokeai_metadata": json.dumps(
                {
                    "positive_prompt": "a pot",
                    "seed": 1,
                    "model": {"name": "Juggernaut"},
                    "loras": [{"model": {"name": "clay"}}],
                    "app_version": "5.6.0",
                }
            )
        },
        "InvokeAI",
        "5.6.0",
        Recipe("a pot", seed="1", models=("Juggernaut",), loras=("clay",)),
    ),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_generators(name: str) -> None:
    texts, tool, version, recipe = OTHERS[name]
    parts = Parts(texts=list(texts.items()))
    (found,) = [block for block in (reader(parts) for reader in READERS) if block]
    assert (found.tool, found.version, found.recipe, found.source_type) == (tool, version, recipe, GENERATED)


def test_novelai_in_the_lowest_bits(tmp_path: Path) -> None:
    found = inspect(hidden(json.dumps(OTHERS["novelai"][0])), tmp_path)
    assert found.recipe == OTHERS["novelai"][3]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (png(AIGC=json.dumps(AIGC)), Label.GENERATED),
        (png(AIGC=json.dumps({"AIGC": {**AIGC, "Label": "2"}})), Label.MAYBE),
        (png(AIGC=json.dumps({**AIGC, "Label": "0"})), Label.UNKNOWN),
        (
            saved(gradient(), "JPEG", exif=exif(comment=b"ASCII\0\0\0" + json.dumps({"AIGC": AIGC}).encode())),
            Label.GENERATED,
        ),
        (saved(gradient(), "JPEG", xmp=packet(t__AIGC=json.dumps(AIGC).replace('"', "&quot;"))), Label.GENERATED),
        (tagged("mp4", {"AIGC": json.dumps(AIGC)}), Label.GENERATED),
    ],
)
def test_the_mark_of_gb_45438(data: bytes, expected: Label, tmp_path: Path) -> None:
    found = inspect(data, tmp_path)
    assert label(found.claims) is expected
    if found.claims:
        evidence = found.claims[0].evidence
        assert evidence["ContentProducer"] == found.claims[0].by == "001191110000MA00"
        # the number of an order leads to whoever gave it
        assert "abc" not in str(found.claims) and "xyz" not in str(found.claims)


def test_xmp_by_namespace(tmp_path: Path) -> None:
    iptc = "http://cv.iptc.org/newscodes/digitalsourcetype/"
    xmp = packet(
        q__DigitalSourceType=f"{iptc}compositeWithTrainedAlgorithmicMedia",
        q__AISystemUsed="Dreamer",
        q__AIPromptInformation="a cup",
        pl__DataMining="http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED-AIMLTRAINING",
    )
    for data in (saved(gradient(), kind, xmp=xmp) for kind in ("JPEG", "WEBP", "AVIF")):
        found = inspect(data, tmp_path)
        assert found.claims == (Claim(found.claims[0].basis, PARTLY, tool="Dreamer"),)
        assert found.recipe == Recipe(prompt="a cup")
        assert found.wishes == "DMI-PROHIBITED-AIMLTRAINING"
    google = inspect(saved(gradient(), "JPEG", xmp=packet(ps__Credit="Made with Google AI")), tmp_path)
    assert label(google.claims) is Label.GENERATED


@pytest.mark.parametrize(
    "xmp",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>' + packet(q__DigitalSourceType="&b;"),
        b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x">' + packet(),
        b"<a>" * 200,
        b"not XML",
    ],
)
def test_hostile_xmp_is_unreadable(xmp: bytes, tmp_path: Path) -> None:
    found = inspect(saved(gradient(), "JPEG", xmp=xmp), tmp_path)
    assert (found.reading, found.claims) == (Reading.UNREADABLE, ())


@pytest.mark.parametrize(
    "text", ["", "Steps: many", "{", '{"nodes": 3}', "[" * 5000, "Steps: 20, " + "a" * 200_000, "NaN"]
)
def test_texts_that_are_no_block(text: str) -> None:
    names = ("parameters", "prompt", "workflow", "Comment", "invokeai_metadata", "sd-metadata", "Dream", "stealth")
    parts = Parts(texts=[(name, text) for name in (*names, "usercomment", "AIGC")])
    for reader in READERS:
        block = reader(parts)
        assert block is None or block.recipe.prompt in ("", text)


def test_a_zipped_text_that_grows_without_end_is_unreadable(tmp_path: Path) -> None:
    info = PngInfo()
    info.add_text("parameters", "a" * 50_000_000, zip=True)
    data = saved(gradient(), "PNG", pnginfo=info)
    assert len(data) < 200_000
    assert inspect(data, tmp_path).reading is Reading.UNREADABLE

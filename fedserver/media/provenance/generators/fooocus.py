"""Fooocus, in its own scheme: JSON under `parameters`, or in the EXIF comment of JPEG and WebP. Pure."""

from __future__ import annotations

from typing import Any

from fedserver.domain.provenance.recipes import Recipe
from fedserver.media.provenance.generators.block import (
    Block,
    mapping,
    model,
    names,
    parsed,
    prompt,
    real,
    whole,
    word,
)
from fedserver.media.provenance.parts import Parts


def read(parts: Parts) -> Block | None:
    """The block; None for JSON that is not Fooocus'."""
    said = _json(parts)
    scheme = parts.text("fooocus_scheme") or word(said.get("metadata_scheme"))
    version = word(said.get("version"))
    if not said or not (scheme or version.startswith("Fooocus") or "adm_guidance" in said):
        return None
    recipe = Recipe(
        prompt=prompt(_text(said, "prompt")),
        negative_prompt=prompt(_text(said, "negative_prompt")),
        seed=word(said.get("seed")),
        steps=whole(said.get("steps")),
        sampler=" ".join(filter(None, (word(said.get("sampler")), word(said.get("scheduler"))))),
        cfg=real(said.get("guidance_scale")),
        models=names([model(said.get("base_model")), model(said.get("refiner_model"))]),
        loras=names(_loras(said)),
    )
    return Block("Fooocus", version.removeprefix("Fooocus").strip(" v"), recipe)


def _json(parts: Parts) -> dict[str, Any]:
    for name in ("parameters", "usercomment", "comment"):
        text = parts.text(name)
        if text.lstrip().startswith("{"):
            return mapping(parsed(text))
    return {}


def _text(said: dict[str, Any], name: str) -> str:
    """What was typed; where it is empty, what the styles made of it."""
    typed = said.get(name)
    full = said.get(f"full_{name}")
    if isinstance(typed, str) and typed.strip():
        return typed
    return "\n".join(each for each in full if isinstance(each, str)) if isinstance(full, list) else ""


def _loras(said: dict[str, Any]) -> list[str]:
    """A list of [name, weight, hash], or in the first releases `lora_combined_1` and so on ("name : weight")."""
    listed = said.get("loras")
    found = [model(each[0]) for each in listed if isinstance(each, list) and each] if isinstance(listed, list) else []
    numbered = [word(said.get(f"lora_combined_{number}")) for number in range(1, 11)]
    return found + [model(each.rpartition(" : ")[0]) for each in numbered]

"""AUTOMATIC1111's web UI and what writes like it (Forge, SD.Next, Civitai, Fooocus in its `a1111` scheme).

One text: the prompt, `Negative prompt: ...`, then a last line `Steps: 20, Sampler: Euler, CFG scale: 7, Seed: 1, ...`
whose values may stand in quotes as JSON strings. LoRAs stand in the prompt as `<lora:name:weight>`. Pure.
"""

from __future__ import annotations

import re
from typing import Final

from fedserver.domain.provenance.recipes import Recipe
from fedserver.media.provenance.generators.block import (
    MAX_PROMPT,
    Block,
    model,
    names,
    parsed,
    prompt,
    real,
    whole,
    word,
)
from fedserver.media.provenance.parts import Parts

_NEGATIVE: Final = "Negative prompt:"
# possessive, so that no text makes it go back and try again
_PAIR: Final = re.compile(r'\s*([A-Za-z0-9_][A-Za-z0-9 \-/_]{0,60}+):\s*("(?:\\.|[^\\"])*+"|[^,]*+)(?:,|$)')
_LORA: Final = re.compile(r"<(?:lora|lyco|hypernet):([^:<>]{1,200}+)[^<>]{0,100}+>")
_TOOLS: Final = (("Fooocus", "Fooocus"), ("ComfyUI", "ComfyUI"), ("SD.Next", "SD.Next"), ("Civitai", "Civitai"))


def read(parts: Parts) -> Block | None:
    """The block under `parameters`, or in an EXIF comment that has its form."""
    for name in ("parameters", "Parameters", "usercomment", "comment"):
        text = parts.text(name)
        if text and not text.lstrip().startswith(("{", "[")) and "Steps: " in text:
            return block(text)
    return None


def block(text: str) -> Block | None:
    """Reads the text; None where it is not of this form."""
    body, _, last = text.strip().rpartition("\n")
    if not re.match(r"\s*Steps: \d", last):
        # newer versions write templates behind the line of settings
        head, found, rest = text.rpartition("\nSteps: ")
        if not found:
            return None
        body, last = head, "Steps: " + rest.partition("\n")[0]
    settings = _settings(last)
    wanted, _, unwanted = body.partition(_NEGATIVE)
    loras = [found[1] for found in _LORA.finditer(body[: 2 * MAX_PROMPT])]
    loras += [part.partition(":")[0].strip() for part in settings.get("Lora hashes", "").split(",")]
    recipe = Recipe(
        prompt=prompt(wanted),
        negative_prompt=prompt(unwanted),
        seed=word(settings.get("Seed")),
        steps=whole(settings.get("Steps")),
        sampler=" ".join(filter(None, (word(settings.get("Sampler")), word(settings.get("Schedule type"))))),
        cfg=real(settings.get("CFG scale")),
        models=names([model(settings.get("Model"))]),
        loras=names(loras),
    )
    tool, version = _tool(settings)
    return Block(tool, version, recipe)


def _settings(line: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in _PAIR.finditer(line[: 4 * MAX_PROMPT]):
        value = pair[2].strip()
        if value.startswith('"'):
            value = word(parsed(value)) or value.strip('"')
        found.setdefault(pair[1].strip(), value)
        if len(found) >= 200:
            break
    return found


def _tool(settings: dict[str, str]) -> tuple[str, str]:
    version = word(settings.get("Version"))
    for mark, name in _TOOLS:
        if mark.lower() in version.lower() or mark.lower() in settings.get("App", "").lower():
            return name, version.removeprefix(mark).strip(" v")
    if "Civitai resources" in settings:
        return "Civitai", version
    if version.startswith("f") and version[1:2].isdigit():
        return "Stable Diffusion WebUI Forge", version
    return "AUTOMATIC1111", version

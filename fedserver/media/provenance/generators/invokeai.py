"""InvokeAI, its three generations: `invokeai_metadata` (3 and later), `sd-metadata` (2), `Dream` (1). Pure."""

from __future__ import annotations

import re
from typing import Any, Final

from fedserver.domain.provenance.recipes import Recipe
from fedserver.media.provenance.generators.block import (
    MAX_PROMPT,
    MAX_WORKFLOW,
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

_DREAM: Final = re.compile(r'\A"((?:[^"\\]|\\.)*+)"(.*)\Z', re.DOTALL)
_FLAG: Final = re.compile(r"\s-([A-Za-z]{1,3})\s+(\S{1,100}+)")
_UNWANTED: Final = re.compile(r"\[([^\[\]]*+)\]")


def read(parts: Parts) -> Block | None:
    """The newest of the blocks that are there."""
    newest = mapping(parsed(parts.text("invokeai_metadata")))
    if newest:
        return _newest(newest, parts.text("invokeai_graph") or parts.text("invokeai_workflow"))
    second = mapping(parsed(parts.text("sd-metadata")))
    if second:
        return _second(second)
    return _first(parts.text("Dream"))


def _newest(said: dict[str, Any], graph: str) -> Block:
    loras = said.get("loras")
    chosen = [
        _name(mapping(each).get("lora") or mapping(each).get("model"))
        for each in (loras if isinstance(loras, list) else ())
    ]
    recipe = Recipe(
        prompt=prompt(said.get("positive_prompt")),
        negative_prompt=prompt(said.get("negative_prompt")),
        seed=word(said.get("seed")),
        steps=whole(said.get("steps")),
        sampler=word(said.get("scheduler")),
        cfg=real(said.get("cfg_scale")),
        models=names([_name(said.get("model"))]),
        loras=names(chosen),
        workflow=graph if len(graph) <= MAX_WORKFLOW else "",
    )
    return Block("InvokeAI", word(said.get("app_version")), recipe)


def _name(value: object) -> str:
    """The name of a model, which stood under another key in each release."""
    if isinstance(value, str):
        return model(value)
    found = mapping(value)
    return model(found.get("name") or found.get("model_name") or found.get("lora_name"))


def _second(said: dict[str, Any]) -> Block:
    image = mapping(said.get("image"))
    parts = image.get("prompt")
    texts = [mapping(each).get("prompt") for each in parts] if isinstance(parts, list) else [parts]
    wanted, unwanted = _split(" ".join(each for each in texts if isinstance(each, str)))
    recipe = Recipe(
        prompt=wanted,
        negative_prompt=unwanted,
        seed=word(image.get("seed")),
        steps=whole(image.get("steps")),
        sampler=word(image.get("sampler")),
        cfg=real(image.get("cfg_scale")),
        models=names([model(said.get("model_weights"))]),
    )
    return Block("InvokeAI", word(said.get("app_version")), recipe)


def _first(line: str) -> Block | None:
    found = _DREAM.match(line[: 2 * MAX_PROMPT].strip())
    if found is None:
        return None
    wanted, unwanted = _split(found[1])
    flags = dict(_FLAG.findall(found[2]))
    recipe = Recipe(
        prompt=wanted,
        negative_prompt=unwanted,
        seed=word(flags.get("S")),
        steps=whole(flags.get("s")),
        sampler=word(flags.get("A")),
        cfg=real(flags.get("C")),
    )
    return Block("InvokeAI", "", recipe)


def _split(text: str) -> tuple[str, str]:
    """What is not wanted stands in square brackets within the prompt."""
    text = text[: 2 * MAX_PROMPT]
    return prompt(_UNWANTED.sub("", text)), prompt(", ".join(_UNWANTED.findall(text)))

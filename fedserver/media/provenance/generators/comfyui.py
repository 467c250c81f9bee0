"""ComfyUI: the graph that was run (`prompt`) and the graph as it was drawn (`workflow`), both JSON.

PNG has them as texts, WebP in EXIF Make and Model behind `prompt:` and `workflow:`, AVIF in XMP, films and sounds in
tags. The graph that was run is a mapping: node -> {class_type, inputs}; an input is a value or [node, output]. The
recipe is found by going upstream from the sampler, with a limit on the nodes that are visited. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from fedserver.domain.provenance.claims import GENERATED, PARTLY
from fedserver.domain.provenance.recipes import Recipe
from fedserver.media.provenance.generators.block import (
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

_MAX_NODES: Final = 2000
_TEXTS: Final = ("text", "text_g", "text_l", "t5xxl", "clip_l", "prompt", "positive", "string", "value")
_MODELS: Final = ("ckpt_name", "unet_name", "base_ckpt_name", "model_name", "gguf_name", "model_path")
_ENDINGS: Final = (".safetensors", ".ckpt", ".gguf", ".sft", ".pt", ".pth")
_HELPERS: Final = ("upscale", "clip", "vae", "controlnet", "control_net", "detector", "sam", "ipadapter", "style")

Nodes = dict[str, dict[str, Any]]


def read(parts: Parts) -> Block | None:
    """The block of either graph."""
    run, drawn = _found(parts, "prompt"), _found(parts, "workflow")
    nodes = _nodes(run)
    picture = mapping(parsed(drawn)) if drawn else {}
    listed = picture.get("nodes")
    shown = [mapping(each) for each in listed] if isinstance(listed, list) else []
    if not nodes and not any("type" in each for each in shown):
        return None
    recipe = _recipe(nodes) if nodes else _drawn(shown[:_MAX_NODES])
    workflow = drawn if shown else run
    recipe = recipe._replace(workflow=workflow if len(workflow) <= MAX_WORKFLOW else "")
    return Block("ComfyUI", "", recipe, _source_type(nodes))


def _found(parts: Parts, name: str) -> str:
    text = parts.text(name)
    if text:
        return text
    for _, value in parts.texts:
        head, _, rest = value.partition(":")
        if head.strip().lower() == name and rest.lstrip().startswith("{"):
            return rest
    return ""


def _nodes(text: str) -> Nodes:
    """The graph that was run; {} for any other JSON."""
    graph = mapping(parsed(text)) if text.lstrip().startswith("{") else {}
    found: Nodes = {}
    for name, node in graph.items():
        if isinstance(node, dict) and isinstance(node.get("class_type"), str):
            found[name] = {"class_type": node["class_type"], "inputs": mapping(node.get("inputs"))}
        if len(found) >= _MAX_NODES:
            break
    return found


def _source_type(nodes: Nodes) -> str:
    """A picture that was loaded and never went through a sampler was worked on, not generated."""
    kinds = [node["class_type"] for node in nodes.values()]
    loaded = any(kind.startswith(("LoadImage", "LoadVideo", "VHS_Load")) for kind in kinds)
    return PARTLY if loaded and not any("Sampler" in kind for kind in kinds) else GENERATED


def _recipe(nodes: Nodes) -> Recipe:
    sampler = _sampler(nodes)
    guider = _link(nodes, nodes[sampler]["inputs"].get("guider")) if sampler else ""
    start = guider if guider else sampler
    given = nodes[start]["inputs"] if start else {}
    loras, models = [], []
    for node in nodes.values():
        for name, value in node["inputs"].items():
            if name.startswith("lora") and (lora := _lora(value)):
                loras.append(model(lora))
            elif name in _MODELS and isinstance(value, str) and not _helper(node["class_type"]):
                models.append(model(value))
    return Recipe(
        prompt=_texts(nodes, given.get("positive", given.get("conditioning"))) if start else _all_texts(nodes),
        negative_prompt=_texts(nodes, given.get("negative")),
        seed=word(_value(nodes, sampler, ("seed", "noise_seed"))),
        steps=whole(_value(nodes, sampler, ("steps",))),
        sampler=word(_value(nodes, sampler, ("sampler_name",))),
        cfg=real(_value(nodes, start, ("cfg", "guidance"))),
        models=names(models),
        loras=names(loras),
    )


def _helper(kind: str) -> bool:
    return any(part in kind.lower() for part in _HELPERS)


def _lora(value: object) -> str:
    """A name, or the entry of a loader that holds several ({on, lora, strength})."""
    if isinstance(value, dict):
        return word(value.get("lora")) if value.get("on") is not False else ""
    name = word(value) if isinstance(value, str) else ""
    return name if name.lower().endswith(_ENDINGS) else ""


def _sampler(nodes: Nodes) -> str:
    """The sampler nearest to what is saved; '' where there is none."""
    ends = [name for name, node in nodes.items() if node["class_type"].startswith(("Save", "Preview", "VHS_"))]
    for end in ends or list(nodes):
        for name in _upstream(nodes, end):
            inputs = nodes[name]["inputs"]
            if "positive" in inputs and ("seed" in inputs or "noise_seed" in inputs or "steps" in inputs):
                return name
            if "guider" in inputs and "sigmas" in inputs:
                return name
    return ""


def _link(nodes: Nodes, value: object) -> str:
    """The node that an input comes from, '' for a value."""
    if isinstance(value, list) and len(value) == 2 and isinstance(value[0], (str, int)) and str(value[0]) in nodes:
        return str(value[0])
    return ""


def _upstream(nodes: Nodes, start: str) -> Iterator[str]:
    """A node and all that it depends on, nearest first."""
    ahead, seen = [start], {start}
    while ahead:
        name = ahead.pop(0)
        yield name
        for value in nodes[name]["inputs"].values():
            linked = _link(nodes, value)
            if linked and linked not in seen:
                seen.add(linked)
                ahead.append(linked)


def _value(nodes: Nodes, start: str, wanted: tuple[str, ...]) -> object:
    """The first value of one of these names at a node or upstream of it."""
    for name in _upstream(nodes, start) if start else ():
        for key in wanted:
            value = nodes[name]["inputs"].get(key)
            if isinstance(value, (str, int, float)) and not isinstance(value, bool):
                return value
            linked = _link(nodes, value)
            for inner in nodes[linked]["inputs"].values() if linked else ():
                if isinstance(inner, (int, float)) and not isinstance(inner, bool):
                    return inner
    return None


def _texts(nodes: Nodes, conditioning: object) -> str:
    """All texts upstream of a conditioning, joined by lines."""
    start = _link(nodes, conditioning)
    if not start:
        return prompt(conditioning)
    found: list[str] = []
    for name in _upstream(nodes, start):
        inputs = nodes[name]["inputs"]
        # a conditioning may have passed through a node that holds the other one too
        for key in _TEXTS:
            if isinstance(inputs.get(key), str) and not inputs[key].lower().endswith(_ENDINGS):
                found.append(inputs[key].strip())
    return prompt("\n".join(dict.fromkeys(filter(None, found))))


def _all_texts(nodes: Nodes) -> str:
    """Without a sampler (nodes that call a service): every text under the name of a prompt."""
    found = [node["inputs"].get("prompt") for node in nodes.values()]
    return prompt("\n".join(dict.fromkeys(each.strip() for each in found if isinstance(each, str))))


def _drawn(shown: list[dict[str, Any]]) -> Recipe:
    """From the drawn graph alone: names of models and LoRAs among the values of its nodes."""
    models: list[str] = []
    loras: list[str] = []
    for node in shown:
        kind, values = word(node.get("type")), node.get("widgets_values")
        for value in values if isinstance(values, list) else ():
            if isinstance(value, str) and value.lower().endswith(_ENDINGS) and not _helper(kind):
                (loras if "lora" in kind.lower() else models).append(model(value))
    return Recipe(models=names(models), loras=names(loras))

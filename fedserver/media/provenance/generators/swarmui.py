"""SwarmUI: JSON with `sui_image_params`, under `parameters` or in the EXIF comment. Pure."""

from __future__ import annotations

from fedserver.domain.provenance.recipes import Recipe
from fedserver.media.provenance.generators.block import Block, mapping, model, names, parsed, prompt, real, whole, word
from fedserver.media.provenance.parts import Parts


def read(parts: Parts) -> Block | None:
    """The block; None for JSON without SwarmUI's key."""
    for name in ("parameters", "usercomment", "comment", "stealth"):
        text = parts.text(name)
        if "sui_image_params" in text:
            said = mapping(mapping(parsed(text)).get("sui_image_params"))
            break
    else:
        return None
    loras = said.get("loras")
    chosen = loras if isinstance(loras, list) else word(loras).split(",")
    recipe = Recipe(
        prompt=prompt(said.get("prompt")),
        negative_prompt=prompt(said.get("negativeprompt")),
        seed=word(said.get("seed")),
        steps=whole(said.get("steps")),
        sampler=" ".join(filter(None, (word(said.get("sampler")), word(said.get("scheduler"))))),
        cfg=real(said.get("cfgscale")),
        models=names([model(said.get("model")), model(said.get("refinermodel"))]),
        loras=names([model(each) for each in chosen]),
    )
    return Block("SwarmUI", word(said.get("swarm_version")), recipe)

"""NovelAI: `Software` and a `Comment` of JSON in PNG, or both as one JSON in the lowest bits of alpha. Pure."""

from __future__ import annotations

from typing import Any

from fedserver.domain.provenance.recipes import Recipe
from fedserver.media.provenance.generators.block import Block, mapping, names, parsed, prompt, real, whole, word
from fedserver.media.provenance.parts import Parts


def read(parts: Parts) -> Block | None:
    """The block of a file that names NovelAI as its software."""
    fields: dict[str, Any] = {name: parts.text(name) for name in ("Software", "Source", "Description", "Comment")}
    hidden = parts.text("stealth")
    if "NovelAI" not in fields["Software"] and hidden.lstrip().startswith("{"):
        fields = mapping(parsed(hidden))
    if "NovelAI" not in word(fields.get("Software")):
        return None
    comment = fields.get("Comment")
    said = mapping(comment) or mapping(parsed(comment if isinstance(comment, str) else ""))
    recipe = Recipe(
        prompt=prompt(_caption(said, "v4_prompt") or said.get("prompt") or fields.get("Description")),
        negative_prompt=prompt(_caption(said, "v4_negative_prompt") or said.get("uc")),
        seed=word(said.get("seed")),
        steps=whole(said.get("steps")),
        sampler=word(said.get("sampler")),
        cfg=real(said.get("scale")),
        models=names([word(fields.get("Source"))]),
    )
    return Block("NovelAI", "", recipe)


def _caption(said: dict[str, Any], name: str) -> str:
    """The prompt of version 4: one for the picture, one for each figure in it."""
    caption = mapping(mapping(said.get(name)).get("caption"))
    figures = caption.get("char_captions")
    texts = [caption.get("base_caption")]
    texts += [mapping(each).get("char_caption") for each in (figures if isinstance(figures, list) else ())]
    return "\n".join(each for each in texts if isinstance(each, str) and each)

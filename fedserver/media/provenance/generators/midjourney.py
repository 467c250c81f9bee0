"""Midjourney: the description of a picture ends in `Job ID:` and a UUID. Pure."""

from __future__ import annotations

import re
from typing import Final

from fedserver.domain.provenance.recipes import Recipe
from fedserver.media.provenance.generators.block import MAX_PROMPT, Block, names, prompt, word
from fedserver.media.provenance.parts import Parts

_JOB: Final = re.compile(r"\bJob ID: [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_VERSION: Final = re.compile(r"\s--(v|niji)\s+([0-9.]{1,8})")
_SEED: Final = re.compile(r"\s--seed\s+([0-9]{1,20})")


def read(parts: Parts) -> Block | None:
    """The block; PNG has the description as text, other formats in EXIF or XMP."""
    for name in ("Description", "description", "comment", "usercomment"):
        text = parts.text(name)[: 2 * MAX_PROMPT]
        job = _JOB.search(text)
        if job is None:
            continue
        version, seed = _VERSION.search(text), _SEED.search(text)
        named = f"Midjourney {'niji ' if version[1] == 'niji' else ''}{version[2]}" if version else ""
        recipe = Recipe(prompt=prompt(text[: job.start()]), seed=word(seed[1]) if seed else "", models=names([named]))
        return Block("Midjourney", version[2] if version else "", recipe)
    return None

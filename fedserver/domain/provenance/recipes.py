"""A recipe: what a generator was told. Private to the author until published."""

from __future__ import annotations

from typing import NamedTuple


class Recipe(NamedTuple):
    """``seed`` is text: seeds pass 64 bits. ``workflow`` is the generator's own JSON text, bounded by the reader."""

    prompt: str = ""
    negative_prompt: str = ""
    seed: str = ""
    steps: int | None = None
    sampler: str = ""
    cfg: float | None = None
    models: tuple[str, ...] = ()
    loras: tuple[str, ...] = ()
    workflow: str = ""

"""What the reader of one generator's block answers, and how the values in it are tamed. Pure."""

from __future__ import annotations

import json
from typing import Any, Final, NamedTuple

from fedserver.domain.provenance.claims import GENERATED
from fedserver.domain.provenance.recipes import Recipe
from fedserver.media.provenance.parts import MAX_TEXT

MAX_PROMPT: Final = 20_000
"""Characters of a prompt that are kept."""
MAX_WORKFLOW: Final = 1_000_000
MAX_NAMES: Final = 50


class Block(NamedTuple):
    """A generator was here. ``recipe`` may be empty: some name only themselves."""

    tool: str
    version: str = ""
    recipe: Recipe = Recipe()
    source_type: str = GENERATED


def prompt(value: object) -> str:
    """A text that a person wrote."""
    return value.strip()[:MAX_PROMPT] if isinstance(value, str) else ""


def word(value: object) -> str:
    """A short name or a number as text; '' for anything else."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    return str(value).strip()[:200]


def whole(value: object) -> int | None:
    """A whole number of at most 1,000,000; None for anything else."""
    try:
        found = int(float(word(value)))
    except (ValueError, OverflowError):
        return None
    return found if 0 <= found <= 1_000_000 else None


def real(value: object) -> float | None:
    """A number between -1,000 and 1,000; None for anything else."""
    try:
        found = float(word(value))
    except ValueError:
        return None
    return found if -1000 <= found <= 1000 else None


def model(value: object) -> str:
    """The name of a model without folders and file ending."""
    name = word(value).replace("\\", "/").rpartition("/")[2]
    for ending in (".safetensors", ".ckpt", ".pt", ".pth", ".gguf", ".bin", ".sft"):
        name = name.removesuffix(ending)
    return name


def names(values: list[str]) -> tuple[str, ...]:
    """Each name once, in order, at most `MAX_NAMES`."""
    return tuple(dict.fromkeys(each for each in values if each and each != "None"))[:MAX_NAMES]


def parsed(text: str) -> Any:
    """JSON, None where it is none. Deeply nested documents and NaN, which ComfyUI writes, are expected."""
    if len(text) > MAX_TEXT:
        return None
    try:
        return json.loads(text, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None


def mapping(value: object) -> dict[str, Any]:
    """A JSON object, {} for anything else."""
    return value if isinstance(value, dict) else {}

"""The documents that come with the program: two to begin with, well-known ways to order posts, rules that are ready
to be taken over, the legal floor, and what can be switched on in an emergency.

They are files of the program itself, in ``documents`` beside this one, read when somebody asks for them.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Final

from fedserver.domain.policy.document import Document
from fedserver.domain.policy.read import read_toml

STARTERS: Final = ("open-gallery", "disclosure-required")
PRESETS: Final = "presets"
FLOOR: Final = "floor"
READY: Final = "ready-rules"
EMERGENCY: Final = "emergency"
SHIPPED: Final = (*STARTERS, PRESETS, READY, FLOOR, EMERGENCY)


def text_of(name: str) -> str:
    """The text of a document that ships, with its comments. ``KeyError`` for another name."""
    if name not in SHIPPED:
        raise KeyError(name)
    return resources.files(__package__).joinpath("documents", f"{name}.toml").read_text(encoding="utf-8")


def starter(name: str) -> Document:
    """A document to begin with; put in force it becomes a fork that names this one as its parent."""
    return read_toml(text_of(name))


def presets() -> Document:
    """Well-known ways to order posts, each a feed."""
    return read_toml(text_of(PRESETS))


@cache
def floor() -> Document:
    """What holds above every community's own document: it cannot be loosened."""
    return read_toml(text_of(FLOOR))


@cache
def emergency() -> Document:
    """What an admin or a surge can switch on for some hours."""
    return read_toml(text_of(EMERGENCY))


@cache
def ready_rules() -> Document:
    """Rules that a community can take over as they are, one by one or as a pack."""
    return read_toml(text_of(READY))

"""The shape of a command: its words, its options, its function. ``table`` has them all."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple


class Option(NamedTuple):
    """A flag (``--name``) or an argument (``NAME``), with what ``argparse`` is told about it."""

    name: str
    help: str
    told: Mapping[str, Any] = {}

    @property
    def usage(self) -> str:
        """As it stands in a line of usage."""
        if not self.name.startswith("--"):
            return f"[{self.name}]" if self.told.get("nargs") == "?" else self.name
        choices = self.told.get("choices")
        value = "|".join(choices) if choices else self.told.get("metavar", "")
        text = f"{self.name} {value}".strip()
        return text if self.told.get("required") else f"[{text}]"


class Command(NamedTuple):
    """``run`` gets the parsed arguments; it raises to fail."""

    words: tuple[str, ...]
    help: str
    options: tuple[Option, ...]
    run: Callable[[Namespace], None]

    @property
    def usage(self) -> str:
        """The whole line of usage, without ``--config``."""
        return " ".join(("fedserver", *self.words, *(option.usage for option in self.options)))


def value(name: str, metavar: str, text: str, **told: Any) -> Option:
    return Option(name, text, {"metavar": metavar, **told})

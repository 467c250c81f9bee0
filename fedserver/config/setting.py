"""What is known about a key of the settings beside its type."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fedserver.config.values import Parser

REQUIRED: Any = object()
Derive = Callable[[Mapping[str, Any]], object]


@dataclass(frozen=True, slots=True)
class Setting:
    """What is known about one key beside its type.

    ``default``: as TOML has it, ``REQUIRED``, or None for "absent". ``derive``: makes the default from the
    values of ``[server]``; ``shown`` is what the example says instead. ``toml``: the environment variable holds
    a TOML value (lists, tables, numbers, booleans) rather than the text itself.
    """

    parse: Parser
    doc: str
    default: object = None
    derive: Derive | None = None
    shown: object = None
    key: str = ""
    toml: bool = False
    env_only: bool = False


def setting(
    parse: Parser,
    default: object,
    doc: str,
    *,
    derive: Derive | None = None,
    shown: object = None,
    key: str = "",
    toml: bool = False,
    env_only: bool = False,
    secret: bool = False,
) -> Any:
    """A dataclass field that carries a ``Setting``. ``key`` is its name in the file where that is a Python word.

    A ``secret`` value is left out of the ``repr``.
    """
    about = Setting(parse, doc, default, derive, shown, key, toml, env_only)
    return dataclasses.field(metadata={"setting": about}, repr=not secret)

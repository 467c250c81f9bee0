"""``Config`` -> the text of config.example.toml: every key, its meaning, its default."""

from __future__ import annotations

import textwrap

from fedserver.config.model import SECTIONS, settings_of
from fedserver.config.setting import REQUIRED, Setting

_HEAD = """\
# Settings of fedserver. Copy this file to config.toml, or let `fedserver init` write one.
# Keys behind a single "#" show their default or an example. Relative paths start at this file. Each key can also
# come from the environment: FEDSERVER_SERVER__DOMAIN=example.org; lists and tables as TOML values.
"""


def example() -> str:
    """The whole example file."""
    parts = [_HEAD]
    for name, kind in SECTIONS.items():
        lines = [f"[{name}]", *_comment((kind.__doc__ or "").strip())]
        for key, (_, about) in settings_of(kind).items():
            lines += ["", *_comment(about.doc), _line(name, key, about)]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def toml_value(value: object) -> str:
    """``value`` (text, number, boolean, list or table of those) as TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    if isinstance(value, dict):
        inner = ", ".join(f"{toml_value(str(key))} = {toml_value(item)}" for key, item in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    return '"' + "".join(_escaped(character) for character in str(value)) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    return character if character.isprintable() else f"\\U{ord(character):08X}"


def _line(section: str, key: str, about: Setting) -> str:
    if about.env_only:
        return f"# FEDSERVER_{section}__{key}=...".upper()
    shown = about.default if about.shown is None else about.shown
    line = f"{key} = {toml_value(shown)}"
    return line if about.default is REQUIRED else f"# {line}"


def _comment(text: str) -> list[str]:
    return [f"## {line}" for line in textwrap.wrap(" ".join(text.split()), 100)]

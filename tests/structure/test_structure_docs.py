"""What the code offers is written down. One row a table: where the names come from, which file must hold them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from structure_tree import PROJECT

from fedserver.cli.table import COMMANDS
from fedserver.config.model import SECTIONS, settings_of


def setting_names() -> Iterable[str]:
    """Every key, as the example file writes it at the start of a line."""
    for section, kind in SECTIONS.items():
        yield f"[{section}]"
        for key, (_, about) in settings_of(kind).items():
            yield f"FEDSERVER_{section}__{key}=".upper() if about.env_only else f"{key} = "


def make_targets() -> Iterable[str]:
    """Every target of the Makefile."""
    phony = re.search(r"^\.PHONY: (.*)$", (PROJECT / "Makefile").read_text(), re.MULTILINE)
    assert phony
    return phony[1].split()


def command_usages() -> Iterable[str]:
    """Every command with all its flags."""
    return [command.usage for command in COMMANDS]


# (names, file, the line that documents a name)
DOCUMENTED: list[tuple[Callable[[], Iterable[str]], str, str]] = [
    (setting_names, "config.example.toml", r"^(?:# )?{name}|^{name}"),
    (make_targets, "Makefile", r"^{name}:.*## \w"),
    (command_usages, "docs/admin.md", r"^### `{name}`$"),
]


@pytest.mark.parametrize(("names", "file", "line"), DOCUMENTED)
def test_everything_offered_is_written_down(names: Callable[[], Iterable[str]], file: str, line: str) -> None:
    text = (PROJECT / file).read_text(encoding="utf-8")
    offered = list(names())
    assert len(offered) > 5
    missing = [name for name in offered if not re.search(line.format(name=re.escape(name)), text, re.MULTILINE)]
    assert not missing


def _make_docs() -> Any:
    import importlib.util

    spec = importlib.util.spec_from_file_location("make_docs", PROJECT / "tools" / "make_docs.py")
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


@pytest.mark.parametrize("page", ["docs/api.md", "docs/metrics.md", "docs/policy-language.md"])
def test_the_written_pages_are_those_of_the_code(page: str) -> None:
    assert (PROJECT / page).read_text(encoding="utf-8") == _make_docs().PAGES[page](), "run `make docs`"


def test_every_method_of_the_client_api_says_since_when() -> None:
    from fedserver.api.since import SINCE
    from fedserver.app import all_routes

    rows = [route for route in all_routes() if route.path.startswith("/api/")]
    unknown = [f"{row.method} {row.path}" for row in rows if not _make_docs().since_of(row)]
    assert len(rows) > 180 and not unknown
    wrong = [text for text in SINCE.values() if not re.fullmatch(r"\d+\.\d+\.\d+|Pleroma|fedserver", text)]
    stale = set(SINCE) - {text for row in rows for text in (row.path, f"{row.method} {row.path}")}
    assert not wrong and not stale

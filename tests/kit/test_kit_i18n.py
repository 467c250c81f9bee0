from __future__ import annotations

import asyncio
import contextvars
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from fedserver.kit import i18n


def _catalogue(entries: dict[str, str]) -> bytes:
    """A real .mo file (GNU gettext manual, "The Format of GNU MO Files")."""
    pairs = sorted({"": "Content-Type: text/plain; charset=UTF-8\n", **entries}.items())
    blob, tables = b"", [b"", b""]
    start = 28 + 16 * len(pairs)
    for column in (0, 1):
        for pair in pairs:
            data = pair[column].encode()
            tables[column] += struct.pack("<II", len(data), start + len(blob))
            blob += data + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 0)
    return head + tables[0] + tables[1] + blob


@pytest.fixture
def french(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    folder = tmp_path / "fr" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    entries = {"Hello": "Bonjour", "%d post\0%d posts": "%d message\0%d messages", "Hi %(name)s": "Salut %(name)s"}
    (folder / "fedserver.mo").write_bytes(_catalogue(entries))
    monkeypatch.setattr(i18n, "LOCALE_DIR", tmp_path)
    i18n.available.cache_clear()
    yield
    i18n.available.cache_clear()


def test_english_is_the_source() -> None:
    assert i18n.gettext("Hello") == "Hello"
    assert i18n.ngettext("%d post", "%d posts", 2) == "%d posts"
    assert i18n.current_locale() == "en"


def test_a_catalogue_is_used_inside_its_block_only(french: None) -> None:
    early = i18n.lazy("Hi %(name)s", name="Zoé")
    with i18n.use_locale("fr"):
        assert i18n.gettext("Hello") == "Bonjour"
        assert i18n.ngettext("%d post", "%d posts", 2) % 2 == "2 messages"
        assert str(early) == "Salut Zoé"
        assert i18n.gettext("unknown") == "unknown"
    assert str(early) == "Hi Zoé"
    assert i18n.available() == ("en", "fr")


def test_two_tasks_do_not_share_a_locale(french: None) -> None:
    async def say(locale: str) -> str:
        with i18n.use_locale(locale):
            await asyncio.sleep(0)
            return i18n.gettext("Hello")

    async def both() -> list[str]:
        return await asyncio.gather(say("fr"), say("en"))

    assert contextvars.copy_context().run(asyncio.run, both()) == ["Bonjour", "Hello"]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("fr", "fr"),
        ("fr-CA, en;q=0.5", "fr"),
        ("de, en;q=0.3, fr;q=0.4", "fr"),
        ("en;q=0.9,fr;q=0.1", "en"),
        ("fr;q=0", "en"),
        ("", "en"),
        ("*", "en"),
        (";;q=,,\x00fr;q=9", "en"),
        ("../../etc", "en"),
        ("x" * 100_000, "en"),
    ],
)
def test_negotiation_never_fails(header: str, expected: str) -> None:
    assert i18n.negotiate(header, ("en", "fr")) == expected

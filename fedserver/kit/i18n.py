"""Text for people: gettext with a locale that follows the request.

The source text is English. A catalogue is ``fedserver/locale/<locale>/LC_MESSAGES/fedserver.mo``; without one
(or without an entry) the English text is used. The locale is a context variable: the edge sets it with
``use_locale`` for a request, and every task or thread started with that context inherits it.

``gettext`` translates at once. Text that is written down before the reader is known (a class attribute, an
error raised deep inside) is made with ``lazy`` and translated when it is turned into ``str``.
"""

from __future__ import annotations

import gettext as _gettext
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path

DOMAIN = "fedserver"
SOURCE_LOCALE = "en"
LOCALE_DIR = Path(__file__).resolve().parent.parent / "locale"

_locale: ContextVar[str] = ContextVar("locale", default=SOURCE_LOCALE)
_RANGE = re.compile(r"([A-Za-z]{2,3})(?:-[A-Za-z0-9]{1,8})*(?:\s*;\s*q=([01](?:\.[0-9]{0,3})?))?")


class Lazy:
    """A text that is translated, and its ``%(name)s`` fields filled in, each time it is turned into ``str``."""

    __slots__ = ("_fields", "_text")

    def __init__(self, text: str, fields: dict[str, object]) -> None:
        self._text = text
        self._fields = fields

    def __str__(self) -> str:
        text = gettext(self._text)
        return text % self._fields if self._fields else text

    def __repr__(self) -> str:
        return f"lazy({self._text!r})"


@lru_cache(maxsize=64)
def _catalogue(locale: str, directory: Path) -> _gettext.NullTranslations:
    return _gettext.translation(DOMAIN, str(directory), languages=[locale], fallback=True)


def gettext(text: str) -> str:
    """``text`` in the current locale."""
    return _catalogue(_locale.get(), LOCALE_DIR).gettext(text)


def ngettext(one: str, many: str, count: int) -> str:
    """The form for ``count`` in the current locale; fields such as ``%d`` are left to the caller."""
    return _catalogue(_locale.get(), LOCALE_DIR).ngettext(one, many, count)


def lazy(text: str, **fields: object) -> Lazy:
    """``text`` to be translated when it is read, with its ``%(name)s`` fields."""
    return Lazy(text, fields)


def current_locale() -> str:
    """The locale of this context, such as ``en``."""
    return _locale.get()


@contextmanager
def use_locale(locale: str) -> Iterator[None]:
    """Work in ``locale`` inside the block; one without a catalogue reads as English."""
    token = _locale.set(locale)
    try:
        yield
    finally:
        _locale.reset(token)


def set_locale(locale: str) -> None:
    """Work in ``locale`` from here on, as far as this context goes."""
    _locale.set(locale)


@lru_cache(maxsize=1)
def available() -> tuple[str, ...]:
    """The locales that can be chosen: English and every catalogue found."""
    found = {path.parent.parent.name for path in LOCALE_DIR.glob(f"*/LC_MESSAGES/{DOMAIN}.mo")}
    return tuple(sorted(found | {SOURCE_LOCALE}))


@lru_cache(maxsize=256)
def negotiate(accept_language: str, choices: tuple[str, ...] | None = None) -> str:
    """The best of ``choices`` (default: ``available()``) for an Accept-Language header (RFC 9110, 12.5.4).

    Only the primary language counts. Never raises: garbage is skipped, and English is the last resort.
    """
    choices = available() if choices is None else choices
    best, best_quality = SOURCE_LOCALE, 0.0
    for part in accept_language[:1000].split(",")[:20]:
        match = _RANGE.fullmatch(part.strip())
        if match is None:
            continue
        language, quality = match[1].lower(), float(match[2] or "1")
        if language in choices and quality > best_quality:
            best, best_quality = language, quality
    return best

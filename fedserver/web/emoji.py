"""Custom emoji in pages: ``:shortcode:`` becomes the picture that its post or profile keeps."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from fedserver.domain.site import Site
from fedserver.render.mastodon.basics import emojis

# markup as the cleaner writes it: a tag, whose attributes may hold anything, or the text up to the next one
_PIECE = re.compile(r"""<(?:[^<>"']|"[^"]*"|'[^']*')*>|[^<]+|<""")
_NAME = re.compile(r"(?<![A-Za-z0-9_:]):([A-Za-z0-9_]{2,64}):(?![A-Za-z0-9_:])")


def in_markup(site: Site, markup: Markup, stored: str) -> Markup:
    """Clean markup with the pictures of ``stored`` (the column ``emojis``) in its text, never inside a tag."""
    pictures = _pictures(site, stored) if ":" in markup else {}
    if not pictures:
        return markup
    pieces = [
        piece if piece.startswith("<") else _NAME.sub(lambda found: pictures.get(found[1], found[0]), piece)
        for piece in _PIECE.findall(markup)
    ]
    return Markup("".join(pieces))  # noqa: S704 - clean markup, and pictures whose attributes are escaped


def in_text(site: Site, text: str, stored: str) -> Markup:
    """Plain text, escaped, with pictures."""
    return in_markup(site, escape(text), stored)


def _pictures(site: Site, stored: str) -> dict[str, str]:
    return {
        each["shortcode"]: _picture(each["shortcode"], each["url"], each["static_url"]) for each in emojis(site, stored)
    }


def _picture(shortcode: str, moving: str, still: str) -> str:
    """Read aloud and copied as its name; still for those who want no movement."""
    name = escape(f":{shortcode}:")
    return (
        f'<picture class="emoji"><source media="(prefers-reduced-motion: reduce)" srcset="{escape(still)}">'
        f'<img src="{escape(moving)}" alt="{name}" title="{name}" loading="lazy" decoding="async"></picture>'
    )

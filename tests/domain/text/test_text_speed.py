"""HTTP-14: 100 kB of hostile text takes less than 200 ms, whatever it is and wherever it goes in.

The limit is generous for a busy machine: what is quadratic takes seconds here.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from fedserver.domain.text.clean import clean, to_text
from fedserver.domain.text.compose import length, to_html
from fedserver.domain.text.fields import field_html, field_url
from fedserver.domain.text.names import clean_display_name, normalise_hashtag, parse_handle

SIZE = 100_000
LIMIT = 0.6  # three times the promise: CI machines stall, quadratic code does not fit in anyway

DOORS: dict[str, Callable[[str], object]] = {
    "to_html": lambda text: to_html(text, {}, str),
    "length": length,
    "field_html": lambda text: field_html(text, {}, str),
    "clean": clean,
    "to_text": to_text,
    "field_url": field_url,
    "display_name": clean_display_name,
    "handle": parse_handle,
    "hashtag": normalise_hashtag,
}


def filled(piece: str, ending: str = "") -> str:
    return piece * (SIZE // len(piece.encode())) + ending


HOSTILE = {
    "dots": "@a" + filled(".a"),
    "handles": filled("@a@b.c "),
    "long domains": filled("@a@" + "é" * 120 + "-"),
    "idn": filled("@a@é.é "),
    "at": filled("@"),
    "hash": filled("#"),
    "tags": filled("#a "),
    "digits": "#" + filled("1"),
    "schemes": filled("http://"),
    "brackets": "http://a.b/" + filled(")"),
    "idn urls": filled("http://é.é/ "),
    "less": filled("<"),
    "tags open": filled("<a href='"),
    "amp": filled("&"),
    "lines": filled("a\n\n"),
    "marks": "a" + filled("\u0301"),
    "isolates": filled("\u2067"),
    "joiners": filled("\u200d"),
    "flags": filled("\U0001f1e6"),
    "bold": "".join(f"<b c{i}>" for i in range(10_000)),
    "bold across": "".join(f"<p><b c{i}></p>" for i in range(6_000)),
    "mismatched": "".join(f"<b c{i}></x>" for i in range(8_000)),
    "reopened": "".join(f"<b c{i}>" for i in range(60)) + filled("<p>x</p>"),
    "divs": filled("<div>"),
    "quotes": filled("<blockquote>"),
    "lists": filled("<ul><li>"),
    "headings": filled("<h1>"),
    "comments": filled("<!--"),
    "svg": filled("<svg><p>"),
    "links": filled('<a href="http://é.é/a">x</a>'),
    "classes": '<p class="' + filled("h-a ", '">'),
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_is_quick(door: str, hostile: str) -> None:
    text = HOSTILE[hostile]
    best = LIMIT
    for _ in range(3):
        started = time.thread_time()
        DOORS[door](text)
        best = min(best, time.thread_time() - started)
        if best < LIMIT:
            break
    assert best < LIMIT

"""Typed text: what is found in it, what it becomes, how long it is."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedserver.domain.text.clean import clean, to_text
from fedserver.domain.text.compose import Mentioned, length, to_html
from fedserver.domain.text.fields import field_html, field_url
from fedserver.domain.text.scan import extract

MENTIONS = {
    ("alice", None): Mentioned("https://home.test/@alice", "alice"),
    ("bob", "far.test"): Mentioned("https://far.test/@bob", "bob", "far.test"),
    ("bob", "other.test:8080"): Mentioned("https://other.test:8080/@bob", "bob", "other.test:8080"),
}


def tag_url(name: str) -> str:
    return f"https://home.test/tags/{name.lower()}"


def html(text: str) -> str:
    return to_html(text, MENTIONS, tag_url)


def link(url: str, prefix: str, shown: str, rest: str = "") -> str:
    cut = "ellipsis" if rest else ""
    return (
        f'<a href="{url}" target="_blank" rel="nofollow noopener" translate="no">'
        f'<span class="invisible">{prefix}</span>'
        f'<span class="{cut}">{shown}</span><span class="invisible">{rest}</span></a>'
    )


ALICE = (
    '<span class="h-card" translate="no"><a href="https://home.test/@alice" class="u-url mention">'
    "@<span>alice</span></a></span>"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("  \n ", ""),
        ("plain", "<p>plain</p>"),
        ("a\nb\r\nc\rd", "<p>a<br />b<br />c<br />d</p>"),
        ("a\n\nb\n\n\n\nc", "<p>a</p><p>b</p><p>c</p>"),
        ("<b>&\"'", "<p>&lt;b&gt;&amp;&quot;&#x27;</p>"),
        ("hi @alice!", f"<p>hi {ALICE}!</p>"),
        ("@Alice.", f"<p>{ALICE}.</p>"),
        ("@nobody @bob", "<p>@nobody @bob</p>"),
        ("me@alice.test /@alice x@alice", "<p>me@alice.test /@alice x@alice</p>"),
        (
            "@bob@FAR.test",
            '<p><span class="h-card" translate="no"><a href="https://far.test/@bob" class="u-url mention">'
            "@<span>bob</span></a></span></p>",
        ),
        (
            "#Cats_and-dogs",
            '<p><a href="https://home.test/tags/cats_and" class="mention hashtag" rel="tag">'
            "#<span>Cats_and</span></a>-dogs</p>",
        ),
        ("#123 a#b /#c # ##d", "<p>#123 a#b /#c # ##d</p>"),
        ("https://example.com/a", f"<p>{link('https://example.com/a', 'https://', 'example.com/a')}</p>"),
        (
            "see http://www.example.com/abcdefghijklmnopqrstuvwxyz?a=1&b=2.",
            "<p>see "
            + link(
                "http://www.example.com/abcdefghijklmnopqrstuvwxyz?a=1&amp;b=2",
                "http://www.",
                "example.com/abcdefghijklmnopqr",
                "stuvwxyz?a=1&amp;b=2",
            )
            + ".</p>",
        ),
        (
            '(https://e.test/A_(b)), "https://e.test/c"',
            f"<p>({link('https://e.test/A_(b)', 'https://', 'e.test/A_(b)')}), "
            f"&quot;{link('https://e.test/c', 'https://', 'e.test/c')}&quot;</p>",
        ),
        (
            "https://e.test/@alice#alice",
            f"<p>{link('https://e.test/@alice#alice', 'https://', 'e.test/@alice#alice')}</p>",
        ),
        (
            "https://good.test@evil.test/ http://x javascript:1",
            "<p>https://good.test@evil.test/ http://x javascript:1</p>",
        ),
        ('https://e.test/"onclick=1', f"<p>{link('https://e.test/', 'https://', 'e.test/')}&quot;onclick=1</p>"),
        ("a\u202eb\x00c", "<p>abc</p>"),
    ],
)
def test_golden(text: str, expected: str) -> None:
    assert html(text) == expected


def test_two_bobs_are_told_apart() -> None:
    markup = html("@bob@far.test @bob@other.test:8080")
    assert "@<span>bob@far.test</span>" in markup
    assert "@<span>bob@other.test:8080</span>" in markup


def test_what_is_found_where() -> None:
    found = extract("@a @b@C.test:99 #x https://e.test/y")
    assert [(m.username, m.domain, m.start, m.end) for m in found.mentions] == [
        ("a", None, 0, 2),
        ("b", "c.test:99", 3, 15),
    ]
    assert [tuple(tag) for tag in found.hashtags] == [("x", 16, 18)]
    assert [tuple(url) for url in found.urls] == [("https://e.test/y", 19, 35)]


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("#日本語 #Ünïcode", ["日本語", "Ünïcode"]),
        ("＃wide", ["wide"]),
        ("#हिन्दी", ["हिन्दी"]),
        ("#a·b·", ["a·b"]),
        ("#" + "x" * 101, []),
    ],
)
def test_hashtags_of_all_scripts(text: str, tags: list[str]) -> None:
    assert [tag.name for tag in extract(text).hashtags] == tags


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("hello", 5),
        ("a\r\nb", 3),
        ("https://example.com/" + "x" * 200, 23),
        ("http://a.b", 23),
        ("@bob@far.test", 4),
        ("@nobody@a.very.long.domain.test hi", 10),
        ("#tag", 4),
        ("👨‍👩‍👧", 1),
        ("🇩🇪🇫🇷", 2),
        ("e\u0301👍🏽❤️", 3),
    ],
)
def test_length_is_mastodons(text: str, expected: int) -> None:
    assert length(text) == expected


@given(st.text(max_size=300) | st.lists(st.sampled_from("@#:/.<>&\"'a é\n\u202e\u2067"), max_size=60).map("".join))
def test_any_text_becomes_markup_that_is_safe_and_loses_nothing(text: str) -> None:
    markup = html(text)
    assert "\u202e" not in markup
    cleaned = clean(markup)
    assert cleaned.count("<a ") == markup.count("<a ")
    assert to_text(markup).split() == to_text(html(to_text(markup))).split()


@given(st.text(max_size=300))
def test_entities_are_in_order_and_apart(text: str) -> None:
    found = extract(text)
    spans = sorted((e.start, e.end) for kind in found for e in kind)
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))


def test_a_field_that_is_a_url_is_a_me_link() -> None:
    markup = field_html("https://good.test/me", MENTIONS, tag_url)
    assert 'rel="nofollow noopener me"' in markup
    assert field_url(markup) == "https://good.test/me"


def test_uni_10_a_field_with_a_user_part_is_no_link() -> None:
    deceit = "https://good.test" + "x" * 50 + "@evil.test"
    assert field_html(deceit, MENTIONS, tag_url) == deceit
    assert field_url(f'<a href="{deceit}">https://good.test</a>') is None


def test_a_field_is_one_line() -> None:
    assert field_html("a\n\nb <i>", MENTIONS, tag_url) == "a b &lt;i&gt;"


@pytest.mark.parametrize(
    "markup",
    [
        '<a href="https://evil.test/">https://good.test/</a>',
        '<a href="https://a.test/">https://a.test/</a> and more',
        '<a href="https://a.test/">a</a><a href="https://b.test/">b</a>',
        "https://a.test/",
        "",
    ],
)
def test_only_a_link_to_what_it_shows_can_be_verified(markup: str) -> None:
    assert field_url(markup) is None

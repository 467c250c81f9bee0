"""Foreign HTML: what is kept, what never is."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedserver.domain.text.clean import clean, to_text

LINK = 'target="_blank" rel="nofollow noopener noreferrer"'

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><a href=javascript:alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=x></object><embed src=x><base href=https://evil.test><meta http-equiv=refresh content=0>",
    "<form action=https://evil.test><input type=password><button>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    '<p style="position:fixed;inset:0;z-index:9" onclick=alert(1) id=x>a</p>',
    '<a href="javascript:alert(1)">a</a>',
    '<a href="JaVaScRiPt:alert(1)">a</a>',
    '<a href="&#106;avascript&colon;alert(1)">a</a>',
    '<a href="java\nscript:alert(1)">a</a>',
    '<a href="\x01javascript:alert(1)">a</a>',
    '<a href="data:text/html,x">a</a><a href="vbscript:x">b</a><a href="blob:x">c</a>',
    '<a href="//evil.test/">a</a><a href="/evil">b</a>',
    '<a href="https://good.test@evil.test/">a</a>',
    "<h1 onclick=alert(1)>a</h1><h2/onclick=alert(1)>b",
    "<<script>script>alert(1)<</script>/script>",
    "<!--><img src=x onerror=alert(1)>-->",
    '"><img src=x onerror=alert(1)>',
    '<a href="https://a.test/" class=\'"><img src=x onerror=alert(1)>\'>x</a>',
]

TAG = re.compile(r"<[^>]*>")
ALLOWED_TAG = re.compile(
    r"</?(?:p|span|br|a|del|pre|code|em|strong|b|i|u|ul|ol|li|blockquote)"
    r'(?: (?:href|class|translate|start|reversed|value|target|rel)="[^"<>]*")*>'
)


def is_safe(markup: str) -> bool:
    """Nothing but allowed tags with allowed attributes, and links to http(s) only."""
    hrefs = re.findall(r'href="([^"]*)"', markup)
    return all(ALLOWED_TAG.fullmatch(tag) for tag in TAG.findall(markup)) and all(
        href.startswith(("https://", "http://")) for href in hrefs
    )


def test_the_oracle_can_fail() -> None:
    for bad in ("<script>", '<p onclick="x">', '<a href="javascript:x">', "<img>", '<p style="x">'):
        assert not is_safe(bad)


@pytest.mark.parametrize("markup", HOSTILE)
def test_hostile_markup(markup: str) -> None:
    for cleaned in (clean(markup), clean(clean(markup)), clean(f"<p>{markup}</p>"), clean(f"<b>{markup}" * 80)):
        assert is_safe(cleaned), cleaned
    assert "<" not in TAG.sub("", clean(markup))


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p>a<br>b<br/>c</p>", "<p>a<br>b<br>c</p>"),
        ("<h1 class='x'>T</h1>x", "<p><strong>T</strong></p>x"),
        ("<H3>T</H3 >", "<p><strong>T</strong></p>"),
        ("<hr>a", "a"),
        (
            "<b>a</b><i>b</i><u>c</u><em>d</em><del>f</del>",
            "<b>a</b><i>b</i><u>c</u><em>d</em><del>f</del>",
        ),
        ("<pre><code>x</code></pre><blockquote>y</blockquote>", "<pre><code>x</code></pre><blockquote>y</blockquote>"),
        ('<ol start="3" reversed><li value="2">a</li></ol>', '<ol start="3" reversed=""><li value="2">a</li></ol>'),
        ('<ol start="x"><li value="1e9">a</li></ol>', "<ol><li>a</li></ol>"),
        (
            '<span class="h-card btn"><a href="https://a.test/@x" class="u-url mention btn2">@x</a></span>',
            f'<span class="h-card"><a href="https://a.test/@x" class="u-url mention" {LINK}>@x</a></span>',
        ),
        ('<p class="quote-inline">RE: x</p><p class="foo">y</p>', '<p class="quote-inline">RE: x</p><p>y</p>'),
        (
            '<a href="https://a.test/?a=1&amp;b=2" rel="me" target="_top">x</a>',
            f'<a href="https://a.test/?a=1&amp;b=2" {LINK}>x</a>',
        ),
        ('<a href="gopher://a.test/">x</a>', f"<a {LINK}>x</a>"),
        ("x < y & z", "x &lt; y &amp; z"),
        ("a&#x202e;b\u2067c", "ab\u2067c\u2069"),
        ("a\x00\x08b", "ab"),
    ],
)
def test_golden(markup: str, expected: str) -> None:
    assert clean(markup) == expected


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p>a<br>b</p><p>c</p>", "a\nb\n\nc"),
        ("a<p>b</p>", "a\nb"),
        ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
        ("<h1>T</h1>x", "T\n\nx"),
        ('<a href="https://x.test/a"><span class="invisible">https://</span>x.test/a</a>', "https://x.test/a"),
        ("&lt;b&gt; &amp;amp;", "<b> &amp;"),
        ("<script>x</script><style>y</style>z", "z"),
        ("", ""),
    ],
)
def test_plain_text(markup: str, expected: str) -> None:
    assert to_text(markup) == expected


PIECES = st.sampled_from(
    [
        *("<", ">", "</", "<p", "<b>", "</b>", "<a href='", '"', "'", "javascript:", "https://a.test/", "<script>"),
        *("</script>", "<svg>", "<style>", "<math>", "<!--", "-->", "onerror=", "=x", " ", "&", "#x3c;", "&lt;", "a"),
        *("\x00", "\ud800", "\u202e", "<h1>", "<li>", "<table>"),
    ]
)


@given(st.lists(PIECES, max_size=80).map("".join) | st.text(max_size=200))
@settings(max_examples=300)
def test_any_input_is_cleaned_and_cleaning_is_stable(markup: str) -> None:
    cleaned = clean(markup)
    assert is_safe(cleaned)
    again = clean(cleaned)
    assert is_safe(again)
    assert TAG.sub("", again) == TAG.sub("", cleaned)
    assert len(again) == len(cleaned)  # only the order of attributes may change
    to_text(markup)


@pytest.mark.parametrize("depth", [63, 10_000])
def test_nesting_without_end_ends(depth: int) -> None:
    markup = "".join(f"<b c{i}>" for i in range(depth)) + "deep"
    cleaned = clean(markup)
    assert is_safe(cleaned)
    assert cleaned.count("<b>") <= 64
    assert to_text(markup) == "deep"
    assert to_text(cleaned) == "deep"

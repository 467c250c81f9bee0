from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import Malformed
from protocol.hosts import normalise_host, split_port


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("example.com", "example.com"),
        ("EXAMPLE.com.", "example.com"),
        ("Éxample.COM.:8443", "xn--xample-9ua.com:8443"),
        ("xn--xample-9ua.com", "xn--xample-9ua.com"),
        ("XN--XAMPLE-9UA.COM", "xn--xample-9ua.com"),
        ("ｅｘａｍｐｌｅ.com", "example.com"),
        ("a。b", "a.b"),
        ("straße.de", "xn--strae-oqa.de"),
        ("日本.jp", "xn--wgv71a.jp"),
        ("localhost", "localhost"),
        ("a-b.example", "a-b.example"),
        ("3com.example", "3com.example"),
        ("127.0.0.1", "127.0.0.1"),
        ("127.0.0.1:80", "127.0.0.1:80"),
        ("[::1]", "[::1]"),
        ("[2001:DB8:0:0::1]:443", "[2001:db8::1]:443"),
    ],
)
def test_one_spelling(text: str, host: str) -> None:
    assert normalise_host(text) == host
    assert normalise_host(host) == host


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "a..b",
        "a.b..",
        "a.b。。",
        ".a",
        "a b",
        " a",
        "a\n",
        "a\0b",
        "a/b",
        "a\\b",
        "a?b",
        "a#b",
        "user@a",
        "a%2eb",
        "a<b",
        "-a.com",
        "a-.com",
        "a_b.com",
        "a" * 64 + ".com",
        "a." * 130,
        "x" * 5000,
        "a:",
        "a:0",
        "a:080",
        "a:65536",
        "a:http",
        "a:80:80",
        "::1",
        "[::1",
        "[::1]x",
        "[::1]:",
        "[1.2.3.4]",
        "[fe80::1%eth0]",
        "127.1",
        "127.0.0.01",
        "2130706433",
        "0x7f.0.0.1",
        "0x7f000001",
        "1.2.3.4.5",
        "256.1.1.1",
        "foo.123",
        "①②⑦.⓪.⓪.①",
        "127。0。0。1",
        "xn--a",
        "xn--",
        "a\u200d.com",
        "😀.com",
        "a\u202e.com",
    ],
)
def test_what_is_no_host(text: str) -> None:
    with pytest.raises(Malformed):
        normalise_host(text)


@given(st.text(max_size=40))
def test_any_text_gives_a_fixed_point_or_malformed(text: str) -> None:
    try:
        host = normalise_host(text)
    except Malformed:
        return
    assert normalise_host(host) == host
    assert host == host.lower()
    assert host.isascii()
    assert not set(host) & set("/\\?#@ \t\r\n")


def test_split_port() -> None:
    assert split_port("a.example") == ("a.example", None)
    assert split_port("a.example:8443") == ("a.example", 8443)
    assert split_port("[::1]") == ("[::1]", None)
    assert split_port("[::1]:80") == ("[::1]", 80)

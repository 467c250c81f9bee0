"""Lists of domains in every format that communities exchange, and what is refused of them."""

from __future__ import annotations

import pytest

from fedserver.domain.moderation.domains import longest, obfuscated
from fedserver.domain.moderation.lists import COLUMNS, MAX_ENTRIES, Listed, ListError, read, write

MASTODON = """#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate
bad.example,suspend,False,False,"spam, and more",False
*.worse.example,suspend,true,true,,true
LOUD.example,silence,TRUE,False,"loud
and long",False
quiet.example,noop,True,False,,False
"""
EXPECTED = (
    Listed("bad.example", "suspend", public_comment="spam, and more"),
    Listed("worse.example", "suspend", True, True, "", True),
    Listed("loud.example", "limit", True, False, "loud\nand long"),
    Listed("quiet.example", "none", True),
)


def test_the_file_of_mastodon() -> None:
    assert read(("\ufeff" + MASTODON).encode()) == (EXPECTED, ())


@pytest.mark.parametrize("form", ["csv", "json"])
def test_what_is_written_is_read_again(form: str) -> None:
    entries = tuple(each._replace(public_comment=each.public_comment.replace("\n", " ")) for each in EXPECTED)
    text = write(entries, form)
    assert read(text.encode()) == (entries, ())
    if form == "csv":
        assert text.splitlines()[0] == ",".join(f"#{name}" for name in COLUMNS)


def test_plain_text_names_what_is_suspended() -> None:
    assert write(EXPECTED, "plain") == "bad.example\nworse.example\n"
    found = read(b"# a note\nbad.example\nother.example  # why\n\nbad.example\n")
    assert [each.domain for each in found.entries] == ["bad.example", "other.example"]
    assert {each.severity for each in found.entries} == {"suspend"}


def test_json_of_an_instance() -> None:
    text = (
        '[{"domain":"bad.example","digest":"x","severity":"silence","comment":"why"},{"domain":"e***.example"},"x.y"]'
    )
    found = read(text.encode())
    assert found.entries == (Listed("bad.example", "limit", public_comment="why"), Listed("x.y", "suspend"))
    assert found.problems == ("2: e***.example is obfuscated",)
    assert read(b'{"blocks": ["a.example"]}').entries == (Listed("a.example", "suspend"),)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe\x00",
        b"<!DOCTYPE html><title>404</title>",
        b"[1, 2",
        b'{"a": 1}',
        b"[" * 100_000,
        b"[3, null, {}]",
        b"#domain,#severity\n,suspend\n",
        b"com\nlocalhost\n",
        b"x" * (5 * 1024 * 1024 + 1),
        "\n".join(f"h{number}.example" for number in range(MAX_ENTRIES + 1)).encode(),
    ],
    ids=range(11),
)
def test_what_is_no_list(data: bytes) -> None:
    with pytest.raises(ListError):
        read(data)


def test_lines_that_cannot_be_read_are_named_and_left_out() -> None:
    found = read(
        b"#domain,#severity\ngood.example,suspend\nfoo bar,suspend\n127.1,suspend\nx.example,burn\ncom,suspend\n"
    )
    assert [each.domain for each in found.entries] == ["good.example"]
    assert len(found.problems) == 4


def test_the_longest_name_decides() -> None:
    policies = {"bad.example": 1, "good.bad.example": 2, "example:8443": 3}
    assert longest("bad.example", policies) == 1
    assert longest("x.bad.example:8443", policies) == 1
    assert longest("a.good.bad.example", policies) == 2
    assert longest("notbad.example", policies) is None
    assert longest("example:8443", policies) == 3
    assert longest("", policies) is None


def test_a_name_is_shown_in_part() -> None:
    # a quarter of the letters at either end, and the dots
    assert obfuscated("bad.example") == "bad.*****le"
    assert obfuscated("horrible.example.org") == "horrib**.******e.org"


def test_a_comment_is_no_formula_for_whoever_opens_the_file() -> None:
    entries = tuple(Listed(f"n{at}.example", "suspend", public_comment=f"{sign}1+1") for at, sign in enumerate("=+-@"))
    text = write(entries, "csv")
    assert [line.split(",")[4] for line in text.splitlines()[1:]] == ["'=1+1", "'+1+1", "'-1+1", "'@1+1"]
    assert read(text.encode()) == (entries, ())

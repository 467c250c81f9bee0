"""Lists of hashes: what is read of them, and what is refused."""

from __future__ import annotations

import pytest

from fedserver.domain.moderation.hashes import MAX_ENTRIES, Hashed, HashListError, read

A, B, C = "a" * 64, "b" * 64, "0123456789abcdef" * 4


def test_one_hash_a_line() -> None:
    found = read(f"# ours\n{A}\n{B.upper()}  note\npdq:{C}\n{A}\n".encode(), category="minors")
    assert found.entries == (
        Hashed("sha256", A, "minors", 0),
        Hashed("sha256", B, "minors", 0),
        Hashed("pdq", C, "minors", 31),
    )
    assert found.problems == ()


def test_csv_and_json_say_the_same() -> None:
    table = (
        f"hash,kind,category,distance,note\n{A},SHA-256,intimate,9,\n"
        f"{B},pdq,extremism,12,seen twice\n{C},pdq,what,999,\n"
    )
    rows = (
        f'{{"hashes": [{{"sha256": "{A}", "category": "intimate"}}, {{"pdq": "{B}", "category": "extremism",'
        f' "distance": 12, "note": "seen twice"}}, {{"value": "{C}", "type": "pdq"}}]}}'
    )
    expected = (
        Hashed("sha256", A, "intimate", 0),
        Hashed("pdq", B, "extremism", 12, "seen twice"),
        Hashed("pdq", C, "other", 31),
    )
    assert read(table.encode()).entries == expected
    assert read(rows.encode()).entries == expected


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe\x00",
        b"[1, 2",
        b'{"a": 1}',
        b"[" * 100_000,
        b"[3, null, {}]",
        b"a" * 63,
        b"hash,kind\nxyz,pdq\n",
        f"hash,kind\n{A},md5\n".encode(),
        f"{A}\n".encode() * (MAX_ENTRIES + 1),
    ],
    ids=range(10),
)
def test_what_is_no_list(data: bytes) -> None:
    with pytest.raises(HashListError):
        read(data)


def test_what_cannot_be_read_is_named() -> None:
    found = read((f"{A}\n" + "zz\n" * 30).encode())
    assert found.entries == (Hashed("sha256", A, "other", 0),)
    assert len(found.problems) == 21 and found.problems[-1] == "... and 10 more"

"""Near-duplicates: what is found, what is not, and how long it takes."""

from __future__ import annotations

import random
import time

import pytest

from fedserver.domain.provenance.similar import NEAR, Hashes, Match

DICE = random.Random(5)


def text(number: int) -> str:
    return f"{number:064x}"


def off(number: int, bits: int) -> int:
    """The same with so many bits changed."""
    for place in DICE.sample(range(256), bits):
        number ^= 1 << place
    return number


def test_near_and_far() -> None:
    hashes = Hashes()
    one, other = DICE.getrandbits(256), DICE.getrandbits(256)
    hashes.add([(1, text(one)), (2, text(off(one, 12))), (3, text(off(one, NEAR))), (4, text(off(one, NEAR + 1)))])
    hashes.add([(9, text(other))])
    assert hashes.near([text(one)]) == [Match(1, 0), Match(2, 12), Match(3, NEAR)]
    assert hashes.near([text(one), text(other)])[:2] == [Match(1, 0), Match(9, 0)]
    assert hashes.near([text(one)], most=0) == [Match(1, 0)]
    assert (len(hashes), hashes.last) == (5, 9)


def test_nothing_yet() -> None:
    hashes = Hashes()
    hashes.add([])
    assert hashes.near([text(1)]) == [] and hashes.last == 0


@pytest.mark.parametrize("wrong", ["", "ab", "x" * 64, "0" * 66])
def test_what_is_no_hash_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError):
        Hashes().add([(1, wrong)])


def test_a_hundred_thousand_in_fifty_milliseconds() -> None:
    hashes = Hashes()
    rows = [(number, text(DICE.getrandbits(256))) for number in range(1, 100_001)]
    for at in range(0, len(rows), 20_000):
        hashes.add(rows[at : at + 20_000])
    eight = [text(off(int(rows[777][1], 16), 20)), *(text(DICE.getrandbits(256)) for _ in range(7))]
    times = []
    for _ in range(9):
        started = time.thread_time()
        found = hashes.near(eight)
        times.append(time.thread_time() - started)
        assert found == [Match(778, 20)]
    assert sorted(times)[4] <= 0.050

"""The targets of ``make fuzz`` in the suite: their seeds, mutations of them, and every input that was ever found."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

from fuzzing.targets import TARGETS, claim_of

from protocol.http.claim import Claim

FOUND = Path(__file__).with_name("found")
MUTATIONS = 300


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_and_mutations(name: str) -> None:
    target = TARGETS[name]
    seeds = target.seeds()
    assert seeds
    for seed in seeds:
        target.run(seed)
    dice = random.Random(name)
    for _ in range(MUTATIONS):
        target.run(_mutated(dice, dice.choice(seeds), seeds))


def test_found_once() -> None:
    for path in sorted(path for path in FOUND.rglob("*") if path.is_file()):
        TARGETS[path.parent.name].run(path.read_bytes())


def test_seeds_reach_the_verification() -> None:
    for seed in TARGETS["signature"].seeds():
        assert isinstance(claim_of(seed), Claim)


def _mutated(dice: random.Random, data: bytes, seeds: list[bytes]) -> bytes:
    """A few cuts, doublings, splices and changed bytes."""
    for _ in range(dice.randint(1, 4)):
        at, to = sorted((dice.randint(0, len(data)), dice.randint(0, len(data))))
        other = dice.choice(seeds)
        piece = other[dice.randint(0, len(other)) :][: dice.randint(1, 64)]
        data = dice.choice(
            (
                data[:at] + data[to:],
                data[:to] + data[at:to][:200] + data[to:],
                data[:at] + piece + data[at:],
                data[:at] + bytes([dice.randrange(256)]) + data[at + 1 :],
                data[:at] + dice.choice((b"\0", b"\xff\xff\xff\xff", b'"', b"<", b"\\u", b"[", b"9" * 20)) + data[to:],
            )
        )
    return data

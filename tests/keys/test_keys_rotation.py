from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from keys.algorithms import Algorithm
from keys.rotation import OVERLAP_MS, KeyRecord, due, forgettable, published, revoke, rotate, signer, verifiers

RSA, ED25519 = Algorithm.RSA_2048, Algorithm.ED25519
OLD_RSA = KeyRecord("https://a.example/u#main-key", RSA, 1_000)
OLD_ED = KeyRecord("https://a.example/u#ed25519", ED25519, 1_000)
NEW_RSA = KeyRecord("https://a.example/u#main-key-2", RSA, 5_000)
NEW_ED = KeyRecord("https://a.example/u#ed25519-2", ED25519, 5_000)


def test_before_a_rotation() -> None:
    records = (OLD_RSA, OLD_ED)
    assert signer(records, RSA, 2_000) == OLD_RSA
    assert signer(records, ED25519, 2_000) == OLD_ED
    assert signer(records, RSA, 999) is None
    assert published(records, 2_000).public_key == OLD_RSA
    assert published(records, 2_000).assertion_method == (OLD_ED,)


def test_a_new_rsa_key_replaces_the_published_one_and_the_old_one_verifies_for_two_days() -> None:
    records = rotate((OLD_RSA, OLD_ED), NEW_RSA)
    old = records[0]
    assert (old.retired, old.expires) == (5_000, 5_000 + OVERLAP_MS)
    assert signer(records, RSA, 4_999) == old
    assert signer(records, RSA, 5_000) == NEW_RSA
    assert published(records, 5_000).public_key == NEW_RSA
    assert old in verifiers(records, 5_000 + OVERLAP_MS - 1)
    assert old not in verifiers(records, 5_000 + OVERLAP_MS)
    assert forgettable(records, 5_000 + OVERLAP_MS - 1) == ()
    assert forgettable(records, 5_000 + OVERLAP_MS) == (old,)
    assert records[1] == OLD_ED


def test_a_retired_ed25519_key_stays_published() -> None:
    records = rotate((OLD_RSA, OLD_ED), NEW_ED)
    far = 10**15
    assert signer(records, ED25519, far) == NEW_ED
    assert [record.key_id for record in published(records, far).assertion_method] == [NEW_ED.key_id, OLD_ED.key_id]
    assert records[0] == OLD_RSA


def test_a_leaked_key_is_gone_at_once() -> None:
    for old in (OLD_RSA, OLD_ED):
        revoked = revoke(old, 7_000)
        assert verifiers((revoked,), 6_999) == (revoked,)
        assert verifiers((revoked,), 7_000) == ()
        assert signer((revoked,), old.algorithm, 7_000) is None
        assert published((revoked,), 7_000) == published((), 7_000)


def test_revoking_never_prolongs() -> None:
    ended = replace(OLD_RSA, retired=2_000, expires=3_000)
    assert revoke(ended, 9_000) == ended
    assert rotate((ended,), NEW_RSA)[0] == ended


def test_rotating_twice_keeps_the_first_end() -> None:
    first = rotate((OLD_RSA,), NEW_RSA)
    third = KeyRecord("https://a.example/u#main-key-3", RSA, 9_000)
    second = rotate(first, third)
    assert second[0] == first[0]
    assert second[1].expires == 9_000 + OVERLAP_MS


def test_due() -> None:
    assert due((), RSA, 0, 10)
    assert not due((OLD_RSA,), RSA, 1_009, 10)
    assert due((OLD_RSA,), RSA, 1_010, 10)
    assert due((OLD_RSA,), ED25519, 1_001, 10)


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=6, unique=True), st.sampled_from(list(Algorithm)))
def test_after_any_rotations_exactly_one_key_is_active(times: list[int], algorithm: Algorithm) -> None:
    records: tuple[KeyRecord, ...] = ()
    for number, created in enumerate(sorted(times)):
        records = rotate(records, KeyRecord(f"#{number}", algorithm, created))
    now = max(times)
    assert [record for record in records if record.active(now)] == [signer(records, algorithm, now)]
    assert records[-1] in verifiers(records, now)

from __future__ import annotations

import hashlib
import statistics
import time

import pytest

from fedserver.kit import passwords, tokens
from fedserver.kit.errors import Invalid


def test_tokens_are_long_and_different() -> None:
    made = {tokens.new_token() for _ in range(1000)}
    assert len(made) == 1000
    assert {len(token) for token in made} == {43}
    with pytest.raises(ValueError):
        tokens.new_token(15)


def test_a_token_is_stored_as_its_digest() -> None:
    assert tokens.hash_token("é") == hashlib.sha256("é".encode()).digest()
    assert len(tokens.hash_token("\ud800")) == tokens.DIGEST_BYTES


def test_comparison() -> None:
    assert tokens.same("é", "é".encode())
    assert not tokens.same("a", "b")
    assert not tokens.same("a", "ab")


def test_a_password_verifies_only_itself() -> None:
    stored = passwords.hash_password("correct horse")
    assert stored.startswith("$argon2id$")
    assert stored != passwords.hash_password("correct horse")
    assert passwords.verify_password(stored, "correct horse")
    assert not passwords.verify_password(stored, "correct horsf")
    assert not passwords.verify_password(stored, "")
    assert not passwords.verify_password(stored, "\ud800")
    assert not passwords.needs_rehash(stored)
    assert passwords.needs_rehash("$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$0mJF0eWlxCsYuWeVEYd4BQ")


def test_two_spellings_of_the_same_letters_are_the_same_password() -> None:
    assert passwords.verify_password(passwords.hash_password("caf\u00e9 noir"), "cafe\u0301 noir")


@pytest.mark.parametrize("text", ["", "1234567", "x" * 129, "x" * 1_000_000, "12345678\ud800"])
def test_what_cannot_be_a_password(text: str) -> None:
    with pytest.raises(Invalid):
        passwords.hash_password(text)


def test_nobody_has_no_password() -> None:
    for text in ("", "x", "\x00no such account", "x" * 1_000_000):
        assert not passwords.verify_password(None, text)
    # the work is only the same while the hash of nobody is made as today's are
    assert not passwords.needs_rehash(passwords._NOBODY)
    assert not passwords.verify_password("not a hash", "x")


def test_an_unknown_account_costs_as_much_as_a_wrong_password() -> None:
    stored = passwords.hash_password("correct horse")

    def median(hash_: str | None, text: str) -> float:
        times = []
        for _ in range(9):
            start = time.process_time()
            passwords.verify_password(hash_, text)
            times.append(time.process_time() - start)
        return statistics.median(times)

    known = median(stored, "wrong horse")
    assert 0.5 < median(None, "wrong horse") / known < 2
    assert 0.5 < median(stored, "x" * 1_000_000) / known < 2

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.http.accept import Wanted, offer
from protocol.http.claim import Scheme
from protocol.http.doubleknock import MAX_ATTEMPTS, REMEMBER_MS, Attempt, Memory, after, first

NOW = 1_795_342_712_000
CAVAGE, RFC9421 = Scheme.CAVAGE, Scheme.RFC9421


def test_an_unknown_host_gets_cavage_then_9421() -> None:
    attempt = first(None, NOW)
    assert attempt == Attempt(CAVAGE, None, 1)
    outcome = after(attempt, 401, None, NOW)
    assert outcome.attempt == Attempt(RFC9421, None, 2)
    assert outcome.memory is None
    assert after(outcome.attempt, 202, None, NOW).memory == Memory(RFC9421, NOW)
    assert first(Memory(RFC9421, NOW), NOW + 1) == Attempt(RFC9421)


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_remembered_scheme_falls_back_too(status: int) -> None:
    memory = Memory(RFC9421, NOW)
    outcome = after(first(memory, NOW), status, memory, NOW)
    assert outcome.attempt == Attempt(CAVAGE, None, 2)
    assert after(outcome.attempt, status, memory, NOW) == (outcome := after(outcome.attempt, status, memory, NOW))
    assert outcome.attempt is None
    assert outcome.memory is None


@pytest.mark.parametrize("status", [301, 404, 405, 410, 413, 429, 500, 502, 503])
def test_other_answers_say_nothing_about_signatures(status: int) -> None:
    for memory in (None, Memory(RFC9421, NOW - 5)):
        outcome = after(first(memory, NOW), status, memory, NOW)
        assert outcome.attempt is None
        assert outcome.memory == memory


def test_success_is_remembered_and_refreshed() -> None:
    assert after(Attempt(CAVAGE), 200, None, NOW).memory == Memory(CAVAGE, NOW)
    assert after(Attempt(CAVAGE), 200, Memory(CAVAGE, 5), NOW).memory == Memory(CAVAGE, NOW)


def test_a_200_that_is_not_what_was_asked_for_is_a_refusal() -> None:
    outcome = after(Attempt(CAVAGE), 200, None, NOW, useful=False)
    assert outcome.attempt == Attempt(RFC9421, None, 2)
    assert outcome.memory is None
    assert after(outcome.attempt, 200, None, NOW, useful=False).attempt is None


def test_accept_signature_is_honoured_once() -> None:
    text = offer(with_body=True)
    outcome = after(Attempt(CAVAGE), 401, None, NOW, accept_signature=text)
    wanted = Wanted("sig1", ("@method", "@target-uri", "content-digest"))
    assert outcome.attempt == Attempt(RFC9421, wanted, 2)
    assert after(outcome.attempt, 401, None, NOW, accept_signature=text).attempt is None


def test_a_host_that_is_known_for_9421_but_wants_more_gets_it() -> None:
    memory = Memory(RFC9421, NOW)
    outcome = after(first(memory, NOW), 401, memory, NOW, accept_signature='s=("@method" "date");nonce="1"')
    assert outcome.attempt == Attempt(RFC9421, Wanted("s", ("@method", "date"), False, nonce="1"), 2)


@pytest.mark.parametrize("text", ["", "garbage((", 's=("@status")'])
def test_an_accept_signature_that_is_not_understood_changes_nothing(text: str) -> None:
    assert after(Attempt(CAVAGE), 401, None, NOW, accept_signature=text).attempt == Attempt(RFC9421, None, 2)


def test_memory_fades() -> None:
    memory = Memory(RFC9421, NOW)
    assert first(memory, NOW + REMEMBER_MS - 1).scheme is RFC9421
    assert first(memory, NOW + REMEMBER_MS).scheme is CAVAGE
    assert first(memory, NOW - 1).scheme is CAVAGE


@given(st.lists(st.tuples(st.integers(100, 599), st.sampled_from([None, offer(with_body=True), "x("]), st.booleans())))
def test_it_always_ends(answers: list[tuple[int, str | None, bool]]) -> None:
    attempt: Attempt | None = first(None, NOW)
    memory = None
    made = 0
    for status, text, useful in [*answers, *[(401, offer(with_body=True), False)] * 5]:
        if attempt is None:
            break
        made += 1
        outcome = after(attempt, status, memory, NOW, accept_signature=text, useful=useful)
        attempt, memory = outcome.attempt, outcome.memory
    assert attempt is None
    assert made <= MAX_ATTEMPTS

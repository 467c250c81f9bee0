"""Who may see, list, boost and quote: the whole table."""

from __future__ import annotations

from itertools import product

import pytest

from fedserver.domain.visibility import ANONYMOUS, Relation, Visibility, may_boost, may_list, may_quote, may_see

PUBLIC, UNLISTED, FOLLOWERS, DIRECT = Visibility
AUTHOR, MENTIONED, FOLLOWER = Relation(author=True), Relation(mentioned=True), Relation(follows=True)


@pytest.mark.parametrize(
    ("viewer", "seen"),
    [
        (ANONYMOUS, {PUBLIC, UNLISTED}),
        (FOLLOWER, {PUBLIC, UNLISTED, FOLLOWERS}),
        (MENTIONED, {PUBLIC, UNLISTED, FOLLOWERS, DIRECT}),
        (AUTHOR, {PUBLIC, UNLISTED, FOLLOWERS, DIRECT}),
        (Relation(blocked=True), set()),
        (Relation(follows=True, mentioned=True, blocked=True), set()),
        (Relation(follows=True, mentioned=True, author_gone=True), set()),
    ],
)
def test_who_sees_what(viewer: Relation, seen: set[Visibility]) -> None:
    assert {visibility for visibility in Visibility if may_see(visibility, viewer)} == seen


def test_only_public_posts_are_listed() -> None:
    assert [visibility for visibility in Visibility if may_list(visibility)] == [PUBLIC]


@pytest.mark.parametrize(
    ("viewer", "boosted"),
    [
        (ANONYMOUS, {PUBLIC, UNLISTED}),
        (FOLLOWER, {PUBLIC, UNLISTED}),
        (MENTIONED, {PUBLIC, UNLISTED}),
        (AUTHOR, {PUBLIC, UNLISTED, FOLLOWERS}),
        (Relation(blocked=True), set()),
    ],
)
def test_vis_14_who_boosts_what(viewer: Relation, boosted: set[Visibility]) -> None:
    assert {visibility for visibility in Visibility if may_boost(visibility, viewer)} == boosted
    assert {visibility for visibility in Visibility if may_quote(visibility, viewer, allowed=True)} == boosted


def test_a_quote_needs_leave_except_ones_own() -> None:
    assert not may_quote(PUBLIC, FOLLOWER, allowed=False)
    assert may_quote(PUBLIC, AUTHOR, allowed=False)


def test_nothing_can_be_boosted_that_cannot_be_seen() -> None:
    for flags in product([False, True], repeat=5):
        viewer = Relation(*flags)
        for visibility in Visibility:
            assert may_see(visibility, viewer) or not may_boost(visibility, viewer)

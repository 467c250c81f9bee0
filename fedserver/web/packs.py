"""Documents of other communities as readers of ``/policy`` see them: how they count here, and what of them runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from fedserver.db.queries.policy import InForce, Subscription
from fedserver.domain.policy.document import Document, in_language
from fedserver.kit import i18n
from fedserver.kit.i18n import lazy
from fedserver.services import packs
from fedserver.services.packs import EffectiveRule

_MODES = {
    "advise": lazy("advice: nothing follows from it"),
    "shadow": lazy("tried: what its rules would do is recorded"),
    "enforce": lazy("in force, below this community's own rules"),
}
_PROBLEMS = {
    "waiting": lazy("It is being fetched."),
    "failed": lazy("The newest version could not be fetched."),
    "retracted": lazy("Its community took it back. Nothing of it holds."),
}


class RuleLine(NamedTuple):
    """A rule of a pack; ``mode``: enforce | shadow | advise, '' where one of the same name stands above it."""

    id: str
    because: str
    when: str
    do: str
    mode: str


class PackView(NamedTuple):
    """A subscription as people read it. ``feeds``: (title, formula)."""

    name: str
    uri: str
    version: int
    mode: str
    mode_in_words: str
    excludes: str
    problem: str
    rules: tuple[RuleLine, ...]
    feeds: tuple[tuple[str, str], ...]


def views(subscribed: Sequence[Subscription], own: Document, now: int) -> list[PackView]:
    """The subscriptions, the highest priority first."""
    known = {row.id: _pack(row) for row in subscribed}
    today = packs.day_of(now)
    running = packs.arranged(own, [pack for pack in known.values() if pack], today)
    return [_view(row, known[row.id], running, today) for row in subscribed]


def _pack(row: Subscription) -> packs.Pack | None:
    if row.document is None:
        return None
    return packs.pack_of(InForce(row.id, row.hash, row.mode, row.priority, row.excludes, row.uri), row.document)


def _view(row: Subscription, pack: packs.Pack | None, running: Sequence[EffectiveRule], today: str) -> PackView:
    wanted = (i18n.current_locale(), pack.document.language) if pack else ()
    rules: list[RuleLine] = []
    feeds: list[tuple[str, str]] = []
    if pack is not None:
        mine = [one for one in running if one.pack == row.uri]
        rules = [_line(one, one.mode, wanted) for one in (*mine, *packs.advised(pack, today))]
        rules += [_line(one, "", wanted) for one in packs.left_out(pack, running, today)]
        feeds = [(in_language(feed.title, *wanted), feed.score.text) for feed in pack.feeds]
    return PackView(
        name=row.name or row.uri,
        uri=row.uri,
        version=row.version,
        mode=row.mode,
        mode_in_words=str(_MODES[row.mode]),
        excludes=", ".join(packs.excluded(row.excludes)),
        problem=str(_PROBLEMS.get(row.state, "")),
        rules=tuple(rules),
        feeds=tuple(feeds),
    )


def _line(one: EffectiveRule, mode: str, wanted: tuple[str, ...]) -> RuleLine:
    return RuleLine(one.rule.id, in_language(one.rule.because, *wanted), one.rule.when.text, one.rule.do, mode)

"""Polls in pages: what was asked, and how the votes stand where that may be seen."""

from __future__ import annotations

from typing import NamedTuple

from markupsafe import Markup

from fedserver.db.queries.polls import Poll
from fedserver.domain.site import Site
from fedserver.web import emoji


class Choice(NamedTuple):
    """``votes`` None while they are hidden; ``percent`` is of those who voted."""

    title: Markup
    votes: int | None
    percent: int


class PollView(NamedTuple):
    """A poll. ``people``: who voted, or how many votes there are where nobody counted people. Times in ms."""

    choices: tuple[Choice, ...]
    people: int
    multiple: bool
    expired: bool
    ends_at: int | None


def view(site: Site, row: Poll, emojis: str, now: int) -> PollView:
    """Totals that the author hides are hidden until the end (Mastodon 4.5). ``emojis``: those of the post."""
    expired = row.expired(now)
    people = max(0, row.votes_count if row.voters_count is None else row.voters_count)
    hidden = bool(row.hide_totals) and not expired
    choices = [
        Choice(
            emoji.in_text(site, each.title, emojis),
            None if hidden else each.votes,
            0 if hidden or not people else min(100, round(100 * each.votes / people)),
        )
        for each in row.choices
    ]
    return PollView(tuple(choices), people, bool(row.multiple), expired, row.expires_at)

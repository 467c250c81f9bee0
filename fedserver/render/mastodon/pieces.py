"""Whole posts that are kept as they look to everybody, so that a warm page is a look-up and a join for each.

What a row says of a post (``Shown``: versions and counters) is the key, so a change of any of it is another piece and
nothing is ever stale. Visitors and users see different things (``quote_approval``), authors see more of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from fedserver.db.queries.shown import SHARED, Rows, Shown
from fedserver.kit.lru import Recent
from fedserver.render.mastodon.filters import ViewerFilters
from fedserver.render.mastodon.page import UNFILTERED, Page, Piece, flags_with, subject_of

PIECE_BYTES = 32 * 1024 * 1024
WHOLE_BYTES = 16 * 1024 * 1024
_ACCOUNT, _BOOSTED = Shown._fields.index("account_id"), Shown._fields.index("r_account_id")


class _Whole(NamedTuple):
    """A page, and whose posts are on it: to them it would look different."""

    body: bytes
    authors: frozenset[int | None]


class Pieces:
    """The pieces of this process, and pages that were put together of nothing else. Belongs to the loop that renders.

    A page is kept by the text of its rows, so the same page is found as long as the database says the same of it.
    """

    def __init__(self, max_bytes: int = PIECE_BYTES, whole_bytes: int = WHOLE_BYTES) -> None:
        self._of_users: Recent[Any, Piece] = Recent(max_bytes * 3 // 4, _size)
        self._of_visitors: Recent[Any, Piece] = Recent(max_bytes // 4, _size)
        self._whole: Recent[tuple[bool, str], _Whole] = Recent(whole_bytes, lambda kept: len(kept.body) + 8000)

    def page(self, shown: Sequence[Shown], viewer_id: int | None) -> bytes | None:
        """The JSON list of a page whose posts are all kept, for a viewer who filters nothing; None for all others."""
        if not shown or (viewer_id is not None and shown[0].filters):
            return None
        text = shown.text if isinstance(shown, Rows) else None
        key = (viewer_id is None, text) if text is not None else None
        kept = self._whole.get(key) if key is not None else None
        if kept is not None and viewer_id not in kept.authors:
            return kept.body
        found = self.find(shown, viewer_id)
        parts = [b"["]
        for row, piece in zip(shown, found, strict=True):
            if piece is None:
                return None
            viewer = b"" if viewer_id is None else UNFILTERED[row.marks]
            parts.append(piece[0])
            for part in piece[1:]:
                parts += (viewer, part)
            parts.append(b",")
        parts[-1] = b"]"
        body = b"".join(parts)
        if key is not None:
            authors = {row[_ACCOUNT] for row in shown} | {row[_BOOSTED] for row in shown}
            self._whole.put(key, _Whole(body, frozenset(authors - {None})))
        return body

    def known(self, key: tuple[bool, str], viewer_id: int) -> bytes | None:
        """A page that was put together elsewhere, by the text of its rows."""
        kept = self._whole.get(key)
        return kept.body if kept is not None and viewer_id not in kept.authors else None

    def keep(self, key: tuple[bool, str], shown: Sequence[Shown], viewer_id: int, body: bytes) -> None:
        """Keep such a page, where it is made of nothing but pieces that look the same to every user who gets these rows
        and filters nothing."""
        if shown and not shown[0].filters and None not in self.find(shown, viewer_id):
            self._whole.put(key, _Whole(body, frozenset(row[_ACCOUNT] for row in shown)))

    def find(self, shown: Sequence[Shown], viewer_id: int | None) -> list[Piece | None]:
        """The piece of each row, None where none is kept and where it is the viewer's own post."""
        keys = [row[SHARED] for row in shown]
        if viewer_id is None:
            return self._of_visitors.get_many(keys)
        found = self._of_users.get_many(keys)
        return [
            piece if row[_ACCOUNT] != viewer_id != row[_BOOSTED] else None
            for row, piece in zip(shown, found, strict=True)
        ]

    def make(self, row: Shown, page: Page, viewer_id: int | None) -> Piece | None:
        """The piece of a row that was just read, kept for others; None where it is no one else's."""
        piece = page.piece(row)
        if piece is not None:
            (self._of_visitors if viewer_id is None else self._of_users).put(row[SHARED], piece)
        return piece


def said(shown: Sequence[Shown], viewer_id: int | None, filters: ViewerFilters | None, now: int) -> list[bytes | None]:
    """The viewer's part of each row; None where what the viewer's filters say is not known yet, or is that lists leave
    it out."""
    if viewer_id is None:
        return [b""] * len(shown)
    if filters is None:
        return [UNFILTERED[row.marks] for row in shown]
    return [_said(row, filters, now) for row in shown]


def _said(row: Shown, filters: ViewerFilters, now: int) -> bytes | None:
    subject = subject_of(row)
    found = filters.known(subject, now)
    return None if found is None or filters.hides(*subject) else flags_with(row, found)


def _size(piece: Piece) -> int:
    return sum(map(len, piece)) + 60 * len(piece)

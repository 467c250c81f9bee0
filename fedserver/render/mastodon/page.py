"""The bytes of one page for one viewer, put together from kept pieces.

A status is joined from: the kept core (everything that changes only with the post's version), the kept account, the
counters of the row, the flags of the viewer, and ``late`` pieces: what belongs to the viewer or changes without the
post's version (a poll's counts and own votes, the state of a quote, the author of a card). A kind of late piece is a
function that gets the cores of the page and gives ``{status id: b',"key":value'}``; its key does not stand in the
core of such a post. ``Renderer._late`` calls them, and only for pages that have such posts.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from fedserver.db.queries.shown import BOOKMARKED, FAVOURITED, MUTED, PINNED, REBLOGGED, Shown
from fedserver.domain.moderation.labels import NOBODY, Borne
from fedserver.render.mastodon import labels
from fedserver.render.mastodon.extras import Extra, searched
from fedserver.render.mastodon.filters import NOTHING, ViewerFilters, filtered_of

_BOOL = (b"false", b"true")
_PINNED = (b',"pinned":false', b',"pinned":true')
_FLAGS = b',"favourited":%b,"reblogged":%b,"muted":%b,"bookmarked":%b,"filtered":'
# by ``Shown.marks``
_FLAGS_OF: Sequence[bytes] = [
    _FLAGS % tuple(_BOOL[bool(marks & bit)] for bit in (FAVOURITED, REBLOGGED, MUTED, BOOKMARKED))
    for marks in range(2 * PINNED)
]
UNFILTERED: Sequence[bytes] = [flags + NOTHING for flags in _FLAGS_OF]
# where the viewer's part stands in a piece: JSON has no such byte
_GAP = b"\0"


class Core(NamedTuple):
    """A post without its closing brace, as of a version."""

    body: bytes
    version: int
    pinnable: bool
    # a card that names an account as its author: (before the account, its id, after it)
    card: tuple[bytes, int, bytes] | None = None
    # ``quote_approval`` for visitors, other users and the author
    approvals: tuple[bytes, bytes, bytes] = (b"", b"", b"")
    # a poll, a quote, a policy that hangs on who follows whom
    extra: Extra | None = None
    # the body for its author, where that says more
    own: bytes | None = None
    # what the community and labelers say of it; what that does hangs on the reader
    labels: tuple[Borne, ...] = ()


class Person(NamedTuple):
    """An Account as of a version, and where it moved. ``sensitized``: moderators say that its media are sensitive."""

    body: bytes
    version: int
    moved_to_id: int | None
    sensitized: bool = False


# the bytes of a Status between which the viewer's part belongs
Piece = list[bytes]


class Page:
    """Joins statuses. ``people``: Account by id; ``late``: see the module; ``now`` (ms) matters to ``filters``;
    ``asked``: posts that somebody asked for by themselves, which are shown whatever the viewer wants of lists;
    ``fresh``: posts that were rendered for this page."""

    __slots__ = ("_asked", "_cores", "_filters", "_fresh", "_late", "_now", "_people", "_viewer_id")

    def __init__(
        self,
        cores: Mapping[int, Core],
        people: Mapping[int, Person],
        viewer_id: int | None,
        *,
        filters: ViewerFilters | None = None,
        now: int = 0,
        late: Mapping[int, bytes] | None = None,
        asked: bool = False,
        fresh: Container[int | None] = (),
    ) -> None:
        self._cores, self._people, self._viewer_id = cores, people, viewer_id
        self._filters, self._now, self._late, self._asked = filters, now, late or {}, asked
        self._fresh = fresh

    def status(self, row: Shown) -> bytes | None:
        """Status; None when a part of it is gone or damaged."""
        parts: list[bytes] = []
        return b"".join(parts) if self.put(row, parts) else None

    def piece(self, row: Shown) -> Piece | None:
        """Status, cut where the viewer's part belongs. None where it is not the same for other viewers, and where it
        was rendered just now: most old posts are seen by nobody a second time."""
        if row.id in self._fresh or row.r_id in self._fresh:
            return None
        if not self._is_for_all(row.id, row.account_id):
            return None
        if row.r_id is not None and not self._is_for_all(row.r_id, row.r_account_id):
            return None
        parts: list[bytes] = []
        self.put(row, parts, _GAP)
        return b"".join(parts).split(_GAP)

    def _is_for_all(self, status_id: int, author_id: int | None) -> bool:
        """Whether other viewers get the same of a post."""
        core, author = self._cores.get(status_id), self._people.get(author_id or 0)
        if core is None or author is None or author_id == self._viewer_id:
            return False
        return core.card is None and core.extra is None and not core.labels and author.moved_to_id is None

    def put(self, row: Shown, parts: list[bytes], viewer: bytes | None = None) -> bool:
        """Append the bytes of a Status. False, with nothing appended, when a part of it is gone or damaged, or when the
        viewer wants no such posts in lists. ``viewer``: in place of the viewer's part.
        """
        core, author = self._cores.get(row.id), self._people.get(row.account_id)
        if core is None or author is None:
            return False
        if viewer is None:
            viewer = b"" if self._viewer_id is None else self._of_viewer(row)
            if not viewer and self._viewer_id is not None:
                return False
        own = row.account_id == self._viewer_id and core.pinnable and row.r_id is None
        reblog = row.r_id
        inner, other = self._cores.get(reblog or 0), self._people.get(row.r_account_id or 0)
        if reblog is not None and (inner is None or other is None):
            return False
        parts += (
            _body(core, author, own=row.account_id == self._viewer_id),
            b',"account":',
            author.body,
            _counts(row.replies_count, row.reblogs_count, row.favourites_count),
            viewer,
            core.approvals[self._side(row.account_id)],
        )
        if row.id in self._late:
            parts.append(self._late[row.id])
        if own:
            parts.append(_PINNED[row.pinned])
        if reblog is None or inner is None or other is None:
            parts.append(b',"reblog":null}')
            return True
        counts = _counts(row.r_replies_count or 0, row.r_reblogs_count or 0, row.r_favourites_count or 0)
        # whether a boosted post is pinned stands in no row: the key is optional
        approval = inner.approvals[self._side(row.r_account_id)]
        body = _body(inner, other, own=row.r_account_id == self._viewer_id)
        parts += (b',"reblog":', body, b',"account":', other.body, counts, viewer, approval)
        if reblog in self._late:
            parts.append(self._late[reblog])
        parts.append(b',"reblog":null}}')
        return True

    def _side(self, author_id: int | None) -> int:
        """Which of ``Core.approvals`` is for this viewer."""
        return 0 if self._viewer_id is None else 2 if author_id == self._viewer_id else 1

    def _of_viewer(self, row: Shown) -> bytes:
        """The flags, and what the viewer's filters say; a boost says the same as what it boosts. Nothing for what lists
        leave out."""
        shown_id, status_id, version = subject_of(row)
        core = self._cores.get(status_id)
        own = self._viewer_id in (row.account_id, row.r_account_id)
        labelled = core.labels if core is not None and not own else ()
        if self._filters is None and not labelled:
            return UNFILTERED[row.marks]
        entries, hidden = self._of_labels(core, status_id) if core is not None and labelled else ([], False)
        if hidden and not self._asked:
            return b""
        if self._filters is None:
            return flags_with(row, filtered_with(NOTHING, entries))
        found = core and filtered_of(
            self._filters, shown_id, status_id, version, searched(core.body, core.extra), self._now, own
        )
        if found and not self._asked and self._filters.hides(shown_id, status_id, version):
            return b""
        return flags_with(row, filtered_with(found or NOTHING, entries))

    def _of_labels(self, core: Core, status_id: int) -> tuple[list[bytes], bool]:
        """What labels add to ``filtered`` for this viewer, and whether lists leave the post out."""
        chosen = self._filters.reading if self._filters is not None else NOBODY
        media = b'"media_attachments":[]' not in core.body
        return labels.filtered(core.labels, chosen, status_id, media=media, now=self._now)


def _body(core: Core, author: Person, *, own: bool) -> bytes:
    """The post as this reader gets it: with what its author alone sees, and with media that count as sensitive."""
    body = core.own if core.own is not None and own else core.body
    if author.sensitized and b'"media_attachments":[]' not in body:
        body = body.replace(b'"sensitive":false', b'"sensitive":true', 1)
    return body


def subject_of(row: Shown) -> tuple[int, int, int]:
    """What a viewer's filters remember their answer by: the row, the post itself, and its version."""
    return (row.id, row.id, row.version) if row.r_id is None else (row.id, row.r_id, row.r_version or 0)


def filtered_with(found: bytes, entries: Sequence[bytes]) -> bytes:
    """A list of FilterResult with more of them in it."""
    if not entries:
        return found
    return b"[" + b",".join((*((found[1:-1],) if found != NOTHING else ()), *entries)) + b"]"


def flags_with(row: Shown, filtered: bytes) -> bytes:
    """The viewer's part of a Status: the flags, and what the viewer's filters say of it."""
    return _FLAGS_OF[row.marks] + filtered


@lru_cache(maxsize=4096)
def _counts(replies: int, reblogs: int, favourites: int) -> bytes:
    return b',"replies_count":%d,"reblogs_count":%d,"favourites_count":%d' % (
        max(0, replies),
        max(0, reblogs),
        max(0, favourites),
    )

"""Filters as entities, and what a viewer's filters say of a status.

Mastodon 4 reports matches in ``filtered`` wherever a status is shown, whatever the filter's contexts and action, and
leaves acting on them to the client (``hide`` included: nothing is left out here). What is compiled from a viewer's
filters is kept by their number, which comes with every page (``Shown.filters``), so it is never stale; what it found
is kept beside it by the post's version, so that a warm page only looks up its rows.

What a reader wants of AI media is compiled along with them: ``blur`` and, where a post was asked for by itself,
``hide`` become entries of ``filtered``; in lists of posts ``hide`` leaves out. One's own posts are never concerned. The
keywords ``provenance:ai``, ``provenance:unlabelled`` and ``provenance:<label>`` reach the same from any client.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from fedserver.db.queries.filters import Filter, FilteredStatus, Keyword
from fedserver.domain.filtering import ACTIONS, CONTEXTS, Needle, contexts_of, first_match, haystack, needle
from fedserver.domain.moderation.labels import NOBODY, Reading
from fedserver.domain.provenance.reading import AI, UNLABELLED, Wishes, marks
from fedserver.domain.text.clean import to_text
from fedserver.kit.i18n import gettext as _
from fedserver.kit.lru import LruCache
from fedserver.render.mastodon.basics import iso

# all viewers' compiled filters together
FILTER_BYTES = 16 * 1024 * 1024
# posts whose result one viewer's filters remember, and what each is reckoned to take
REMEMBERED = 256
_RESULT_BYTES = 250
NOTHING = b"[]"
_NEVER = 1 << 63


def entity(row: Filter, keywords: Sequence[Keyword], statuses: Sequence[FilteredStatus]) -> dict[str, Any]:
    """Filter, with what is in it (rows of other filters are passed over)."""
    return {
        **_head(row),
        "keywords": [keyword(each) for each in keywords if each.filter_id == row.id],
        "statuses": [status(each) for each in statuses if each.filter_id == row.id],
    }


def keyword(row: Keyword) -> dict[str, Any]:
    """FilterKeyword."""
    return {"id": str(row.id), "keyword": row.keyword, "whole_word": bool(row.whole_word)}


def status(row: FilteredStatus) -> dict[str, Any]:
    """FilterStatus."""
    return {"id": str(row.id), "status_id": str(row.status_id)}


def old(row: Filter, word: Keyword) -> dict[str, Any]:
    """V1::Filter: one keyword with what its filter says."""
    return {
        "id": str(word.id),
        "phrase": word.keyword,
        "context": contexts_of(row.contexts),
        "whole_word": bool(word.whole_word),
        "expires_at": iso(row.expires_at),
        "irreversible": ACTIONS[row.action] == "hide",
    }


def _head(row: Filter) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "title": row.title,
        "context": contexts_of(row.contexts),
        "expires_at": iso(row.expires_at),
        "filter_action": ACTIONS[row.action],
    }


class _Rule:
    """One filter made ready."""

    __slots__ = ("expires_at", "head", "needles", "status_ids")

    def __init__(self, row: Filter, needles: tuple[Needle, ...], status_ids: frozenset[int]) -> None:
        self.head = b'{"filter":' + orjson.dumps(_head(row))
        self.expires_at = _NEVER if row.expires_at is None else row.expires_at
        self.needles = needles
        self.status_ids = status_ids


class ViewerFilters:
    """What one viewer filters, compiled. Belongs to the loop that renders."""

    __slots__ = ("_found", "_hidden", "_rules", "_until", "_wishes", "reading", "size")

    def __init__(
        self,
        rows: Iterable[Filter],
        keywords: Sequence[Keyword],
        statuses: Sequence[FilteredStatus],
        wishes: Wishes | None = None,
        reading: Reading = NOBODY,
    ) -> None:
        self._wishes = _wishes(wishes or Wishes())
        # what the viewer chose of labels
        self.reading = reading
        # keys of ``_found`` that lists of posts leave out
        self._hidden: set[tuple[int, int, int]] = set()
        self._rules = [
            _Rule(
                row,
                tuple(needle(each.keyword, bool(each.whole_word)) for each in keywords if each.filter_id == row.id),
                frozenset(each.status_id for each in statuses if each.filter_id == row.id),
            )
            for row in rows
        ]
        self._until = min((rule.expires_at for rule in self._rules), default=_NEVER)
        self._found: dict[tuple[int, int, int], bytes] = {}
        words = sum(300 + 6 * len(each.text) for rule in self._rules for each in rule.needles)
        self.size = 2600 + words + 600 * len(self._rules) + 60 * len(statuses) + REMEMBERED * _RESULT_BYTES
        self.size += 150 * (len(reading.labelers) + len(reading.choices))

    def of(self, shown_id: int, status_id: int, version: int, core: bytes, now: int, *, own: bool = False) -> bytes:
        """The bytes of ``filtered``, a list of FilterResult, ``[]`` most of the time.

        ``shown_id`` is the id of the row (a boost's own), ``status_id`` and ``version`` are of the post itself, and
        ``core`` is the post as JSON, but for its closing brace. ``now`` in ms. ``own``: the viewer wrote or boosted it.
        """
        key = (shown_id, status_id, version)
        found = self.known(key, now)
        if found is None:
            if len(self._found) >= REMEMBERED:
                self._forget()
            found, hidden = self._match((shown_id, status_id), core, own)
            self._found[key] = found
            if hidden:
                self._hidden.add(key)
        return found

    def hides(self, shown_id: int, status_id: int, version: int) -> bool:
        """Whether lists of posts leave out what ``of`` was just asked about."""
        return (shown_id, status_id, version) in self._hidden

    def known(self, key: tuple[int, int, int], now: int) -> bytes | None:
        """What was found before, by (``shown_id``, ``status_id``, ``version``)."""
        if now >= self._until:
            self._rules = [rule for rule in self._rules if rule.expires_at > now]
            self._until = min((rule.expires_at for rule in self._rules), default=_NEVER)
            self._forget()
        return self._found.get(key)

    def _forget(self) -> None:
        self._found.clear()
        self._hidden.clear()

    def _match(self, ids: Sequence[int], core: bytes, own: bool) -> tuple[bytes, bool]:
        worded = any(rule.needles for rule in self._rules)
        post = orjson.loads(core + b"}") if worded or (self._wishes and not own) else None
        text = haystack(searched_text(post)) if worded and post is not None else None
        told = marks_of(post) if post is not None and not own else ()
        results = [entry for mark, hides, entry in self._wishes if mark in told]
        hidden = any(hides and mark in told for mark, hides, entry in self._wishes)
        for rule in self._rules:
            word = first_match(rule.needles, text) if text is not None and rule.needles else None
            named = [str(each) for each in dict.fromkeys(ids) if each in rule.status_ids]
            if word is None and not named:
                continue
            words = b"null" if word is None else orjson.dumps([word])
            # null where the filter names no posts at all (Mastodon 4.5)
            posts = orjson.dumps(named) if rule.status_ids else b"null"
            results.append(b'%b,"keyword_matches":%b,"status_matches":%b}' % (rule.head, words, posts))
        return (b"[" + b",".join(results) + b"]" if results else NOTHING), hidden


def _wishes(wishes: Wishes) -> list[tuple[str, bool, bytes]]:
    """For each of the reader's wishes that the server sees to: what posts it concerns, whether lists leave them out,
    and the entry of ``filtered``."""
    found = []
    names = ((AI, wishes.ai, _("AI media"), "-1"), (UNLABELLED, wishes.unlabelled, _("Unlabelled media"), "-2"))
    for mark, wish, title, number in names:
        if wish in ("blur", "hide"):
            # hidden posts that were asked for by themselves come with a warning: a client would hide them altogether
            action = "blur" if wish == "blur" else "warn"
            head = {"id": number, "title": title, "context": CONTEXTS, "expires_at": None, "filter_action": action}
            result = {"filter": head, "keyword_matches": [mark], "status_matches": None}
            found.append((mark, wish == "hide", orjson.dumps(result)))
    return found


def marks_of(post: Mapping[str, Any]) -> tuple[str, ...]:
    """The keywords that the making of a post and its media answers to."""
    labels = [each["provenance"]["label"] for each in post["media_attachments"]]
    return marks(labels, post["provenance"]["text"])


def searched_text(post: Mapping[str, Any]) -> str:
    """What keywords are looked for in: warning, text, answers of a poll, descriptions of media (Mastodon 4.5), and how
    it was made."""
    poll = post.get("poll") or {}
    parts = [post["spoiler_text"], to_text(post["content"])]
    parts += [option["title"] for option in poll.get("options", ())]
    parts += [each.get("description") or "" for each in post["media_attachments"]]
    parts += marks_of(post)
    return "\n\n".join(part for part in parts if part)


def filtered_of(
    viewer: ViewerFilters | None, shown_id: int, status_id: int, version: int, core: bytes, now: int, own: bool = False
) -> bytes | None:
    """``ViewerFilters.of``, or None where there is nothing to say: the caller then writes its usual ``[]``."""
    if viewer is None:
        return None
    found = viewer.of(shown_id, status_id, version, core, now, own=own)
    return None if found is NOTHING else found


class FilterCache:
    """The compiled filters of the viewers who were here last, by (viewer, number of the filters)."""

    def __init__(self, max_bytes: int = FILTER_BYTES) -> None:
        self._kept: LruCache[tuple[int, int], ViewerFilters] = LruCache(max_bytes, lambda kept: kept.size)

    def get(self, viewer_id: int, version: int) -> ViewerFilters | None:
        """What is compiled already."""
        return self._kept.get((viewer_id, version))

    def put(self, viewer_id: int, version: int, compiled: ViewerFilters) -> None:
        """Keep it."""
        self._kept.put((viewer_id, version), compiled)

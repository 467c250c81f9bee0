"""Labels on posts as entities, and as entries of ``filtered``, which is how unmodified apps show them.

A post that bears labels has ``labels`` beside what Mastodon has; all other posts cost nothing. What a label does to
a reader's view hangs on what they chose, so such posts are put together for each reader.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

import orjson

from fedserver.db.queries import labelers as rows
from fedserver.db.queries.labelers import Labeler, Read, Used
from fedserver.db.queries.provenance import LABELLED
from fedserver.db.queries.statuses import Status
from fedserver.db.statement import Query
from fedserver.domain.filtering import CONTEXTS
from fedserver.domain.moderation.labels import COMMUNITY, Borne, Reading, acts
from fedserver.kit.i18n import gettext as _
from fedserver.render.mastodon.basics import iso

R = TypeVar("R")


class Known(NamedTuple):
    """A label that stands on posts here, with what a reader chose for it (None: as its labeler says)."""

    labeler: Labeler | None
    value: str
    title: str
    shown: str
    choice: str | None


class Reader(Protocol):
    """What is asked of a database."""

    async def all(self, query: Query[R], /) -> list[R]: ...


async def load(db: Reader, posts: Iterable[Status]) -> dict[int, tuple[Borne, ...]]:
    """The labels of those posts that bear any."""
    labelled = [row.id for row in posts if row.provenance & LABELLED]
    found: dict[int, list[Borne]] = defaultdict(list)
    for row in await db.all(rows.on(labelled)) if labelled else ():
        label = Borne(
            row.id,
            row.labeler_id or COMMUNITY,
            bool(row.for_all),
            row.value,
            row.shown,
            row.title,
            row.name or "",
            row.expires_at,
        )
        found[row.status_id].append(label)
    return {status_id: tuple(labels) for status_id, labels in found.items()}


def entities(labels: Sequence[Borne]) -> list[dict[str, Any]]:
    """``labels`` of a Status: those that are read for everybody here, our own first."""
    return [
        {
            "labeler": label.by or None,
            "value": label.value,
            "title": label.title,
            "shown": label.shown,
            "expires_at": iso(label.ends),
        }
        for label in sorted(labels, key=lambda each: each.labeler)
        if label.labeler == COMMUNITY or label.for_all
    ]


def reading(found: Iterable[Read]) -> Reading:
    """What a reader chose, out of its rows."""
    kept = list(found)
    return Reading(
        frozenset(row.labeler_id for row in kept if not row.value),
        {(row.labeler_id, row.value): row.choice for row in kept if row.value},
    )


def known(used: Iterable[Used], mine: Iterable[Read], everyone: Iterable[Labeler]) -> list[Known]:
    """The labels that a reader meets: the community's own and those of labelers that the reader or everybody reads."""
    chosen = reading(mine)
    read = {row.id: row for row in everyone if row.for_all or row.id in chosen.labelers}
    found = {}
    for label in used:
        if label.labeler_id is None or label.labeler_id in read:
            key = (label.labeler_id or COMMUNITY, label.value)
            found[key] = Known(read.get(key[0]), label.value, label.title, label.shown, chosen.choices.get(key))
    return list(found.values())


def filtered(
    labels: Sequence[Borne], chosen: Reading, status_id: int, *, media: bool, now: int
) -> tuple[list[bytes], bool]:
    """Entries of ``filtered``, and whether lists of posts leave the post out."""
    entries, hidden = [], False
    for label, choice in acts(labels, chosen, media=media, now=now):
        hidden = hidden or choice == "hide"
        head = {
            "id": f"-{label.id}",
            "title": f"{label.by or _('Community')}: {label.title}",
            "context": CONTEXTS,
            "expires_at": iso(label.ends),
            # what was asked for by itself comes with a warning: a client would hide it altogether
            "filter_action": "warn" if choice == "hide" else choice,
        }
        entries.append(orjson.dumps({"filter": head, "keyword_matches": None, "status_matches": [str(status_id)]}))
    return entries, hidden

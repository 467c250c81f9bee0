"""Which words are kept for searching. Who may find a post is asked when it is searched for, so consent bites at once.

Kept are posts that somebody could find: of people here, that name people here, that people here reacted to, and public
ones whose author agrees to be searched (FEP-5feb). Posts of others are not kept at all.
"""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from fedserver.db.queries import accounts, media, provenance, search, statuses
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.statuses import PUBLIC, Status
from fedserver.db.unit import Unit
from fedserver.domain.provenance.reading import AI_LABELS
from fedserver.domain.text import words
from fedserver.domain.text.clean import to_text
from fedserver.domain.text.links import first_link
from fedserver.jobqueue.enqueue import enqueue

REINDEX = "search.reindex"
# models of one medium that are found
MAX_NAMES = 20


def consider(
    unit: Unit, status: Status, author: Account, mentioned: Sequence[Account], with_media: bool = True
) -> None:
    """Keep the words of a new or changed post, if somebody could find it. ``with_media``: it may have attachments."""
    agreed = status.visibility == PUBLIC and author.indexable
    if agreed or author.local or any(each.local for each in mentioned):
        keep(unit, status, with_media)


def noticed(unit: Unit, status: Status) -> None:
    """Somebody here reacted to the post: they may find it from now on."""
    if unit.one(search.has_status(status.id)) is None:
        keep(unit, status)


def changed(unit: Unit, status: Status) -> None:
    """The words of a post that is kept are others now: what was edited out is not found any more."""
    if unit.one(search.has_status(status.id)) is not None:
        keep(unit, status)


def keep(unit: Unit, status: Status, with_media: bool = True) -> None:
    """Keep the words of a post."""
    attached = unit.all(media.of_statuses([status.id])) if with_media else []
    described = [each.description for each in attached if each.description]
    marks = [words.EVERYTHING, words.author_mark(status.account_id)]
    if first_link(status.content) is not None:
        marks.append(words.LINK)
    marks += _made(unit, status, len(attached))
    found = words.split("\n".join([status.spoiler, to_text(status.content), *described]))
    unit.run(search.put_status(unit.dialect, status.id, marks + found))


def _made(unit: Unit, status: Status, attached: int) -> list[str]:
    """Marks of how a post and its media were made. Models stand apart: no phrase reaches from one into the next."""
    rows = unit.all(provenance.made_of_statuses([status.id])) if attached else []
    labels = {row.label for row in rows} | ({"unknown"} if attached > len(rows) else set())
    marks = [words.label_mark(each) for each in sorted(labels)]
    said = unit.all(provenance.said([status.id])) if status.provenance & provenance.SAID else []
    if labels.intersection(AI_LABELS) or any(each.text_made == "generated" for each in said):
        marks.append(words.AI)
    for row in rows:
        for name in orjson.loads(row.models)[:MAX_NAMES]:
            marks += [*words.marked(words.MODEL, name), words.MODEL]
        marks += [*words.marked(words.TOOL, row.tool), words.TOOL]
    return marks


def keep_account(unit: Unit, account: Account) -> None:
    """Keep the words of an account's names; of its text only where it wants to be discovered."""
    parts = [account.username, account.display_name, account.domain]
    if account.discoverable:
        parts.append(to_text(account.note))
    unit.run(search.put_account(unit.dialect, account.id, words.split("\n".join(parts))))


def agrees(unit: Unit, account_id: int) -> None:
    """The author agrees to be searched from now on: what stands here already is kept by a job."""
    enqueue(unit, REINDEX, {"account_id": account_id}, once=f"{REINDEX}:{account_id}")


def keep_some(unit: Unit, account_id: int, above: int, count: int) -> int | None:
    """Keep the next ``count`` public posts of an account above an id; the last id, None after the last post."""
    rows = unit.all(statuses.of_account(account_id, above=above, limit=count))
    author = unit.one(accounts.by_id(account_id))
    if author is None or not author.indexable:
        return None
    for row in rows:
        if row.visibility == PUBLIC and row.reblog_of_id is None:
            keep(unit, row)
    return rows[-1].id if len(rows) == count else None

"""Posts: publish, receive, edit, delete. ``store`` is the one way in for both doors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from fedserver.db.queries import accounts, conversations, media, statuses
from fedserver.db.queries import polls as poll_rows
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.statuses import HELD, PUBLIC, UNLISTED, Status
from fedserver.db.unit import Unit
from fedserver.domain import uris
from fedserver.domain.provenance.declarations import Saying
from fedserver.domain.text import compose
from fedserver.domain.text.links import first_link
from fedserver.jobqueue.enqueue import enqueue
from fedserver.kit.errors import Invalid, NotFound
from fedserver.kit.i18n import lazy
from fedserver.services import (
    access,
    boosts,
    drafts,
    emojis,
    held,
    interactions,
    knowing,
    lineage,
    polls,
    provenance,
    quotes,
    rules,
)
from fedserver.services.events import StatusDeleted, StatusEdited, StatusPosted
from fedserver.services.lists import stands_in
from fedserver.services.polls import PollDraft
from fedserver.services.quotes import Quoting
from fedserver.services.texts import Composed, compose_text


@dataclass(frozen=True, slots=True)
class Draft:
    """What an author wrote. ``visibility`` 0-3; ``media_ids`` in order; ``quote_policy``: bits."""

    text: str = ""
    spoiler: str = ""
    sensitive: bool = False
    visibility: int = PUBLIC
    language: str | None = None
    in_reply_to_id: int | None = None
    media_ids: Sequence[int] = ()
    app_id: int | None = None
    poll: PollDraft | None = None
    quoted_status_id: int | None = None
    quote_policy: int = 0
    saying: Saying | None = None
    # what the account declares of media of which nothing is said: generated | assisted | not_ai | ''
    media_made: str = ""


@dataclass(frozen=True, slots=True)
class NewStatus:
    """A post ready to be stored, whoever wrote it. HTML is clean, tags are normalised."""

    id: int
    uri: str
    url: str | None
    author: Account
    visibility: int
    content: str
    created_at: int
    source: str = ""
    spoiler: str = ""
    sensitive: bool = False
    language: str | None = None
    object_type: str = "Note"
    parent: Status | None = None
    in_reply_to_uri: str | None = None
    mentioned: Sequence[Account] = ()
    tags: Sequence[str] = ()
    emojis: str = "[]"
    replies_uri: str | None = None
    app_id: int | None = None
    edited_at: int | None = None
    fresh: bool = True
    media_ids: Sequence[int] = ()
    quoting: bool = False
    quote_policy: int = 0
    limits: str = ""
    # remote media are attached by ``store``'s caller
    with_media: bool = False
    link: str | None = None


def publish(unit: Unit, author_id: int, draft: Draft, *, idempotency: tuple[str, bytes] | None = None) -> int:
    """Publish a local post; its id. With the same idempotency key and body a second call gives the first id."""
    if idempotency is not None:
        known = drafts.known_request(unit, author_id, *idempotency)
        if known is not None:
            return known
    author = access.account(unit, author_id)
    if author.moved_to_id is not None:
        raise Invalid(lazy("This account has moved"))
    check_draft(unit, draft)
    parent = None
    if draft.in_reply_to_id is not None:
        parent = drafts.answered(unit, author_id, draft.in_reply_to_id)
        interactions.check(unit, author, parent, "reply")
    composed, quoting = compose_text(unit, draft.text), None
    if draft.quoted_status_id is not None:
        quoting = quotes.wanted(unit, author, draft.quoted_status_id, draft.visibility, composed.mentioned)
    based = lineage.sources(unit, author, draft.saying.based_on or ()) if draft.saying is not None else None
    new = _written(unit, author, draft, composed, parent, quoting)
    status_id = new.id
    for media_id in draft.media_ids:
        drafts.check_medium(unit, author_id, media_id, None)

    def attach() -> bool:
        if draft.poll is not None:
            polls.create(unit, status_id, author_id, draft.poll)
        if quoting is not None:
            quotes.create(unit, status_id, author, quoting)
        said = lineage.publish(unit, status_id, author, draft.saying, based)
        return draft.poll is not None or quoting is not None or said

    provenance.presume(unit, draft.media_ids, composed.tags, draft.media_made)
    stored = store(unit, new, attach)
    if quoting is not None and stored is not None:
        quotes.announce(unit, stored, author, quoting)
    if idempotency is not None:
        drafts.keep_request(unit, author_id, *idempotency, status_id)
    return status_id


def _written(
    unit: Unit, author: Account, draft: Draft, composed: Composed, parent: Status | None, quoting: Quoting | None
) -> NewStatus:
    """A draft as the row that it becomes."""
    visibility = quoting.visibility if quoting is not None else draft.visibility
    status_id = unit.new_id()
    return NewStatus(
        id=status_id,
        uri=uris.status(unit.site, author.username, status_id),
        url=uris.status_page(unit.site, author.username, status_id),
        author=author,
        visibility=visibility,
        content=quotes.with_link(composed.html, quoting.status) if quoting is not None else composed.html,
        source=draft.text,
        spoiler=draft.spoiler,
        sensitive=draft.sensitive or bool(draft.spoiler),
        language=draft.language,
        object_type="Question" if draft.poll is not None else "Note",
        parent=parent,
        in_reply_to_uri=parent.uri if parent else None,
        mentioned=composed.mentioned,
        tags=composed.tags,
        emojis=_emojis(unit, draft),
        created_at=unit.now,
        app_id=draft.app_id,
        media_ids=draft.media_ids,
        quoting=quoting is not None,
        quote_policy=draft.quote_policy if visibility <= UNLISTED else 0,
        link=first_link(composed.html),
    )


def _emojis(unit: Unit, draft: Draft) -> str:
    return emojis.written(unit, draft.text, draft.spoiler, *(draft.poll.options if draft.poll is not None else ()))


def check_draft(unit: Unit, draft: Draft) -> None:
    """Raises ``Invalid`` in Mastodon's words."""
    limits = unit.site.limits
    if not draft.text.strip() and not draft.media_ids and draft.quoted_status_id is None:
        raise Invalid(lazy("Validation failed: Text can't be blank"))
    if compose.length(draft.text) + len(draft.spoiler) > limits.characters:
        raise Invalid(lazy("Validation failed: Text character limit of %(limit)d exceeded", limit=limits.characters))
    if draft.poll is not None:
        polls.check(unit, draft.poll)
    if len(draft.media_ids) > limits.attachments or (draft.media_ids and draft.poll is not None):
        raise Invalid(lazy("Cannot attach more than %(limit)d files", limit=limits.attachments))
    if len(set(draft.media_ids)) != len(draft.media_ids):
        raise Invalid(lazy("Cannot attach the same file twice"))
    if draft.saying is not None:
        lineage.check(draft.saying)


def store(unit: Unit, new: NewStatus, attach: Callable[[], bool] | None = None) -> Status | None:
    """Write a post with its mentions, tags and counters. None if its id is known already.

    ``attach`` writes what hangs on the post (remote media, a poll, a quote) once its row stands, and says
    whether that may have changed the row.
    """
    parent, author = new.parent, new.author
    thread_id = (parent.thread_id or parent.id) if parent else new.id
    values = _row(new, thread_id)
    if not unit.made(statuses.add(values)):
        return None
    row = statuses.added(values)
    _name(unit, new.id, new.mentioned, new.tags)
    for position, media_id in enumerate(new.media_ids):
        if not unit.run(media.attach(media_id, author.id, new.id, position)):
            raise Invalid(lazy("Validation failed: Media attachment not found"))
    recorded = len(unit.events)
    if attach is not None and attach():
        row = unit.get(statuses.by_id(new.id))
    hanging = len(unit.events)
    with_media = new.with_media or bool(new.media_ids)
    stored = rules.posted(unit, row, author, new.mentioned, new.tags, with_media, new.link)
    if stored is None:
        held.not_stored(unit, new.id, recorded)
        return None
    unit.run(accounts.posted(author.id, new.created_at if new.fresh else None))
    if parent is not None and stored.visibility <= UNLISTED:
        unit.run(statuses.count(parent.id, replies=1))
    adopted = not author.local and bool(unit.run(statuses.adopt(new.uri, new.id, author.id, thread_id)))
    if adopted:
        # what stood below the orphans comes along
        unit.run(conversations.merge_threads(new.id, thread_id))
        unit.run(statuses.rethread(new.id, thread_id))
    if stored.visibility == HELD:  # it goes out when it is released
        del unit.events[recorded:hanging]
        return stored
    parent_author = unit.one(accounts.by_id(parent.account_id)) if parent is not None else None
    facts = tuple(new.mentioned), parent_author, new.fresh, tuple(new.tags), new.link, with_media, adopted
    unit.record(StatusPosted(stored, author, *facts))
    return stored


def _row(new: NewStatus, thread_id: int) -> dict[str, Any]:
    return {
        "id": new.id,
        "uri": new.uri,
        "url": new.url,
        "account_id": new.author.id,
        "local": int(new.author.local),
        "visibility": new.visibility,
        "object_type": new.object_type,
        "content": new.content,
        "source": new.source,
        "spoiler": new.spoiler,
        "sensitive": int(new.sensitive),
        "language": new.language,
        "in_reply_to_id": new.parent.id if new.parent else None,
        "in_reply_to_account_id": new.parent.account_id if new.parent else None,
        "in_reply_to_uri": new.in_reply_to_uri,
        "thread_id": thread_id,
        "emojis": new.emojis,
        "replies_uri": new.replies_uri,
        "app_id": new.app_id,
        "quoting": int(new.quoting),
        "quote_policy": new.quote_policy,
        "limits": new.limits,
        "created_at": new.created_at,
        "edited_at": new.edited_at,
    }


def _name(unit: Unit, status_id: int, mentioned: Sequence[Account], tags: Sequence[str]) -> None:
    for account in mentioned:
        unit.made(statuses.add_mention(status_id, account.id))
    for name in tags:
        tag = unit.one(statuses.tag_id(name))
        if tag is None:
            tag = unit.new_id()
            unit.made(statuses.add_tag({"id": tag, "name": name, "created_at": unit.now}))
        unit.made(statuses.tag_status(tag, status_id))


@dataclass(frozen=True, slots=True)
class Revision:
    """The new text of a post. ``media_ids`` None leaves the attachments; ``poll`` None removes a poll."""

    text: str
    spoiler: str = ""
    sensitive: bool = False
    language: str | None = None
    media_ids: Sequence[int] | None = None
    poll: PollDraft | None = None
    quote_policy: int | None = None
    saying: Saying | None = None


def edit(unit: Unit, author_id: int, status_id: int, revision: Revision) -> None:
    """Edit one's own post; the former version is kept. Author, id and visibility never change."""
    status = access.own_status(unit, author_id, status_id)
    author = access.account(unit, author_id)
    now_attached = [m.id for m in unit.all(media.of_statuses([status_id]))]
    wanted = list(revision.media_ids) if revision.media_ids is not None else now_attached
    quoted = quotes.quoted_in(unit, status) if status.quoting else None
    quoted_id = quoted.id if quoted is not None else None
    draft = Draft(revision.text, revision.spoiler, media_ids=wanted, poll=revision.poll, quoted_status_id=quoted_id)
    check_draft(unit, draft)
    saying = revision.saying or Saying()
    based = lineage.edited(unit, author, saying)
    keep_version(unit, status)
    for media_id in set(now_attached) - set(wanted):
        unit.run(media.detach(media_id, unit.now))
    for position, media_id in enumerate(wanted):
        if media_id in now_attached:
            unit.run(media.change(media_id, {"position": position}))
        else:
            drafts.check_medium(unit, author_id, media_id, status_id)
            unit.run(media.attach(media_id, author_id, status_id, position))
    composed = compose_text(unit, revision.text)
    lineage.write(unit, status, author, saying, based)
    provenance.presume(unit, wanted, composed.tags, edited=True)
    values = {
        "content": composed.html if quoted is None else quotes.with_link(composed.html, quoted),
        "source": revision.text,
        "spoiler": revision.spoiler,
        "emojis": _emojis(unit, draft),
        "sensitive": int(revision.sensitive or bool(revision.spoiler)),
        "language": revision.language if revision.language is not None else status.language,
        "edited_at": unit.now,
    }
    if revision.poll is not None or status.object_type == "Question":
        values["object_type"] = polls.revise(unit, status, revision.poll)
    if revision.quote_policy is not None and status.open:
        values["quote_policy"] = revision.quote_policy
    replace(unit, status, author, values, composed.mentioned, composed.tags, first_link(composed.html))


def keep_version(unit: Unit, status: Status, made: str | None = None) -> None:
    """Put the present version into the history. ``made``: what it says of its making, where that was read already."""
    shown = [{"id": m.id, "description": m.description} for m in unit.all(media.of_statuses([status.id]))]
    if made is None:
        made = lineage.version_of(unit, status)
    poll = unit.one(poll_rows.by_id(status.id)) if status.object_type == "Question" else None
    unit.run(
        statuses.add_edit(
            {
                "id": unit.new_id(),
                "status_id": status.id,
                "content": status.content,
                "source": status.source,
                "spoiler": status.spoiler,
                "sensitive": status.sensitive,
                "media": orjson.dumps(shown).decode(),
                "poll": orjson.dumps([each.title for each in poll.choices]).decode() if poll is not None else "",
                "made": made,
                "created_at": status.edited_at or status.created_at,
            }
        )
    )


def replace(
    unit: Unit,
    status: Status,
    author: Account,
    values: dict[str, Any],
    mentioned: Sequence[Account],
    tags: Sequence[str],
    link: str | None = None,
) -> None:
    """Write the new version of a post, local or remote. What moderation decided about it stays."""
    before = {each.account_id for each in unit.all(statuses.mentions_of([status.id]))}
    held.keep(unit, status, values)
    unit.run(statuses.change(status.id, values))
    unit.run(statuses.drop_mentions(status.id))
    unit.run(statuses.drop_tags(status.id))
    _name(unit, status.id, mentioned, tags)
    unit.run(statuses.changed(status.id))
    now = rules.edited(unit, unit.get(statuses.by_id(status.id)), author, mentioned, tags)
    newly = tuple(each for each in mentioned if each.id not in before)
    if now.visibility != HELD:
        unit.record(StatusEdited(now, author, tuple(mentioned), newly, link))


def delete(unit: Unit, author_id: int, status_id: int) -> None:
    """Delete one's own post (or take back one's boost, named by the boost's own id)."""
    status = unit.get(statuses.by_id(status_id))
    if status.account_id != author_id:
        raise NotFound
    if status.reblog_of_id is not None:
        boosts.unboost(unit, author_id, status.reblog_of_id)
        return
    remove(unit, status)


def remove(unit: Unit, status: Status) -> None:
    """Remove a post for good: rows, boosts of it, files; its id stays as a tombstone."""
    as_was = status._replace(visibility=rules.intended(unit, status))
    author = unit.get(accounts.by_id(status.account_id))
    concerned = quotes.forget(unit, status)
    unseen = held.is_unpublished(unit, status)
    reached = knowing.inboxes(unit, status, concerned) if status.local and not unseen else ()
    holders, in_lists = stands_in(unit, status.id)
    for boost in unit.all(statuses.boosts_of(status.id)):
        unit.run(accounts.count(boost.account_id, statuses=-1))
    files = [
        key
        for m in unit.all(media.all_of_statuses([status.id]))
        for key in (m.original_key, m.file_key, m.preview_key)
        if key
    ]
    if files:
        enqueue(unit, "media.remove_files", {"keys": files})
    unit.run(statuses.orphan(status.id))
    if status.provenance:
        lineage.forget(unit, status)
    unit.run(statuses.remove(status.id))
    unit.made(statuses.bury(status.uri, unit.now, local=bool(status.local)))
    unit.run(accounts.count(author.id, statuses=-1))
    if status.in_reply_to_id is not None and status.visibility <= UNLISTED:
        unit.run(statuses.count(status.in_reply_to_id, replies=-1))
    if not unseen:
        unit.record(StatusDeleted(as_was, author, reached, holders, in_lists, status.visibility == HELD))

"""What other servers tell us of their accounts and posts, written as rows. The doors verified it before."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import orjson

from fedserver.db.queries import accounts, media, moderation, relations, statuses
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.moderation import DomainPolicy
from fedserver.db.queries.statuses import DIRECT, FOLLOWERS, PUBLIC, UNLISTED, Status
from fedserver.db.unit import Unit
from fedserver.domain import usage
from fedserver.domain.interactions import kept_limits, quote_bits
from fedserver.domain.text import clean, links, names
from fedserver.domain.text.fields import field_html
from fedserver.jobqueue import outbox
from fedserver.jobqueue.enqueue import enqueue
from fedserver.services import emojis, interactions, lineage, polls, quotes, remote_media, rules, search, signals
from fedserver.services import statuses as status_service
from protocol.activitystreams.addressing import Visibility, visibility_of
from protocol.activitystreams.provenance import UNSAID
from protocol.activitystreams.urls import same_origin
from protocol.activitystreams.values import Actor, Media, Object

DAY_MS = 24 * 3600 * 1000
# older posts neither notify nor enter home timelines when they turn up
FRESH_MS = 2 * DAY_MS

VISIBILITY = {
    Visibility.PUBLIC: PUBLIC,
    Visibility.UNLISTED: UNLISTED,
    Visibility.FOLLOWERS: FOLLOWERS,
    Visibility.DIRECT: DIRECT,
}


def upsert_account(unit: Unit, actor: Actor, domain: str) -> Account:
    """The row of a remote actor, made or brought up to date. ``domain``: the host that confirmed the handle.

    A handle that another actor held before goes to the new one: the host of both said so.
    """
    known = unit.one(accounts.by_uri(actor.id))
    policy = unit.one(moderation.policy_for(domain))
    if policy is not None and policy.reject_media:
        actor = dataclasses.replace(actor, icon=None, image=None)
    values = _account_values(unit, actor, domain)
    if known is None:
        return _new_account(unit, actor, domain, values, policy)
    _pictures(unit, known.id, actor, known, values)
    changed = any(getattr(known, name) != value for name, value in values.items() if name != "updated_at")
    unit.run(accounts.change(known.id, {**values, "fetched_at": unit.now}))
    stored = unit.get(accounts.by_id(known.id))
    if changed:
        unit.run(accounts.changed(known.id))
        search.keep_account(unit, stored)
        if stored.indexable and not known.indexable:
            search.agrees(unit, known.id)
        if signals.is_person(stored) != signals.is_person(known):
            signals.people_changed(unit, known.id)
        rules.done_by(unit, "profile", stored)
    _keys(unit, known.id, actor)
    return unit.get(accounts.by_id(known.id))


def _new_account(unit: Unit, actor: Actor, domain: str, values: dict[str, Any], policy: DomainPolicy | None) -> Account:
    key = accounts.handle_key(actor.preferred_username, domain)
    squatter = unit.one(accounts.by_handle(actor.preferred_username, domain))
    if squatter is not None:
        unit.run(accounts.change(squatter.id, {"handle_key": f"{key}#{squatter.id}"}))
    account_id = unit.new_id()
    fixed = {
        "id": account_id,
        "username": actor.preferred_username,
        "domain": domain,
        "handle_key": key,
        "uri": actor.id,
        "created_at": min(actor.published or unit.now, unit.now),
        "fetched_at": unit.now,
        "suspended_at": unit.now if policy is not None and policy.severity == "suspend" else None,
        "limited_at": unit.now if policy is not None and policy.severity == "limit" else None,
    }
    unit.made(accounts.add({**fixed, **values}))
    # the row of a picture names its account, so the account comes first
    pictures: dict[str, Any] = {}
    _pictures(unit, account_id, actor, None, pictures)
    unit.run(accounts.change(account_id, pictures))
    _keys(unit, account_id, actor)
    stored = unit.get(accounts.by_id(account_id))
    search.keep_account(unit, stored)
    rules.done_by(unit, "profile", stored)
    return unit.get(accounts.by_id(account_id))


def _account_values(unit: Unit, actor: Actor, domain: str) -> dict[str, Any]:
    fields = [{"name": names.clean_display_name(f.name, 255), "value": clean.clean(f.value_html)} for f in actor.fields]
    return {
        "url": actor.url or actor.id,
        "actor_type": actor.type,
        "display_name": names.clean_display_name(actor.name, 100),
        "note": clean.clean(actor.summary_html),
        "fields": orjson.dumps(fields).decode(),
        "emojis": emojis.stored(unit, actor.emojis, domain),
        "locked": int(actor.locked),
        "bot": int(actor.bot),
        "operator": actor.operator or "",
        "discoverable": int(bool(actor.discoverable)),
        "indexable": int(bool(actor.indexable)),
        "inbox": actor.inbox,
        "shared_inbox": actor.shared_inbox,
        "outbox": actor.outbox,
        "followers_uri": actor.followers,
        "following_uri": actor.following,
        "featured_uri": actor.featured,
        "featured_tags_uri": actor.featured_tags,
        "attribution_domains": orjson.dumps(list(actor.attribution_domains)).decode(),
        "inbox_id": outbox.inbox_id(unit, actor.shared_inbox or actor.inbox),
        "also_known_as": orjson.dumps(list(actor.also_known_as)).decode(),
        "training": usage.word_of(actor.extra),
        "updated_at": unit.now,
    }


def _keys(unit: Unit, account_id: int, actor: Actor) -> None:
    """The keys that the actor's document lists now; those that it no longer lists are forgotten."""
    unit.run(accounts.forget_remote_keys(account_id))
    listed = [(k.id, "rsa-v1_5-sha256", k.pem) for k in actor.public_keys if k.owner == actor.id]
    listed += [(k.id, "ed25519", k.public_key_multibase) for k in actor.assertion_methods if k.controller == actor.id]
    for uri, algorithm, public in listed[:8]:
        if not same_origin(uri, actor.id):  # an id elsewhere would take the place of somebody else's key
            continue
        values = {"id": unit.new_id(), "account_id": account_id, "uri": uri, "algorithm": algorithm, "public": public}
        unit.made(accounts.add_key({**values, "created_at": unit.now}))


def _pictures(unit: Unit, account_id: int, actor: Actor, known: Account | None, values: dict[str, Any]) -> None:
    for role, picture in (("avatar", actor.icon), ("header", actor.image)):
        column = f"{role}_id"
        old_id = getattr(known, column) if known is not None else None
        old = unit.one(media.by_id(old_id)) if old_id is not None else None
        if old is not None and picture is not None and old.remote_url == picture.url:
            continue
        if old is not None:
            remote_media.forget(unit, old.id, (old.file_key, old.preview_key))
        values[column] = remote_media.add(unit, account_id, None, 0, picture, role) if picture is not None else None


def receive_status(
    unit: Unit,
    author: Account,
    obj: Object,
    *,
    mentioned: Sequence[Account] = (),
    parent: Status | None = None,
    seek: bool = True,
    is_new: bool = False,
    proof: str = "",
) -> Status | None:
    """Store a remote post; None if its id is known to be deleted. ``mentioned``: accounts that the door resolved;
    ``seek``: what it quotes may be asked for; ``is_new``: the caller has found neither a post of that id nor its
    tombstone, in this unit; ``proof``: see ``remote_media.attach``."""
    if not is_new:
        known = unit.one(statuses.by_uri(obj.id))
        if known is not None:
            return known
        if unit.one(statuses.tombstone(obj.id)) is not None:
            return None
    if parent is None and obj.in_reply_to is not None:
        parent = _answered(unit, author, obj.in_reply_to)
    attachments = list(obj.attachments) if obj.attachments and not remote_media.rejects_media(unit, author) else []
    new = _new_status(unit, author, obj, mentioned, parent, bool(attachments))
    stored = status_service.store(unit, new, lambda: _hang_on(unit, author, obj, new.id, attachments, seek, proof))
    return stored or unit.one(statuses.by_uri(obj.id))


def _new_status(
    unit: Unit, author: Account, obj: Object, mentioned: Sequence[Account], parent: Status | None, with_media: bool
) -> status_service.NewStatus:
    """A remote post as the row that it becomes."""
    published = min(obj.published or unit.now, unit.now)
    content = content_of(obj)
    return status_service.NewStatus(
        id=unit.ids.at(published),
        uri=obj.id,
        url=obj.url,
        author=author,
        visibility=VISIBILITY[visibility_of(obj.to, obj.cc, author.followers_uri, author.uri)],
        content=content,
        created_at=published,
        spoiler=names.clean_display_name(obj.warning, 500),
        sensitive=obj.sensitive or bool(obj.warning),
        language=obj.language,
        object_type=obj.type,
        parent=parent,
        in_reply_to_uri=obj.in_reply_to,
        mentioned=mentioned,
        tags=tags_of(obj),
        emojis=emojis.stored(unit, obj.emojis, author.domain),
        replies_uri=obj.replies.id if obj.replies is not None else None,
        edited_at=obj.updated if obj.updated and obj.updated > published + 1000 else None,
        fresh=unit.now - published < FRESH_MS,
        quote_policy=quote_bits(obj.policy, interactions.author_of(author)),
        limits=kept_limits(obj.policy),
        link=link_of(obj, content),
        with_media=with_media,
    )


def _hang_on(
    unit: Unit, author: Account, obj: Object, status_id: int, attachments: Sequence[Media], seek: bool, proof: str
) -> bool:
    """Rows that hang on the row of a post; whether there is a poll or a quote among them."""
    remote_media.attach(unit, author, status_id, obj, attachments, proof)
    said = remote_media.text_of(obj, unit.site.ai_hashtags)
    training = _training(author, obj)
    hangs = obj.poll is not None or obj.quote_url is not None or said != UNSAID or bool(training)
    if hangs:
        row = unit.get(statuses.by_id(status_id))
        if said != UNSAID or training:
            lineage.receive(unit, row, author, said, training)
        if obj.poll is not None or obj.quote_url is not None:
            polls.receive(unit, row, obj.poll)
            quotes.receive(unit, row, author, obj, seek=seek)
    return hangs


def _answered(unit: Unit, author: Account, uri: str) -> Status | None:
    """The post that is answered. One of ours counts only where the author may see it: the address alone is no key."""
    parent = unit.one(statuses.by_uri(uri))
    if parent is None or not parent.local:
        return parent
    return unit.one(statuses.visible(parent.id, author.id))


def content_of(obj: Object) -> str:
    """Clean HTML: the title of a long form, then its text, then its page where it is not a note."""
    parts = []
    if obj.name and obj.type not in ("Note", "Question"):
        parts.append(f"<p><strong>{clean.clean(obj.name)}</strong></p>")
    parts.append(clean.clean(obj.content_html))
    if obj.type not in ("Note", "Question"):
        parts.append(f"<p>{field_html(obj.url, {}, lambda name: name)}</p>")
    return "".join(parts)


def tags_of(obj: Object) -> tuple[str, ...]:
    """Normalised hashtags, each once."""
    found = (names.normalise_hashtag(tag.name) for tag in obj.hashtags)
    return tuple(dict.fromkeys(name for name in found if name))


def link_of(obj: Object, content: str) -> str | None:
    """The address whose card a post shows: its author's own choice, else the first link of the text."""
    if obj.links:
        return obj.links[0].href
    if "<a " not in content:
        return None
    named = {*(each.href for each in obj.mentions), *(each.href for each in obj.hashtags)}
    return links.first_link(content, named)


def edit_status(
    unit: Unit, author: Account, status: Status, obj: Object, mentioned: Sequence[Account], *, proof: str = ""
) -> bool:
    """A remote author's new version. Author, id, parent and visibility stay as they are. False if it is not newer."""
    newest = status.edited_at or status.created_at
    if obj.updated is not None and obj.updated < newest:
        return False
    content, spoiler = content_of(obj), names.clean_display_name(obj.warning, 500)
    before = unit.all(media.all_of_statuses([status.id]))
    same_media = [(m.remote_url, m.description) for m in before] == [
        (m.url, m.description or None) for m in obj.attachments
    ]
    same_text = (content, spoiler, obj.sensitive) == (status.content, status.spoiler, bool(status.sensitive))
    same = same_media and same_text and not polls.is_other(unit, status, obj.poll)
    made = lineage.version_of(unit, status)
    if not same:
        status_service.keep_version(unit, status, made)
    _edit_extras(unit, author, status, obj)
    said_otherwise = _say_again(unit, author, status, obj, made)
    if remote_media.edit(unit, author, status, obj, before, proof) or said_otherwise:
        if same:  # nothing that a version keeps has changed but what was said of the making
            status_service.keep_version(unit, status, made)
    elif same:
        return False
    values = {
        "content": content,
        "object_type": obj.type,
        "spoiler": spoiler,
        "sensitive": int(obj.sensitive or bool(spoiler)),
        "language": obj.language,
        "emojis": emojis.stored(unit, obj.emojis, author.domain),
        "edited_at": obj.updated if obj.updated is not None and obj.updated > newest else unit.now,
    }
    status_service.replace(unit, status, author, values, mentioned, tags_of(obj), link_of(obj, content))
    return True


def _training(author: Account, obj: Object) -> str:
    """What a post says of training where that is something else than its author says of everything; else ''."""
    word = usage.word_of(obj.extra)
    return "" if word == author.training else word


def _say_again(unit: Unit, author: Account, status: Status, obj: Object, before: str) -> bool:
    """What the post says of its own making now; whether that is something else than before."""
    said, training = remote_media.text_of(obj, unit.site.ai_hashtags), _training(author, obj)
    if said == UNSAID and not training and not before:
        return False
    lineage.receive(unit, status, author, said, training)
    return lineage.version_of(unit, unit.get(statuses.by_id(status.id))) != before


def _edit_extras(unit: Unit, author: Account, status: Status, obj: Object) -> None:
    """Votes, stamps and policies change without an edit of the text."""
    if obj.poll is not None or status.object_type == "Question":
        polls.receive(unit, status, obj.poll)
    if obj.quote_url is not None or status.quoting:
        quotes.receive(unit, status, author, obj)
    bits, limits = quote_bits(obj.policy, interactions.author_of(author)), kept_limits(obj.policy)
    if (bits, limits) != (status.quote_policy, status.limits):
        unit.run(statuses.change(status.id, {"quote_policy": bits, "limits": limits}))
        unit.run(statuses.changed(status.id))


def pin_status(unit: Unit, status: Status, *, pinned: bool) -> None:
    """A remote author shows a post first on the profile, or no longer."""
    if pinned != (status.pinned_at is not None):
        unit.run(statuses.change(status.id, {"pinned_at": unit.now if pinned else None}))
        unit.run(statuses.changed(status.id))


def remove_account(unit: Unit, account: Account) -> None:
    """A remote actor was deleted: hidden at once, rows removed by a job."""
    unit.run(accounts.change(account.id, {"deleted_at": unit.now}))
    unit.run(accounts.changed(account.id))
    unit.made(statuses.bury(account.uri, unit.now, local=False))
    for row in unit.all(relations.followers_of(account.id)):
        unit.run(relations.drop_follow(row.account_id, account.id))
        if row.state == "accepted":
            unit.run(accounts.count(row.account_id, following=-1))
    for row in unit.all(relations.follows_of(account.id)):
        unit.run(relations.drop_follow(account.id, row.target_id))
        if row.state == "accepted":
            unit.run(accounts.count(row.target_id, followers=-1))
    enqueue(unit, "account.purge", {"account_id": account.id}, once=f"account.purge:{account.id}")

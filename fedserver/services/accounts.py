"""Accounts of this node: make, change, delete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from fedserver.db.queries import accounts, homes, media, relations, statuses
from fedserver.db.queries.accounts import Account
from fedserver.db.unit import Unit
from fedserver.domain import uris
from fedserver.domain.text import names
from fedserver.domain.text.fields import field_html
from fedserver.domain.text.names import UsernameProblem
from fedserver.jobqueue.enqueue import enqueue
from fedserver.kit.errors import Invalid, NotFound
from fedserver.kit.i18n import Lazy, lazy
from fedserver.services import conversations, emojis, follows, rules, search
from fedserver.services.events import AccessRevoked, AccountDeleted, ProfileChanged
from fedserver.services.keyring import KeyRing, NewKeys
from fedserver.services.texts import compose_text, mention_map, tag_page
from protocol.errors import Malformed
from protocol.hosts import normalise_host

# Mastodon 4.5
MAX_ATTRIBUTIONS = 10


def create_local(
    unit: Unit,
    keyring: KeyRing,
    *,
    username: str,
    keys: NewKeys,
    display_name: str = "",
    bot: bool = False,
    actor_type: str | None = None,
    of_feed: bool = False,
) -> int:
    """A new account; its id. ``Invalid`` when the name is not allowed or was ever taken. ``of_feed``: with a name that
    no person can have."""
    instance = username == uris.INSTANCE_USERNAME
    problem = None if instance else names.username_problem(username, of_feed=of_feed)
    if problem is UsernameProblem.RESERVED:
        raise Invalid(lazy("Username is reserved"))
    if problem is UsernameProblem.TOO_LONG:
        raise Invalid(lazy("Username is too long (30 characters at most)"))
    if problem is not None:
        raise Invalid(lazy("Username must contain only small letters, numbers and underscores"))
    uri = uris.actor(unit.site, username)
    if unit.one(statuses.tombstone(uri)) is not None:
        raise Invalid(lazy("Username has already been taken"))
    account_id = unit.new_id()
    values = {
        "id": account_id,
        "username": username,
        "domain": "",
        "handle_key": accounts.handle_key(username, ""),
        "uri": uri,
        "url": uris.profile(unit.site, username) if not instance else f"{unit.site.base_url}/about",
        "actor_type": actor_type or ("Service" if bot else "Person"),
        "display_name": display_name or username,
        "bot": int(bot),
        "discoverable": int(not instance),
        "inbox": f"{uri}/inbox",
        "shared_inbox": uris.shared_inbox(unit.site),
        "outbox": f"{uri}/outbox",
        "followers_uri": f"{uri}/followers",
        "following_uri": f"{uri}/following",
        "featured_uri": f"{uri}/collections/featured",
        "created_at": unit.now,
        "updated_at": unit.now,
    }
    if not unit.made(accounts.add(values)):
        raise Invalid(lazy("Username has already been taken"))
    keyring.store(unit, account_id, uri, keys)
    if not instance:
        search.keep_account(unit, unit.get(accounts.by_id(account_id)))
    return account_id


@dataclass(frozen=True, slots=True)
class ProfileChange:
    """What may change in a profile; None leaves a value as it is. ``fields``: (name, value) pairs of plain text.

    ``avatar_id`` and ``header_id`` name media of the account; 0 removes the picture.
    """

    display_name: str | None = None
    note: str | None = None
    fields: Sequence[tuple[str, str]] | None = None
    locked: bool | None = None
    bot: bool | None = None
    # handle or address of whoever answers for an automated account, '' for nobody
    operator: str | None = None
    discoverable: bool | None = None
    indexable: bool | None = None
    hide_collections: bool | None = None
    avatar_id: int | None = None
    header_id: int | None = None
    attribution_domains: Sequence[str] | None = None


def update_profile(unit: Unit, account_id: int, change: ProfileChange) -> None:
    """Change the profile; federates once however many things changed."""
    account = unit.get(accounts.by_id(account_id))
    limits = unit.site.limits
    values: dict[str, object] = {}
    if change.display_name is not None:
        if len(change.display_name) > limits.display_name:
            raise Invalid(_too_long("Display name", limits.display_name))
        values["display_name"] = names.clean_display_name(change.display_name, limits.display_name)
    if change.note is not None:
        if len(change.note) > limits.bio:
            raise Invalid(_too_long("Note", limits.bio))
        values["note_source"] = change.note
        values["note"] = compose_text(unit, change.note).html
    if change.fields is not None:
        values["fields"] = _fields(unit, change.fields)
    for name in ("locked", "discoverable", "indexable", "hide_collections"):
        wanted = getattr(change, name)
        if wanted is not None:
            values[name] = int(wanted)
    if change.bot is not None:
        values["bot"] = int(change.bot)
        values["actor_type"] = "Service" if change.bot else "Person"
    if change.operator is not None:
        values["operator"] = _operator(unit, account, change.operator.strip())
    if change.attribution_domains is not None:
        values["attribution_domains"] = _hosts(change.attribution_domains)
    for name in ("avatar_id", "header_id"):
        wanted = getattr(change, name)
        if wanted is not None:
            values[name] = _picture(unit, account_id, wanted)
    if values.keys() & {"display_name", "note", "fields"}:
        values["emojis"] = _emojis(unit, account, values)
    if values:
        _save(unit, account, values)


def _too_long(name: str, limit: int) -> Lazy:
    """In Mastodon's words."""
    return lazy("Validation failed: %(name)s is too long (maximum is %(limit)d characters)", name=name, limit=limit)


def _emojis(unit: Unit, account: Account, values: dict[str, object]) -> str:
    name, note, fields = (
        str(values.get(key, getattr(account, key))) for key in ("display_name", "note_source", "fields")
    )
    pairs = [part for row in orjson.loads(fields) for part in (row["name"], row.get("source", ""))]
    return emojis.written(unit, name, note, *pairs)


def _fields(unit: Unit, pairs: Sequence[tuple[str, str]]) -> str:
    limits = unit.site.limits
    kept = [(n.strip(), v.strip()) for n, v in pairs if n.strip() or v.strip()]
    if len(kept) > limits.fields:
        raise Invalid(lazy("There are too many profile fields"))
    if any(len(n) > limits.field_name or len(v) > limits.field_value for n, v in kept):
        raise Invalid(lazy("A profile field is too long"))
    rows = []
    for name, value in kept:
        resolved, _ = mention_map(unit, value)
        html = field_html(value, resolved, lambda tag: tag_page(unit, tag))
        rows.append({"name": names.clean_display_name(name, limits.field_name), "value": html, "source": value})
    return orjson.dumps(rows).decode()


def _operator(unit: Unit, account: Account, typed: str) -> str:
    """The id of whoever answers for an automated account: somebody who is known here, and somebody else."""
    if not typed:
        return ""
    handle = names.parse_handle(typed)
    if handle is not None:
        domain = "" if handle.domain in (None, "", unit.site.domain) else handle.domain or ""
        found = unit.one(accounts.by_handle(handle.username, domain))
    else:
        found = unit.one(accounts.by_uri(typed))
    if found is None or not found.active or found.id == account.id or found.actor_type == "Application":
        raise Invalid(lazy("Validation failed: Operator must be another account that is known here"))
    return found.uri


def _hosts(typed: Sequence[str]) -> str:
    """Hosts of pages that may name the account as their author; addresses count by their host."""
    found = []
    for text in typed:
        text = text.strip().partition("://")[2] or text.strip()
        text = text.partition("/")[0].removeprefix("*.")
        if not text:
            continue
        try:
            found.append(normalise_host(text))
        except Malformed:
            raise Invalid(lazy("Validation failed: Attribution domains is not a valid domain")) from None
    if len(found) > MAX_ATTRIBUTIONS:
        raise Invalid(lazy("Validation failed: Attribution domains has too many entries"))
    return orjson.dumps(list(dict.fromkeys(found))).decode()


def _picture(unit: Unit, account_id: int, media_id: int) -> int | None:
    if media_id == 0:
        return None
    found = unit.one(media.by_id(media_id))
    if found is None or found.account_id != account_id:
        raise NotFound
    return media_id


def _save(unit: Unit, account: Account, values: dict[str, object]) -> None:
    unit.run(accounts.change(account.id, {**values, "updated_at": unit.now}))
    unit.run(accounts.changed(account.id))
    changed = unit.get(accounts.by_id(account.id))
    search.keep_account(unit, changed)
    rules.done_by(unit, "profile", changed)
    unit.record(ProfileChanged(unit.get(accounts.by_id(account.id))))


def delete(unit: Unit, account_id: int) -> None:
    """Delete a local account: gone for readers at once, its posts by a job; its keys stay to sign the Delete."""
    account = unit.get(accounts.by_id(account_id))
    if account.deleted_at is not None:
        return
    for follow in [*unit.all(relations.followers_of(account_id)), *unit.all(relations.follows_of(account_id))]:
        follower = unit.get(accounts.by_id(follow.account_id))
        target = unit.get(accounts.by_id(follow.target_id))
        if follower.local and target.local:
            follows.unfollow(unit, follower, target)
    unit.run(homes.drop_home(account_id))
    unit.run(
        accounts.change(
            account_id,
            {
                "deleted_at": unit.now,
                "display_name": "",
                "note": "",
                "note_source": "",
                "fields": "[]",
                "avatar_id": None,
                "header_id": None,
            },
        )
    )
    unit.run(accounts.changed(account_id))
    unit.made(statuses.bury(account.uri, unit.now, local=account.local))
    unit.record(AccountDeleted(account))
    unit.record(AccessRevoked(account_id))
    enqueue(unit, "account.purge", {"account_id": account_id}, once=f"account.purge:{account_id}")


def purge_some(unit: Unit, account_id: int, count: int) -> int:
    """Remove up to ``count`` posts and, after the last one, the media, conversations, lists and filters of a deleted
    account; how many posts.

    Nobody is told of each: the Delete of the actor said it all.
    """
    rows = unit.all(statuses.of_account(account_id, limit=count))
    for row in rows:
        _remove_files(unit, unit.all(media.all_of_statuses([row.id])))
        unit.run(statuses.orphan(row.id))
        unit.run(statuses.remove(row.id))
        if row.visibility == statuses.DIRECT:
            conversations.deleted(unit, row.id)
        if row.reblog_of_id is not None:
            unit.run(statuses.count(row.reblog_of_id, reblogs=-1))
    if not rows:
        conversations.forget(unit, account_id)
        rest = unit.all(media.of_account(account_id))
        _remove_files(unit, rest)
        for medium in rest:
            unit.run(media.remove(medium.id))
    return len(rows)


def _remove_files(unit: Unit, found: Sequence[media.Medium]) -> None:
    files = [key for m in found for key in (m.original_key, m.file_key, m.preview_key) if key]
    if files:
        enqueue(unit, "media.remove_files", {"keys": files})

"""Rows -> ActivityStreams documents. The shapes are ``protocol.activitystreams.write``'s; here are the facts.

Functions give dicts without side effects; signing (``signed``) needs the author's Ed25519 key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import orjson

from fedserver.db.queries.accounts import Account, AccountKey
from fedserver.db.queries.emojis import Pictured
from fedserver.db.queries.media import Medium
from fedserver.db.queries.polls import Poll
from fedserver.db.queries.quotes import ACCEPTED, PENDING, Quote
from fedserver.db.queries.statuses import DIRECT, FOLLOWERS, PUBLIC, UNLISTED, Mention, Status, Tagged
from fedserver.domain import interactions, uris, usage
from fedserver.domain.site import Site
from fedserver.domain.text import clean
from fedserver.render import provenance
from keys.pair import PrivateKey
from protocol.activitystreams import values, write
from protocol.activitystreams.addressing import Visibility, addressing_for
from protocol.activitystreams.values import Document
from protocol.activitystreams.vocabulary import ACTOR_CONTEXT, AS, DATA_INTEGRITY
from protocol.proofs import add_proof

VISIBILITY = {
    PUBLIC: Visibility.PUBLIC,
    UNLISTED: Visibility.UNLISTED,
    FOLLOWERS: Visibility.FOLLOWERS,
    DIRECT: Visibility.DIRECT,
}
_TYPES = {"image": "Image", "gifv": "Video", "video": "Video", "audio": "Audio"}


def handle(site: Site, username: str, domain: str) -> str:
    """``@user@host``, with our own domain for local accounts."""
    return f"@{username}@{domain or site.domain}"


def medium(
    site: Site,
    row: Medium,
    made: provenance.Provenance = provenance.NOTHING,
    wished: Mapping[str, Any] = MappingProxyType({}),
) -> values.Media:
    """An attachment as FEP-1311 has it. ``url`` serves exactly the bytes that the digest is over; ``wished``: what its
    author wants of those who train models."""
    return values.Media(
        type=_TYPES.get(row.kind, "Document"),
        url=uris.media(site, row.id, row.token),
        media_type=row.mime,
        description=row.description or "",
        blurhash=row.blurhash or "",
        focal=(row.focus_x / 1000, row.focus_y / 1000) if row.focus_x or row.focus_y else None,
        width=row.width,
        height=row.height,
        duration=row.duration_ms,
        size=row.size,
        digest_multibase=row.digest or "",
        made=provenance.medium(site, row, made),
        extra=wished,
    )


def emojis(site: Site, stored: str) -> tuple[values.Emoji, ...]:
    """This node's own emoji as a row of ours keeps them."""
    if stored == "[]":
        return ()
    return tuple(
        values.Emoji(
            each["shortcode"],
            uris.media(site, int(each["media_id"]), each["token"]),
            uris.emoji(site, each["shortcode"]),
        )
        for each in orjson.loads(stored)
    )


def emoji_document(site: Site, found: Pictured) -> Document:
    """One of this node's own emoji, without ``@context``."""
    name, medium = found.emoji.shortcode, found.medium
    return write.write_emoji(
        values.Emoji(name, uris.media(site, medium.id, medium.token), uris.emoji(site, name), medium.created_at)
    )


def actor_value(
    site: Site,
    account: Account,
    rsa: AccountKey | None,
    ed25519: Sequence[AccountKey],
    avatar: Medium | None = None,
    header: Medium | None = None,
    moved_to: str | None = None,
) -> values.Actor:
    """A local account as an actor. A suspended one keeps its id and keys, and says nothing of itself."""
    instance = account.username == uris.INSTANCE_USERNAME
    if account.suspended_at is not None:
        account = account._replace(display_name="", note="", fields="[]", emojis="[]")
        avatar, header = None, None
    fields = orjson.loads(account.fields)
    return values.Actor(
        id=account.uri,
        type="Application" if instance else account.actor_type,
        preferred_username=uris.instance_name(site) if instance else account.username,
        webfinger=f"{uris.instance_name(site) if instance else account.username}@{site.domain}",
        inbox=account.inbox,
        name=account.display_name,
        summary_html=account.note,
        url=account.url,
        outbox=account.outbox,
        shared_inbox=account.shared_inbox,
        followers=account.followers_uri,
        following=account.following_uri,
        featured=None if instance else account.featured_uri,
        featured_tags=None if instance else f"{account.uri}/collections/tags",
        icon=medium(site, avatar) if avatar is not None else None,
        image=medium(site, header) if header is not None else None,
        public_keys=(values.KeyRef(rsa.uri, account.uri, rsa.public),) if rsa is not None else (),
        assertion_methods=tuple(values.Multikey(k.uri, account.uri, k.public) for k in ed25519),
        locked=bool(account.locked) or instance,
        discoverable=bool(account.discoverable),
        indexable=bool(account.indexable),
        attribution_domains=tuple(orjson.loads(account.attribution_domains)),
        suspended=account.suspended_at is not None,
        emojis=emojis(site, account.emojis),
        fields=tuple(values.Field(f["name"], f["value"]) for f in fields),
        also_known_as=tuple(orjson.loads(account.also_known_as)),
        moved_to=moved_to,
        operator=(account.operator or None) if account.bot else None,
        published=account.created_at // 86_400_000 * 86_400_000,
        updated=account.updated_at,
        implements=("https://datatracker.ietf.org/doc/html/rfc9421",) if instance else (),
        extra={} if instance else usage.properties(usage.wish("", account.training, site.training)),
    )


def actor_document(site: Site, *args: Any, **kw: Any) -> Document:
    """``actor_value`` as a document that stands alone."""
    return write.document(write.write_actor(actor_value(site, *args, **kw)), ACTOR_CONTEXT)


def featured_tag(site: Site, account: Account, typed: str, name: str) -> Document:
    """A hashtag in front of a profile."""
    return {"type": "Hashtag", "name": f"#{typed}", "href": uris.tagged_page(site, account.username, name)}


class Extras(NamedTuple):
    """What hangs on some posts: a poll, what they quote (written while nobody has refused it), how they were made."""

    poll: Poll | None = None
    quote: Quote | None = None
    made: provenance.Provenance = provenance.NOTHING


NOTHING: Final = Extras()


def note_value(
    site: Site,
    status: Status,
    author: Account,
    media: Sequence[Medium] = (),
    mentions: Sequence[Mention] = (),
    tags: Sequence[Tagged] = (),
    extras: Extras = NOTHING,
) -> values.Object:
    """A local post. The author answered is among ``mentions`` only if the text names them, as on Mastodon."""
    addressing = addressing_for(
        VISIBILITY[status.visibility], author.followers_uri or "", [mention.uri for mention in mentions]
    )
    replies = values.Collection(
        id=f"{status.uri}/replies",
        ordered=False,
        first_page=values.CollectionPage(
            ordered=False, part_of=f"{status.uri}/replies", next=f"{status.uri}/replies?page=true"
        ),
    )
    said = extras.made.said
    wished = usage.properties(usage.wish(said.training if said is not None else "", author.training, site.training))
    attachments = tuple(medium(site, m, extras.made, wished) for m in media)
    hashtags = tuple(values.Hashtag(t.name, uris.tag_page(site, t.name)) for t in tags)
    return values.Object(
        id=status.uri,
        type=status.object_type,
        attributed_to=author.uri,
        url=status.url or status.uri,
        content_html=clean.clean(status.content),
        language=status.language,
        summary=status.spoiler,
        sensitive=bool(status.sensitive or (media and author.sensitized_at)),
        in_reply_to=status.in_reply_to_uri,
        published=status.created_at,
        updated=status.edited_at,
        to=addressing.to,
        cc=addressing.cc,
        mentions=tuple(values.Mention(m.uri, handle(site, m.username, m.domain)) for m in mentions),
        hashtags=hashtags + provenance.hashtags(site, extras.made, hashtags),
        emojis=emojis(site, status.emojis),
        labels=provenance.labels(site, extras.made),
        attachments=attachments,
        replies=replies if status.open else None,
        likes=values.Collection(id=f"{status.uri}/likes", ordered=False) if status.open else None,
        shares=values.Collection(id=f"{status.uri}/shares", ordered=False) if status.open else None,
        context=None,
        poll=_poll(extras.poll) if extras.poll is not None else None,
        quote_url=extras.quote.quoted_uri if extras.quote is not None else None,
        quote_authorization=extras.quote.stamp_uri if extras.quote is not None else None,
        policy=values.InteractionPolicy(can_quote=_quote_permission(status, author)),
        made=provenance.post(author.uri, [each.made for each in attachments], extras.made),
        extra=wished,
    )


def _poll(row: Poll) -> values.Poll:
    """Hidden totals are not told before the end, as on Mastodon."""
    hidden = bool(row.hide_totals) and row.closed_at is None
    options = tuple(values.PollOption(each.title, 0 if hidden else each.votes) for each in row.choices)
    return values.Poll(options, bool(row.multiple), row.expires_at, row.closed_at, row.voters_count)


def _quote_permission(status: Status, author: Account) -> values.Permission:
    names = interactions.Author(author.uri, author.followers_uri, author.following_uri)
    return interactions.quote_permission(status.quote_policy if status.open else 0, names)


def extras_of(poll: Poll | None, quote: Quote | None, made: provenance.Provenance = provenance.NOTHING) -> Extras:
    """A quote that was rejected or revoked is not written any more."""
    return Extras(poll, quote if quote is not None and quote.state in (PENDING, ACCEPTED) else None, made)


def stamp(quote: Quote, status_uri: str, quoted_author: Account) -> values.Stamp:
    """The stamp of a local author."""
    address = quote.stamp_uri or uris.stamp(quoted_author.uri, quote.id)
    return values.Stamp(address, quoted_author.uri, status_uri, quote.quoted_uri)


def note(site: Site, *args: Any, **kw: Any) -> Document:
    """``note_value`` without ``@context``, ready to be embedded."""
    return write.write_object(note_value(site, *args, **kw))


def note_document(noun: Document) -> Document:
    """A post that stands alone."""
    return write.document(noun, write.object_context(noun))


def create(noun: Document, actor: str, published: int) -> Document:
    """The Create of a post."""
    return write.create(id=f"{noun['id']}/activity", actor=actor, object=noun, published=published)


def announce(boost: Status, booster: Account, author_uri: str, object_uri: str) -> Document:
    """A boost; addressed as Mastodon does it, so that the author's server hears of it too."""
    addressing = addressing_for(VISIBILITY[boost.visibility], booster.followers_uri or "", [author_uri])
    return write.announce(
        id=boost.uri,
        actor=booster.uri,
        object=object_uri,
        to=addressing.to,
        cc=addressing.cc,
        published=boost.created_at,
    )


def signed(document: Document, key: PrivateKey, verification_method: str, now: int) -> Document:
    """With an object integrity proof (FEP-8b32); the context learns the words of the proof where it lacks them."""
    context = document.get("@context")
    if not isinstance(context, list):
        document = {**document, "@context": [context or AS, DATA_INTEGRITY]}
    elif DATA_INTEGRITY not in context:
        document = {**document, "@context": [context[0], DATA_INTEGRITY, *context[1:]]}
    created = write.format_time(now // 1000 * 1000) or ""
    return add_proof(document, key, verification_method, created, with_context=True)


def body(document: Mapping[str, Any]) -> bytes:
    """The bytes that travel."""
    return orjson.dumps(document)

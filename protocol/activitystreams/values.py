"""What the readers give and the writers take: frozen values, already checked and capped.

Conventions: ids and URLs are http(s) strings; times are integer milliseconds since 1970 UTC; `""` is an absent text,
None an absent anything else; `*_html` is **unsafe markup as it came**, every output path cleans it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from protocol.activitystreams.provenance import UNSAID, Made
from protocol.activitystreams.vocabulary import ACTOR_TYPES, BOT_TYPES, PUBLIC

Document = dict[str, Any]
"""A JSON object."""


class KeyRef(NamedTuple):
    """A `publicKey` entry as the document claims it. `authority.check_key` says whether it counts."""

    id: str
    owner: str
    pem: str


class Multikey(NamedTuple):
    """An `assertionMethod` entry (FEP-521a)."""

    id: str
    controller: str
    public_key_multibase: str


class Field(NamedTuple):
    """A PropertyValue of a profile."""

    name: str
    value_html: str


class Mention(NamedTuple):
    """`href` is an actor's id or, from some servers, its web page; `name` the handle, or ""."""

    href: str
    name: str


class Hashtag(NamedTuple):
    """`name` without the `#`, otherwise as it came."""

    name: str
    href: str | None


class Emoji(NamedTuple):
    """A custom emoji (FEP-9098). The shortcode has no colons and only `[A-Za-z0-9_]`."""

    shortcode: str
    url: str
    id: str | None = None
    updated: int | None = None


class Label(NamedTuple):
    """A content label in `tag` (FEP-4c96 draft)."""

    href: str
    name: str


class Link(NamedTuple):
    """A Link attachment: the author's own choice for a preview card."""

    href: str
    name: str = ""
    media_type: str = ""


class Permission(NamedTuple):
    """Who may interact: approved at once, or asked first. Actor or collection ids, or PUBLIC."""

    automatic: tuple[str, ...] = ()
    manual: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InteractionPolicy:
    """GoToSocial's interactionPolicy, with `canQuote` of FEP-044f and `canFeature` of FEP-7aa9. None: not said."""

    can_like: Permission | None = None
    can_reply: Permission | None = None
    can_announce: Permission | None = None
    can_quote: Permission | None = None
    can_feature: Permission | None = None


@dataclass(frozen=True, slots=True)
class Media:
    """A medium (FEP-1311). `type` is Image, Video, Audio or Document; duration in milliseconds; focal in -1..1."""

    type: str
    url: str
    media_type: str = ""
    description: str = ""
    blurhash: str = ""
    focal: tuple[float, float] | None = None
    width: int | None = None
    height: int | None = None
    duration: int | None = None
    size: int | None = None
    digest_multibase: str = ""
    sensitive: bool = False
    made: Made = UNSAID
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)


class PollOption(NamedTuple):
    """An option of a poll with the votes that its server counted."""

    name: str
    votes: int = 0


@dataclass(frozen=True, slots=True)
class Poll:
    """`multiple` is anyOf. `closed` is the time it was closed, as far as it was said."""

    options: tuple[PollOption, ...]
    multiple: bool = False
    ends: int | None = None
    closed: int | None = None
    voters: int | None = None


class Item(NamedTuple):
    """An entry of a collection: its id, and the embedded document where there is one (a hint, see authority)."""

    id: str | None
    document: Document | None = None


@dataclass(frozen=True, slots=True)
class CollectionPage:
    """A page of a collection; `next` and `prev` are ids of pages."""

    id: str | None = None
    ordered: bool = True
    items: tuple[Item, ...] = ()
    part_of: str | None = None
    next: str | None = None
    prev: str | None = None
    total: int | None = None

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the items, in order; items without one are left out."""
        return tuple(item.id for item in self.items if item.id is not None)


@dataclass(frozen=True, slots=True)
class Collection:
    """`first` is the id of the first page; `first_page` the page itself where it was embedded."""

    id: str | None = None
    ordered: bool = True
    total: int | None = None
    items: tuple[Item, ...] = ()
    first: str | None = None
    last: str | None = None
    first_page: CollectionPage | None = None
    attributed_to: str | None = None

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the items, in order; items without one are left out."""
        return tuple(item.id for item in self.items if item.id is not None)


@dataclass(frozen=True, slots=True)
class Actor:
    """An actor. Collections and the shared inbox are on the actor's own origin, or were dropped."""

    id: str
    type: str
    preferred_username: str
    inbox: str
    name: str = ""
    summary_html: str = ""
    url: str | None = None
    outbox: str | None = None
    shared_inbox: str | None = None
    followers: str | None = None
    following: str | None = None
    featured: str | None = None
    featured_tags: str | None = None
    icon: Media | None = None
    image: Media | None = None
    public_keys: tuple[KeyRef, ...] = ()
    assertion_methods: tuple[Multikey, ...] = ()
    locked: bool = False
    discoverable: bool | None = None
    indexable: bool | None = None
    memorial: bool = False
    suspended: bool = False
    fields: tuple[Field, ...] = ()
    emojis: tuple[Emoji, ...] = ()
    hashtags: tuple[Hashtag, ...] = ()
    also_known_as: tuple[str, ...] = ()
    moved_to: str | None = None
    attribution_domains: tuple[str, ...] = ()
    moderators: str | None = None
    # the actor that answers for an automated one
    operator: str | None = None
    webfinger: str | None = None
    published: int | None = None
    updated: int | None = None
    implements: tuple[str, ...] = ()
    policy: InteractionPolicy | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def bot(self) -> bool:
        """Whether the actor says that it is automated (Service, Application)."""
        return self.type in BOT_TYPES

    @property
    def group(self) -> bool:
        """Whether the actor is a group (FEP-1b12)."""
        return self.type == "Group"


@dataclass(frozen=True, slots=True)
class Object:
    """Something people post. `url` is a page on the id's own origin; it is the id where none was given."""

    id: str
    type: str
    attributed_to: str
    url: str
    content_html: str = ""
    content_map: Mapping[str, str] = field(default_factory=dict, hash=False)
    language: str | None = None
    name: str = ""
    summary: str = ""
    sensitive: bool = False
    in_reply_to: str | None = None
    published: int | None = None
    updated: int | None = None
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()
    mentions: tuple[Mention, ...] = ()
    hashtags: tuple[Hashtag, ...] = ()
    emojis: tuple[Emoji, ...] = ()
    labels: tuple[Label, ...] = ()
    attachments: tuple[Media, ...] = ()
    links: tuple[Link, ...] = ()
    preview_image: str | None = None
    poll: Poll | None = None
    quote_url: str | None = None
    # said with one of the older keys only, which know no permission
    legacy_quote: bool = False
    quote_authorization: str | None = None
    policy: InteractionPolicy | None = None
    context: str | None = None
    conversation: str | None = None
    replies: Collection | None = None
    likes: Collection | None = None
    shares: Collection | None = None
    source_text: str = ""
    source_media_type: str = ""
    starts: int | None = None
    ends: int | None = None
    made: Made = UNSAID
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)
    # the document as it came, for its proof: do not change it
    raw: Mapping[str, Any] = field(default_factory=dict, hash=False, compare=False, repr=False)

    @property
    def warning(self) -> str:
        """The content warning. On long forms (Article, Page, Video ...) a summary is a summary (FEP-b2b8)."""
        return self.summary if self.sensitive or self.type in ("Note", "Question") else ""

    @property
    def is_poll_vote(self) -> bool:
        """A Note with a name, a parent and no text of its own (FEP-9967). snac sends `<br>` for no text."""
        no_text = self.content_html in ("", "<br>", "<br/>", "<br />", "<p></p>", self.name)
        return (
            self.type == "Note"
            and bool(self.name)
            and self.in_reply_to is not None
            and no_text
            and not self.attachments
        )


@dataclass(frozen=True, slots=True)
class Activity:
    """An activity. `object_id` or `object` is there; `object` and `raw` are the dicts as they came: do not change them.

    `object_ids` has every id of `object` in order (a Flag names several), `target` and `instrument` ids only.
    """

    id: str | None
    type: str
    actor: str
    object_id: str | None
    object: Document | None = field(default=None, hash=False)
    object_ids: tuple[str, ...] = ()
    target: str | None = None
    origin: str | None = None
    instrument: str | None = None
    result: str | None = None
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()
    published: int | None = None
    content: str = ""
    emojis: tuple[Emoji, ...] = ()
    raw: Mapping[str, Any] = field(default_factory=dict, hash=False, compare=False)

    @property
    def public(self) -> bool:
        """Whether everybody is addressed."""
        return PUBLIC in self.to or PUBLIC in self.cc

    @property
    def embeds_actor(self) -> bool:
        """Whether the embedded object is an actor: an Update of a profile."""
        kind = self.object.get("type") if self.object is not None else None
        return any(
            isinstance(name, str) and name in ACTOR_TYPES for name in (kind if isinstance(kind, list) else [kind])
        )


class Stamp(NamedTuple):
    """A QuoteAuthorization (FEP-044f): `attributed_to` lets the object `quoting` quote the object `quoted`."""

    id: str
    attributed_to: str
    quoting: str
    quoted: str


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What is left of a deleted object (FEP-4f05)."""

    id: str
    former_type: str = ""
    deleted: int | None = None

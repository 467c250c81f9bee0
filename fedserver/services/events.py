"""What can happen. Services record these in the unit of work; ``effects/table.py`` says what follows from each.

Events carry the rows as they stood, so that an effect needs no look-up and works for what is already gone.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from fedserver.db.queries.accounts import Account
from fedserver.db.queries.ledger import Decision
from fedserver.db.queries.quotes import Quote
from fedserver.db.queries.reactions import Favourite
from fedserver.db.queries.relations import Block, Follow
from fedserver.db.queries.relays import Relay
from fedserver.db.queries.statuses import Status


class OfStatus(Protocol):
    """What several events have in common."""

    @property
    def status(self) -> Status: ...
    @property
    def author(self) -> Account: ...


class StatusPosted(NamedTuple):
    """A post was stored, written here or received. ``fresh`` is false for old posts that were fetched later:
    they neither notify nor enter home timelines."""

    status: Status
    author: Account
    mentioned: tuple[Account, ...]
    parent_author: Account | None
    fresh: bool
    tags: tuple[str, ...]
    # the address whose card the post shows
    link: str | None = None
    with_media: bool = False
    # answers that had come before it hang on it from now on
    adopted: bool = False


class StatusEdited(NamedTuple):
    """A post changed; ``mentioned`` are those that it mentions now, ``newly`` those of them that it did not before."""

    status: Status
    author: Account
    mentioned: tuple[Account, ...]
    newly: tuple[Account, ...]
    link: str | None = None


class ProvenanceChanged(NamedTuple):
    """Somebody says something else of how media of a post were made; its text is what it was."""

    status: Status
    author: Account


class Remixed(NamedTuple):
    """``status`` says that it is based on ``original``."""

    status: Status
    author: Account
    original: Status
    original_author: Account


class StatusDeleted(NamedTuple):
    """A post is gone. ``reached``: inboxes (ids) beyond the author's followers that had received it."""

    status: Status
    author: Account
    reached: tuple[int, ...]
    holders: tuple[int, ...]
    # the lists (ids) in whose timelines it stood
    lists: tuple[int, ...] = ()
    # moderators held it, whatever ``status`` says of who was to see it
    held: bool = False


class StatusHeld(NamedTuple):
    """Moderators (or a rule of theirs) took a post out of everybody's sight but its author's."""

    status: Status


class StatusReleased(NamedTuple):
    """A post that was held is to be seen again by those it was written for. ``held_at``: since when it was."""

    status: Status
    held_at: int = 0


class Decided(NamedTuple):
    """A decision of moderation took effect and stands in the ledger."""

    decision: Decision


class Undone(NamedTuple):
    """A decision of moderation was taken back, or its time is over."""

    decision: Decision


class Boosted(NamedTuple):
    """``boost`` is the new row, ``status`` what was boosted."""

    boost: Status
    booster: Account
    status: Status
    author: Account
    fresh: bool


class Unboosted(NamedTuple):
    boost: Status
    booster: Account
    status: Status
    author: Account
    holders: tuple[int, ...]
    lists: tuple[int, ...] = ()


class Favourited(NamedTuple):
    favourite: Favourite
    account: Account
    status: Status
    author: Account


class Unfavourited(NamedTuple):
    favourite: Favourite
    account: Account
    status: Status
    author: Account


class FollowRequested(NamedTuple):
    """The target (or its server) has to answer first."""

    follow: Follow
    follower: Account
    target: Account


class FollowAccepted(NamedTuple):
    """From now on the follow counts. ``requested``: it had waited for the answer."""

    follow: Follow
    follower: Account
    target: Account
    requested: bool


class FollowRejected(NamedTuple):
    """The target refused a request or removed a follower."""

    follow: Follow
    follower: Account
    target: Account


class Unfollowed(NamedTuple):
    follow: Follow
    follower: Account
    target: Account


class Blocked(NamedTuple):
    block: Block
    account: Account
    target: Account


class Unblocked(NamedTuple):
    block: Block
    account: Account
    target: Account


class ProfileChanged(NamedTuple):
    """Name, note, pictures, switches or keys of a local account changed, or it was suspended or restored."""

    account: Account


class AccountDeleted(NamedTuple):
    account: Account


class PinChanged(NamedTuple):
    status: Status
    author: Account
    pinned: bool


class FeaturedTagChanged(NamedTuple):
    """An account put a hashtag in front of its profile, or took it away. ``typed`` as it writes it."""

    account: Account
    typed: str
    name: str
    featured: bool


class Reported(NamedTuple):
    """``object_uris``: the account and posts that the report names. ``again``: moderators know of it already."""

    report_id: int
    reporter: Account
    target: Account
    object_uris: tuple[str, ...]
    comment: str
    forward: bool
    again: bool = False


class RegistrationDropped(NamedTuple):
    """Newcomers have to be approved from now on. ``why``: idle (no moderator was here) or surge."""

    why: str


class RelayChanged(NamedTuple):
    """The node asks a relay to take part (``joined``), or leaves it."""

    relay: Relay
    instance: Account
    joined: bool


class AccountMoved(NamedTuple):
    """A followed account moved to ``target``; its followers here follow along."""

    account: Account
    target: Account


class NotificationMade(NamedTuple):
    """A row of ``notifications`` was written for a local account."""

    notification_id: int
    account_id: int
    type: str


class NotificationsMerged(NamedTuple):
    """Requests were accepted: what was filtered stands among the account's notifications."""

    account_id: int


class AnnouncementPublished(NamedTuple):
    """An announcement is shown from now on, or has changed."""

    announcement_id: int


class AnnouncementReacted(NamedTuple):
    """A reaction (``name``) to an announcement came or went."""

    announcement_id: int
    name: str


class AnnouncementWithdrawn(NamedTuple):
    """An announcement is gone."""

    announcement_id: int


class SignedUp(NamedTuple):
    """Somebody asks for an account, or got one."""

    account: Account
    pending: bool


class AddressGiven(NamedTuple):
    """A user named a new address: its owner is asked. ``taken_by``: who has it already, and is told instead."""

    user_id: int
    address: str
    taken_by: int | None = None


class ResetAsked(NamedTuple):
    """Somebody forgot the password of whoever has this address, if anybody has."""

    address: str


class UserDecided(NamedTuple):
    """A request to join was answered; ``address`` is where the answer goes, None for nowhere."""

    username: str
    address: str | None
    locale: str
    approved: bool


class AccountChanged(NamedTuple):
    """Something that guards an account changed; its owner is told by mail. ``what`` is a key of ``render.mails``;
    ``address``: where to, None for the address of the account."""

    user_id: int
    what: str
    address: str | None = None
    about: str = ""


class AccessRevoked(NamedTuple):
    """Sessions, tokens or the account itself ended: streams of the account must close."""

    account_id: int


class PollVoted(NamedTuple):
    """Somebody voted. ``votes``: (id of the vote, title of the option)."""

    status: Status
    author: Account
    voter: Account
    votes: tuple[tuple[int, str], ...]


class PollCounted(NamedTuple):
    """The counts of a local poll are to be told to those who follow it."""

    status: Status
    author: Account


class PollEnded(NamedTuple):
    """Nobody can vote any more. ``voters``: some of those of this node who did; ``first``: the end is new."""

    status: Status
    author: Account
    voters: tuple[Account, ...]
    first: bool


class QuoteRequested(NamedTuple):
    """A local post quotes a remote one, whose author has to agree."""

    quote: Quote
    status: Status
    author: Account
    quoted: Status
    quoted_author: Account


class QuoteAccepted(NamedTuple):
    """The quoted author agrees. ``request``: the id of the QuoteRequest from elsewhere that is answered;
    ``publishing``: the quoting post is stored in this same unit."""

    quote: Quote
    status: Status
    author: Account
    quoted: Status
    quoted_author: Account
    request: str | None
    publishing: bool


class QuoteRefused(NamedTuple):
    """A local author does not agree to the quote that somebody elsewhere asks for."""

    request: str | None
    asker: Account
    quoting_uri: str
    quoted: Status
    quoted_author: Account


class QuoteEnded(NamedTuple):
    """The quoted author rejected the quote, or agrees no longer. ``stamp``: what is void from now on."""

    quote: Quote
    status: Status
    author: Account
    quoted: Status | None
    quoted_author: Account
    stamp: str | None


class PolicyChanged(NamedTuple):
    """Who may quote a local post changed."""

    status: Status
    author: Account


class FiltersChanged(NamedTuple):
    """Somebody changed their filters; their clients ask for what they show anew."""

    account_id: int


class ConversationChanged(NamedTuple):
    """One's view of a conversation got a post, or was read."""

    conversation_id: int
    account_id: int

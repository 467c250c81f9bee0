"""Who may do what with a post: GoToSocial's ``interactionPolicy``, and Mastodon's reading of ``canQuote`` (FEP-044f).

Who may quote is kept as a number, as Mastodon does it: the groups that are accepted at once in the upper 16 bits, those
that the author is asked about in the lower ones. What other servers say of likes, answers and boosts is kept as they
said it, and only where it is less than "everybody".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, NamedTuple

import orjson

from protocol.activitystreams.values import InteractionPolicy, Permission
from protocol.activitystreams.vocabulary import PUBLIC

Answer = Literal["automatic", "manual", "unknown", "denied"]
Verb = Literal["like", "reply", "announce"]

# groups; UNSUPPORTED: somebody else, whom these words cannot name
UNSUPPORTED: Final = 1
ANYBODY: Final = 2
FOLLOWERS: Final = 4
FOLLOWING: Final = 8
_SHIFT: Final = 16

POLICIES: Final[Mapping[str, int]] = {
    "public": ANYBODY << _SHIFT,
    "followers": FOLLOWERS << _SHIFT,
    "nobody": 0,
}
"""The words of the client API (``quote_approval_policy``)."""

_WORDS: Final = (
    (ANYBODY, "public"),
    (FOLLOWERS, "followers"),
    (FOLLOWING, "following"),
    (UNSUPPORTED, "unsupported_policy"),
)


class Author(NamedTuple):
    """The addresses by which a policy names its author and the author's people."""

    uri: str
    followers: str | None
    following: str | None


class Asker(NamedTuple):
    """Who wants to, and what stands between them and the author."""

    uri: str
    follows: bool = False
    followed: bool = False
    mentioned: bool = False


def quote_bits(policy: InteractionPolicy | None, author: Author) -> int:
    """``canQuote`` as a number; 0 (nobody) where nothing was said."""
    if policy is None or policy.can_quote is None:
        return 0
    return _groups(policy.can_quote.automatic, author) << _SHIFT | _groups(policy.can_quote.manual, author)


def _groups(addresses: Iterable[str], author: Author) -> int:
    bits = 0
    for address in addresses:
        if address == PUBLIC:
            bits |= ANYBODY
        elif address == author.followers:
            bits |= FOLLOWERS
        elif address == author.following:
            bits |= FOLLOWING
        elif address != author.uri:
            bits |= UNSUPPORTED
    return bits


def quote_permission(bits: int, author: Author) -> Permission:
    """A number as ``canQuote``. Nobody is written as the author alone, since an empty list is easily lost."""
    automatic = []
    if bits >> _SHIFT & ANYBODY:
        automatic.append(PUBLIC)
    if bits >> _SHIFT & FOLLOWERS and author.followers:
        automatic.append(author.followers)
    return Permission(tuple(automatic) or (author.uri,), ())


def quote_words(bits: int) -> tuple[list[str], list[str]]:
    """``automatic`` and ``manual`` of QuoteApproval."""
    return _words(bits >> _SHIFT), _words(bits & 0xFFFF)


def _words(groups: int) -> list[str]:
    return [word for bit, word in _WORDS if groups & bit]


def needs_relation(bits: int) -> bool:
    """Whether the answer hangs on who follows whom."""
    return not bits >> _SHIFT & ANYBODY and bool((bits | bits >> _SHIFT) & (FOLLOWERS | FOLLOWING))


def may_quote(bits: int, *, follows: bool, followed: bool) -> Answer:
    """How a quote by somebody other than the author is received. ``follows``: they follow the author; ``followed``:
    the author follows them."""
    mine = ANYBODY | (FOLLOWERS if follows else 0) | (FOLLOWING if followed else 0)
    if bits >> _SHIFT & mine:
        return "automatic"
    if bits & 0xFFFF & mine:
        return "manual"
    return "unknown" if (bits | bits >> _SHIFT) & UNSUPPORTED else "denied"


def kept_limits(policy: InteractionPolicy | None) -> str:
    """What a remote policy says of likes, answers and boosts, as JSON; '' where everybody may do everything."""
    if policy is None:
        return ""
    verbs = {"like": policy.can_like, "reply": policy.can_reply, "announce": policy.can_announce}
    found = {
        verb: [list(permission.automatic[:50]), list(permission.manual[:50])]
        for verb, permission in verbs.items()
        if permission is not None and PUBLIC not in permission.automatic
    }
    return orjson.dumps(found).decode() if found else ""


def may(limits: str, verb: Verb, author: Author, asker: Asker) -> Answer:
    """Whether somebody may like, answer or boost a post with these limits. Authors may all; who is mentioned may
    answer."""
    if not limits or asker.uri == author.uri or (verb == "reply" and asker.mentioned):
        return "automatic"
    said: Any = orjson.loads(limits).get(verb)
    if said is None:
        return "automatic"
    mine = {PUBLIC, asker.uri}
    if asker.follows and author.followers:
        mine.add(author.followers)
    if asker.followed and author.following:
        mine.add(author.following)
    for answer, addresses in zip(("automatic", "manual"), said, strict=True):
        if mine & set(addresses):
            return "automatic" if answer == "automatic" else "manual"
    return "denied"

"""Names: local usernames, display names, handles, hashtags."""

from __future__ import annotations

import re
import unicodedata
from enum import Enum
from functools import lru_cache
from typing import Final, NamedTuple

from fedserver.domain.text.characters import contained, without_controls, without_invisible, without_towers
from protocol.errors import Malformed
from protocol.hosts import normalise_host

USERNAME_LENGTH: Final = 30
DISPLAY_NAME_LENGTH: Final = 30
REMOTE_NAME_LENGTH: Final = 200
HASHTAG_LENGTH: Final = 100
_HANDLE_LENGTH: Final = 512

_USERNAME = re.compile(r"[a-z0-9_]+")
_REMOTE_USERNAME = re.compile(
    r"[^\s@/:?#\\<>\"'&\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]{1,255}"
)
_SPACES = re.compile(r"\s+")

# Names that a page, an endpoint or an official account has or could have. They stay reserved for ever.
_RESERVED_WORDS = """
about abuse account accounts activity actor actors admin administrator admins all announcement announcements
anonymous api app apps assets auth authorize authorize_interaction avatar avatars billing blog bot communities
community contact cors_test custom delete deleted discover docs download email error everyone explore export faq
favicon federation fedserver feed feeds filters followers following get groups guest health help here home host
hostmaster hub icons image images import inbox info instance invite invites legal links list lists login logout
mail main manifest me media metrics mod moderation moderator moderators mods mute new news nobody nodeinfo notes
notifications null oauth objects official ops outbox owner owners password policies policy postmaster
preferences press privacy profile proxy public register registration relay report reports reset robots root rss
rules search security self server service session sessions settings share shared_inbox sharedinbox signin
signout signup site sitemap ssl staff static status statuses streaming suggestions support sysadmin system tag
tags team terms test thread timeline timelines token undefined unsubscribe update upload uploads url user
username users verify web webfinger webmaster welcome well_known wellknown www you
"""
RESERVED: Final = frozenset(_RESERVED_WORDS.split())
# the groups that a community's feeds are known by on other servers, and the one that readers' own feeds look like
FEED_PREFIX: Final = "feed_"
OWN_FEEDS: Final = "your_feeds"


class UsernameProblem(Enum):
    """Why a name cannot be a local username."""

    EMPTY = "empty"
    TOO_LONG = "too-long"
    INVALID = "invalid"
    RESERVED = "reserved"


class Handle(NamedTuple):
    """`@username@domain`; without a domain it is local. The domain is normalised, the username as it was typed."""

    username: str
    domain: str | None


def username_problem(name: str, *, of_feed: bool = False) -> UsernameProblem | None:
    """Why `name` cannot be registered, or None. ASCII `[a-z0-9_]`, 1 to 30, not reserved, not only underscores.

    Nothing is folded: `Alice` and `ａlice` are refused rather than turned into `alice`. The groups of feeds alone are
    called as such (``of_feed``).
    """
    if not name:
        return UsernameProblem.EMPTY
    if len(name) > USERNAME_LENGTH:
        return UsernameProblem.TOO_LONG
    if not _USERNAME.fullmatch(name) or not name.strip("_"):
        return UsernameProblem.INVALID
    if name in RESERVED or name.strip("_") in RESERVED:
        return UsernameProblem.RESERVED
    if not of_feed and name.lstrip("_").startswith((FEED_PREFIX, OWN_FEEDS)):
        return UsernameProblem.RESERVED
    return None


def clean_display_name(name: str, length: int = DISPLAY_NAME_LENGTH) -> str:
    """One line that cannot disturb its neighbours: no controls, invisible characters or overrides, at most four marks
    on a character. Pages isolate it with `<bdi>` besides. May come out empty: then the username is shown."""
    line = _SPACES.sub(" ", without_controls(name[: length * 8]))
    return contained(without_towers(without_invisible(line)).strip()[:length].strip())


def parse_handle(text: str) -> Handle | None:
    """Read `user`, `@user`, `user@host`, `@user@host` or `acct:user@host`; None for anything else."""
    if len(text) > _HANDLE_LENGTH:
        return None
    username, at, domain = text.strip().removeprefix("acct:").removeprefix("@").partition("@")
    if not _REMOTE_USERNAME.fullmatch(username):
        return None
    if not at:
        return Handle(username, None)
    try:
        return Handle(username, normalise_host(domain))
    except Malformed:
        return None


def is_hashtag_character(char: str) -> bool:
    """Letters, digits, marks (Indic scripts need them), `_`, middle dots and the zero-width non-joiner (Persian)."""
    return char.isalnum() or char in "_·・\u200c" or unicodedata.category(char)[0] == "M"


def is_hashtag(text: str) -> bool:
    """Whether the whole text (without `#`) can stand as one hashtag, as `normalise_hashtag` has it."""
    folded = unicodedata.normalize("NFKC", text)
    return all(is_hashtag_character(char) for char in folded) and normalise_hashtag(text) is not None


def normalise_hashtag(name: str) -> str | None:
    """The form that equal hashtags share: NFKC, case folded, without `#` and without what a hashtag cannot contain.

    None where nothing is left, or only digits and separators. `#ＦooBar` and `foobar` are one.
    """
    return _hashtag(name[: HASHTAG_LENGTH * 4])


@lru_cache(maxsize=1024)
def _hashtag(kept: str) -> str | None:
    # posts of a community carry the same tags over and over
    # Twice: what is left after dropping a character may compose with its new neighbour.
    for _ in range(2):
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", kept).casefold())
        kept = "".join(char for char in folded if is_hashtag_character(char))
    kept = kept[:HASHTAG_LENGTH].strip("·・\u200c")
    return kept if any(char.isalpha() for char in kept) else None

"""What is known of a post and its author without asking anybody, and the signals that follow from it. Pure.

The rules of a running node and a backtest over last month make the same ``Facts``, one from what is being stored, the
other from rows, so both have the same values of these signals. What has to be counted (posts of a day, copies) is
asked for elsewhere: ``services/rule_signals.py`` counts now, ``services/replay.py`` counts as of then.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from html import unescape
from typing import Any, Final, NamedTuple

from fedserver.domain.moderation.trust import tier
from fedserver.domain.provenance.labels import Label
from fedserver.domain.text import words
from fedserver.domain.text.links import outward
from fedserver.kit.ids import time_of

DAY_MS: Final = 24 * 3600 * 1000
HOUR_MS: Final = 3600 * 1000
VISIBILITIES: Final = ("public", "unlisted", "private", "direct")
# shorter texts are the same by chance
LEAST_WORDS: Final = 5
_TAG = re.compile(r"<[^>]*>")
_MENTION = re.compile(r'<a [^<>]*\bclass="[^"]*\bmention\b[^"]*"[^<>]*>.*?</a>', re.DOTALL)
_ADDRESS = re.compile(r"\bhttps?://\S+", re.IGNORECASE)
_AI: Final = frozenset({Label.GENERATED, Label.PARTLY, Label.MAYBE, Label.DISPUTED})
_KINDS: Final = {"gifv": "video"}


class Pictured(NamedTuple):
    """A medium of a post. ``label`` and ``license`` None, ``models`` empty where nothing is known of its making."""

    kind: str
    described: bool
    label: str | None = None
    license: str | None = None
    models: tuple[str, ...] = ()
    disclosed: bool = False
    group_id: int | None = None


@dataclass(slots=True)
class Author:
    """Whoever does it. ``team`` None: not known yet; it is asked for where somebody wants the trust."""

    id: int
    name: str
    domain: str
    followers: int = 0
    following: int = 0
    posts: int = 0
    bot: bool = False
    locked: bool = False
    has_picture: bool = False
    has_note: bool = False
    trust: int | None = None
    team: bool | None = None


@dataclass(slots=True)
class Post:
    """A post, a new version of one, or the post that somebody boosts.

    ``visibility`` is what its author chose. ``media`` None: not read yet, which is done when a rule asks.
    ``media_count`` is right before that.
    """

    id: int
    created_at: int
    visibility: int
    content: str = ""
    spoiler: str = ""
    sensitive: bool = False
    language: str | None = None
    is_poll: bool = False
    is_reply: bool = False
    is_quote: bool = False
    answers_local: bool | None = None
    answered_id: int | None = None
    tags: Sequence[str] = ()
    mentioned: Sequence[int] = ()
    mentioned_here: Sequence[int] = ()
    has_media: bool = False
    media: Sequence[Pictured] | None = None
    found_links: tuple[str, ...] | None = field(default=None, repr=False)

    @property
    def links(self) -> tuple[str, ...]:
        """The addresses that its text links to, without mentions and hashtags."""
        if self.found_links is None:
            self.found_links = tuple(outward(self.content)) if "<a " in self.content else ()
        return self.found_links


@dataclass(slots=True)
class Facts:
    """Something that happens (``event``) at a time (ms). ``phrases``: the first words of phrases that rules look for in
    texts, with how many words these have."""

    event: str
    now: int
    author: Author
    post: Post | None = None
    phrases: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    known_bad: bool | None = None
    plain: str | None = field(default=None, repr=False)
    read_words: list[str] | None = field(default=None, repr=False)

    @property
    def text(self) -> str:
        """The words of the warning and the post, without mark-up."""
        if self.plain is None:
            post = self.post
            assert post is not None
            self.plain = _without_tags(f"{post.spoiler} {post.content}" if post.spoiler else post.content)
        return self.plain

    @property
    def words(self) -> list[str]:
        """The words of ``text``."""
        if self.read_words is None:
            self.read_words = words.split(self.text)
        return self.read_words


def author_age(author: Author, now: int) -> float:
    """Days since the account was first known here: its id was made then."""
    return max(0, now - time_of(author.id)) / DAY_MS


def trust(author: Author, now: int) -> int:
    """The tier of trust (``trust.tier``)."""
    return tier(author_age(author, now), author.posts, team=bool(author.team), given=author.trust)


def said_words(facts: Facts) -> tuple[str, ...]:
    """The words of a text, then those of its phrases that begin as one does that somebody looks for."""
    single = facts.words
    if facts.phrases.keys().isdisjoint(single):
        return tuple(single)
    begun = [(i, facts.phrases[word]) for i, word in enumerate(single) if word in facts.phrases]
    return (*single, *(" ".join(single[i : i + length]) for i, lengths in begun for length in lengths))


def phrase(text: str) -> str:
    """What somebody looks for in texts, as ``said_words`` has it."""
    return " ".join(words.split(text))


def domains_of(links: Sequence[str]) -> tuple[str, ...]:
    """The hosts of addresses, each with the domains above it: a list names them as it likes."""
    return tuple(dict.fromkeys(name for url in links for name in _upwards(url.split("/", 3)[2])))


@lru_cache(maxsize=4096)
def _upwards(netloc: str) -> tuple[str, ...]:
    host = netloc.rpartition("@")[2].partition(":")[0].lower().rstrip(".")
    parts = host.split(".")
    return tuple(".".join(parts[i:]) for i in range(max(1, len(parts) - 1)))


def same_words(facts: Facts) -> str | None:
    """A text that is the same for the same words, whoever is mentioned and wherever links lead; None for texts of fewer
    than five words, which are the same by chance."""
    post = facts.post
    assert post is not None
    if post.mentioned:
        said = words.split(_ADDRESS.sub(" ", _without_tags(_MENTION.sub(" ", post.content))))
    elif "://" in facts.text:
        said = words.split(_ADDRESS.sub(" ", facts.text))
    else:
        said = facts.words
    return " ".join(said) if len(said) >= LEAST_WORDS else None


def print_of(facts: Facts) -> int | None:
    """``same_words`` as a number."""
    said = same_words(facts)
    return None if said is None else int.from_bytes(blake2b(said.encode(), digest_size=8).digest(), "big", signed=True)


def _without_tags(markup: str) -> str:
    plain = _TAG.sub(" ", markup)
    return unescape(plain) if "&" in plain else plain


def _post(make: Callable[[Post], Any]) -> Callable[[Facts], Any]:
    def of(facts: Facts) -> Any:
        assert facts.post is not None
        return make(facts.post)

    return of


def _some(test: Callable[[Pictured], Any]) -> Callable[[Facts], Any]:
    return _post(lambda post: any(test(one) for one in post.media or ()))


def _labelled(label: Label) -> Callable[[Facts], Any]:
    return _some(lambda one: one.label == label)


def _first_kind(post: Post) -> str:
    kind = post.media[0].kind if post.media else "none"
    return _KINDS.get(kind, kind) if kind in ("gifv", "image", "video", "audio", "none") else "none"


def _label(post: Post) -> str:
    """The strongest word about its media: what is disputed before what is AI, what is AI before what is not."""
    found = {one.label for one in post.media or ()}
    return next((str(each) for each in _BY_WEIGHT if each in found), "unknown")


_BY_WEIGHT: Final = (*(Label.DISPUTED, Label.GENERATED, Label.PARTLY, Label.MAYBE, Label.CAPTURED, Label.DECLARED),)

# signals of the author's row
OF_AUTHOR: Final[Mapping[str, Callable[[Facts], Any]]] = {
    "event": lambda facts: facts.event,
    "author.followers": lambda facts: max(0, facts.author.followers),
    "author.following": lambda facts: max(0, facts.author.following),
    "author.posts": lambda facts: max(0, facts.author.posts),
    "author.age_days": lambda facts: author_age(facts.author, facts.now),
    "author.bot": lambda facts: facts.author.bot,
    "author.local": lambda facts: not facts.author.domain,
    "author.name": lambda facts: facts.author.name.lower(),
    "author.domain": lambda facts: facts.author.domain,
    "author.locked": lambda facts: facts.author.locked,
    "author.has_picture": lambda facts: facts.author.has_picture,
    "author.has_note": lambda facts: facts.author.has_note,
}
# signals of the post's row
OF_POST: Final[Mapping[str, Callable[[Facts], Any]]] = {
    "post.has_media": _post(lambda post: post.has_media),
    "post.has_poll": _post(lambda post: post.is_poll),
    "post.sensitive": _post(lambda post: post.sensitive or bool(post.spoiler)),
    "post.text_length": lambda facts: len(_plain(facts)),
    "post.links": _post(lambda post: len(post.links)),
    "post.mentions": _post(lambda post: len(post.mentioned)),
    "post.tags": _post(lambda post: post.tags),
    "post.language": _post(lambda post: post.language or ""),
    "post.is_reply": _post(lambda post: post.is_reply),
    "post.is_quote": _post(lambda post: post.is_quote),
    "post.is_local": lambda facts: not facts.author.domain,
    "post.age_h": lambda facts: max(0, facts.now - _of(facts).created_at) / HOUR_MS,
    "post.text": said_words,
    "post.links_to": _post(lambda post: domains_of(post.links)),
    "post.visibility": _post(lambda post: VISIBILITIES[post.visibility] if post.visibility < 4 else "direct"),
}
# signals of its media, and what they are for a post without any
OF_MEDIA: Final[Mapping[str, Callable[[Facts], Any]]] = {
    "post.has_image": _some(lambda one: one.kind == "image"),
    "post.has_video": _some(lambda one: one.kind in ("video", "gifv")),
    "post.has_audio": _some(lambda one: one.kind == "audio"),
    "post.media_count": _post(lambda post: len(post.media or ())),
    "post.described": _post(lambda post: bool(post.media) and all(one.described for one in post.media or ())),
    "post.ai_evidence": _some(lambda one: one.label in _AI),
    "post.ai_disclosed": _some(lambda one: one.disclosed),
    "post.ai_generated": _labelled(Label.GENERATED),
    "post.ai_partly": _labelled(Label.PARTLY),
    "post.ai_maybe": _labelled(Label.MAYBE),
    "post.captured": _labelled(Label.CAPTURED),
    "post.human_declared": _labelled(Label.DECLARED),
    "post.disputed": _labelled(Label.DISPUTED),
    "post.label_unknown": _post(lambda post: all(one.label in (None, Label.UNKNOWN) for one in post.media or ())),
    "post.models": _post(lambda post: tuple(name for one in post.media or () for name in one.models)),
    "post.license": _post(lambda post: next((one.license.lower() for one in post.media or () if one.license), "")),
    "post.media_kind": _post(_first_kind),
    "post.label": _post(_label),
}
WITHOUT_MEDIA: Final[Mapping[str, Any]] = {
    "post.has_media": False,
    "post.variations_24h": 0.0,
    "post.known_bad": False,
    **{name: make(Facts("post", 0, Author(0, "", ""), Post(0, 0, 0, media=()))) for name, make in OF_MEDIA.items()},
}


def _of(facts: Facts) -> Post:
    assert facts.post is not None
    return facts.post


def _plain(facts: Facts) -> str:
    return " ".join(unescape(_TAG.sub("", _of(facts).content)).split())

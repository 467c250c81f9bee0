"""The one table of signals: every name that a formula may ask for, its kind, and what it counts.

Scores and filters of feeds know those of ``RANKED``; conditions of rules know those of ``RULED``. People are counted
once, whatever they did how often, and people of this node apart from those of others. Where nothing is known a signal
has its neutral value: 0, no, '' or no words.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from fedserver.domain.policy.values import Kind, Use
from fedserver.domain.provenance.labels import Label

NUMBER, FLAG, WORD, WORDS = Kind.NUMBER, Kind.FLAG, Kind.WORD, Kind.WORDS
NEUTRAL: Final = {NUMBER: 0.0, FLAG: False, WORD: "", WORDS: ()}


class Signal(NamedTuple):
    """``values``: all that a word can be, where that is known; a comparison with another one is a mistake."""

    name: str
    kind: Kind
    about: str
    values: tuple[str, ...] = ()
    # a score may ask for it only in feeds that belong to one reader
    personal: bool = False

    @property
    def neutral(self) -> Any:
        """What it is where nothing is known."""
        return NEUTRAL[self.kind]


LABELS: Final = tuple(label.value for label in Label)
MEDIA: Final = ("none", "image", "video", "audio")

# of a post, in feeds by these names and in rules as post.<name>
_MADE: Final = (
    Signal("ai_evidence", FLAG, "a file, its metadata or a person says that a trained model made or changed it"),
    Signal("ai_disclosed", FLAG, "the author says so: a declaration, a tag of the list, or a signed statement"),
    Signal("ai_generated", FLAG, "the label is AI-generated"),
    Signal("ai_partly", FLAG, "the label is partly AI"),
    Signal("ai_maybe", FLAG, "the label is may contain AI"),
    Signal("captured", FLAG, "the label is captured: a camera signed it"),
    Signal("human_declared", FLAG, "the author says that no trained model took part"),
    Signal("disputed", FLAG, "claims contradict each other"),
    Signal("label_unknown", FLAG, "nobody said anything: neither AI nor human"),
    Signal("models", WORDS, "the models that were named, in small letters"),
    Signal("license", WORD, "the licence of its media (SPDX), '' where none was stated"),
)
_POST: Final = (
    Signal("has_media", FLAG, "there is at least one medium"),
    Signal("has_image", FLAG, "there is at least one picture"),
    Signal("has_video", FLAG, "there is at least one video or GIF"),
    Signal("has_audio", FLAG, "there is at least one recording"),
    Signal("media_count", NUMBER, "how many media"),
    Signal("described", FLAG, "there are media and each has a description"),
    Signal("has_poll", FLAG, "there is a poll"),
    Signal("sensitive", FLAG, "it is marked as sensitive or has a content warning"),
    Signal("text_length", NUMBER, "characters of its text"),
    Signal("links", NUMBER, "links to pages, without mentions and hashtags"),
    Signal("mentions", NUMBER, "people who are mentioned"),
    Signal("tags", WORDS, "its hashtags, in small letters"),
    Signal("language", WORD, "its language, such as en; '' where none is stated"),
    Signal("is_reply", FLAG, "it answers another post"),
    Signal("is_quote", FLAG, "it quotes another post"),
    Signal("is_local", FLAG, "it was written on this node"),
)
_AUTHOR: Final = (
    Signal("author.followers", NUMBER, "followers of the author, as far as they are known"),
    Signal("author.following", NUMBER, "whom the author follows, as far as it is known"),
    Signal("author.posts", NUMBER, "posts of the author, as far as they are known"),
    Signal("author.age_days", NUMBER, "days since the author's account was first known here"),
    Signal("author.trust", NUMBER, "0 new, 1 known (7 days, 3 posts), 2 at home (30 days, 20 posts), 3 of the team"),
    Signal("author.bot", FLAG, "the account says that it is automated"),
    Signal("author.local", FLAG, "an account of this node"),
    Signal("author.posts_24h", NUMBER, "posts of the last 24 hours"),
    Signal("author.images_24h", NUMBER, "pictures in posts of the last 24 hours"),
)

RANKED: Final = (
    Signal("age_h", NUMBER, "hours since it was published"),
    Signal("posted_s", NUMBER, "seconds from the start of 1970 to when it was published"),
    *(
        Signal(f"{verb}_{where}", NUMBER, about.format(whose))
        for verb, about in (
            ("likes", "{} who favourited it"),
            ("boosts", "{} who boosted it"),
            ("replies", "{} who answered it, without the author"),
        )
        for where, whose in (
            ("people", "people"),
            ("local", "people of this node"),
            ("remote", "people of other nodes"),
        )
    ),
    Signal("reactions_people", NUMBER, "people who did any of these, each counted once"),
    Signal(
        "liked_across",
        NUMBER,
        "0 to 1: how surely both of two groups that usually like different things like this; the community's mean "
        "below `raters` 5",
    ),
    Signal("raters", NUMBER, "people whose likes `liked_across` could use"),
    *_POST,
    *_MADE,
    *_AUTHOR,
    Signal("variations", NUMBER, "posts of the near-duplicate group that it belongs to; 1 for one by itself"),
    Signal("variation", NUMBER, "its place in that group by time, from 1"),
    Signal("tags_followed", NUMBER, "its hashtags that the reader follows", personal=True),
    Signal("follows_in_common", NUMBER, "people whom both the reader and the author follow", personal=True),
    Signal("author.followed", FLAG, "the reader follows the author", personal=True),
    Signal("seen", FLAG, "shown to the reader before, where the reader turned that on", personal=True),
)

RULED: Final = (
    Signal(
        "event",
        WORD,
        "what the rule looks at",
        ("post", "edit", "media", "profile", "follow", "report", "boost"),
    ),
    *(one._replace(name=f"post.{one.name}") for one in (*_POST, *_MADE)),
    Signal("post.age_h", NUMBER, "hours between publication and arrival here"),
    Signal("post.text", WORDS, "the words of its text, in small letters, without marks"),
    Signal("post.links_to", WORDS, "the domains that it links to"),
    Signal("post.visibility", WORD, "who may see it", ("public", "unlisted", "private", "direct")),
    Signal("post.media_kind", WORD, "of its first medium", MEDIA),
    Signal("post.label", WORD, "how its media were made", LABELS),
    Signal("post.followers_mentioned", NUMBER, "people who are mentioned and follow the author"),
    Signal("post.copies_24h", NUMBER, "posts of the last 24 hours with the same words, from anybody"),
    Signal("post.variations_24h", NUMBER, "near-duplicates of its pictures in the last 24 hours"),
    Signal("post.known_bad", FLAG, "a medium is on a list of known-bad media"),
    *_AUTHOR,
    Signal("author.name", WORD, "the name, without the domain, in small letters"),
    Signal("author.domain", WORD, "the domain of the author's server; '' for this node"),
    Signal("author.locked", FLAG, "follows must be accepted"),
    Signal("author.has_picture", FLAG, "the profile has a picture"),
    Signal("author.has_note", FLAG, "the profile has a text"),
    Signal("author.follows_24h", NUMBER, "follows asked for in the last 24 hours"),
    Signal("author.mentions_24h", NUMBER, "different people mentioned in the last 24 hours"),
    Signal("author.reports_30d", NUMBER, "reports about the author in the last 30 days, each reporter once"),
    Signal("author.strikes", NUMBER, "decisions against the author that stand"),
    Signal("author.local_followers", NUMBER, "followers on this node"),
    Signal("server.age_days", NUMBER, "days since the sender's server was first known here"),
    Signal("server.accounts", NUMBER, "its accounts that are known here"),
    Signal("server.posts_1h", NUMBER, "its posts of the last hour"),
    Signal("server.reports_30d", NUMBER, "reports about its accounts in the last 30 days"),
    Signal("relation.follows", FLAG, "somebody of this node who is mentioned follows the author"),
    Signal("relation.replied", FLAG, "it answers somebody of this node"),
    Signal("community.reports_open", NUMBER, "reports that wait for a moderator"),
    Signal("community.joined_1h", NUMBER, "accounts made here in the last hour"),
)


def known_to(use: Use) -> dict[str, Signal]:
    """The signals that a formula of this use may ask for, by name."""
    return _RULED if use is Use.RULE else _RANKED


def _by_name(table: tuple[Signal, ...]) -> dict[str, Signal]:
    found = {signal.name: signal for signal in table}
    if len(found) != len(table):
        raise ValueError("a signal is declared twice")
    return found


_RANKED: Final = _by_name(RANKED)
_RULED: Final = _by_name(RULED)

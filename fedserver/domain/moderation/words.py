"""What moderation does, in words for people and in the words that apps know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fedserver.kit.i18n import Lazy, lazy

# (target, verb) -> what was done, as the ledger, the public log and letters say it
DONE: Final[Mapping[tuple[str, str], Lazy]] = {
    ("status", "unlist"): lazy("A post was taken out of public timelines"),
    ("status", "hold"): lazy("A post was held back: only its author and moderators see it"),
    ("status", "remove"): lazy("A post was removed"),
    ("status", "reject"): lazy("A post was refused"),
    ("status", "mark-sensitive"): lazy("A post was marked as sensitive"),
    ("status", "label"): lazy("A post was labelled"),
    ("status", "blur"): lazy("The media of a post were blurred, with a label"),
    ("status", "warn"): lazy("A post was put behind a warning"),
    ("status", "strip-media"): lazy("Media were taken off a post"),
    ("media", "strip-media"): lazy("Media were taken off a post"),
    ("account", "strip-media"): lazy("The pictures of a profile were taken off"),
    ("status", "notify-moderators"): lazy("Moderators were asked to look at a post"),
    ("account", "notify-moderators"): lazy("Moderators were asked to look at an account"),
    ("account", "warn"): lazy("An account was warned"),
    ("account", "force-sensitive"): lazy("All media of an account were marked as sensitive"),
    ("account", "limit"): lazy("An account was limited: only its followers see its posts"),
    ("account", "suspend"): lazy("An account was suspended"),
    ("account", "disable"): lazy("An account was stopped from signing in"),
    ("domain", "limit"): lazy("A server was limited"),
    ("domain", "restrict"): lazy("Something of a server is not taken"),
    ("domain", "suspend"): lazy("A server was blocked"),
    ("domain", "allow"): lazy("A server was allowed"),
    ("community", "enact"): lazy("A version of the policy came into force"),
}
SOURCES: Final[Mapping[str, Lazy]] = {
    "moderator": lazy("by a moderator"),
    "rule": lazy("by a rule"),
    "list": lazy("by a list that is subscribed to"),
    "vote": lazy("by a vote of the members"),
    "override": lazy("by the owner, past the procedure"),
    "system": lazy("by the node itself"),
}
# what AccountWarning (Mastodon 4.3) calls it; everything else is ``none``: a warning
ACTIONS: Final[Mapping[tuple[str, str], str]] = {
    ("status", "hold"): "delete_statuses",
    ("status", "remove"): "delete_statuses",
    ("status", "reject"): "delete_statuses",
    ("status", "mark-sensitive"): "mark_statuses_as_sensitive",
    ("status", "blur"): "mark_statuses_as_sensitive",
    ("account", "force-sensitive"): "sensitive",
    ("account", "limit"): "silence",
    ("account", "suspend"): "suspend",
    ("account", "disable"): "disable",
}


def done(target: str, verb: str) -> str:
    """What was done, in the reader's language; the bare verb where there are no words for it."""
    found = DONE.get((target, verb))
    return verb if found is None else str(found)


def source(name: str) -> str:
    """Who decided, in the reader's language."""
    found = SOURCES.get(name)
    return name if found is None else str(found)

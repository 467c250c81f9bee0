"""The parameters of a post besides its text: a poll, a time, who may quote it."""

from __future__ import annotations

import orjson

from fedserver.db.queries.preferences import Preferences
from fedserver.edge.params import Params
from fedserver.kit.errors import Invalid
from fedserver.kit.i18n import lazy
from fedserver.services.polls import PollDraft
from fedserver.services.quotes import policy_bits
from protocol.activitystreams.read.fields import timestamp

MAX_OPTIONS = 100
_MAX_SECONDS = 10**9


def poll(params: Params) -> PollDraft | None:
    """``poll[options][]``, ``poll[expires_in]``, ``poll[multiple]``, ``poll[hide_totals]``; None without options."""
    given = params.sub("poll")
    options = given.texts("options", MAX_OPTIONS) if given is not None else []
    if given is None or not options:
        return None
    return PollDraft(
        options=options,
        expires_in=given.number("expires_in", 0, _MAX_SECONDS),
        multiple=given.flag("multiple"),
        hide_totals=given.flag("hide_totals"),
    )


def moment(params: Params, name: str) -> int | None:
    """An ISO 8601 moment in ms; None when not given. Raises ``Invalid``."""
    text = (params.text(name) or "").strip()
    if not text:
        return None
    found = timestamp(text)
    if found is None:
        raise Invalid(lazy("Validation failed: Scheduled at is invalid"))
    return found


def scheduled_at(params: Params, now: int) -> int | None:
    """When to publish; None for now, also where the time has passed (Mastodon 4.5)."""
    at = moment(params, "scheduled_at")
    return at if at is not None and at > now else None


def quote_policy(params: Params, visibility: int, stored: Preferences | None) -> int:
    """Who may quote a new post: what is sent, else what the user prefers."""
    default = orjson.loads(stored.preferences).get("quote_policy", "public") if stored is not None else "public"
    return policy_bits(params.text("quote_approval_policy"), visibility, default)


def media_made(stored: Preferences | None) -> str:
    """What the user declares of media of which a program says nothing; '' for nothing."""
    return str(orjson.loads(stored.preferences).get("media_made", "")) if stored is not None else ""


def new_quote_policy(params: Params) -> int | None:
    """Who may quote an edited post from now on; None leaves it."""
    name = params.text("quote_approval_policy")
    return policy_bits(name, 0) if name else None

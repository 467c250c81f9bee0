"""Custom emoji. Pictures of other servers are shown under our own address, so that readers ask nobody but us."""

from __future__ import annotations

import re
from collections.abc import Sequence

import orjson

from fedserver.db.queries import emojis, moderation
from fedserver.db.queries.emojis import Pictured
from fedserver.db.unit import Unit
from fedserver.services import cards
from protocol.activitystreams.values import Emoji

SHORTCODE = re.compile(r"[A-Za-z0-9_]{2,64}", re.ASCII)
MAX_EACH = 60


def stored(unit: Unit, found: Sequence[Emoji], domain: str) -> str:
    """The emoji of a remote post or profile as a row keeps them; their pictures become media of ours."""
    if not found:
        return "[]"
    policy = unit.one(moderation.policy_for(domain))
    if policy is not None and (policy.reject_media or policy.severity == "suspend"):
        return "[]"
    wanted = {each.shortcode: each for each in found[:MAX_EACH] if SHORTCODE.fullmatch(each.shortcode)}
    known = {each.emoji.shortcode: each for each in unit.all(emojis.named(domain, list(wanted)))}
    rows = [_kept(unit, domain, each, known.get(name)) for name, each in wanted.items()]
    return orjson.dumps([_row(each) for each in rows if each is not None]).decode()


def _kept(unit: Unit, domain: str, found: Emoji, known: Pictured | None) -> Pictured | None:
    if known is not None and known.emoji.remote_url == found.url:
        return known
    media_id = cards.picture(unit, found.url, "emoji")
    if known is not None:
        # posts that show the former picture keep it
        unit.run(emojis.change(known.emoji.id, {"remote_url": found.url, "media_id": media_id, "updated_at": unit.now}))
    else:
        values = {"shortcode": found.shortcode, "domain": domain, "remote_url": found.url, "media_id": media_id}
        unit.made(emojis.add({"id": unit.new_id(), **values, "created_at": unit.now, "updated_at": unit.now}))
    return next(iter(unit.all(emojis.named(domain, [found.shortcode]))), None)


def _row(found: Pictured) -> dict[str, object]:
    return {"shortcode": found.emoji.shortcode, "media_id": found.medium.id, "token": found.medium.token}

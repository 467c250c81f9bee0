"""Custom emoji: this node's own, and those of other servers.

A post or a profile keeps the emoji that stood in it when it was written, with their pictures. Pictures of other servers
are shown under our own address, so that readers ask nobody but us.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from typing import Any

import orjson

from fedserver.db.queries import accounts, emojis, media, moderation
from fedserver.db.queries.emojis import Pictured
from fedserver.db.unit import Unit
from fedserver.domain import uris
from fedserver.kit.errors import Invalid, NotFound
from fedserver.kit.i18n import lazy
from fedserver.media.pipeline import Processed
from fedserver.services import cards
from protocol.activitystreams.values import Emoji

SHORTCODE = re.compile(r"[A-Za-z0-9_]{2,64}", re.ASCII)
MAX_EACH = 60
# of a picture of our own, in bytes (Mastodon 4.5)
MAX_BYTES = 256 * 1024
# a name between colons that no letter and no other colon touches
_WRITTEN = re.compile(r"(?<![A-Za-z0-9_:]):([A-Za-z0-9_]{2,64}):(?![A-Za-z0-9_:])")


def written(unit: Unit, *texts: str) -> str:
    """Our own emoji in what somebody here wrote, as rows keep them. Costs nothing where there are no colons."""
    names = list(dict.fromkeys(name for each in texts if ":" in each for name in _WRITTEN.findall(each)))[:MAX_EACH]
    found = {each.emoji.shortcode: each for each in unit.all(emojis.named("", names))} if names else {}
    return orjson.dumps([_row(found[name]) for name in names if name in found]).decode()


def keep_own(unit: Unit, shortcode: str, picture: dict[str, Any], category: str | None = None) -> None:
    """Give this node an emoji, or another picture to one it has. ``picture``: columns of a medium that is ready.

    What was written before goes on showing the former picture. Raises ``Invalid`` for a name that cannot be typed.
    """
    check_shortcode(shortcode)
    owner = unit.get(accounts.by_handle(uris.INSTANCE_USERNAME))
    fixed = {"id": unit.new_id(), "account_id": owner.id, "role": "emoji", "state": "ready", "local": 1}
    unit.run(media.add({**picture, **fixed, "token": secrets.token_urlsafe(16), "created_at": unit.now}))
    values = {"media_id": fixed["id"], "category": category or None, "updated_at": unit.now}
    known = next(iter(unit.all(emojis.named("", [shortcode]))), None)
    if known is not None:
        kept = category or known.emoji.category
        unit.run(emojis.change(known.emoji.id, {**values, "category": kept}))
    else:
        fresh = {"id": unit.new_id(), "shortcode": shortcode, "domain": "", "created_at": unit.now}
        unit.made(emojis.add({**values, **fresh}))


def picture_of(made: Processed, file_key: str, preview_key: str | None) -> dict[str, Any]:
    """The columns of a picture that is in the store. Raises ``Invalid`` for what is no picture."""
    if not made.mime.startswith("image/"):
        raise Invalid(lazy("This is not a picture"))
    return {
        "kind": "image",
        "mime": made.mime,
        "file_key": file_key,
        "preview_key": preview_key,
        "size": made.size,
        "digest": made.digest_multibase,
        "width": made.width,
        "height": made.height,
        "preview_width": made.small_width,
        "preview_height": made.small_height,
        "blurhash": made.blurhash,
    }


def check_shortcode(shortcode: str) -> None:
    """``Invalid`` unless it is 2 to 64 letters, digits and underscores."""
    if not SHORTCODE.fullmatch(shortcode):
        raise Invalid(lazy("A shortcode has 2 to 64 letters (a-z, A-Z), digits and underscores"))


def offer_own(unit: Unit, shortcode: str, *, visible: bool) -> None:
    """Whether apps offer the emoji; who knows its name can write it either way. Raises ``NotFound``."""
    known = next(iter(unit.all(emojis.named("", [shortcode]))), None)
    if known is None:
        raise NotFound
    unit.run(emojis.change(known.emoji.id, {"visible": int(visible), "updated_at": unit.now}))


def drop_own(unit: Unit, shortcode: str) -> None:
    """Nobody can use the emoji any more; what was written with it goes on showing it. Raises ``NotFound``."""
    known = next(iter(unit.all(emojis.named("", [shortcode]))), None)
    if known is None:
        raise NotFound
    unit.run(emojis.drop(known.emoji.id))


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

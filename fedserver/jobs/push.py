"""Sending push messages: encrypted for the app, signed for its push service, through the guarded client."""

from __future__ import annotations

import logging
import os
from enum import Enum
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import orjson
from cryptography.hazmat.primitives.asymmetric import ec

from fedserver.db.queries import accounts, communities, ledger, notifications, push, statuses
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.notifications import Notification
from fedserver.db.queries.push import Subscription
from fedserver.db.unit import Unit
from fedserver.domain.text.clean import to_text
from fedserver.edge.parts import Parts
from fedserver.jobqueue.enqueue import enqueue
from fedserver.kit import metrics
from fedserver.kit.i18n import use_locale
from fedserver.kit.paging import Page
from fedserver.net.errors import FetchFailed, FetchRefused
from fedserver.render import push as render
from fedserver.render import reasons
from fedserver.render.mastodon.renderer import renderer_of
from fedserver.render.mastodon.statuses import plain
from fedserver.services import push as service
from fedserver.services import vapid
from keys.sealing import SealError
from protocol import webpush

# how long the push service keeps what it cannot hand over (Mastodon 4.5)
TTL_S = 48 * 3600
URGENCY = "normal"
JWT_S = 12 * 3600
# before the tries: at once, then after these many seconds
DELAYS_S = (15, 60, 300, 1800, 7200)
LONGEST_S = 6 * 3600
_TIME_LIMIT_S = 10.0

log = logging.getLogger(__name__)


class Outcome(Enum):
    """What follows from an answer."""

    SENT = "sent"
    # the subscription is over
    GONE = "gone"
    # this message is not taken; others may be
    DROPPED = "dropped"
    RETRY = "retry"


def judge(status: int) -> Outcome:
    """404 and 410 end a subscription (RFC 8030, 7.3); so does any refusal that is not about this moment or message."""
    if 200 <= status < 300:
        return Outcome.SENT
    if status in (408, 425, 429) or status >= 500:
        return Outcome.RETRY
    # a message that is too large, and redirects, say nothing about the subscription
    if status == 413 or status < 400:
        return Outcome.DROPPED
    return Outcome.GONE


async def send(parts: Parts, payload: dict[str, Any]) -> None:
    """One message to one subscription, as long as both are still there."""
    now = parts.clock.now_ms()
    subscription = await parts.db.one(push.by_id(int(payload["subscription_id"]), now))
    if subscription is None:
        return
    notification_id = int(payload["notification_id"])
    page = Page(max_id=notification_id + 1, since_id=notification_id - 1, limit=1)
    rows = await parts.db.all(notifications.page(subscription.account_id, page, now))
    if not rows or rows[0].created_at < now - TTL_S * 1000:
        return
    message = await _message(parts, subscription, rows[0])
    if message is None:
        return
    outcome, wait_ms = await _post(parts, subscription, message)
    metrics.count("fedserver_push_total", outcome=outcome.value)
    if outcome is Outcome.GONE:
        await parts.db.run(partial(service.drop, subscription_id=subscription.id))
    elif outcome is Outcome.RETRY:
        await _again(parts, payload, wait_ms)


async def _again(parts: Parts, payload: dict[str, Any], wait_ms: int | None) -> None:
    attempt = int(payload.get("attempt", 0))
    if attempt >= len(DELAYS_S):
        return
    wait_s = min(max(DELAYS_S[attempt], (wait_ms or 0) // 1000), LONGEST_S)
    later = {**payload, "attempt": attempt + 1}

    def work(unit: Unit) -> None:
        enqueue(unit, "push.send", later, run_at=unit.now + wait_s * 1000)

    await parts.db.run(work)


async def _message(parts: Parts, subscription: Subscription, row: Notification) -> bytes | None:
    """The JSON text, None where nothing can be told any more."""
    author = await parts.db.one(accounts.by_id(row.from_account_id))
    if author is None:
        return None
    with use_locale(subscription.locale):
        body = await _body(parts, row, author)
    rendered = await renderer_of(parts.extra, parts.site).accounts_by_id(parts.db, [author.id])
    if body is None or author.id not in rendered:
        return None
    with use_locale(subscription.locale):
        told = render.payload(
            token=_token(parts, subscription),
            locale=subscription.locale,
            notification_id=row.id,
            kind=row.type,
            icon=orjson.loads(rendered[author.id])["avatar_static"],
            name=author.display_name or author.username,
            body=body,
        )
    return orjson.dumps(told)


async def _body(parts: Parts, row: Notification, author: Account) -> str | None:
    """The warning or the text of the post; why something was decided; for what is about a person, what they say of
    themselves."""
    if row.type == "moderation_warning" and row.event_id is not None:
        return await _reason(parts, row.event_id)
    if row.status_id is None:
        return to_text(author.note)
    status = await parts.db.one(statuses.visible(row.status_id, row.account_id))
    if status is None:
        return None
    return status.spoiler or plain(status)


async def _reason(parts: Parts, decision_id: int) -> str | None:
    one = await parts.db.one(ledger.by_id(decision_id))
    if one is None:
        return None
    if not one.standing:
        return reasons.taken_back(one)
    why = reasons.reason_of(parts.site, one, (await reasons.versions_of(parts.db, [one])).get(one.id))
    return f"{why.done}. {why.reason}".strip()


def _token(parts: Parts, subscription: Subscription) -> str:
    try:
        owner = service.owner_of(subscription.token_id)
        return str(parts.keyring.open_secret(owner, service.PURPOSE, subscription.sealed_token or b"").decode())
    except SealError:
        # the app knows its account by the address that it made up
        log.warning("a push subscription's token does not open", extra={"subscription_id": subscription.id})
        return ""


async def _post(parts: Parts, subscription: Subscription, message: bytes) -> tuple[Outcome, int | None]:
    body, headers = await _sealed(parts, subscription, message)
    try:
        answer = await parts.net.post(subscription.endpoint, body, headers, total=_TIME_LIMIT_S)
    except FetchRefused:
        return Outcome.GONE, None
    except FetchFailed:
        return Outcome.RETRY, None
    return judge(answer.status), answer.retry_after


async def _sealed(parts: Parts, subscription: Subscription, message: bytes) -> tuple[bytes, dict[str, str]]:
    """The encrypted body and its headers, in the form that the app subscribed to."""
    receiver = webpush.read_receiver(subscription.p256dh, subscription.auth)
    once = ec.generate_private_key(ec.SECP256R1())
    salt = os.urandom(webpush.SALT_BYTES)
    key = await _key(parts)
    jwt = webpush.token(
        key.private,
        audience=_origin(subscription.endpoint),
        subject=await _contact(parts),
        expires_s=parts.clock.now_ms() // 1000 + JWT_S,
    )
    headers = {"Content-Type": "application/octet-stream", "TTL": str(TTL_S), "Urgency": URGENCY}
    public = webpush.public_bytes(key.private)
    if subscription.standard:
        headers |= {"Content-Encoding": "aes128gcm", "Authorization": webpush.authorization(jwt, public)}
        return webpush.encrypt(message, receiver, sender=once, salt=salt), headers
    draft = webpush.encrypt_draft(message, receiver, sender=once, salt=salt)
    headers |= {
        "Content-Encoding": "aesgcm",
        "Encryption": f"salt={draft.salt}",
        "Crypto-Key": f"dh={draft.sender};p256ecdsa={webpush.encode(public)}",
        "Authorization": f"WebPush {jwt}",
    }
    return draft.body, headers


async def _key(parts: Parts) -> vapid.VapidKey:
    kept = parts.extra.get("vapid_private")
    if not isinstance(kept, vapid.VapidKey):
        kept = parts.extra["vapid_private"] = await parts.db.run(lambda unit: vapid.load(unit, parts.keyring))
    return kept


async def _contact(parts: Parts) -> str:
    community = await parts.db.one(communities.by_id())
    mail = community.contact_email if community is not None else ""
    return f"mailto:{mail}" if mail else parts.site.base_url


def _origin(endpoint: str) -> str:
    found = urlsplit(endpoint)
    return f"{found.scheme}://{found.netloc}"

"""Cards of links: which post shows which, and what a page turned out to say. A job fetches (``jobs/cards.py``)."""

from __future__ import annotations

import ipaddress
import secrets
from typing import Any
from urllib.parse import urlsplit

import orjson

from fedserver.db.queries import accounts, cards, media, moderation
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.cards import Card
from fedserver.db.queries.statuses import Status
from fedserver.db.unit import Unit
from fedserver.domain import uris
from fedserver.jobqueue.enqueue import enqueue

JOB = "card.fetch"
# a page is asked again when a link to it is posted after this time
FRESH_MS = 14 * 24 * 3600 * 1000
# a post of another server reaches many servers at once: each waits a while of its own
JITTER_FROM_MS, JITTER_MS = 30_000, 30_000


def show(unit: Unit, status: Status, author: Account, link: str | None) -> None:
    """Give a post the card of ``link``, if that may have one."""
    if link is None or not worth_asking(unit, link):
        return
    url = link.partition("#")[0]
    card = unit.one(cards.by_url(url)) or _new(unit, url)
    unit.made(cards.attach(status.id, card.id, author.id))
    if card.fetched_at is None or unit.now - card.fetched_at > FRESH_MS:
        # a little chance that needs no random source: ids differ from server to server
        wait = 0 if author.local else JITTER_FROM_MS + card.id * 2_654_435_761 % JITTER_MS
        enqueue(unit, JOB, {"card_id": card.id}, run_at=unit.now + wait, once=f"{JOB}:{card.id}")


def show_again(unit: Unit, status: Status, author: Account, link: str | None) -> None:
    """The post was edited: the link may be another one."""
    unit.run(cards.drop(status.id))
    show(unit, status, author, link)


def worth_asking(unit: Unit, url: str) -> bool:
    """Whether a page may have a card: not ours, not in a private network, not on a server that is shut out."""
    if unit.site.owns(url):
        return False
    host = urlsplit(url).hostname or ""
    try:
        if not ipaddress.ip_address(host).is_global:
            return False
    except ValueError:
        if "." not in host or host.endswith((".local", ".localhost", ".internal", ".onion", ".home.arpa")):
            return False
    policy = unit.one(moderation.policy_for(host))
    return policy is None or policy.severity != "suspend"


def _new(unit: Unit, url: str) -> Card:
    unit.made(cards.add({"id": unit.new_id(), "url": url, "created_at": unit.now}))
    return unit.get(cards.by_url(url))


def learned(unit: Unit, card_id: int, values: dict[str, Any]) -> None:
    """What the page says; posts that show the card are rendered anew."""
    unit.run(cards.change(card_id, {**values, "fetched_at": unit.now}))
    unit.run(cards.touch(card_id))


def nothing_there(unit: Unit, card_id: int) -> None:
    """The page has no card, or cannot be had; one that was there before stays."""
    card = unit.one(cards.by_id(card_id))
    if card is not None:
        state = card.state if card.state == "ready" else "none"
        unit.run(cards.change(card_id, {"state": state, "fetched_at": unit.now}))


def picture(unit: Unit, url: str, role: str, description: str = "") -> int:
    """A row for a foreign picture that this node shows under its own address; its account is the node's own."""
    owner = unit.get(accounts.by_handle(uris.INSTANCE_USERNAME))
    media_id = unit.new_id()
    unit.run(
        media.add(
            {
                "id": media_id,
                "account_id": owner.id,
                "role": role,
                "kind": "image",
                "state": "ready",
                "remote_url": url,
                "token": secrets.token_urlsafe(16),
                "description": description or None,
                "local": 0,
                "created_at": unit.now,
            }
        )
    )
    return media_id


def drop_picture(unit: Unit, media_id: int) -> None:
    """Remove a picture and its files."""
    found = unit.one(media.by_id(media_id))
    if found is None:
        return
    unit.run(media.remove(media_id))
    files = [key for key in (found.file_key, found.preview_key) if key]
    if files:
        enqueue(unit, "media.remove_files", {"keys": files})


def sweep(unit: Unit, card_ids: list[int]) -> None:
    """Remove cards that no post shows."""
    for card_id in card_ids:
        card = unit.one(cards.by_id(card_id))
        if card is not None and card.image_id is not None:
            drop_picture(unit, card.image_id)
        unit.run(cards.remove(card_id))


def creator(unit: Unit, handle: tuple[str, str] | None, url: str) -> int | None:
    """The account that a page names as its author, if that account names the page's host (Mastodon 4.3)."""
    if handle is None:
        return None
    username, domain = handle
    account = unit.one(accounts.by_handle(username, "" if domain == unit.site.domain else domain))
    if account is None or not account.active:
        return None
    host = urlsplit(url).hostname or ""
    listed = attributions(account)
    return account.id if any(host == each or host.endswith("." + each) for each in listed) else None


def attributions(account: Account) -> list[str]:
    """The hosts of pages that may name an account as their author."""
    found: list[str] = orjson.loads(account.attribution_domains)
    return found

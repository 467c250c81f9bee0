"""``POST /inbox``: from a request to one unit of work, and 202 only once it is committed.

The order is the security of it: limits by the headers, the strict parser, the signature, that the key's owner is the
actor (or, for what is passed on, that the actor's own proof is good). Before that nothing of the activity counts, but
that a Delete of an unknown actor is answered without fetching the key of somebody who no longer exists. Then one unit:
the digest of (actor, id), the handler, and where it failed or misses something the raw bytes with the record of the
verification, and the job. Named no-ops, which are answered 202 and keep nothing: duplicates, unknown types, the Delete
of an unknown actor, what concerns nobody here.
"""

from __future__ import annotations

import logging
from typing import Any, Final

import orjson
from aiohttp.web import StreamResponse

from fedserver.db.queries import accounts
from fedserver.db.queries import inbound as rows
from fedserver.db.unit import Unit
from fedserver.edge import bodies
from fedserver.edge.address import limit_key
from fedserver.edge.call import Call
from fedserver.federation import answers, relayed
from fedserver.federation.context import Federation, of
from fedserver.federation.fetching.errors import Budget, NotFetched
from fedserver.federation.forwarded import forwarder_of
from fedserver.federation.inbox.inbound import Effect, Inbound, NeedsFetch
from fedserver.federation.inbox.process import JOB, counted, is_trouble, run
from fedserver.federation.inbox.table import TABLE
from fedserver.federation.signed import NotSigned, Signer, claim_of, signer_of
from fedserver.jobqueue.enqueue import enqueue
from fedserver.kit.errors import Failure, Malformed, StorageFull, Unavailable, UnsupportedMedia
from fedserver.kit.i18n import lazy
from fedserver.services import remote, synchronisation
from protocol import json as strict_json
from protocol.activitystreams.read import read_activity
from protocol.activitystreams.urls import origin_of, same_origin
from protocol.activitystreams.values import Activity
from protocol.errors import Malformed as BadDocument
from protocol.http.digest import sha256
from protocol.synchronisation import HEADER, read_header

TYPES: Final = frozenset({"application/activity+json", "application/ld+json", "application/json"})
DUPLICATE: Final = "duplicate"
LATER: Final = "later"
# when a peer may come again while the disk is full
_FULL_S: Final = 300

log = logging.getLogger(__name__)


class _Duplicate(Exception):
    """The activity had its effect already."""


class _Nothing(Exception):
    """The activity has no effect: the unit keeps nothing of it."""

    def __init__(self, effect: Effect) -> None:
        super().__init__(effect.value)
        self.effect = effect


async def shared_inbox(call: Call) -> StreamResponse:
    """``POST /inbox``, and that of the instance actor."""
    return await _receive(call)


async def personal_inbox(call: Call) -> StreamResponse:
    """``POST /users/{name}/inbox``. Whose inbox it is does not matter: the activity says whom it concerns."""
    account = await call.parts.db.one(accounts.by_handle(call.path["name"]))
    if account is None or not account.local:
        return answers.no_such_inbox()
    return await _receive(call)


async def _receive(call: Call) -> StreamResponse:
    federation, limits, address = of(call.parts), call.parts.extra.get("limits"), limit_key(call.client_ip)
    if limits is not None:
        limits.check("inbox", address)
    try:
        body = await _body(call)
        activity = _activity(body)
        if await _unknown_and_gone(federation, activity):
            counted(activity.type, Effect.IGNORED.value)
            return answers.accepted()
        signer = await _signer(call, federation, activity, body)
    except (NotSigned, Failure) as error:
        if limits is not None:
            limits.hit("inbox", address)
        if isinstance(error, Failure):
            raise
        if error.gone and _deletes_itself(activity):
            return await _removed(federation, activity)
        log.info("an activity was not signed", extra={"reason": error.reason, "type": activity.type})
        return answers.refused(call, error)
    if signer is None:
        counted(activity.type, LATER)
        return answers.accepted()
    if activity.type not in TABLE:
        counted(activity.type, Effect.IGNORED.value)
        return answers.accepted()
    claimed = call.header(HEADER) if signer.owner == activity.actor else ""
    await _keep(federation, Inbound(signer.verified, activity), body, claimed)
    return answers.accepted()


async def _body(call: Call) -> bytes:
    bodies.check_headers(call.request, call.body_limit)
    if call.request.content_type.lower() not in TYPES:
        raise UnsupportedMedia(lazy("An inbox takes application/activity+json"))
    return await call.body()


def _activity(body: bytes) -> Activity:
    try:
        return read_activity(strict_json.parse(body))
    except BadDocument as error:
        raise Malformed(lazy("The body is not an activity"), cause=error) from error


async def _signer(call: Call, federation: Federation, activity: Activity, body: bytes) -> Signer | None:
    """The sender, whose key signed this, or who passed on what its actor's proof vouches for. None: a relay of ours
    passed it on, and what it names is looked at later.

    The cheap comparison comes before any fetch. Raises ``NotSigned``.
    """
    claim = claim_of(call, body)
    if not same_origin(claim.key_id, activity.actor):
        if await relayed.take(federation, claim, activity):
            return None
        return await forwarder_of(federation, claim, activity)
    signer = await signer_of(federation, claim)
    if signer.owner == activity.actor:
        return signer
    # a neighbour of the author's may pass on what the author's own proof vouches for
    return await forwarder_of(federation, claim, activity)


def _deletes_itself(activity: Activity) -> bool:
    return activity.type == "Delete" and activity.object_id == activity.actor


async def _unknown_and_gone(federation: Federation, activity: Activity) -> bool:
    """A Delete of an actor nobody here knows: servers send these to everybody, and their keys are gone."""
    if not _deletes_itself(activity):
        return False
    return await federation.parts.db.one(accounts.by_uri(activity.actor)) is None


async def _removed(federation: Federation, activity: Activity) -> StreamResponse:
    """A Delete whose key is gone: the actor's own server says 410 for the actor, and that is proof enough."""
    try:
        await federation.actors.document(activity.actor, Budget(3))
    except NotFetched as error:
        if error.gone:
            await federation.parts.db.run(lambda unit: _remove(unit, activity.actor))
            counted(activity.type, Effect.DONE.value)
    return answers.accepted()


def _remove(unit: Unit, uri: str) -> None:
    account = unit.one(accounts.by_uri(uri))
    if account is not None and not account.local and account.deleted_at is None:
        remote.remove_account(unit, account)


async def _keep(federation: Federation, inbound: Inbound, body: bytes, claimed: str) -> None:
    host = origin_of(inbound.activity.actor).host
    try:
        result = await federation.parts.db.run(lambda unit: _unit(unit, inbound, body, claimed))
    except _Duplicate:
        result = DUPLICATE
    except _Nothing as nothing:
        result = nothing.effect.value
    except StorageFull as error:
        # 507 is for whoever uploads; every server understands that it shall come again
        raise Unavailable(retry_after=_FULL_S, cause=error) from error
    counted(inbound.activity.type, result)
    if inbound.activity.object_id == inbound.activity.actor:
        federation.keys.drop(inbound.verified.key_id)
    await federation.contacts.note(host)


def _unit(unit: Unit, inbound: Inbound, body: bytes, claimed: str = "") -> str:
    """The one unit of work. ``claimed``: the header about the sender's followers here (FEP-8fcf), "" for none."""
    if not unit.made(rows.first_seen(digest_of(inbound.activity, body), unit.now)):
        raise _Duplicate
    try:
        effect = run(unit, inbound)
    except NeedsFetch:
        _store(unit, inbound, body)
        return LATER
    except Exception as error:
        if is_trouble(error):
            raise
        log.exception("a handler failed; its activity is kept for a job", extra={"type": inbound.activity.type})
        _store(unit, inbound, body)
        return LATER
    if effect is not Effect.DONE:
        raise _Nothing(effect)
    if claimed:
        _compare(unit, inbound, claimed)
    return str(effect.value)


def _compare(unit: Unit, inbound: Inbound, claimed: str) -> None:
    sender = inbound.sender(unit)
    if sender is None or sender.followers_uri is None:
        return
    try:
        synchronisation.compare(unit, sender, read_header(claimed, followers=sender.followers_uri))
    except BadDocument:
        log.debug("a header about followers was not understood")


def _store(unit: Unit, inbound: Inbound, body: bytes) -> None:
    inbound_id = unit.new_id()
    values: dict[str, Any] = {
        "id": inbound_id,
        "body": body,
        "verified": orjson.dumps(inbound.verified.to_record()).decode(),
        "actor_uri": inbound.activity.actor,
        "received_at": unit.now,
    }
    unit.run(rows.keep(values))
    enqueue(unit, JOB, {"inbound_id": inbound_id})


def digest_of(activity: Activity, body: bytes) -> bytes:
    """By which an activity is known again: its actor and id, or its bytes where it has no id."""
    if activity.id is None:
        return sha256(body)
    return sha256(f"{activity.actor}\n{activity.id}".encode())

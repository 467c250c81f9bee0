"""QuoteRequest, the answers to ours, and the end of a stamp (FEP-044f)."""

from __future__ import annotations

from fedserver.db.queries import accounts, quotes, statuses
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.quotes import ACCEPTED, PENDING, REJECTED, REVOKED, Quote
from fedserver.db.unit import Unit
from fedserver.federation.inbox import follows
from fedserver.federation.inbox.inbound import Effect, Inbound
from fedserver.federation.people import mentioned
from fedserver.services import quotes as service
from fedserver.services import remote
from protocol.activitystreams.read import read_object
from protocol.activitystreams.read.fields import reference, type_name
from protocol.authority import Known, check_embedded, check_object, may_act
from protocol.errors import Malformed

KIND = "QuoteRequest"


def request(unit: Unit, inbound: Inbound) -> Effect:
    """Somebody elsewhere asks to quote a post of this node. About a post that they may not see nothing is said."""
    activity = inbound.activity
    if may_act(activity).refused or activity.instrument is None:
        return Effect.REFUSED
    quoted = unit.one(statuses.by_uri(activity.object_id)) if activity.object_id is not None else None
    if quoted is None or not quoted.local or quoted.reblog_of_id is not None:
        return Effect.IGNORED
    sender = inbound.known_sender(unit)
    if unit.one(statuses.visible(quoted.id, sender.id)) is None:
        return Effect.IGNORED
    if unit.one(statuses.by_uri(activity.instrument)) is None:
        _keep_instrument(unit, inbound, sender, activity.instrument)
    status = unit.one(statuses.by_uri(activity.instrument))
    if status is not None and status.account_id != sender.id:
        return Effect.REFUSED
    service.asked(unit, sender, activity.instrument, quoted, activity.id)
    return Effect.DONE


def _keep_instrument(unit: Unit, inbound: Inbound, sender: Account, uri: str) -> None:
    """The quoting post comes with the request, if it is the sender's own; else it is asked for."""
    document = inbound.activity.raw.get("instrument")
    if isinstance(document, dict) and check_embedded(document, sender.uri).allowed:
        try:
            obj = read_object(document, now=unit.now)
        except Malformed:
            obj = None
        if obj is not None and obj.id == uri and check_object(obj).allowed and obj.attributed_to == sender.uri:
            remote.receive_status(unit, sender, obj, mentioned=mentioned(unit, obj))
            return
    inbound.need_object(uri)


def accept(unit: Unit, inbound: Inbound) -> Effect:
    """Accept of a QuoteRequest, which brings the stamp; of a Follow otherwise."""
    found = _asked(unit, inbound)
    if found is None:
        return follows.accept(unit, inbound)
    quote, effect = found
    if effect is not None:
        return effect
    sender, stamp = inbound.sender(unit), inbound.activity.result
    if sender is None or not service.may_be_stamped(unit, quote, sender, stamp):
        return Effect.REFUSED
    if quote.state in (PENDING, REJECTED):
        service.accept(unit, quote, stamp)
    return Effect.DONE


def reject(unit: Unit, inbound: Inbound) -> Effect:
    """Reject of a QuoteRequest, also of one that was accepted before; of a Follow otherwise."""
    found = _asked(unit, inbound)
    if found is None:
        return follows.reject(unit, inbound)
    quote, effect = found
    if effect is not None:
        return effect
    if quote.state in (PENDING, ACCEPTED):
        service.end(unit, quote, REJECTED if quote.state == PENDING else REVOKED)
    return Effect.DONE


def _asked(unit: Unit, inbound: Inbound) -> tuple[Quote, Effect | None] | None:
    """The quote whose request is answered, and why the answer does not count; None where none is."""
    activity, inner = inbound.activity, inbound.activity.object or {}
    row = unit.one(quotes.by_request(activity.object_id)) if activity.object_id is not None else None
    if row is None and type_name(inner) == KIND:
        status = unit.one(statuses.by_uri(reference(inner.get("instrument")) or ""))
        row = unit.one(quotes.of_statuses([status.id])) if status is not None and status.local else None
    if row is None:
        return None
    target = unit.one(accounts.by_id(row.quoted_account_id or 0))
    refused = target is None or may_act(activity, Known(target=target.uri)).refused
    return row, Effect.REFUSED if refused else None


def stamped(unit: Unit, sender: Account, uri: str) -> Effect | None:
    """Delete of a stamp: the quote counts no longer. None where the id is not one of a stamp."""
    row = unit.one(quotes.by_stamp(uri))
    if row is None:
        return None
    if row.quoted_account_id != sender.id:
        return Effect.REFUSED
    service.end(unit, row, REVOKED)
    return Effect.DONE

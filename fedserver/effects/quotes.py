"""What follows when a quote is asked for, agreed to, refused or taken back (FEP-044f)."""

from __future__ import annotations

from fedserver.db.queries import quotes
from fedserver.db.unit import Unit
from fedserver.domain import uris
from fedserver.effects import stream
from fedserver.effects.federate import note, send, update_of
from fedserver.effects.tools import Tools
from fedserver.render import activitystreams as render
from fedserver.services import events
from fedserver.services.notifications import notify
from protocol.activitystreams import write


def requested(tools: Tools, unit: Unit, event: events.QuoteRequested) -> None:
    """QuoteRequest with the whole post, to the quoted author."""
    activity = write.quote_request(
        id=event.quote.request_uri or "",
        actor=event.author.uri,
        quoted=event.quoted.uri,
        instrument=note(unit, event),
        to=event.quoted_author.uri,
    )
    send(tools, unit, event.author, activity, object_key=event.status.id, to=[event.quoted_author])


def accepted(tools: Tools, unit: Unit, event: events.QuoteAccepted) -> None:
    """The quoted author is told, and so is who asked; others get the post with its stamp."""
    if not event.author.local and event.quoted_author.local:
        activity = write.answer_quote(
            id=uris.activity(event.quoted_author.uri, "accepts/quote_requests", unit.new_id()),
            kind="Accept",
            actor=event.quoted_author.uri,
            request=event.request,
            asker=event.author.uri,
            quoted=event.quoted.uri,
            quoting=event.status.uri,
            stamp=event.quote.stamp_uri,
        )
        send(tools, unit, event.quoted_author, activity, object_key=event.quote.id, to=[event.author])
    notify(unit, event.quoted_author, "quote", event.author, status_id=event.status.id)
    if not event.publishing:
        update_of(tools, unit, event)
        stream.edited(tools, unit, events.StatusEdited(event.status, event.author, (), ()))


def refused(tools: Tools, unit: Unit, event: events.QuoteRefused) -> None:
    """Reject, to who asked."""
    activity = write.answer_quote(
        id=uris.activity(event.quoted_author.uri, "rejects/quote_requests", unit.new_id()),
        kind="Reject",
        actor=event.quoted_author.uri,
        request=event.request,
        asker=event.asker.uri,
        quoted=event.quoted.uri,
        quoting=event.quoting_uri,
        stamp=None,
    )
    send(tools, unit, event.quoted_author, activity, object_key=event.quoted.id, to=[event.asker])


def ended(tools: Tools, unit: Unit, event: events.QuoteEnded) -> None:
    """Delete of the stamp, to the author of the quote and to those who may have seen it; and the post without it."""
    if event.stamp is not None and event.quoted_author.local:
        stamp = render.stamp(event.quote._replace(stamp_uri=event.stamp), event.status.uri, event.quoted_author)
        send(
            tools,
            unit,
            event.quoted_author,
            write.delete_stamp(stamp),
            object_key=event.quote.id,
            to_followers=True,
            to=[event.author],
            public=event.quoted is not None and event.quoted.open,
        )
    update_of(tools, unit, event)
    stream.edited(tools, unit, events.StatusEdited(event.status, event.author, (), ()))


def policy_changed(tools: Tools, unit: Unit, event: events.PolicyChanged) -> None:
    """Update of the post."""
    update_of(tools, unit, event)


def edited(tools: Tools, unit: Unit, event: events.StatusEdited) -> None:
    """Whoever quotes the post here is told that it changed."""
    if not event.status.quotes_count:
        return
    for status_id, quoter in unit.all(quotes.local_quoters(event.status.id)):
        notify(unit, quoter, "quoted_update", event.author, status_id=status_id)

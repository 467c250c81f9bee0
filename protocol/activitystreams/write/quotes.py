"""Asking for a quote, the answer with its stamp, and taking the stamp back (FEP-044f)."""

from __future__ import annotations

from protocol.activitystreams.values import Document, Stamp
from protocol.activitystreams.vocabulary import PUBLIC, QUOTE_CONTEXT
from protocol.activitystreams.write.fields import embedded, object_context


def write_stamp(stamp: Stamp) -> Document:
    """A QuoteAuthorization without `@context` (use QUOTE_CONTEXT)."""
    return {
        "id": stamp.id,
        "type": "QuoteAuthorization",
        "attributedTo": stamp.attributed_to,
        "interactingObject": stamp.quoting,
        "interactionTarget": stamp.quoted,
    }


def quote_request(*, id: str, actor: str, quoted: str, instrument: Document | str, to: str) -> Document:
    """QuoteRequest: may this post (`instrument`, whole or by id) quote that one?"""
    return {
        "@context": QUOTE_CONTEXT if isinstance(instrument, str) else object_context(instrument),
        "id": id,
        "type": "QuoteRequest",
        "actor": actor,
        "to": [to],
        "object": quoted,
        "instrument": instrument if isinstance(instrument, str) else embedded(instrument),
    }


def answer_quote(
    *, id: str, kind: str, actor: str, request: str | None, asker: str, quoted: str, quoting: str, stamp: str | None
) -> Document:
    """Accept (with the stamp as `result`) or Reject of a QuoteRequest."""
    inner = {"id": request, "type": "QuoteRequest", "actor": asker, "object": quoted, "instrument": quoting}
    answer = {
        "@context": QUOTE_CONTEXT,
        "id": id,
        "type": kind,
        "actor": actor,
        "to": [asker],
        "object": {key: value for key, value in inner.items() if value is not None},
    }
    return answer if stamp is None else {**answer, "result": stamp}


def delete_stamp(stamp: Stamp) -> Document:
    """Delete of a stamp: the quote is allowed no longer."""
    return {
        "@context": QUOTE_CONTEXT,
        "id": f"{stamp.id}#delete",
        "type": "Delete",
        "actor": stamp.attributed_to,
        "to": [PUBLIC],
        "object": write_stamp(stamp),
    }

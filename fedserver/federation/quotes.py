"""The job ``remote.verify_quote``: whether the author of a quoted post agrees, asked on that author's own server."""

from __future__ import annotations

from typing import Any

from fedserver.db.queries import quotes
from fedserver.db.queries.quotes import PENDING
from fedserver.edge.parts import Parts
from fedserver.federation.context import Federation, of
from fedserver.federation.fetching.actors import follow_id
from fedserver.federation.fetching.errors import Budget, NotFetched
from fedserver.services import quotes as service
from protocol.activitystreams.read import read_stamp
from protocol.activitystreams.values import Stamp
from protocol.errors import Malformed

REQUESTS = 10


async def verify(parts: Parts, payload: dict[str, Any]) -> None:
    """``{quote_id, stamp}``: fetch the quoted post and the stamp (None: the quote may be of the author's own post).

    What the quoted post quotes in its turn is not asked for: chains of quotes end here.
    """
    quote = await parts.db.one(quotes.by_id(int(payload["quote_id"])))
    if quote is None or quote.state != PENDING:
        return
    federation, budget, uri = of(parts), Budget(REQUESTS), payload["stamp"]
    try:
        quoted = await federation.objects.store(quote.quoted_uri, budget, parents=0, seek=False)
        stamp = await _stamp(federation, uri, budget) if uri is not None else None
    except NotFetched as error:
        if error.transient:
            raise
        return
    if quoted is not None:
        await parts.db.run(lambda unit: service.verified(unit, quote.id, quoted, stamp))


async def _stamp(federation: Federation, uri: str, budget: Budget) -> Stamp:
    found = await federation.fetcher.document(uri, budget)
    found = await follow_id(federation.fetcher, found, budget)
    try:
        return read_stamp(found.value)
    except Malformed as error:
        raise NotFetched("not_a_stamp") from error

"""The shapes of the answers to peers."""

from __future__ import annotations

from typing import Any

import orjson
from aiohttp.web import Response

from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.federation.signed import NotSigned
from fedserver.kit import metrics
from protocol.activitystreams import write
from protocol.activitystreams.values import Tombstone
from protocol.activitystreams.vocabulary import ACTIVITY_JSON, AS
from protocol.http.accept import offer

ACTIVITY_TYPE = f"{ACTIVITY_JSON}; charset=utf-8"
VARY = "Accept, Signature"
SHARED = "public, max-age=60"
PRIVATE = "private, no-store"


def document(call: Call, value: dict[str, Any] | bytes, *, shared: bool) -> Response:
    """An ActivityStreams document. ``shared``: caches may keep it, since everybody gets the same."""
    body = value if isinstance(value, bytes) else orjson.dumps(value)
    tag = responses.etag(body)
    caching = SHARED if shared and not call.parts.site.authorized_fetch else PRIVATE
    headers = {"Vary": VARY, "Cache-Control": caching, "ETag": tag}
    if responses.not_modified(call, tag):
        return Response(status=304, headers=headers)
    return responses.raw_json(body, headers=headers, kind=ACTIVITY_TYPE)


def tombstone(uri: str, former: str, deleted: int) -> Response:
    """410 with what is left."""
    value = write.document(write.write_tombstone(Tombstone(uri, former, deleted)), AS)
    return responses.raw_json(orjson.dumps(value), status=410, headers={"Vary": VARY}, kind=ACTIVITY_TYPE)


def accepted() -> Response:
    """202: the activity is stored, or one of the named no-ops."""
    return Response(status=202)


def no_such_inbox() -> Response:
    """404 for the inbox of nobody."""
    return responses.json({"error": "Not found"}, status=404)


def refused(call: Call, error: NotSigned) -> Response:
    """401 with what a signature must have, 403, or 503."""
    metrics.count("fedserver_inbox_refused_total", reason=error.reason)
    headers = {"Vary": VARY, "Cache-Control": PRIVATE}
    if error.status == 401:
        headers["WWW-Authenticate"] = "Signature"
        headers["Accept-Signature"] = offer(with_body=call.request.method == "POST")
    if error.status == 503:
        headers["Retry-After"] = "60"
    return responses.json({"error": f"Request not signed: {error.reason}"}, status=error.status, headers=headers)

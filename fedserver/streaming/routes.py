"""Every route of this door. Each stream asks for its scope; a WebSocket is asked again at each subscription."""

from __future__ import annotations

from fedserver.edge.routing import Route
from fedserver.streaming import sse
from fedserver.streaming.websocket import open_socket

_PATH = "/api/v1/streaming"
_POSTS, _NOTES = "read:statuses", "read:notifications"

ROUTES: tuple[Route, ...] = (
    Route("GET", _PATH, open_socket, scope=(_POSTS, _NOTES), query_token=True, doc="WebSocket"),
    Route("GET", f"{_PATH}/health", sse.health, auth="none", doc="200 while streams are served"),
    Route("GET", f"{_PATH}/user", sse.user, scope=_POSTS, query_token=True),
    Route("GET", f"{_PATH}/user/notification", sse.notification, scope=_NOTES, query_token=True),
    Route("GET", f"{_PATH}/public", sse.public, scope=_POSTS, query_token=True),
    Route("GET", f"{_PATH}/public/local", sse.public_local, scope=_POSTS, query_token=True),
    Route("GET", f"{_PATH}/public/remote", sse.public_remote, scope=_POSTS, query_token=True),
    Route("GET", f"{_PATH}/hashtag", sse.hashtag, scope=_POSTS, query_token=True),
    Route("GET", f"{_PATH}/hashtag/local", sse.hashtag_local, scope=_POSTS, query_token=True),
    Route("GET", f"{_PATH}/list", sse.in_list, scope=_POSTS, query_token=True),
    Route("GET", f"{_PATH}/direct", sse.direct, scope=_POSTS, query_token=True),
)

"""The rows of ``routes`` on what people are told: notifications, push, announcements."""

from __future__ import annotations

from fedserver.api import announcements, notifications, push
from fedserver.api import notification_groups as groups
from fedserver.api import notification_requests as requests
from fedserver.edge.routing import Route

_V1, _V2 = "/api/v1/notifications", "/api/v2/notifications"
_READ, _WRITE = "read:notifications", "write:notifications"

NOTIFICATIONS: tuple[Route, ...] = (
    Route("GET", _V1, notifications.listed, scope=_READ, quick=True),
    Route("GET", f"{_V1}/unread_count", notifications.unread_count, scope=_READ, quick=True),
    Route("POST", f"{_V1}/clear", notifications.clear, scope=_WRITE),
    Route("POST", f"{_V1}/dismiss", notifications.dismiss_named, scope=_WRITE),
    Route("GET", f"{_V1}/{{id}}", notifications.show, scope=_READ, owner="recipient"),
    Route("POST", f"{_V1}/{{id}}/dismiss", notifications.dismiss, scope=_WRITE, owner="recipient"),
    Route("GET", _V2, groups.listed, scope=_READ, quick=True),
    Route("GET", f"{_V2}/unread_count", groups.unread_count, scope=_READ),
    Route("POST", f"{_V2}/clear", notifications.clear, scope=_WRITE),
    Route("GET", f"{_V2}/{{key}}", groups.show, scope=_READ),
    Route("GET", f"{_V2}/{{key}}/accounts", groups.people, scope=_READ),
    Route("POST", f"{_V2}/{{key}}/dismiss", groups.dismiss, scope=_WRITE),
    Route("GET", f"{_V1}/policy", requests.show_policy_v1, scope=_READ),
    Route("PUT", f"{_V1}/policy", requests.save_policy_v1, scope=_WRITE),
    Route("PATCH", f"{_V1}/policy", requests.save_policy_v1, scope=_WRITE),
    Route("GET", f"{_V2}/policy", requests.show_policy, scope=_READ),
    Route("PUT", f"{_V2}/policy", requests.save_policy, scope=_WRITE),
    Route("PATCH", f"{_V2}/policy", requests.save_policy, scope=_WRITE),
    Route("GET", f"{_V1}/requests", requests.requests, scope=_READ),
    Route("GET", f"{_V1}/requests/merged", requests.merged, scope=_READ),
    Route("POST", f"{_V1}/requests/accept", requests.accept_many, scope=_WRITE),
    Route("POST", f"{_V1}/requests/dismiss", requests.dismiss_many, scope=_WRITE),
    Route("GET", f"{_V1}/requests/{{id}}", requests.request, scope=_READ, owner="recipient"),
    Route("POST", f"{_V1}/requests/{{id}}/accept", requests.accept, scope=_WRITE, owner="recipient"),
    Route("POST", f"{_V1}/requests/{{id}}/dismiss", requests.dismiss, scope=_WRITE, owner="recipient"),
)

PUSH: tuple[Route, ...] = (
    Route("POST", "/api/v1/push/subscription", push.create, scope="push"),
    Route("GET", "/api/v1/push/subscription", push.show, scope="push"),
    Route("PUT", "/api/v1/push/subscription", push.update, scope="push"),
    Route("DELETE", "/api/v1/push/subscription", push.delete, scope="push"),
)

_ANNOUNCED = "/api/v1/announcements"
_REACTION = f"{_ANNOUNCED}/{{id}}/reactions/{{name}}"

ANNOUNCEMENTS: tuple[Route, ...] = (
    Route("GET", _ANNOUNCED, announcements.listed),
    Route("POST", f"{_ANNOUNCED}/{{id}}/dismiss", announcements.dismiss, scope="write:accounts"),
    Route("PUT", _REACTION, announcements.react, scope="write:favourites"),
    Route("DELETE", _REACTION, announcements.unreact, scope="write:favourites"),
)

ROUTES: tuple[Route, ...] = (*NOTIFICATIONS, *PUSH, *ANNOUNCEMENTS)

"""Write the pages that come from tables in the code: docs/api.md (every route) and docs/metrics.md (every metric)."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

from policy_page import policy_page  # noqa: E402

from fedserver.api.since import since  # noqa: E402
from fedserver.app import all_routes  # noqa: E402
from fedserver.edge.routing import Route  # noqa: E402
from fedserver.edge.server import own_routes  # noqa: E402
from fedserver.kit.metric_table import TABLE  # noqa: E402

_HEAD = re.compile(r"^(?:GET|POST|PUT|PATCH|DELETE) \S+(?: and \S+)?")
_GROUPS = (
    ("Client API", "/api/"),
    ("Media", "/media/"),
    ("OAuth and sign-in", ("/oauth/", "/.well-known/oauth", "/login", "/logout", "/reset")),
    ("Federation", ("/.well-known/", "/nodeinfo", "/actor", "/inbox", "/users/")),
)
_WHO = {"none": "everybody", "optional": "everybody, more with a token", "user": "a user", "app": "any token"}


def api_page() -> str:
    """Every route: who may ask, the scope, since which Mastodon version clients know it."""
    groups: dict[str, list[Route]] = {name: [] for name in (*(name for name, _ in _GROUPS), "Pages and the rest")}
    for route in (*all_routes(), *own_routes()):
        name = next((name for name, prefix in _GROUPS if route.path.startswith(prefix)), "Pages and the rest")
        groups[name].append(route)
    lines = [
        "# Every route",
        "",
        "Written by `make docs` from the route tables of the doors; a test fails when it is stale. *Since* is the",
        "version of Mastodon whose clients know the method; it is empty where that says nothing.",
    ]
    for name, routes in groups.items():
        lines += ["", f"## {name}", "", "| route | who | scope | since | what |", "|---|---|---|---|---|"]
        lines += [_row(route) for route in routes]
    return "\n".join(lines) + "\n"


def _row(route: Route) -> str:
    who = f"{_WHO[route.auth]} ({route.needs})" if route.needs else _WHO[route.auth]
    scope = " or ".join(f"`{one}`" for one in route.scopes)
    return f"| `{route.method} {route.path}` | {who} | {scope} | {since_of(route)} | {_about(route)} |"


def since_of(route: Route) -> str:
    """Since which version of Mastodon clients know a route; empty where that says nothing."""
    return route.since or since(route.method, route.path)


def _about(route: Route) -> str:
    """The row's own words, else the first line of the handler's."""
    text = route.doc or _HEAD.sub("", (route.handler.__doc__ or "").strip().split("\n")[0]).lstrip(" :;,.")
    return text.replace("``", "`").replace("|", "\\|").rstrip(".")


def metrics_page() -> str:
    """Every metric with its kind and labels."""
    lines = [
        "# Metrics",
        "",
        "`GET /metrics` in the text format of Prometheus, for loopback and `trusted_proxies` only.",
        "Written by `make docs`.",
        "",
        "| metric | kind | labels | what |",
        "|---|---|---|---|",
    ]
    for metric in TABLE:
        labels = ", ".join(f"`{label}`" for label in metric.labels)
        lines.append(f"| `{metric.name}` | {metric.kind} | {labels} | {metric.help} |")
    return "\n".join(lines) + "\n"


PAGES = {"docs/api.md": api_page, "docs/metrics.md": metrics_page, "docs/policy-language.md": policy_page}

if __name__ == "__main__":
    for path, page in PAGES.items():
        (ROOT / path).write_text(page(), encoding="utf-8")
        print(path)

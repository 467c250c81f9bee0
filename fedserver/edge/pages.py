"""Templates: one Jinja environment with escaping always on, and what every page knows.

A page is rendered with ``page(call, "name.html", ...)``. The layout asks for the viewer, the hidden form field, the
flash message and the community's name; a door does not pass them each time.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp.web import Response

from fedserver.domain.devices import device
from fedserver.edge import cookies, responses
from fedserver.edge.auth import csrf_of
from fedserver.edge.call import Call
from fedserver.kit import i18n
from fedserver.kit.clock import to_datetime, to_iso

if TYPE_CHECKING:
    import jinja2

WEB = Path(__file__).resolve().parent.parent / "web"
# what one may be told after a form: a code in the cookie, a sentence here
FLASHES = {
    "saved": i18n.lazy("Saved."),
    "signed-out": i18n.lazy("You are signed out."),
    "revoked": i18n.lazy("Access was revoked."),
    "session-ended": i18n.lazy("The session was ended."),
    "password-changed": i18n.lazy("Your password was changed. All other sessions and applications were signed out."),
    "registered": i18n.lazy("Welcome! Your account is ready."),
    "waiting": i18n.lazy("Your request was sent. Somebody of the community will look at it."),
    "approved": i18n.lazy("The account was approved."),
    "rejected": i18n.lazy("The request was rejected."),
    "suspended": i18n.lazy("The account was suspended."),
    "unsuspended": i18n.lazy("The account is no longer suspended."),
    "resolved": i18n.lazy("The report was resolved."),
    "reopened": i18n.lazy("The report is open again."),
    "blocked": i18n.lazy("The domain was added."),
    "unblocked": i18n.lazy("The domain was removed."),
    "invited": i18n.lazy("The invitation is ready."),
    "announced": i18n.lazy("The announcement is on its way."),
    "unannounced": i18n.lazy("The announcement was removed."),
    "emoji-added": i18n.lazy("The emoji can be used now."),
    "emoji-removed": i18n.lazy("The emoji was removed. What was written with it goes on showing it."),
    "withdrawn": i18n.lazy("The invitation was withdrawn."),
    "sessions-ended": i18n.lazy("All other sessions were ended."),
    "mail-sent": i18n.lazy("A mail is on its way. Open the link in it."),
    "confirmed": i18n.lazy("Your e-mail address is confirmed."),
    "confirmed-waiting": i18n.lazy("Your e-mail address is confirmed. Somebody of the community will look at it."),
    "address-kept": i18n.lazy("Your address stays as it is."),
    "factor-off": i18n.lazy("One-time codes are off."),
    "passkey-off": i18n.lazy("The passkey was removed."),
    "factors-cleared": i18n.lazy("The second factors were removed."),
    "appealed": i18n.lazy("Your appeal was sent. Somebody other than who decided looks at it."),
    "appeal-granted": i18n.lazy("The appeal was granted: the decision no longer holds."),
    "appeal-refused": i18n.lazy("The appeal was refused. The author is told."),
    "undone": i18n.lazy("The decision was taken back."),
    "undoing": i18n.lazy("What stands by this version is being taken back."),
    "retried": i18n.lazy("It is tried again."),
    "forgotten": i18n.lazy("It was forgotten."),
    "proposed": i18n.lazy("The change is proposed."),
    "voted": i18n.lazy("Your ballot is cast. Nobody can see what you voted for."),
    "agreed": i18n.lazy("You agreed to the change."),
    "proposal-withdrawn": i18n.lazy("The proposal was taken back."),
}


@lru_cache(maxsize=1)
def environment() -> jinja2.Environment:
    """The templates of ``fedserver/web/templates``, compiled once per process. No page, no Jinja in memory."""
    import jinja2

    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(WEB / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.install_gettext_callables(i18n.gettext, i18n.ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.filters["iso"] = to_iso
    made.filters["day"] = lambda ms: to_datetime(ms).strftime("%Y-%m-%d")
    made.filters["moment"] = lambda ms: to_datetime(ms).strftime("%Y-%m-%d %H:%M")
    made.filters["compact"] = compact
    made.filters["device"] = device
    made.globals["static"] = static_url
    return made


def render(name: str, /, **values: Any) -> str:
    """A template's text."""
    return environment().get_template(name).render(**values)


def page(call: Call, template: str, /, *, status: int = 200, **values: Any) -> Response:
    """A whole page for a call."""
    had_visitor = bool(call.visitor)
    values.setdefault("error", None)
    body = render(
        template,
        call=call,
        viewer=call.viewer,
        site=call.parts.site,
        community=call.parts.extra.get("community"),
        csrf=csrf_of(call),
        lang=i18n.current_locale(),
        flash=_flash(call),
        here=call.raw_path,
        **values,
    )
    response = responses.html(body, status=status)
    if call.viewer is None and not had_visitor and call.visitor:
        cookies.put(response, cookies.VISITOR, call.visitor, call.parts.secure)
    if cookies.get(call.request, cookies.FLASH, call.parts.secure):
        cookies.drop(response, cookies.FLASH, call.parts.secure)
    return response


def go(call: Call, path: str, *, flash: str | None = None) -> Response:
    """Redirect to a path of ours after a form; ``flash`` names one of ``FLASHES``."""
    response = responses.redirect(path)
    if flash is not None:
        assert flash in FLASHES
        cookies.put(response, cookies.FLASH, flash, call.parts.secure, seconds=60)
    return response


def local_path(text: str | None, default: str = "/") -> str:
    """``text`` when it is a path on this node that a redirect may name, else ``default``."""
    if not text or not text.startswith("/") or text.startswith("//") or len(text) > 4000:
        return default
    if "\\" in text or any(ord(character) < 33 or ord(character) == 127 for character in text):
        return default
    # "/./evil.test" and friends: a browser takes dot segments out before it looks at the host
    return default if any(part in (".", "..", "") for part in text.partition("?")[0].split("/")[1:-1]) else text


def compact(number: int) -> str:
    """1234 -> 1.2K."""
    for limit, unit in ((1_000_000, "M"), (1_000, "K")):
        if number >= limit:
            return f"{number / limit:.1f}".removesuffix(".0") + unit
    return str(number)


@lru_cache(maxsize=32)
def static_url(name: str) -> str:
    """The address of a static file: the digest in it changes with the file, so browsers may keep it for ever."""
    digest = hashlib.sha256((WEB / "static" / name).read_bytes()).hexdigest()[:12]
    return f"/static/{digest}/{name}"


def _flash(call: Call) -> str | None:
    code = cookies.get(call.request, cookies.FLASH, call.parts.secure)
    return str(FLASHES[code]) if code in FLASHES else None

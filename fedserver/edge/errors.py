"""The only place that turns a failure into a response."""

from __future__ import annotations

import logging
import math
from urllib.parse import quote

from aiohttp.web import Response

from fedserver.edge import responses
from fedserver.edge.auth import ConfirmationNeeded, SignInNeeded
from fedserver.edge.bodies import SlowBody
from fedserver.edge.call import Call
from fedserver.edge.headers import show_limit
from fedserver.edge.limits import LimitReached
from fedserver.edge.pages import page
from fedserver.kit import errors, metrics
from fedserver.kit.i18n import gettext as _

log = logging.getLogger(__name__)

STATUS: dict[type[errors.Failure], int] = {
    SlowBody: 408,
    errors.Malformed: 400,
    errors.Unauthorized: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Gone: 410,
    errors.TooLarge: 413,
    errors.UnsupportedMedia: 415,
    errors.Invalid: 422,
    errors.TooMany: 429,
    errors.Unavailable: 503,
    errors.StorageFull: 507,
}


def status_of(failure: errors.Failure) -> int:
    """The HTTP status of a failure; 500 for one that nobody listed."""
    return next((STATUS[kind] for kind in type(failure).__mro__ if kind in STATUS), 500)


def failed(call: Call | None, failure: errors.Failure, *, as_page: bool = False) -> Response:
    """The answer to an expected failure."""
    if isinstance(failure, SignInNeeded) and call is not None and call.method == "GET":
        return sign_in(call)
    if isinstance(failure, ConfirmationNeeded) and call is not None and call.method == "GET":
        return responses.redirect("/settings/email")
    status = status_of(failure)
    metrics.count("fedserver_http_failures_total", code=failure.code)
    if failure.cause is not None:
        level = logging.WARNING if status >= 500 else logging.DEBUG
        log.log(level, "request refused", extra={"code": failure.code, "cause": repr(failure.cause)})
    response = _page(call, status, failure.message) if as_page and call is not None else _data(status, failure)
    if isinstance(failure, errors.Unauthorized):
        response.headers["WWW-Authenticate"] = 'Bearer realm="fedserver", error="invalid_token"'
    if isinstance(failure, (errors.TooMany, errors.Unavailable)):
        response.headers["Retry-After"] = str(max(1, math.ceil(failure.retry_after)))
    if isinstance(failure, LimitReached):
        show_limit(response, failure.window)
    if isinstance(failure, SlowBody):
        response.force_close()
    return response


def crashed(call: Call | None, error: BaseException, *, as_page: bool = False) -> Response:
    """The answer to a defect: it is logged with its traceback, once, and says nothing about itself."""
    log.error(
        "a handler failed",
        exc_info=error,
        extra={"route": call.route.path if call is not None else "", "method": call.method if call is not None else ""},
    )
    metrics.count("fedserver_http_failures_total", code="defect")
    message = _("We're sorry, but something went wrong on our end.")
    if as_page and call is not None:
        return _page(call, 500, message)
    return responses.json({"error": message}, status=500)


def sign_in(call: Call) -> Response:
    """To the sign-in page and back."""
    target = call.request.raw_path if call.request.raw_path.startswith("/") else "/"
    return responses.redirect(f"/login?next={quote(target, safe='')}")


def _data(status: int, failure: errors.Failure) -> Response:
    body: dict[str, object] = {"error": failure.message}
    if failure.description is not None:
        body["error_description"] = failure.description
    return responses.json(body, status=status)


def _page(call: Call, status: int, message: str) -> Response:
    try:
        return page(call, "error.html", status=status, code=status, message=message)
    except Exception:
        # an error page that fails must not hide the first failure
        log.exception("the error page failed")
        return responses.text(message, status=status)

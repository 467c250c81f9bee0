"""The form for people who want something taken down, with or without an account, and the page that says what became
of it."""

from __future__ import annotations

from typing import Any

import orjson
from aiohttp.web import Response, StreamResponse

from fedserver.db.queries import ledger as ledger_rows
from fedserver.db.queries import takedowns as rows
from fedserver.db.unit import Unit
from fedserver.edge.address import limit_key
from fedserver.edge.auth import check_form
from fedserver.edge.call import Call
from fedserver.edge.pages import go, page
from fedserver.kit.errors import Failure, Forbidden, Invalid, NotFound, TooMany
from fedserver.kit.i18n import current_locale, lazy
from fedserver.services import takedowns
from fedserver.services.takedowns import Demand

_FIELDS = ("category", "uris", "statement", "standing", "name", "email")


async def show(call: Call) -> StreamResponse:
    """The form."""
    return _form(call, {"uris": (call.query.text("uri") or "")[:2000]})


async def file(call: Call) -> StreamResponse:
    """File a demand; the answer is its own page, whose address is the secret."""
    params = await check_form(call)
    values = {name: (params.text(name) or "")[:20_000] for name in _FIELDS}
    address = limit_key(call.client_ip)
    try:
        if not params.flag("truth"):
            raise Invalid(lazy("Please confirm that what you say is true"))
        call.parts.extra["limits"].hit("takedown", f"a{address}")
        demand = Demand(
            category=values["category"],
            uris=values["uris"].split(),
            statement=values["statement"],
            email=values["email"],
            address=address,
            standing=values["standing"],
            name=values["name"],
            locale=current_locale(),
            viewer_id=call.viewer.account_id if call.viewer is not None else None,
        )
        token = await call.parts.db.run(lambda unit: takedowns.file(unit, demand))
    except (Invalid, Forbidden, TooMany) as failure:
        return _form(call, values, error=failure.message, status=_status(failure))
    return go(call, f"/takedown/{token}")


async def follow(call: Call) -> StreamResponse:
    """What became of it."""
    token = call.path["token"]

    def work(unit: Unit) -> dict[str, Any]:
        found = takedowns.behind(unit, token)
        targets = unit.all(rows.targets([found.id]))
        made = [each for target in targets for each in orjson.loads(target.decided_by)]
        answered = [each for each in made if unit.one(ledger_rows.appeal_of(each)) is not None]
        stands = [each for each in made if unit.get(ledger_rows.by_id(each)).standing]
        return {
            "found": found,
            "targets": targets,
            "countered": bool(answered),
            "restored": bool(made) and not stands,
            "confirming": takedowns.may_confirm(found, token),
        }

    values = await call.parts.db.run(work)
    return _private(page(call, "public/takedown_status.html", token=token, **values))


async def act(call: Call) -> StreamResponse:
    """Confirm the address, or take the demand back."""
    params = await check_form(call)
    token, action = call.path["token"], params.text("action")
    call.parts.extra["limits"].hit("login", f"a{limit_key(call.client_ip)}")
    if action not in ("confirm", "withdraw"):
        raise NotFound
    verb = takedowns.confirm if action == "confirm" else takedowns.withdraw
    await call.parts.db.run(lambda unit: verb(unit, token))
    return go(call, f"/takedown/{token}", flash="saved")


def _form(call: Call, values: dict[str, str], *, error: str | None = None, status: int = 200) -> Response:
    return page(
        call,
        "public/takedown.html",
        status=status,
        values=dict.fromkeys(_FIELDS, "") | values,
        most=takedowns.MAX_TARGETS,
        mail=call.parts.site.mail,
        error=error,
    )


def _status(failure: Failure) -> int:
    return 429 if isinstance(failure, TooMany) else 403 if isinstance(failure, Forbidden) else 422


def _private(response: Response) -> Response:
    """The address of the page is a secret."""
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response

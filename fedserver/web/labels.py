"""How a reader is shown what communities say of posts: a choice for each label, and whose labels are read."""

from __future__ import annotations

from typing import Final, NamedTuple

from aiohttp.web import Response, StreamResponse

from fedserver.db.queries import labelers as rows
from fedserver.db.queries.labelers import Labeler
from fedserver.db.unit import Unit
from fedserver.domain.moderation.labels import COMMUNITY
from fedserver.edge.auth import check_form
from fedserver.edge.call import Call
from fedserver.edge.pages import go, page
from fedserver.kit.errors import Invalid, NotFound
from fedserver.kit.i18n import lazy
from fedserver.render.mastodon import labels as render
from fedserver.services import labels

HERE = "/settings/labels"
_CHOICES: Final = (
    ("", lazy("As its labeler says")),
    ("show", lazy("Show the post as it is")),
    ("blur", lazy("Blur its media")),
    ("warn", lazy("Show the label first")),
    ("hide", lazy("Leave the post out")),
)


class LabelView(NamedTuple):
    """A label with the choice for it. ``by``: its labeler's name, '' for this community."""

    key: str
    title: str
    by: str
    choice: str


async def show(call: Call) -> StreamResponse:
    """GET /settings/labels"""
    return await _page(call)


async def save(call: Call) -> StreamResponse:
    """POST /settings/labels: a choice for each label."""
    params = await check_form(call)
    account_id = call.me.account_id
    wanted = {key: params.text(key) or None for key in (one.key for one in await _labels(call)) if params.has(key)}

    def work(unit: Unit) -> None:
        for key, choice in wanted.items():
            number, _dash, value = key.partition("-")
            labels.choose(unit, account_id, int(number), value, choice)

    try:
        await call.parts.db.run(work)
    except (Invalid, NotFound) as failure:
        return await _page(call, error=str(failure.message))
    return go(call, HERE, flash="saved")


async def add(call: Call) -> StreamResponse:
    """POST /settings/labels/labelers: read another community's labels."""
    params = await check_form(call)
    address, account_id = params.text("url") or "", call.me.account_id
    try:
        await call.parts.db.run(lambda unit: labels.subscribe(unit, account_id, address))
    except Invalid as failure:
        return await _page(call, error=str(failure.message), address=address)
    return go(call, HERE, flash="saved")


async def remove(call: Call) -> StreamResponse:
    """POST /settings/labels/labelers/{id}/remove"""
    await check_form(call)
    labeler_id, account_id = call.id(), call.me.account_id
    await call.parts.db.run(lambda unit: labels.unsubscribe(unit, account_id, labeler_id))
    return go(call, HERE, flash="saved")


async def _page(call: Call, *, error: str | None = None, address: str = "") -> Response:
    everyone, mine = await call.parts.db.several(rows.everyone(), rows.reading(call.me.account_id))
    read = {row.labeler_id for row in mine if not row.value}
    labelers: list[Labeler] = [row for row in everyone if row.for_all or row.id in read]
    return page(
        call,
        "settings/labels.html",
        status=200 if error is None else 422,
        here_now="labels",
        labels=await _labels(call),
        choices=_CHOICES,
        labelers=labelers,
        mine=read,
        address=address,
        error=error,
    )


async def _labels(call: Call) -> list[LabelView]:
    found = render.known(*await call.parts.db.several(rows.used(), rows.reading(call.me.account_id), rows.everyone()))
    return [
        LabelView(
            f"{label.labeler.id if label.labeler else COMMUNITY}-{label.value}",
            label.title,
            (label.labeler.name or label.labeler.uri) if label.labeler else "",
            label.choice or "",
        )
        for label in found
    ]

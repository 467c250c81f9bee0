"""The labels that this community puts on posts, for others to read: signed pages of changes, the oldest first."""

from __future__ import annotations

import re
from typing import Final

from aiohttp.web import StreamResponse

from fedserver.db.queries import accounts as account_rows
from fedserver.db.queries import labelers as rows
from fedserver.db.queries.labelers import Changed
from fedserver.domain import uris
from fedserver.domain.site import Site
from fedserver.edge.call import Call
from fedserver.federation import answers
from fedserver.kit.clock import to_iso
from fedserver.kit.errors import NotFound
from keys.algorithms import Algorithm
from protocol import proofs
from protocol.activitystreams import write
from protocol.activitystreams.labels import (
    LABELS_CONTEXT,
    PAGE_ITEMS,
    AppliedLabel,
    LabelsPage,
    write_label,
    write_page,
)

_NUMBER: Final = re.compile(r"[0-9]{1,19}")


async def page(call: Call) -> StreamResponse:
    """GET /labels/applied: changes after the one that ``after`` names; the first ones without it."""
    site, db = call.parts.site, call.parts.db
    after = call.query.text("after") or ""
    if after and not _NUMBER.fullmatch(after):
        raise NotFound
    found = await db.all(rows.changes(min(int(after or 0), (1 << 63) - 1), PAGE_ITEMS))
    here = uris.applied_labels(site, int(after) if after else None)
    value = LabelsPage(
        id=here,
        attributed_to=uris.actor(site, uris.INSTANCE_USERNAME),
        name=site.domain,
        items=tuple(_item(site, each) for each in found),
        next=uris.applied_labels(site, found[-1].id) if found else here,
    )
    node = await db.one(account_rows.by_handle(uris.INSTANCE_USERNAME))
    if node is None:
        raise NotFound
    now = call.parts.clock.now_ms()
    key = call.parts.keyring.signing_key(await db.all(account_rows.keys_of(node.id)), Algorithm.ED25519, now)
    created = f"{to_iso(now)[:19]}Z"
    signed = proofs.add_proof(write_page(value), key.key, key.uri, created, with_context=True)
    return answers.document(call, signed, shared=True)


async def one(call: Call) -> StreamResponse:
    """GET /labels/applied/{id}: a label, or what is left of it."""
    found = await call.parts.db.one(rows.change_of(call.id()))
    if found is None:
        raise NotFound
    site = call.parts.site
    item = _item(site, found)
    if item.post is None:
        return answers.tombstone(item.id, "Label", found.created_at)
    return answers.document(call, write.document(write_label(item), LABELS_CONTEXT), shared=True)


def _item(site: Site, row: Changed) -> AppliedLabel:
    address = uris.applied_label(site, row.decision_id)
    if row.gone or row.status_uri is None or row.value is None:
        return AppliedLabel(address, None)
    return AppliedLabel(
        address,
        row.status_uri,
        uris.label(site, row.value),
        row.title or row.value,
        row.shown or "label",
        row.created_at,
        row.expires_at,
    )

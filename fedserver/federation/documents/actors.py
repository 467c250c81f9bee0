"""Actor documents: people here, and the instance actor, which answers to everybody so that its key can be fetched."""

from __future__ import annotations

from aiohttp.web import Response, StreamResponse

from fedserver.db.queries import accounts
from fedserver.domain import uris
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.federation import answers
from fedserver.federation.documents import access, load
from fedserver.federation.signed import NotSigned
from fedserver.kit.errors import NotFound
from protocol.activitystreams import write
from protocol.activitystreams.values import Collection
from protocol.activitystreams.vocabulary import AS


async def person(call: Call) -> StreamResponse:
    """``/users/{name}`` as ActivityStreams."""
    try:
        await access.admit(call)
    except NotSigned as error:
        return answers.refused(call, error)
    account = await access.local_account(call)
    if account.deleted_at is not None:
        return answers.tombstone(account.uri, account.actor_type, account.deleted_at)
    return answers.document(call, await load.actor(call.parts, account), shared=True)


async def person_page(call: Call) -> StreamResponse:
    """``/users/{name}`` for people: the profile's page."""
    account = await access.local_account(call)
    return _to(call, uris.profile(call.parts.site, account.username))


async def status_page(call: Call) -> StreamResponse:
    """``/users/{name}/statuses/{id}`` for people: the post's page, which judges who may see it."""
    account = await access.local_account(call)
    return _to(call, uris.status_page(call.parts.site, account.username, call.id()))


async def instance(call: Call) -> StreamResponse:
    """``/actor``: never asks for a signature."""
    account = await call.parts.db.one(accounts.by_uri(uris.actor(call.parts.site, uris.INSTANCE_USERNAME)))
    if account is None:
        raise NotFound()
    return answers.document(call, await load.actor(call.parts, account), shared=True)


async def instance_collection(call: Call) -> StreamResponse:
    """The outbox, followers and following of the instance actor: nothing."""
    value = write.write_collection(Collection(id=call.parts.site.base_url + call.raw_path.rstrip("/"), total=0))
    return answers.document(call, write.document(value, AS), shared=True)


def _to(call: Call, url: str) -> Response:
    path = url.removeprefix(call.parts.site.base_url)
    return responses.redirect(path, status=302)

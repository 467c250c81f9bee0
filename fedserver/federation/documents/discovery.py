"""How others find what is here: WebFinger, NodeInfo, host-meta. Never behind a signature."""

from __future__ import annotations

import orjson
from aiohttp.web import Response, StreamResponse

from fedserver.db.queries import accounts, communities
from fedserver.db.queries.accounts import Account
from fedserver.domain import uris
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.edge.params import parse_pairs
from fedserver.kit.errors import Malformed, NotFound
from fedserver.kit.i18n import lazy
from fedserver.services.reports import COMMUNITY
from protocol import hostmeta, nodeinfo, webfinger
from protocol.errors import Malformed as BadResource

_MONTH_MS = 30 * 24 * 3600 * 1000
_CACHING = {"Cache-Control": "public, max-age=300"}
# whose client API this is: megalodon takes a server whose name it does not know by it
_METADATA = {"upstream": {"name": "mastodon"}}


async def finger(call: Call) -> StreamResponse:
    """WebFinger (RFC 7033) for ``acct:`` and for addresses of actors, profiles and the node itself (FEP-d556)."""
    pairs = parse_pairs(call.raw_query)
    resources = [value for key, value in pairs if key == "resource"]
    if len(resources) != 1:
        raise Malformed(lazy("One resource must be named"))
    try:
        resource = webfinger.parse_resource(resources[0])
    except BadResource as error:
        raise Malformed(lazy("The resource is neither a handle nor an address"), cause=error) from error
    account = await _find(call, resource)
    rels = [value for key, value in pairs if key == "rel"]
    body = orjson.dumps(webfinger.filter_links(_jrd(call, account), rels))
    return responses.raw_json(body, headers=_CACHING, kind=webfinger.CONTENT_TYPE)


async def _find(call: Call, resource: webfinger.Acct | webfinger.ActorUrl) -> Account:
    site = call.parts.site
    if resource.host not in (site.domain, site.host):
        raise NotFound()
    if isinstance(resource, webfinger.Acct):
        name = resource.username
        if name.lower() in (uris.instance_name(site), site.host):
            name = uris.INSTANCE_USERNAME
    elif resource.path.rstrip("/") in ("", "/actor", "/about"):
        name = uris.INSTANCE_USERNAME
    else:
        name = resource.path.removeprefix("/users/").removeprefix("/@")
        if resource.path not in (f"/users/{name}", f"/@{name}"):
            raise NotFound()
    account = await call.parts.db.one(accounts.local_by_name(name))
    if account is None or not account.local or not account.active:
        raise NotFound()
    return account


def _jrd(call: Call, account: Account) -> dict[str, object]:
    site = call.parts.site
    instance = account.username == uris.INSTANCE_USERNAME
    return webfinger.write_jrd(
        webfinger.Acct(uris.instance_name(site) if instance else account.username, site.domain),
        actor_url=account.uri,
        profile_url=account.url or account.uri,
        subscribe_template=None if instance else f"{site.base_url}/authorize_interaction?uri={{uri}}",
    )


async def nodeinfo_links(call: Call) -> StreamResponse:
    """``/.well-known/nodeinfo``."""
    return responses.json(nodeinfo.write_links(call.parts.site.base_url), headers=_CACHING)


async def nodeinfo_20(call: Call) -> StreamResponse:
    """NodeInfo 2.0."""
    return await _nodeinfo(call, "2.0")


async def nodeinfo_21(call: Call) -> StreamResponse:
    """NodeInfo 2.1."""
    return await _nodeinfo(call, "2.1")


async def _nodeinfo(call: Call, version: str) -> Response:
    parts, now = call.parts, call.parts.clock.now_ms()
    people, posts = await parts.db.one(accounts.local_counts()) or (0, 0)
    month = await parts.db.one(accounts.active_local(now - _MONTH_MS)) or 0
    half_year = await parts.db.one(accounts.active_local(now - 6 * _MONTH_MS)) or 0
    value = nodeinfo.write_nodeinfo(
        version,
        software=parts.site.software,
        software_version=parts.site.version,
        usage=nodeinfo.Usage(int(people), int(month), int(half_year), int(posts)),
        open_registrations=await open_registrations(call),
        homepage=parts.site.base_url,
        metadata=_METADATA,
    )
    return responses.raw_json(orjson.dumps(value), headers=_CACHING, kind=nodeinfo.content_type(version))


async def open_registrations(call: Call) -> bool:
    """Whether anybody may join."""
    community = await call.parts.db.one(communities.by_id(COMMUNITY))
    return community is not None and community.registration == "open"


async def host_meta(call: Call) -> StreamResponse:
    """host-meta (RFC 6415) in XML."""
    body = hostmeta.write_xrd(call.parts.site.base_url)
    return Response(body=body, headers={**_CACHING, "Content-Type": f"{hostmeta.XRD_TYPE}; charset=utf-8"})


async def host_meta_json(call: Call) -> StreamResponse:
    """host-meta in JSON."""
    return responses.json(hostmeta.write_jrd(call.parts.site.base_url), headers=_CACHING)

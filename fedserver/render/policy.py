"""A version of the policy document as the object that others fetch, signed by the community's key."""

from __future__ import annotations

from fedserver.domain import uris
from fedserver.domain.policy.canonical import plain
from fedserver.domain.policy.document import Document
from fedserver.domain.site import Site
from fedserver.kit.clock import to_iso
from keys.pair import PrivateKey
from protocol import proofs
from protocol.activitystreams.policies import PolicyObject, digest_of, write_policy
from protocol.activitystreams.values import Document as Written


def signed(site: Site, document: Document, key: PrivateKey, key_uri: str, now: int) -> Written:
    """The object with its proof. ``key``: the Ed25519 key of the node's actor, who speaks for the community."""
    values = plain(document)
    address = uris.policy(site, document.version)
    value = PolicyObject(
        id=address,
        attributed_to=uris.actor(site, uris.INSTANCE_USERNAME),
        name=document.name,
        version=document.version,
        digest=digest_of(values),
        parent=document.parent,
        policy=values,
        published=to_iso(now),
        page=address,
    )
    created = f"{to_iso(now)[:19]}Z"
    return proofs.add_proof(write_policy(value), key, key_uri, created, with_context=True)

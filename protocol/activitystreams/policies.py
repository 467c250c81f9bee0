"""A community's policy document as an ActivityStreams object: written, and read from another server.

The document itself is a JSON literal under `policy`; `policyHash` is SHA-256 over its canonical form (RFC 8785), so
that it can be compared with what other servers say and with the TOML that people read. The object carries an integrity
proof (FEP-8b32) by the community's Ed25519 key, which is the caller's to make and to check.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from protocol import jcs
from protocol.activitystreams.read.fields import reference, required_id, text, type_names
from protocol.activitystreams.values import Document
from protocol.activitystreams.vocabulary import AS, DATA_INTEGRITY
from protocol.errors import Malformed

TYPE: Final = "CommunityPolicy"
POLICY_CONTEXT: Final[list[Any]] = [
    AS,
    DATA_INTEGRITY,
    {
        "fedserver": "urn:fedserver:ns:",
        "CommunityPolicy": "fedserver:CommunityPolicy",
        "policy": {"@id": "fedserver:policy", "@type": "@json"},
        "policyHash": "fedserver:policyHash",
        "policyVersion": "fedserver:policyVersion",
        "policyParent": "fedserver:policyParent",
    },
]
_HASH = re.compile(r"sha256:[0-9a-f]{64}")
_MAX_NAME = 300
_MAX_VERSION = 2**31


@dataclass(frozen=True, slots=True)
class PolicyObject:
    """`policy`: the values of the document. `parent`: the hash of what it came from, None for a beginning."""

    id: str
    attributed_to: str
    name: str
    version: int
    digest: str
    parent: str | None
    policy: Mapping[str, Any]
    published: str = ""
    page: str = ""


def write_policy(value: PolicyObject) -> Document:
    """The object with its `@context`, without a proof."""
    found: Document = {
        "@context": POLICY_CONTEXT,
        "id": value.id,
        "type": ["Document", TYPE],
        "attributedTo": value.attributed_to,
        "name": value.name,
        "published": value.published,
        "url": value.page,
        "policyVersion": value.version,
        "policyHash": value.digest,
        "policyParent": value.parent,
        "policy": dict(value.policy),
    }
    return {key: one for key, one in found.items() if one not in ("", None)}


def read_policy(document: Mapping[str, Any]) -> PolicyObject:
    """Read the object of another server. The hash is checked, the proof and the document's own rules are not.

    Raises `Malformed`.
    """
    if TYPE not in type_names(document):
        raise Malformed("not a policy document", "type")
    author = reference(document.get("attributedTo"))
    policy = document.get("policy")
    version = document.get("policyVersion")
    digest, parent = document.get("policyHash"), document.get("policyParent")
    if author is None:
        raise Malformed("a policy names its community", "attributedTo")
    if not isinstance(policy, dict):
        raise Malformed("there is no document", "policy")
    if isinstance(version, bool) or not isinstance(version, int) or not 1 <= version < _MAX_VERSION:
        raise Malformed("not a version", "policyVersion")
    if parent is not None and not (isinstance(parent, str) and _HASH.fullmatch(parent)):
        raise Malformed("not a hash", "policyParent")
    if digest != digest_of(policy):
        raise Malformed("the hash is not that of the document", "policyHash")
    return PolicyObject(
        id=required_id(document),
        attributed_to=author,
        name=text(document.get("name"), _MAX_NAME),
        version=version,
        digest=digest,
        parent=parent,
        policy=policy,
    )


def digest_of(policy: Mapping[str, Any]) -> str:
    """`sha256:` and 64 hexadecimal digits. Raises `Malformed` for what has no canonical form."""
    return f"sha256:{hashlib.sha256(jcs.canonicalise(dict(policy))).hexdigest()}"

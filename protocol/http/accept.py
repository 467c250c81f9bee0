"""Accept-Signature (RFC 9421 section 5): how a server says which signature it wants.

    Accept-Signature: sig1=("@method" "@target-uri" "content-digest");created;keyid;tag="app"

Sent with a 401; honoured on the second attempt. A request for something that is not supported here is not read at
all, because a signature that covers less than was asked for would be refused anyway.
"""

from __future__ import annotations

from dataclasses import dataclass

from protocol.errors import Malformed
from protocol.http import messages
from protocol.http.structured import InnerList, Item, Parameters, parse_dictionary, serialise_inner_list

_MAX_WANTED = 8
_FLAGS = ("created", "expires")
_TEXTS = ("keyid", "alg", "nonce", "tag")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One signature that a server asks for. `created` and `expires` ask for the parameter, the rest for its value."""

    label: str
    components: tuple[str, ...]
    created: bool = True
    expires: bool = False
    key_id: str | None = None
    algorithm: str | None = None
    nonce: str | None = None
    tag: str | None = None


def write_accept(*wanted: Wanted) -> str:
    """Write the header."""
    return ", ".join(f"{one.label}={serialise_inner_list(_member(one))}" for one in wanted)


def offer(*, with_body: bool) -> str:
    """Write the header that this node sends with its 401: what `read_claim` needs, and no more."""
    components = ("@method", "@target-uri", "content-digest") if with_body else ("@method", "@target-uri")
    return write_accept(Wanted("sig1", components))


def read_accept(text: str) -> tuple[Wanted, ...]:
    """Read the header; requests that cannot be met are left out. Raises `Malformed` if it is not a dictionary."""
    members = parse_dictionary(text)
    if len(members) > _MAX_WANTED:
        raise Malformed("there are too many signatures", "accept-signature")
    readable = (_read(label, member) for label, member in members.items())
    return tuple(one for one in readable if one is not None)


def _read(label: str, member: Item | InnerList) -> Wanted | None:
    if not isinstance(member, InnerList):
        return None
    components = tuple(item.value for item in member.items if type(item.value) is str and not item.parameters)
    if len(components) != len(member.items) or len(set(components)) != len(components):
        return None
    if not all(map(messages.supported, components)):
        return None
    texts: dict[str, str | None] = {}
    for name in _TEXTS:
        value = member.parameters.get(name)
        # `;keyid` without a value asks for the parameter, which is always sent.
        if value is not None and value is not True and type(value) is not str:
            return None
        texts[name] = value if type(value) is str else None
    return Wanted(
        label,
        components,
        "created" in member.parameters,
        "expires" in member.parameters,
        texts["keyid"],
        texts["alg"],
        texts["nonce"],
        texts["tag"],
    )


def _member(wanted: Wanted) -> InnerList:
    parameters: Parameters = {}
    for name, flag in zip(_FLAGS, (wanted.created, wanted.expires), strict=True):
        if flag:
            parameters[name] = True
    values = (wanted.key_id, wanted.algorithm, wanted.nonce, wanted.tag)
    for name, value in zip(_TEXTS, values, strict=True):
        if value is not None:
            parameters[name] = value
    return InnerList(tuple(Item(name, {}) for name in wanted.components), parameters)

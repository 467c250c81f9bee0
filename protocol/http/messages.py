"""HTTP Message Signatures, RFC 9421, for requests that carry one signature.

    Signature-Input: sig1=("@method" "@target-uri" "content-digest");created=1618884473;keyid="..."
    Signature: sig1=:base64:

The signature is over the *signature base*: one line `"component": value` for each component, then the line
`"@signature-params"` with the list itself, parameters included. Components with parameters (`;req`, `;sf`, `;key`)
and components of responses are refused: nothing in the fediverse uses them on requests.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from protocol.errors import Malformed
from protocol.http.request import Request
from protocol.http.structured import InnerList, Item, Parameters, parse_dictionary, serialise_inner_list

DERIVED = frozenset({"@method", "@target-uri", "@authority", "@scheme", "@path", "@query", "@request-target"})
_FIELD = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+")
_LABEL = re.compile(r"[a-z*][a-z0-9_.*-]*")
_TEXT_PARAMETERS = ("keyid", "alg", "nonce", "tag")
_TIME_PARAMETERS = ("created", "expires")


class SeveralSignatures(Malformed):
    """The request carries more than one signature."""


@dataclass(frozen=True, slots=True)
class SignatureInput:
    """One member of Signature-Input. Times are seconds since 1970. `parameters` keeps order and unknown ones."""

    label: str
    components: tuple[str, ...]
    parameters: Parameters

    @property
    def key_id(self) -> str | None:
        """`keyid`."""
        return self._text("keyid")

    @property
    def algorithm(self) -> str | None:
        """`alg`."""
        return self._text("alg")

    @property
    def nonce(self) -> str | None:
        """`nonce`."""
        return self._text("nonce")

    @property
    def tag(self) -> str | None:
        """`tag`."""
        return self._text("tag")

    @property
    def created(self) -> int | None:
        """`created`."""
        return self._time("created")

    @property
    def expires(self) -> int | None:
        """`expires`."""
        return self._time("expires")

    def _text(self, name: str) -> str | None:
        value = self.parameters.get(name)
        return value if isinstance(value, str) else None

    def _time(self, name: str) -> int | None:
        value = self.parameters.get(name)
        return value if isinstance(value, int) else None


def parse_headers(signature_input: str, signature: str) -> tuple[SignatureInput, bytes]:
    """Read both headers, which must hold one signature under one label.

    Raises `SeveralSignatures`, or `Malformed` for the rest.
    """
    inputs = parse_dictionary(signature_input)
    signatures = parse_dictionary(signature)
    if len(inputs) > 1 or len(signatures) > 1:
        raise SeveralSignatures("there is more than one signature", "signature-input")
    if not inputs or inputs.keys() != signatures.keys():
        raise Malformed("Signature-Input and Signature do not name the same label", "signature-input")
    label, member = inputs.popitem()
    value = signatures[label]
    if not isinstance(value, Item) or type(value.value) is not bytes or not value.value:
        raise Malformed("the signature is not a byte sequence", "signature")
    if not isinstance(member, InnerList):
        raise Malformed("the components are not a list", "signature-input")
    return SignatureInput(label, _components(member), _parameters(member.parameters)), value.value


def signature_base(request: Request, signature_input: SignatureInput) -> bytes:
    """Build the signature base (section 2.5). Raises `Malformed` if a component is not in the request."""
    lines = [f'"{name}": {_value(request, name)}' for name in signature_input.components]
    lines.append(f'"@signature-params": {write_parameters(signature_input)}')
    return "\n".join(lines).encode("ascii")


def write_parameters(signature_input: SignatureInput) -> str:
    """Write the value of one Signature-Input member, without its label."""
    items = tuple(Item(name, {}) for name in signature_input.components)
    return serialise_inner_list(InnerList(items, signature_input.parameters))


def supported(component: str) -> bool:
    """Tell whether `component` is a name that can be signed and verified here."""
    return component in DERIVED or _FIELD.fullmatch(component) is not None


def valid_label(label: str) -> bool:
    """Tell whether `label` can stand as a key of Signature-Input."""
    return _LABEL.fullmatch(label) is not None


def _components(member: InnerList) -> tuple[str, ...]:
    names: list[str] = []
    for value, parameters in member.items:
        if type(value) is not str or not supported(value):
            raise Malformed("a component is unknown", "signature-input")
        if parameters:
            raise Malformed(f"the component {value} has parameters, which is not supported", "signature-input")
        if value in names:
            raise Malformed(f"the component {value} is repeated", "signature-input")
        names.append(value)
    return tuple(names)


def _parameters(parameters: Parameters) -> Parameters:
    for name in _TEXT_PARAMETERS:
        if name in parameters and type(parameters[name]) is not str:
            raise Malformed(f"{name} is not a string", "signature-input")
    for name in _TIME_PARAMETERS:
        value = parameters.get(name)
        if name in parameters and (type(value) is not int or value < 0):
            raise Malformed(f"{name} is not a number of seconds", "signature-input")
    return parameters


def _value(request: Request, name: str) -> str:
    if name in DERIVED:
        return _derived(request, name)
    values = request.values(name)
    if not values:
        raise Malformed("the signature covers a header that is not there", name)
    joined = ", ".join(values)
    if not joined.isascii() or "\n" in joined or "\r" in joined:
        raise Malformed("a signed header has characters beyond ASCII or a line break", name)
    return joined


def _derived(request: Request, name: str) -> str:
    """Section 2.2. `@query` of a URL without one is a lone `?`."""
    if name == "@method":
        return request.method
    target = request.target
    values = {
        "@target-uri": target.uri,
        "@authority": target.authority,
        "@scheme": target.scheme,
        "@path": target.path,
        "@query": target.query or "?",
        "@request-target": target.origin_form,
    }
    return values[name]

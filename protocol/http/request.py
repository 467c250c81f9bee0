"""An HTTP request as a value: what a signature covers, independent of any client or server."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from protocol.errors import Malformed

_DEFAULT_PORTS = {"http": "80", "https": "443"}
_MAX_URL = 8192
_UNSENDABLE = re.compile(r"[^\x21-\x7e]")


@dataclass(frozen=True, slots=True)
class Request:
    """Method, absolute URL, headers in order (names in any case, repeats allowed), body.

    `url` is the target as the client addressed it, percent-encoding untouched. A server must build it from its own
    configured origin and the raw path of the request line, never from the Host header: the header is checked
    against it. A client passes the URL that it will really ask for.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    # the values by name in lower case: a signature asks for a dozen names
    _named: dict[str, list[str]] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        for name, value in self.headers:
            self._named.setdefault(name.lower(), []).append(value.strip(" \t"))

    def values(self, name: str) -> Sequence[str]:
        """Return the values of all headers with this name (any case), without surrounding white space."""
        return self._named.get(name.lower(), ())

    def value(self, name: str) -> str | None:
        """Return the value of a header that must not be repeated, or None. Raises `Malformed` for a repeat."""
        found = self.values(name)
        if len(found) > 1:
            raise Malformed("the header is repeated", name.lower())
        return found[0] if found else None

    @property
    def target(self) -> Target:
        """The parts of the URL. Raises `Malformed` for anything but an absolute http(s) URL."""
        return _kept_target(self.url) if len(self.url) <= _KEPT else split_url(self.url)

    @property
    def has_body(self) -> bool:
        """Tell whether a digest is due: there are bytes, or the method announces a body."""
        return bool(self.body) or self.method.upper() in ("POST", "PUT", "PATCH")


@dataclass(frozen=True, slots=True)
class Target:
    """The parts of a URL as signatures name them (RFC 9421 section 2.2). `query` has its `?`, or is empty."""

    scheme: str
    authority: str
    path: str
    query: str

    @property
    def origin_form(self) -> str:
        """Path and query, as in the request line."""
        return self.path + self.query

    @property
    def uri(self) -> str:
        """The whole URL, normalised in scheme and authority."""
        return f"{self.scheme}://{self.authority}{self.path}{self.query}"


def split_url(url: str) -> Target:
    """Split an absolute http(s) URL: scheme and host in lower case, default port dropped, empty path as `/`.

    Path and query stay byte for byte, because a signature covers them as they were sent. Raises `Malformed`.
    """
    if len(url) > _MAX_URL or _UNSENDABLE.search(url):
        raise Malformed("the URL has characters that a request line cannot have")
    scheme, separator, rest = url.partition("://")
    scheme = scheme.lower()
    if not separator or scheme not in _DEFAULT_PORTS:
        raise Malformed("not an absolute http(s) URL")
    rest = rest.partition("#")[0]
    before_query, mark, query = rest.partition("?")
    authority, slash, path = before_query.partition("/")
    if not authority or "@" in authority or "\\" in authority:
        raise Malformed("the URL has no plain host")
    return Target(scheme, normal_authority(scheme, authority), slash + path or "/", mark + query)


def normal_authority(scheme: str, authority: str) -> str:
    """Lower-case an authority and drop the scheme's default port (RFC 9421 section 2.2.3)."""
    lowered = authority.lower()
    return lowered.removesuffix(":" + _DEFAULT_PORTS[scheme])


# a server is asked for the same few URLs over and over. Only short ones are kept, so that the memory is bounded.
_KEPT = 200
_kept_target = lru_cache(maxsize=1024)(split_url)

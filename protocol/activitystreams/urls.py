"""The one function that decides what is a URL, so that everything behind the readers holds http(s) or nothing."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from protocol.activitystreams import limits
from protocol.errors import Malformed
from protocol.hosts import normalise_host

_FORBIDDEN = re.compile(
    r"[\x00-\x20\x7f-\x9f\\<>\"\u00a0\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
# most URLs: a host without a port, then nothing that anybody reads in two ways. All others take the long way.
_USUAL = re.compile(r"https?://([a-z0-9.-]+)(?:/[A-Za-z0-9._~/?&=%@+:,;!#-]*)?")
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


class Origin(NamedTuple):
    """What vouches for an id (FEP-fe34): scheme and authority. `host` is normalised and carries a port that is not
    the default."""

    scheme: str
    host: str


def http_url(value: object) -> str | None:
    """The string, if it is an http or https URL that means the same to every reader.

    Refused: other schemes, no host or none that `normalise_host` takes, a user part (`https://good.test@evil.test`),
    backslashes, white space, control and direction characters, and more than 2,048 characters. The host comes back in
    its only spelling (so an id has one spelling too); path and query are not touched.
    """
    if not isinstance(value, str) or len(value) > limits.URL:
        return None
    return _kept_url(value) if len(value) <= _KEPT else _url(value)


def _url(value: str) -> str | None:
    usual = _USUAL.fullmatch(value)
    if usual is not None and _is_host(usual[1]):
        return value
    if _FORBIDDEN.search(value):
        return None
    scheme, separator, rest = value.partition("://")
    lowered = scheme.lower()
    if lowered not in _DEFAULT_PORTS or not separator:
        return None
    try:
        netloc = urlsplit(value).netloc
        host = _host(netloc).removesuffix(_DEFAULT_PORTS[lowered])
    except ValueError:
        return None
    return value if host == netloc and scheme == lowered else f"{lowered}://{host}{rest[len(netloc) :]}"


def origin_of(url: str) -> Origin:
    """The origin of a URL. Raises `Malformed` if it is not one that `http_url` takes."""
    origin = _kept_origin(url) if len(url) <= _KEPT else _origin(url)
    if origin is None:
        raise Malformed("not an http(s) URL")
    return origin


def _origin(url: str) -> Origin | None:
    usual = _USUAL.fullmatch(url) if len(url) <= limits.URL else None
    if usual is not None and _is_host(usual[1]):
        return Origin(url[: usual.start(1) - 3], usual[1])
    checked = http_url(url)
    if checked is None:
        return None
    scheme, _, rest = checked.partition("://")
    return Origin(scheme, urlsplit(checked).netloc or rest)


def same_origin(one: str, *others: str) -> bool:
    """Whether all URLs share one origin. False, never an error, where one of them is not a URL."""
    try:
        origin = origin_of(one)
        return all(origin_of(other) == origin for other in others)
    except Malformed:
        return False


@lru_cache(maxsize=4096)
def _is_host(text: str) -> bool:
    """Whether a host is written as `normalise_host` writes it."""
    try:
        return normalise_host(text) == text
    except ValueError:
        return False


@lru_cache(maxsize=4096)
def _host(netloc: str) -> str:
    return normalise_host(netloc)


# One activity names the same few URLs dozens of times. Only short ones are kept, so that the memory is bounded.
_KEPT = 200
_kept_url = lru_cache(maxsize=4096)(_url)
_kept_origin = lru_cache(maxsize=4096)(_origin)

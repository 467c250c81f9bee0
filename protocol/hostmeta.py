"""host-meta (RFC 6415): where a host's WebFinger lives, in XRD and in JRD. Some peers still ask it first.

Reading is for peers whose WebFinger is on another host. The XML is read by pattern rather than by a parser: one kind
of element matters, and a document with a DTD is refused, so entities have no way in.
"""

from __future__ import annotations

import html
import re

XRD_TYPE = "application/xrd+xml"
JRD_TYPE = "application/json"

_MAX_BYTES = 64 * 1024
_LINK = re.compile(r"<Link\s([^<>]{1,4096})>")
_ATTRIBUTE = re.compile(r"""([A-Za-z]{1,32})\s*=\s*(?:"([^"]*)"|'([^']*)')""")


def template(origin: str) -> str:
    """Return the LRDD template of `origin` (`https://host`)."""
    return f"{origin}/.well-known/webfinger?resource={{uri}}"


def write_xrd(origin: str) -> bytes:
    """Write `/.well-known/host-meta`."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">\n'
        f'  <Link rel="lrdd" template="{html.escape(template(origin))}"/>\n'
        "</XRD>\n"
    ).encode()


def write_jrd(origin: str) -> dict[str, object]:
    """Write `/.well-known/host-meta.json`."""
    return {"links": [{"rel": "lrdd", "template": template(origin)}]}


def read_xrd(data: bytes) -> str | None:
    """Return the LRDD template of a peer's XRD: an http(s) URL with `{uri}` in it, or None. Never raises."""
    if len(data) > _MAX_BYTES:
        return None
    text = data.decode("utf-8", "replace")
    if "<!" in text.replace("<!--", ""):
        return None
    for link in _LINK.finditer(text):
        attributes = {match[1]: html.unescape(match[2] or match[3] or "") for match in _ATTRIBUTE.finditer(link[1])}
        found = attributes.get("template", "")
        if attributes.get("rel") == "lrdd" and found.startswith(("https://", "http://")) and "{uri}" in found:
            return found
    return None

"""MediaAttachment. Every address is one of this node: remote files come through it too."""

from __future__ import annotations

from typing import Any

from fedserver.db.queries.media import Medium
from fedserver.domain import uris
from fedserver.domain.site import Site
from fedserver.render.mastodon import provenance
from fedserver.render.mastodon.basics import address
from fedserver.render.mastodon.provenance import NOTHING, Found

_SEEN = ("image", "gifv")


def attachment(site: Site, row: Medium, found: Found = NOTHING, *, own: bool = False) -> dict[str, Any]:
    """``url`` is null while the file is processed: clients ask again until it is there. ``found``: how it was made;
    ``own``: for its owner."""
    url, preview = addresses(site, row)
    return {
        "id": str(row.id),
        "type": row.kind,
        "url": url,
        "preview_url": preview,
        "remote_url": address(row.remote_url),
        "preview_remote_url": None,
        "text_url": None,
        "meta": meta(row),
        "description": row.description,
        "blurhash": row.blurhash,
        "provenance": provenance.medium(site, row, found, own=own),
    }


def addresses(site: Site, row: Medium) -> tuple[str | None, str | None]:
    """Of the file and of its small picture."""
    if row.state != "ready":
        return None, None
    if not row.local and row.kind == "unknown":
        # nothing that this node could show: a link for the reader
        return address(row.remote_url), None
    full = uris.media(site, row.id, row.token)
    if row.preview_key is not None or (not row.local and row.kind in _SEEN):
        return full, uris.media(site, row.id, row.token, "small")
    return full, full if row.kind in _SEEN else None


def meta(row: Medium) -> dict[str, Any]:
    """``original``, ``small`` and ``focus``, as far as they are known."""
    found: dict[str, Any] = {}
    original: dict[str, Any] = {}
    if row.width and row.height:
        original |= _size(row.width, row.height)
    if row.kind not in ("image", "unknown"):
        original.pop("size", None)
        original.pop("aspect", None)
        if row.frame_rate:
            original["frame_rate"] = f"{row.frame_rate}/1000"
        if row.duration_ms is not None:
            original["duration"] = row.duration_ms / 1000
        if row.bitrate is not None:
            original["bitrate"] = row.bitrate
    if original:
        found["original"] = original
    if row.preview_width and row.preview_height:
        found["small"] = _size(row.preview_width, row.preview_height)
    if row.kind == "image":
        found["focus"] = {"x": row.focus_x / 1000, "y": row.focus_y / 1000}
    return found


def _size(width: int, height: int) -> dict[str, Any]:
    return {"width": width, "height": height, "size": f"{width}x{height}", "aspect": width / height}

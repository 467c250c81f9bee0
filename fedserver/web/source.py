"""The source of this very node, changes included, as the licence asks (AGPL, section 13)."""

from __future__ import annotations

import asyncio
import io
import zipfile
from functools import lru_cache
from pathlib import Path

from aiohttp.web import Response, StreamResponse

import fedserver
import keys
import protocol
from fedserver.edge.call import Call

_PACKAGES = (fedserver, protocol, keys)
_LEFT_OUT = frozenset({"__pycache__"})


@lru_cache(maxsize=1)
def archive() -> bytes:
    """The three packages as they are installed, in a zip file. Made once a process."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as found:
        for package in _PACKAGES:
            root = Path(package.__file__ or "").resolve().parent
            for path in sorted(root.rglob("*")):
                if path.is_file() and not _LEFT_OUT & set(path.parts):
                    found.write(path, path.relative_to(root.parent))
    return out.getvalue()


async def source(call: Call) -> StreamResponse:
    """GET /source.zip"""
    body = await asyncio.to_thread(archive)
    name = f"fedserver-{call.parts.site.version}.zip"
    headers = {
        "Content-Type": "application/zip",
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "public, max-age=3600",
    }
    return Response(body=body, headers=headers)

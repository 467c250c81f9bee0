"""The files themselves: what was uploaded here, and files of peers, fetched when somebody first looks.

An address holds a token that cannot be guessed, so it is as private as the post that shows it. Whatever a file is, a
browser may not run it: the type is from a fixed list, sniffing is off, and a sandbox holds it.
"""

from __future__ import annotations

import asyncio
import logging
import re
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple

from aiohttp.web import FileResponse, Response, StreamResponse

from fedserver.api import common, processing
from fedserver.db.queries import accounts, moderation
from fedserver.db.queries import media as rows
from fedserver.db.queries import provenance as claims
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.media import Medium
from fedserver.db.queries.statuses import HELD
from fedserver.db.unit import Unit
from fedserver.domain import usage
from fedserver.domain.provenance.claims import GENERATED, PARTLY
from fedserver.edge.auth import Authenticator
from fedserver.edge.call import Call
from fedserver.edge.known_bad import find as find_known_bad
from fedserver.edge.parts import Parts
from fedserver.kit.errors import NotFound
from fedserver.kit.lru import LruCache, SingleFlight
from fedserver.kit.tokens import same
from fedserver.media.errors import MediaError
from fedserver.media.packets import with_packet
from fedserver.media.pipeline import Processed
from fedserver.media.probe import FORMATS
from fedserver.media.remote import fetch_remote
from fedserver.net.errors import FetchError, FetchFailed, FetchStatus
from fedserver.net.fetch import download
from fedserver.services import known_bad, provenance, remote_checks
from fedserver.services import media as service
from protocol.activitystreams.provenance import source_type_address

_DAY_MS = 24 * 3600 * 1000
# how long nobody tries again to fetch what could not be fetched
_FAILED_S = 300.0
_AT_ONCE = 6
# answers of a server that may be better tomorrow
_LATER = frozenset({408, 425, 429, *range(500, 600)})
# pictures of cards and emoji, which nobody chose to publish here
_MAX_SMALL = 8 * 1024 * 1024
_TYPES = frozenset({form.mime for form in FORMATS.values()} | {"audio/mp4", "audio/webm"})
_PREVIEWS = {"ai-generated": GENERATED, "partly-ai": PARTLY, "may-contain-ai": "composite"}
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Access-Control-Allow-Origin": "*",
    "Content-Disposition": "inline",
}

# of a post that is held: for its author, kept by nobody on the way
_PRIVATE = {"Cache-Control": "private, no-store", "Cross-Origin-Resource-Policy": "same-origin"}

log = logging.getLogger(__name__)


class _Remote:
    """Fetching files of peers: each once at a time, few at once, and not again soon where it failed."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._flights: SingleFlight[int, bool] = SingleFlight()
        self._failed: LruCache[int, bool] = LruCache(1 << 20, lambda _: 8, ttl=_FAILED_S, clock=parts.clock)
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def fetch(self, row: Medium) -> bool:
        """Whether the file stands here now."""
        if self._failed.get(row.id):
            return False
        found = await self._flights.run(row.id, partial(self._fetch, row))
        if not found:
            self._failed.put(row.id, True)
        return found

    async def _fetch(self, row: Medium) -> bool:
        try:
            return await self.fetch_now(row)
        except (FetchError, MediaError) as error:
            log.info("a peer's file was not fetched", extra={"error": type(error).__name__})
            return False

    async def fetch_now(self, row: Medium, most: int | None = None) -> bool:
        """Like ``fetch``, whatever failed before; ``most``: bytes, instead of what a reader may have fetched. Raises
        ``FetchError`` and ``MediaError``."""
        parts = self._parts
        if parts.net is None or parts.media is None or row.remote_url is None:
            return False
        async with self._places:
            parts.upload_dir.mkdir(parents=True, exist_ok=True)
            most = _MAX_SMALL if row.role in ("emoji", "card") else most
            fetching = partial(download, parts.net)
            try:
                made = await fetch_remote(fetching, parts.media, row.remote_url, parts.upload_dir, max_bytes=most)
            except MediaError as error:
                await self._unusable(row, error.digest)
                raise
            found = await find_known_bad(parts, made) if row.role == "attachment" else None
            if found is not None:
                await self._known_bad(row, made, found)
                return False
            values, keys = await processing.keep(parts, made)
        # what the author said of it stays; only what is missing is filled in
        for name in ("blurhash", "digest"):
            if getattr(row, name) is not None:
                values.pop(name)
        try:
            kept = await parts.db.run(lambda unit: _cached(unit, row, values, made))
        except BaseException:
            await _drop(parts, keys)
            raise
        if not kept:
            await _drop(parts, keys)
        return kept

    async def _known_bad(self, row: Medium, made: Processed, found: known_bad.Found) -> None:
        """A file that may not be shown: nothing of it is kept here, and its post is held."""
        for path in (made.published, made.preview):
            if path is not None:
                await asyncio.to_thread(path.unlink, missing_ok=True)
        described = row._replace(mime=made.mime, size=made.size, width=made.width, height=made.height)
        await self._parts.db.run(lambda unit: known_bad.withhold(unit, described, found))
        log.info("a peer's file is on a list of media that may not be shown")

    async def _unusable(self, row: Medium, found: str | None) -> None:
        """A file that cannot be shown may still be another one than its server speaks of."""
        if found is not None and row.role == "attachment":
            await self._parts.db.run(lambda unit: remote_checks.record(unit, row.id, said=row.digest, found=found))


async def fetch_picture(parts: Parts, row: Medium) -> bool:
    """Fetch a foreign picture now rather than when somebody looks. Whether it stands here, and is one."""
    if not await _remote(parts).fetch(row):
        return False
    found = await parts.db.one(rows.by_id(row.id))
    return found is not None and found.kind == "image"


async def fetch_to_check(parts: Parts, row: Medium) -> None:
    """Fetch a foreign medium of which somebody speaks. Raises ``FetchError`` where that may work later.

    What is larger than a picture may be is checked when somebody looks at it.
    """
    most = parts.media.settings.max_image_bytes if parts.media is not None else 0
    if (row.size or 0) > most:
        return
    try:
        await _remote(parts).fetch_now(row, most)
    except (FetchError, MediaError) as error:
        if isinstance(error, FetchFailed) or (isinstance(error, FetchStatus) and error.status in _LATER):
            raise
        log.info("a peer's file was not checked", extra={"error": type(error).__name__})


def _cached(unit: Unit, row: Medium, values: dict[str, Any], made: Processed) -> bool:
    """A foreign file is here: what it says of its making, and whether it is what its server speaks of."""
    if not service.cached(unit, row.id, values):
        return False
    if row.role == "attachment":
        provenance.store_findings(unit, row.id, made.findings)
        remote_checks.record(unit, row.id, said=row.digest, found=made.digest_multibase)
    return True


class _Blob(NamedTuple):
    key: str
    mime: str
    size: int


async def serve(call: Call) -> StreamResponse:
    """GET /media/{id}/{token}/{kind}; ``kind`` is full or small."""
    kind = call.path["kind"]
    row = await call.parts.db.one(rows.by_id(call.id()))
    if row is None or not same(row.token, call.path["token"]) or kind not in ("full", "small") or row.state != "ready":
        raise NotFound
    if row.withheld_at is not None:
        raise NotFound
    author = await check_author(call, row)
    post = await _post(call, row)
    held = post is not None and post.visibility == HELD
    if held and not await _is_own(call, row):
        raise NotFound
    blob = await _blob(call, row, kind)
    if blob is None and not row.local and await _remote(call.parts).fetch(row):
        row = await call.parts.db.one(rows.by_id(row.id))
        if row is not None:
            # what it turned out to be may have had its post held
            await check_shown(call, row)
            blob = await _blob(call, row, kind)
    if blob is None or row is None:
        raise NotFound
    if not row.local and common.now(call) - (row.used_at or 0) > _DAY_MS:
        common.in_background(call, _used(call.parts, row.id, common.now(call)))
    path = call.parts.blobs.local_path(blob.key)
    # what others' servers do not say is not said in their name
    node = call.parts.site.training if row.local else ""
    wished = usage.wish((post.training if post is not None else "") or "", author.training, node)
    headers = {**HEADERS, **(_PRIVATE if held else {}), **usage.headers(wished), "Content-Type": blob.mime}
    if path is not None:
        small = blob.key == row.preview_key
        made = await _source_type(call, row) if small else ""
        mining = usage.DATA_MINING if small and wished == usage.REFUSE else ""
        if made or mining:
            preview = await asyncio.to_thread(path.read_bytes)
            return Response(body=with_packet(preview, source_type=made, mining=mining), headers=headers)
        return FileResponse(path, headers=headers)
    return await _stream(call, blob, headers)


async def _source_type(call: Call, row: Medium) -> str:
    """What a preview says of its picture: that AI had part in it, as its label has it. '' for every other label: what
    is unsigned proves nothing else."""
    if row.role != "attachment":
        return ""
    made = await call.parts.db.one(claims.made([row.id]))
    return source_type_address(_PREVIEWS.get(made.label, "")) if made is not None else ""


async def _post(call: Call, row: Medium) -> claims.Serving | None:
    """The post that has it: who may see that, and what it says of training."""
    if row.status_id is None:
        return None
    return await call.parts.db.one(claims.serving(row.status_id))


async def _is_own(call: Call, row: Medium) -> bool:
    """Whether whoever asks posted it. What is held is there for its author alone; the desk has its own door."""
    auth: Authenticator = call.parts.extra["auth"]
    reader = await auth.reader(call)
    return reader is not None and reader.account_id == row.account_id and reader.holds("read:statuses")


async def check_shown(call: Call, row: Medium) -> None:
    """Nothing that moderators took off a post, or of a post that is held."""
    post = await _post(call, row)
    if row.withheld_at is not None or (post is not None and post.visibility == HELD):
        raise NotFound


async def check_author(call: Call, row: Medium) -> Account:
    """Whose it is. Nothing of an account that is suspended, or of a server whose media are not wanted."""
    author = await call.parts.db.one(accounts.by_id(row.account_id))
    if author is None or not author.active:
        raise NotFound
    if author.domain:
        policy = await call.parts.db.one(moderation.policy_for(author.domain))
        if policy is not None and (policy.reject_media or policy.severity == "suspend"):
            raise NotFound
    return author


async def _blob(call: Call, row: Medium, kind: str) -> _Blob | None:
    """The blob of a medium, None where there is none (any more)."""
    key, mime = row.file_key, row.mime if row.mime in _TYPES else "application/octet-stream"
    if kind == "small" and row.preview_key is not None:
        key, mime = row.preview_key, "image/webp"
    if key is None:
        return None
    size = await call.parts.blobs.size(key)
    return None if size is None else _Blob(key, mime, size)


def _remote(parts: Parts) -> _Remote:
    found = parts.extra.get("remote_files")
    if not isinstance(found, _Remote):
        found = parts.extra["remote_files"] = _Remote(parts)
    return found


async def _used(parts: Parts, media_id: int, at: int) -> None:
    await parts.db.run(lambda unit: unit.run(rows.used(media_id, at, at - _DAY_MS)))


async def _drop(parts: Parts, keys: list[str]) -> None:
    for key in keys:
        with suppress(OSError):
            await parts.blobs.delete(key)


async def _stream(call: Call, blob: _Blob, headers: dict[str, str]) -> StreamResponse:
    """From a store without files; one range, as players ask for."""
    start, end, status = _range(call.header("Range"), blob.size)
    more: dict[str, Any] = {"Accept-Ranges": "bytes", "Content-Length": str(max(0, end - start))}
    if status != 200:
        more["Content-Range"] = f"bytes */{blob.size}" if status == 416 else f"bytes {start}-{end - 1}/{blob.size}"
    response = StreamResponse(status=status, headers=headers | more)
    await response.prepare(call.request)
    if status != 416 and call.request.method != "HEAD":
        async for piece in call.parts.blobs.stream(blob.key, start, end):
            await response.write(piece)
    await response.write_eof()
    return response


def _range(header: str, size: int) -> tuple[int, int, int]:
    """(start, end, status) of a Range header (RFC 9110, 14.2); anything but one range of bytes is ignored."""
    match = _RANGE.fullmatch(header.strip())
    if match is None or (not match[1] and not match[2]):
        return 0, size, 200
    if not match[1]:
        start, end = max(0, size - int(match[2])), size
    else:
        start, end = int(match[1]), min(int(match[2]) + 1, size) if match[2] else size
    return (start, end, 206) if start < end else (0, 0, 416)

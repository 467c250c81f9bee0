"""From an uploaded file to a medium: stored as it came, described by a row, processed, made public.

The row and the job that finishes it are written together, so that an upload whose request or process dies is finished
later; whoever comes second finds it done. A file that cannot be used leaves a row that says so, and no blobs.
"""

from __future__ import annotations

import asyncio
import errno
import logging
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from fedserver.db.queries import accounts
from fedserver.db.queries import media as rows
from fedserver.db.queries.media import Medium
from fedserver.db.unit import Unit
from fedserver.domain import usage
from fedserver.domain.provenance.declarations import Declaration
from fedserver.edge.bodies import Upload
from fedserver.edge.known_bad import find as find_known_bad
from fedserver.edge.parts import Parts
from fedserver.jobqueue.enqueue import enqueue
from fedserver.kit import metrics
from fedserver.kit.errors import Failure, Invalid, StorageFull, Unavailable
from fedserver.kit.i18n import lazy
from fedserver.media.errors import MediaError, MediaFailed, MediaRefused
from fedserver.media.pipeline import Processed
from fedserver.media.probe import Format
from fedserver.services import certificate, known_bad, provenance
from fedserver.services import media as service
from fedserver.services.certificate import Certificate

JOB = "media.process"
# the job of a picture waits for the request, which does the work itself
_HEAD_START_MS = 90_000
_WORDS = {
    "type": lazy("Validation failed: File content type is invalid, File is invalid"),
    "too_large": lazy("Validation failed: File file size is too large"),
    "pixels": lazy("Validation failed: File dimensions are not supported"),
    "frames": lazy("Validation failed: File has too many frames"),
    "duration": lazy("Validation failed: File is too long"),
    known_bad.REFUSED: lazy("Validation failed: This file is on a list of media that may not be shown here"),
}
_BROKEN = lazy("Validation failed: File could not be read")

# the columns of the small picture
_SMALL = ("preview_key", "preview_width", "preview_height", "blurhash")

log = logging.getLogger(__name__)


async def store(
    parts: Parts,
    account_id: int,
    upload: Upload,
    *,
    description: str | None = None,
    focus: tuple[float, float] | None = None,
    role: str = "attachment",
    declared: Declaration | None = None,
) -> Medium:
    """Take an uploaded file: its bytes into the blob store, a row, a job. Raises ``Invalid``, ``StorageFull``."""
    if parts.media is None or parts.blobs is None:
        raise Unavailable(retry_after=60)
    try:
        form: Format = await asyncio.to_thread(parts.media.check, upload.path)
    except MediaRefused as error:
        raise refused(error) from error
    if role != "attachment" and not form.still:
        raise Invalid(_WORDS["type"])
    try:
        key = await parts.blobs.put(upload.path, form.extension)
    except OSError as error:
        raise _no_room(error) from error

    def work(unit: Unit) -> Medium:
        made = service.begin(
            unit,
            account_id,
            original_key=key,
            size=upload.size,
            kind="image" if form.still else form.mime.partition("/")[0],
            mime=form.mime,
            description=description,
            focus=focus or (0.0, 0.0),
            role=role,
            quota=parts.config.media.quota_per_account or None,
        )
        at = unit.now + (_HEAD_START_MS if form.still else 0)
        enqueue(unit, JOB, {"media_id": made.id}, run_at=at, once=f"{JOB}:{made.id}")
        return made if declared is None else provenance.declare(unit, account_id, made.id, declared)

    try:
        return await parts.db.run(work)
    except BaseException:
        await _delete(parts, [key])
        raise


def _no_room(error: OSError) -> Failure:
    """A full disk is told from one that fails: the second passes, or somebody has to look."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageFull(cause=error)
    return Unavailable(retry_after=60, cause=error)


def refused(error: MediaError) -> Invalid:
    """What the person who uploaded it is told."""
    return Invalid(_WORDS.get(error.reason, _BROKEN), cause=error)


async def process(parts: Parts, media_id: int, *, last: bool = False) -> None:
    """Make an upload ready; nothing happens when it is already, or gone.

    A file that cannot be used becomes ``failed`` for good; the ``last`` time also one that ended the process that read
    it. Raises ``MediaFailed`` when another try may help.
    """
    row = await parts.db.one(rows.by_id(media_id))
    if row is None or row.state != "processing" or not row.local or row.original_key is None:
        return
    folder = parts.upload_dir
    source = parts.blobs.local_path(row.original_key)
    borrowed = None
    if source is None:
        source = borrowed = await _borrow(parts, row.original_key, folder / f"{row.id}.original")
    try:
        author = await parts.db.one(accounts.by_id(row.account_id))
        wished = usage.wish("", author.training if author is not None else "", parts.site.training)
        mining = usage.DATA_MINING if wished == usage.REFUSE else ""
        made = await parts.media.process(source, folder, signer=partial(_certificate, parts), mining=mining)
    except (MediaRefused, MediaFailed, FileNotFoundError) as error:
        reason = error.reason if isinstance(error, MediaError) else "lost"
        if not (isinstance(error, MediaRefused) or (last and reason in ("crashed", "lost"))):
            metrics.count("fedserver_media_total", kind=row.kind, result="failed")
            raise
        log.info("an upload cannot be used", extra={"reason": reason})
        metrics.count("fedserver_media_total", kind=row.kind, result="refused")
        await parts.db.run(lambda unit: _fail(unit, media_id, reason))
        await _delete(parts, [row.original_key])
        return
    finally:
        if borrowed is not None:
            await asyncio.to_thread(borrowed.unlink, missing_ok=True)
    await publish(parts, media_id, made)
    metrics.count("fedserver_media_total", kind=made.kind, result="ready")


async def _certificate(parts: Parts) -> Certificate | None:
    if parts.keyring is None:
        return None
    return await parts.db.run(lambda unit: certificate.load(unit, parts.keyring))


async def publish(parts: Parts, media_id: int, made: Processed) -> bool:
    """Put what was made into the store and say so in the row. False (and nothing is left) if it was not needed."""
    found = await find_known_bad(parts, made)
    if found is not None:
        await _refuse(parts, media_id, made, found)
        return False
    values, keys = await keep(parts, made)
    try:
        unneeded = await parts.db.run(lambda unit: _ready(unit, media_id, values, made, keys))
    except BaseException:
        await _delete(parts, keys)
        raise
    await _delete(parts, unneeded)
    return unneeded != keys


async def _refuse(parts: Parts, media_id: int, made: Processed, found: known_bad.Found) -> None:
    """A file that may not be shown: what is kept of it is what the settings say, its hash by default."""
    for path in (made.published, made.preview):
        if path is not None:
            await asyncio.to_thread(path.unlink, missing_ok=True)
    keep_file = parts.config.media.known_bad_files == "keep"

    def work(unit: Unit) -> tuple[str, ...]:
        row = unit.one(rows.by_id(media_id))
        if row is None or row.state != "processing":
            return ()
        described = row._replace(mime=made.mime, size=made.size, width=made.width, height=made.height)
        known_bad.refused(unit, described, found)
        return () if keep_file else known_bad.forget_files(unit, row)

    await _delete(parts, list(await parts.db.run(work)))
    log.info("an upload is on a list of media that may not be shown")
    metrics.count("fedserver_media_total", kind=made.kind, result="known_bad")


async def keep(parts: Parts, made: Processed) -> tuple[dict[str, Any], list[str]]:
    """Move a processed file and its preview into the store: the row's values, and the names of the blobs."""
    keys: list[str] = []
    try:
        keys.append(await parts.blobs.put(made.published, made.extension))
        if made.preview is not None:
            keys.append(await parts.blobs.put(made.preview, "webp"))
    except BaseException:
        await _delete(parts, keys)
        for path in (made.published, made.preview):
            if path is not None:
                with suppress(OSError):
                    path.unlink(missing_ok=True)
        raise
    values = {
        "kind": made.kind,
        "mime": made.mime,
        "file_key": keys[0],
        "preview_key": keys[1] if len(keys) > 1 else None,
        "size": made.size,
        "digest": made.digest_multibase,
        "original_digest": made.uploaded_digest,
        "width": made.width,
        "height": made.height,
        "preview_width": made.small_width,
        "preview_height": made.small_height,
        "duration_ms": made.duration,
        "frame_rate": round(made.frame_rate * 1000) if made.frame_rate else None,
        "bitrate": made.bitrate,
        "blurhash": made.blurhash,
    }
    return values, keys


def _ready(unit: Unit, media_id: int, values: dict[str, Any], made: Processed, keys: list[str]) -> list[str]:
    """The names of the blobs that nobody needs."""
    found = unit.one(rows.by_id(media_id))
    if found is not None and found.preview_key is not None:
        # whoever uploaded it sent a small picture of their own
        values = {name: value for name, value in values.items() if name not in _SMALL}
    # the job and the request may both have done it: the first one counts
    if found is None or found.state != "processing" or not service.ready(unit, media_id, values):
        return keys
    if found.role == "attachment":
        provenance.store_findings(unit, media_id, made.findings)
        provenance.store_serving(unit, media_id, str(made.serving), made.uploaded_digest)
    return [] if "preview_key" in values else keys[1:]


def _fail(unit: Unit, media_id: int, reason: str) -> None:
    service.failed(unit, media_id, reason)
    unit.run(rows.change(media_id, {"original_key": None, "size": 0}))


async def _borrow(parts: Parts, key: str, target: Path) -> Path:
    """A copy of a blob from a store that has no files."""
    with await asyncio.to_thread(target.open, "wb") as file:
        async for piece in parts.blobs.stream(key):
            await asyncio.to_thread(file.write, piece)
    return target


async def _delete(parts: Parts, keys: list[str]) -> None:
    for key in keys:
        try:
            await parts.blobs.delete(key)
        except (OSError, Failure):
            log.exception("a blob that nobody needs could not be removed")

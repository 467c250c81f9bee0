"""One uploaded file in; the bytes that others may see, a preview and the facts out.

The uploaded bytes are not changed: they stay the owner's private original. The *published* bytes are the same
picture or film without anything private: position, serial numbers, names, comments, embedded thumbnails and
whatever stands behind the end of the picture. The digest is that of the published bytes.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from fedserver import __version__
from fedserver.media.errors import MediaFailed, MediaRefused
from fedserver.media.findings import NOTHING, UNREADABLE, Findings
from fedserver.media.packets import with_packet
from fedserver.media.probe import HEAD_BYTES, Format, sniff, sniff_any
from fedserver.media.resign import MediaSigner, resign
from fedserver.media.serving import Serving, as_it_came, may_sign
from fedserver.media.settings import MediaSettings
from fedserver.media.worker import Facts, Worker
from protocol.media import digest_multibase

Kind = Literal["image", "gifv", "video", "audio"]

Signers = Callable[[], Awaitable[MediaSigner | None]]
"""Gives the node's certificate, None where it has none."""

log = logging.getLogger(__name__)

_LOOP_MS: Final = 60_000


@dataclass(frozen=True, slots=True)
class Processed:
    """A file ready to be stored. Both paths lie in the folder that the caller named and are the caller's.

    `size` and `sha256` are those of the published bytes. Pixels of the picture as it is seen (after turning);
    duration in ms; bitrate in bit/s. `preview` is a WebP still of at most `preview_side` pixels, None for sound.
    """

    kind: Kind
    mime: str
    extension: str
    width: int | None
    height: int | None
    small_width: int | None
    small_height: int | None
    duration: int | None
    frame_rate: float | None
    bitrate: int | None
    frames: int
    blurhash: str | None
    size: int
    sha256: bytes
    digest_multibase: str
    published: Path
    preview: Path | None
    findings: Findings = NOTHING
    """What the uploaded bytes say about how they were made."""
    serving: Serving = Serving.STRIPPED
    uploaded_digest: str | None = None
    """Of the bytes that the findings are about, where these are not the published ones."""


class Pipeline:
    """`process` for uploads, `preview` for files of peers, of which only a preview is kept, `inspect` for files that
    are only asked what they say. All three read provenance."""

    def __init__(self, settings: MediaSettings) -> None:
        self.settings = settings
        self._worker = Worker(settings)

    async def process(
        self,
        source: Path,
        folder: Path,
        *,
        untouched: bool = False,
        signer: Signers | None = None,
        mining: str = "",
    ) -> Processed:
        """Checks and cleans `source` into new files in `folder`.

        What is published is decided in `serving`; `untouched` publishes the uploaded bytes whatever they are: the
        caller must know that nothing private is in them. `signer` is asked for the node's certificate where a
        derivative may be signed. `mining`: what a derivative says of training (plus:DataMining). Raises
        `MediaRefused`, `MediaFailed` or `OSError`.
        """
        form = await asyncio.to_thread(self.check, source)
        token = secrets.token_hex(16)
        published, preview = folder / f"{token}.published", folder / f"{token}.preview"
        facts, findings = await self._worker.run(form, source, published, preview, untouched=untouched)
        serving = Serving.ORIGINAL if untouched else Serving.STRIPPED
        try:
            if not untouched and as_it_came(findings):
                await asyncio.to_thread(shutil.copyfile, source, published)
                serving = Serving.ORIGINAL
            elif not untouched and mining:
                await asyncio.to_thread(_write_wish, published, mining)
            if serving is not Serving.ORIGINAL and not untouched and signer is not None and may_sign(findings):
                serving = await self._resign(form, source, published, await signer(), mining)
            made = await asyncio.to_thread(_finish, form, facts, findings, published, preview)
            uploaded = None if serving is Serving.ORIGINAL else await asyncio.to_thread(digest_of, source)
        except BaseException:
            for path in (published, preview):
                path.unlink(missing_ok=True)
            raise
        return replace(made, serving=serving, uploaded_digest=uploaded)

    async def _resign(
        self, form: Format, source: Path, published: Path, signer: MediaSigner | None, mining: str
    ) -> Serving:
        """Sign what is published. It stays as it is where that fails, or where the result is not sound."""
        if signer is None:
            return Serving.STRIPPED
        signed = published.with_suffix(".signed")
        try:
            software = ("fedserver", __version__)
            wished = bool(mining)
            await resign(self.settings, form, source, published, signed, signer, software=software, no_training=wished)
            found = await self.inspect(signed)
            if not may_sign(found) or found.private:
                return Serving.STRIPPED
            await asyncio.to_thread(signed.replace, published)
            return Serving.SIGNED
        except MediaFailed as error:
            log.warning("a derivative was not signed", extra={"reason": error.reason})
            return Serving.STRIPPED
        finally:
            signed.unlink(missing_ok=True)

    async def preview(self, source: Path, folder: Path) -> Processed:
        """Like `process`, but only the preview is made: `published` is `source`, and size and digest are its."""
        form = await asyncio.to_thread(self.check, source)
        preview = folder / f"{secrets.token_hex(16)}.preview"
        facts, findings = await self._worker.run(form, source, None, preview)
        return await asyncio.to_thread(_finish, form, facts, findings, source, preview)

    async def inspect(self, source: Path) -> Findings:
        """What a file says about how it was made, whatever it is. It need not be an upload that would be taken.

        Never raises for what is in the file: a kind that nothing here reads, or one that ends the child, is
        `UNREADABLE`. Raises `MediaFailed` (`start`) and `OSError`.
        """
        form, size = await asyncio.to_thread(_kind_of, source)
        if form is None or size > max(self.settings.max_image_bytes, self.settings.max_video_bytes):
            return UNREADABLE
        try:
            _, findings = await self._worker.run(form, source, None, None)
        except MediaRefused:
            return UNREADABLE
        except MediaFailed as error:
            if error.reason == "start":
                raise
            return UNREADABLE
        return findings

    def check(self, source: Path) -> Format:
        """The format of a file by its content, within the size limit of its kind. Blocking.

        Raises `MediaRefused` (`type`, `too_large`).
        """
        with source.open("rb") as file:
            form = sniff(file.read(HEAD_BYTES))
        if form is None:
            raise MediaRefused("type")
        limit = self.settings.max_image_bytes if form.still else self.settings.max_video_bytes
        if source.stat().st_size > limit:
            raise MediaRefused("too_large")
        return form


def _write_wish(published: Path, mining: str) -> None:
    data = published.read_bytes()
    told = with_packet(data, mining=mining)
    if told is not data:
        published.write_bytes(told)


def _kind_of(source: Path) -> tuple[Format | None, int]:
    with source.open("rb") as file:
        return sniff_any(file.read(HEAD_BYTES)), source.stat().st_size


def _finish(form: Format, facts: Facts, findings: Findings, published: Path, preview: Path) -> Processed:
    digest = _sha256(published)
    kind = _kind(form, facts)
    if not facts.small_width:
        preview.unlink()
    return Processed(
        kind=kind,
        mime=_mime(form, kind),
        extension=form.extension,
        width=facts.width or None,
        height=facts.height or None,
        small_width=facts.small_width or None,
        small_height=facts.small_height or None,
        duration=facts.duration,
        frame_rate=facts.frame_rate or None,
        bitrate=facts.bitrate,
        frames=facts.frames,
        blurhash=facts.blurhash,
        size=published.stat().st_size,
        sha256=digest,
        digest_multibase=digest_multibase(digest),
        published=published,
        preview=preview if facts.small_width else None,
        findings=findings,
    )


def _sha256(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def digest_of(path: Path) -> str:
    """The digest of a file as documents write it. Blocking."""
    return digest_multibase(_sha256(path))


def _kind(form: Format, facts: Facts) -> Kind:
    """Clients play `gifv` as a silent loop (Mastodon 4.x): a short video without sound. An animated GIF
    stays a picture, since its published bytes are a picture."""
    if form.still:
        return "image"
    if not facts.width:
        return "audio"
    return "gifv" if not facts.has_audio and (facts.duration or 0) <= _LOOP_MS else "video"


def _mime(form: Format, kind: Kind) -> str:
    return form.mime.replace("video/", "audio/") if kind == "audio" else form.mime

"""``provenance trust show|refresh``: whose signatures under manifests this node trusts."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path

from fedserver.app import net_settings
from fedserver.cli import node
from fedserver.cli.console import CommandFailed, result, say
from fedserver.config import Config
from fedserver.domain.settings import site_of
from fedserver.media.provenance import trust
from fedserver.net.client import Client
from fedserver.net.errors import FetchError


def show(arguments: Namespace) -> None:
    """One line a certificate: its list, until when it holds, whose it is, its fingerprint."""
    now = datetime.now(UTC)
    for kind, path, _ in _lists(node.settings(arguments.config)):
        if not path.exists():
            say(f"{kind}: there is no {path}, so nobody is trusted; `provenance trust refresh` fetches it.")
            continue
        try:
            found = trust.certificates(path.read_bytes())
        except trust.BadList as error:
            raise CommandFailed(f"{path}: {error}.") from error
        for each in found:
            if each.not_after < now:
                say(f"{kind}: the certificate of {each.name} has run out.")
            result(f"{kind}\t{each.not_after:%Y-%m-%d}\t{each.name}\t{each.fingerprint}")


def refresh(arguments: Namespace) -> None:
    """Fetches both lists; what is no list of certificates replaces none."""
    config = node.settings(arguments.config)
    asyncio.run(_refresh(config))


async def _refresh(config: Config) -> None:
    failed = []
    async with Client(net_settings(config, site_of(config))) as client:
        for kind, path, url in _lists(config):
            try:
                answer = await client.get(url, accept="application/x-pem-file, */*", max_bytes=trust.MAX_BYTES)
                found = await asyncio.to_thread(trust.replace, path, answer.body)
            except (FetchError, trust.BadList) as error:
                failed.append(f"{kind}: {url}: {error}.")
                continue
            result(f"{kind}\t{len(found)}\t{path}")
    if failed:
        raise CommandFailed(" ".join([*failed, "The lists that were there stay."]))


def _lists(config: Config) -> tuple[tuple[str, Path, str], ...]:
    found = config.provenance
    return (
        ("signers", found.signers, found.signers_url),
        ("time-stampers", found.time_stampers, found.time_stampers_url),
    )

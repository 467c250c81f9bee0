"""``provenance verify URL``: a post of any server, checked step by step."""

from __future__ import annotations

import asyncio
import json
import tempfile
from argparse import Namespace
from pathlib import Path
from typing import Any, TypeVar, cast

from fedserver.app import media_settings, net_settings
from fedserver.cli import node
from fedserver.cli.console import CommandFailed, result
from fedserver.config import Config
from fedserver.db.database import CommandSession, Database
from fedserver.db.statement import Query
from fedserver.domain.settings import site_of
from fedserver.edge.parts import Parts
from fedserver.federation.context import Federation
from fedserver.federation.verifying import BROKEN, UNPROVEN, UNREACHABLE, VERIFIED, Report, verify
from fedserver.media.pipeline import Pipeline
from fedserver.media.store import FolderStore
from fedserver.net.client import Client
from fedserver.services.keyring import KeyRing

T = TypeVar("T")
_MARKS = {"passed": "ok  ", "failed": "FAIL", "open": "?   "}
_WORDS = {
    VERIFIED: "Verified: the author signed these words, and these are the media that were signed.",
    UNPROVEN: "Unproven: nothing speaks against it, but not everything can be checked.",
    BROKEN: "Broken: something was changed, or is not what the post says.",
    UNREACHABLE: "Unreachable: there is no post to check.",
}


class _Beside:
    """A command's session as the doors know a database: a running node holds the other kind for itself."""

    def __init__(self, session: CommandSession) -> None:
        self._session = session

    async def one(self, query: Query[T]) -> T | None:
        return self._session.run(lambda unit: unit.one(query))

    async def all(self, query: Query[T]) -> list[T]:
        return self._session.run(lambda unit: unit.all(query))

    async def run(self, work: Any) -> Any:
        return self._session.run(cast(Any, work))


def run(arguments: Namespace) -> None:
    """Every step and a verdict; fails where something does not hold."""
    config = node.settings(arguments.config)
    with node.writing(config) as (session, keyring):
        report = asyncio.run(_verify(config, session, keyring, arguments.url))
    result(json.dumps(as_json(report), indent=2) if arguments.json else as_text(report))
    if report.verdict in (BROKEN, UNREACHABLE):
        raise CommandFailed("The post does not hold." if report.verdict == BROKEN else "There is no post to check.")


async def _verify(config: Config, session: CommandSession, keyring: KeyRing, url: str) -> Report:
    site = site_of(config)
    client = Client(net_settings(config, site))
    parts = Parts(
        config=config,
        site=site,
        db=cast(Database, _Beside(session)),
        net=client,
        media=Pipeline(media_settings(config)),
        blobs=FolderStore(config.media.dir, None),
        keyring=keyring,
    )
    await client.open()
    try:
        with tempfile.TemporaryDirectory() as folder:
            return await verify(Federation(parts), url, Path(folder))
    finally:
        await client.close()


def as_json(report: Report) -> dict[str, Any]:
    """``{url, verdict, labels, steps: [{name, outcome, text, detail}]}``."""
    steps = [{**step._asdict(), "detail": dict(step.detail)} for step in report.steps]
    return {"url": report.url, "verdict": report.verdict, "labels": report.labels, "steps": steps}


def as_text(report: Report) -> str:
    """A line a step, the chain of each manifest below it, and the verdict."""
    lines = []
    for step in report.steps:
        lines.append(f"{_MARKS[step.outcome]}  {step.name}: {step.text}")
        lines += [f"        {line}" for line in _chain(step.detail.get("evidence"))]
    return "\n".join((*lines, _WORDS[report.verdict]))


def _chain(evidence: Any) -> list[str]:
    chain = evidence.get("chain") if isinstance(evidence, dict) else None
    lines = []
    for link in chain or ():
        made = ", ".join(link.get("source_types") or ()) or "no source type"
        place = "  " * int(link.get("depth", 0))
        lines.append(f"{place}{link.get('relation')}: {link.get('by') or '?'} ({made}; {link.get('integrity')})")
    return lines

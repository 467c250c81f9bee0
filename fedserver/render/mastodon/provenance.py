"""How media and posts were made, as entities (docs/provenance.md): ours, beside what Mastodon has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

import orjson

from fedserver.db.queries import provenance as rows
from fedserver.db.queries.media import Medium
from fedserver.db.queries.provenance import BASED, REMIXED, SAID, Based, Claimed, Made, Said
from fedserver.db.queries.statuses import Status
from fedserver.db.statement import Query
from fedserver.domain import uris
from fedserver.domain.provenance.claims import Basis
from fedserver.domain.provenance.declarations import summary
from fedserver.domain.provenance.labels import strongest
from fedserver.domain.site import Site
from fedserver.kit.clock import to_iso
from fedserver.render.mastodon.basics import iso, text_id

R = TypeVar("R")
_PROMPTED = ("prompt", "negative_prompt", "seed", "steps", "sampler", "cfg", "models", "loras")


class Reader(Protocol):
    """What is asked of a database."""

    async def all(self, query: Query[R], /) -> list[R]: ...


class Found(NamedTuple):
    """Rows about the making of some posts and media: by medium, by medium, by post, by post, by post."""

    made: Mapping[int, Made] = {}
    claims: Mapping[int, Sequence[Claimed]] = {}
    said: Mapping[int, Said] = {}
    based: Mapping[int, Sequence[Based]] = {}
    remixes: Mapping[int, int] = {}


NOTHING = Found()


async def load(db: Reader, posts: Iterable[Status], media: Iterable[Medium]) -> Found:
    """What is known of posts and media. Posts without media that say nothing cost no statement."""
    files = [each.id for each in media]
    bits = {row.id: row.provenance for row in posts if row.provenance}
    made = {row.media_id: row for row in await db.all(rows.made(files))} if files else {}
    claims: dict[int, list[Claimed]] = defaultdict(list)
    for claim in await db.all(rows.claims_of(list(made))) if made else ():
        claims[claim.media_id].append(claim)
    saying, built, remixed = ([each for each, has in bits.items() if has & bit] for bit in (SAID, BASED, REMIXED))
    based: dict[int, list[Based]] = defaultdict(list)
    for line in await db.all(rows.based_on(built)) if built else ():
        based[line.status_id].append(line)
    return Found(
        made,
        claims,
        {row.status_id: row for row in await db.all(rows.said(saying))} if saying else {},
        based,
        {row.status_id: row.remixes for row in await db.all(rows.counts(remixed))} if remixed else {},
    )


def medium(site: Site, row: Medium, found: Found, *, own: bool = False) -> dict[str, Any]:
    """MediaAttachment's ``provenance``. ``own``: for its owner, who sees all of the recipe."""
    made, claimed = found.made.get(row.id), found.claims.get(row.id, ())
    label = made.label if made is not None else "unknown"
    told = summary([each.claim for each in claimed], label)
    return {
        "label": label,
        "source_type": told.source_type or None,
        "tool": told.tool or None,
        "tool_version": told.version or None,
        "models": list(told.models),
        "license": (made.license or None) if made is not None else None,
        "digest": digest(row, claimed),
        "serving": (made.serving if made is not None else "stripped") if row.local else "remote",
        "reading": made.reading if made is not None else "none",
        "claims": [claim(each) for each in claimed],
        "recipe": recipe(site, row, made, own=own) if made is not None else None,
    }


def digest(row: Medium, claimed: Sequence[Claimed]) -> str | None:
    """Of the bytes at its address: of another server's media as it says, unless others were found when they were
    fetched."""
    if row.local:
        return row.digest
    for each in claimed:
        if each.basis == Basis.REMOTE and each.revoked_at is None:
            check = each.claim.evidence.get("check")
            # a check of what was said before tells nothing of what is said now
            if isinstance(check, dict) and check.get("digest") == "mismatch" and check.get("said") == row.digest:
                return str(check["found"])
    return row.digest


def claim(row: Claimed) -> dict[str, Any]:
    """One claim, as its history keeps it."""
    said = row.claim
    return {
        "id": str(row.id),
        "basis": row.basis,
        "by": said.by or None,
        "source_type": row.source_type or None,
        "tool": row.tool or None,
        "version": row.tool_version or None,
        "models": list(said.models),
        "state": {"integrity": row.integrity, "signature": row.signature, "trust": row.trust},
        "evidence": said.evidence,
        "created_at": to_iso(row.created_at),
        "revoked_at": iso(row.revoked_at),
    }


def recipe(site: Site, row: Medium, made: Made, *, own: bool) -> dict[str, Any] | None:
    """What the generator was told: to its owner all of it, to others what was published. The workflow stands at an
    address of its own."""
    kept = orjson.loads(made.recipe) if made.recipe is not None else None
    prompt, workflow = bool(made.publish_prompt), bool(made.publish_workflow)
    if kept is None or not (own or prompt or (workflow and kept.get("workflow"))):
        return None
    open_workflow = workflow and bool(kept.get("workflow"))
    told = {name: kept.get(name) or None for name in _PROMPTED} if own or prompt else {}
    told["workflow_url"] = uris.media(site, row.id, row.token, "workflow") if open_workflow else None
    if own:
        told |= {"has_workflow": bool(kept.get("workflow")), "publish_prompt": prompt, "publish_workflow": workflow}
    return told


def workflow(made: Made) -> str | None:
    """The generator's own JSON, where its author published it."""
    kept = orjson.loads(made.recipe) if made.recipe is not None and made.publish_workflow else {}
    return kept.get("workflow") or None


def hides(row: Medium, found: Found) -> bool:
    """Whether its owner sees more of a medium than others do."""
    made = found.made.get(row.id)
    return made is not None and made.recipe is not None and bool(row.local)


def status(row: Status, media: Sequence[Medium], found: Found) -> dict[str, Any]:
    """Status's ``provenance``."""
    said = found.said.get(row.id)
    told: dict[str, Any] = {
        "label": None,
        "text": (said.text_made or None) if said is not None else None,
        "based_on": [],
        "remixes_count": found.remixes.get(row.id, 0),
        "no_remix": bool(said.no_remix) if said is not None else False,
        "training": (said.training or None) if said is not None else None,
    }
    if media:
        labels = (made.label if (made := found.made.get(each.id)) is not None else "unknown" for each in media)
        told["label"] = strongest(labels)
    if row.id in found.based:
        told["based_on"] = [{"uri": each.based_on_uri, "id": text_id(each.based_on_id)} for each in found.based[row.id]]
    return told


def former(kept: str) -> dict[str, Any]:
    """StatusEdit's ``provenance``: what a former version said."""
    told = orjson.loads(kept) if kept else {}
    return {
        "text": told.get("text") or None,
        "based_on": [{"uri": uri} for uri in told.get("based_on", ())],
        "no_remix": bool(told.get("no_remix")),
        "training": told.get("training") or None,
    }

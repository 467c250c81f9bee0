"""Lists of domains: fetched, read, followed; accounts of a domain brought in line with its policy."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from fedserver.db.queries import accounts, moderation
from fedserver.db.queries import domain_lists as rows
from fedserver.db.queries import domains as domain_rows
from fedserver.db.queries.domain_lists import DomainList
from fedserver.db.unit import Unit
from fedserver.domain.moderation.domains import SUSPEND
from fedserver.domain.moderation.lists import MAX_BYTES, ListError, read
from fedserver.edge.domain_lists import in_turn, take
from fedserver.edge.parts import Parts
from fedserver.jobqueue.outbox import covered
from fedserver.jobs.media import evict
from fedserver.kit.errors import Conflict
from fedserver.net.errors import FetchError, FetchStatus
from fedserver.services import domain_lists as service
from fedserver.services import domains

CHUNK = 50
_ACCEPT: Final = "text/csv, application/json, text/plain;q=0.9, */*;q=0.1"


async def apply(parts: Parts, payload: dict[str, Any]) -> None:
    """``{domains}``: make every account of these servers (and their subdomains) follow the policy that holds, and let
    go of copies of media that are not wanted. They are fetched again, if anybody looks, once they are."""
    wanted = frozenset(map(str, payload["domains"]))
    for domain in await parts.db.all(accounts.known_domains()):
        if not covered(domain, wanted):
            continue
        found = await parts.db.all(accounts.of_domain(domain))
        for start in range(0, len(found), CHUNK):
            await in_turn(parts.db, partial(domains.apply_policy, found=found[start : start + CHUNK]))
        policy = await parts.db.one(moderation.policy_for(domain))
        if policy is not None and (policy.reject_media or policy.severity == SUSPEND):
            while copies := await parts.db.all(domain_rows.copies(domain)):
                for media_id in copies:
                    await evict(parts, media_id)


async def fetch(parts: Parts, payload: dict[str, Any]) -> None:
    """``{list_id}``: the present state of a list. What cannot be read leaves everything as it is, and says so."""
    found = await parts.db.one(rows.one(int(payload["list_id"])))
    if found is None or not found.remote or found.state == "dropped" or parts.net is None:
        return
    try:
        answer = await parts.net.get(
            found.uri, accept=_ACCEPT, max_bytes=MAX_BYTES, signer=lambda *_: _condition(found)
        )
        listed = read(answer.body)
        etag = answer.headers.get("etag", "")
        await take(parts.db, found.id, listed, etag=etag)
    except FetchStatus as error:
        if error.status == 304:
            await parts.db.run(lambda unit: service.unchanged(unit, found.id))
            return
        await _failed(parts, found, error.reason)
    except FetchError as error:
        # asked again with all others, in six hours at most
        await _failed(parts, found, error.reason)
    except (ListError, Conflict) as error:
        await _failed(parts, found, str(error))


async def align(parts: Parts, payload: dict[str, Any]) -> None:
    """``{list_id}``: make follow what a list says, a chunk at a time."""
    list_id = int(payload["list_id"])
    while await in_turn(parts.db, lambda unit: service.align(unit, list_id, service.CHUNK)):
        pass


async def refresh(parts: Parts, payload: dict[str, Any]) -> None:
    """Ask for every list again."""

    def work(unit: Unit) -> None:
        for found in unit.all(rows.lists()):
            if found.remote and found.state != "dropped":
                service.ask(unit, found.id)

    await parts.db.run(work)


def _condition(found: DomainList) -> dict[str, str]:
    return {"If-None-Match": found.etag} if found.etag else {}


async def _failed(parts: Parts, found: DomainList, problem: str) -> None:
    await parts.db.run(lambda unit: service.failed(unit, found.id, problem))

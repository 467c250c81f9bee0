"""What a relay passes on of others (FEP-ae0c, Mastodon's style): the activity of its author, signed by the relay.

The relay was asked to do so; it is nobody's witness. Whatever the activity says (and whatever linked-data signature it
carries, which nothing here reads), the post that it names is asked for at its own server.
"""

from __future__ import annotations

from typing import Any, Final

from fedserver.db.queries import relays, statuses
from fedserver.db.unit import Unit
from fedserver.edge.parts import Parts
from fedserver.federation.context import Federation, of
from fedserver.federation.fetching.errors import Budget, NotFetched
from fedserver.federation.signed import signer_of
from fedserver.jobqueue.enqueue import enqueue
from fedserver.services import statuses as status_service
from protocol.activitystreams.urls import same_origin
from protocol.activitystreams.values import Activity
from protocol.http.claim import Claim

JOB: Final = "remote.relayed"
TYPES: Final = frozenset({"Create", "Update", "Delete", "Announce"})
REQUESTS: Final = 12


async def take(federation: Federation, claim: Claim, activity: Activity) -> bool:
    """Whether a relay of ours passed this on; then what it names is looked at soon. Raises ``NotSigned``.

    False, without a fetch, where no relay has the key's origin.
    """
    known = await federation.parts.db.all(relays.listed())
    accepted = [each.actor_uri for each in known if each.state == "accepted" and each.actor_uri]
    if not any(same_origin(claim.key_id, actor) for actor in accepted):
        return False
    signer = await signer_of(federation, claim)
    if signer.owner not in accepted:
        return False
    uri = activity.object_id
    if activity.type in TYPES and uri is not None and not federation.parts.site.owns(uri):
        await federation.parts.db.run(lambda unit: _ask(unit, activity.type, uri))
    return True


def _ask(unit: Unit, kind: str, uri: str) -> None:
    if kind != "Delete" or unit.one(statuses.by_uri(uri)) is not None:
        enqueue(unit, JOB, {"uri": uri}, once=f"{JOB}:{uri}")


async def look(parts: Parts, payload: dict[str, Any]) -> None:
    """The job ``{uri}``: fetch a post that a relay named, or remove it where its server says that it is gone."""
    uri = str(payload["uri"])
    try:
        await of(parts).objects.store(uri, Budget(REQUESTS), fresh=True)
    except NotFetched as error:
        if error.transient:
            raise
        if error.gone:
            await parts.db.run(lambda unit: _remove(unit, uri))


def _remove(unit: Unit, uri: str) -> None:
    status = unit.one(statuses.by_uri(uri))
    if status is not None and not status.local:
        status_service.delete(unit, status.account_id, status.id)

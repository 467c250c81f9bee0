"""Relays in Mastodon's style: the instance actor follows ``as:Public`` at the relay's inbox; the relay accepts.

From then on every public post of this node goes to the relay as well, and what the relay passes on is asked for at its
own server: the relay is nobody's witness.
"""

from __future__ import annotations

from fedserver.db.queries import accounts, relays
from fedserver.db.queries.relays import Relay
from fedserver.db.unit import Unit
from fedserver.domain import uris
from fedserver.jobqueue import outbox
from fedserver.kit.errors import Invalid, NotFound
from fedserver.kit.i18n import lazy
from fedserver.services.events import RelayChanged
from fedserver.services.reports import log_action
from protocol.activitystreams.urls import http_url, same_origin


def join(unit: Unit, inbox_url: str) -> Relay:
    """Ask a relay to take part. Asked again, it gets a new Follow: the first may have been lost. Raises ``Invalid``."""
    url = http_url(inbox_url)
    if url is None or unit.site.owns(url):
        raise Invalid(lazy("A relay is named by the address of its inbox, such as https://relay.example/inbox"))
    known = unit.one(relays.by_url(url))
    if known is not None:
        unit.run(relays.drop(known.id))
    instance = unit.get(accounts.by_handle(uris.INSTANCE_USERNAME))
    relay_id = unit.new_id()
    values = {
        "id": relay_id,
        "inbox_url": url,
        "inbox_id": outbox.inbox_id(unit, url),
        "follow_uri": uris.follow(instance.uri, relay_id),
        "created_at": unit.now,
    }
    unit.made(relays.add(values))
    made = unit.get(relays.by_url(url))
    unit.record(RelayChanged(made, instance, joined=True))
    # relays are joined and left on the command line
    log_action(unit, None, "relay.join", url)
    return made


def leave(unit: Unit, inbox_url: str) -> None:
    """Take part no longer. Raises ``NotFound``."""
    known = unit.one(relays.by_url(http_url(inbox_url) or inbox_url))
    if known is None:
        raise NotFound
    unit.run(relays.drop(known.id))
    instance = unit.get(accounts.by_handle(uris.INSTANCE_USERNAME))
    unit.record(RelayChanged(known, instance, joined=False))
    log_action(unit, None, "relay.leave", known.inbox_url)


def answered(unit: Unit, follow_uri: str, actor_uri: str, *, accepted: bool) -> bool:
    """The relay says yes or no. Only an actor on the relay's own host may; False for everybody else."""
    known = unit.one(relays.by_follow(follow_uri))
    if known is None or not same_origin(known.inbox_url, actor_uri):
        return False
    state = "accepted" if accepted else "rejected"
    unit.run(relays.change(known.id, {"state": state, "actor_uri": actor_uri if accepted else None}))
    return True

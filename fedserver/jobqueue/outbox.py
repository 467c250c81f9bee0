"""Putting an activity on its way: rows in the caller's transaction, so that a commit is a promise to deliver."""

from __future__ import annotations

from collections.abc import Sequence, Set
from urllib.parse import urlsplit

from fedserver.db.queries import deliveries, federation
from fedserver.db.unit import Unit
from fedserver.domain.moderation.domains import SUSPEND, longest, suffixes
from fedserver.jobqueue.wake import DELIVERIES

_DEFAULT_PORTS = {"http": 80, "https": 443}


def host_of(url: str) -> str:
    """The host of an inbox as it is remembered: lower case, with its port unless that is the scheme's own.

    Raises ``ValueError`` for what is not an http(s) address with a host.
    """
    parts = urlsplit(url)
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise ValueError("not an http(s) address")
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = parts.port
    return name if port in (None, _DEFAULT_PORTS[parts.scheme]) else f"{name}:{port}"


def host_id(unit: Unit, name: str) -> int:
    """The id of a host, made known if it is new. ``name``: as ``host_of`` gives it."""
    found = unit.one(federation.host(name))
    if found is not None:
        return found.id
    new = unit.new_id()
    if unit.made(federation.new_host(new, name, longest(name, _severities(unit, [name])) == SUSPEND)):
        return new
    return unit.get(federation.host(name)).id


def inbox_id(unit: Unit, url: str) -> int:
    """The id of an inbox, made known together with its host if it is new. Raises ``ValueError`` on a bad address."""
    found = unit.one(federation.inbox(url))
    if found is not None:
        return found
    host = host_id(unit, host_of(url))
    new = unit.new_id()
    if unit.made(federation.new_inbox(new, url, host)):
        return new
    return unit.get(federation.inbox(url))


def reaches(unit: Unit, followers_of: int | None, inbox_ids: Sequence[int]) -> bool:
    """Whether ``send`` to these may find anybody: a look that is cheaper than making an activity for nobody."""
    if inbox_ids:
        return True
    return followers_of is not None and unit.one(deliveries.has_remote_followers(followers_of)) is not None


def send(
    unit: Unit,
    *,
    sender_id: int,
    uri: str,
    object_key: int,
    body: bytes,
    followers_of: int | None = None,
    inbox_ids: Sequence[int] = (),
) -> int:
    """Queue ``body``, signed later by ``sender_id``, for the followers of ``followers_of`` and for ``inbox_ids``.

    Every inbox gets it once; shared inboxes are what ``accounts.inbox_id`` points at. Activities with the same
    ``object_key`` (the id of what they are about) reach a host in the order of their commits. Followers on hosts that
    count as unavailable are left out until the host makes contact; an inbox that is named is tried all the same.
    Suspended domains, and their subdomains, get nothing. Without a target nothing is written. The number of deliveries.
    """
    named = list(dict.fromkeys(inbox_ids))
    if followers_of is not None and unit.one(deliveries.has_remote_followers(followers_of)) is None:
        followers_of = None
    if followers_of is None and not named:
        return 0
    activity_id = unit.new_id()
    unit.run(deliveries.new_activity(activity_id, uri, sender_id, object_key, body, unit.now))
    count = unit.run(deliveries.deliver_to_followers(activity_id, followers_of)) if followers_of is not None else 0
    if named:
        count += unit.run(deliveries.deliver_to_inboxes(activity_id, named))
    if not count:
        unit.run(deliveries.drop_sent([activity_id]))
        return 0
    unit.run(deliveries.open_lanes(sender_id, activity_id, unit.now))
    unit.after(DELIVERIES)
    return count


def covered(host: str, domains: Set[str]) -> bool:
    """Whether ``host`` is one of ``domains`` or below one of them; a port does not matter."""
    return bool(domains) and any(each in domains for each in suffixes(host))


def apply_suspensions(unit: Unit, domains: Set[str] | None = None) -> int:
    """Bring the hosts in line with ``domain_policies``: to be called after every change of them.

    ``domains``: only they and what is below them changed. Hosts that are suspended now lose everything that waits for
    them, and get nothing more; hosts that no longer are get what is sent from now on. The number of hosts that changed.
    A worker that has a lane in hand while it vanishes finishes what it is posting and finds its lease gone.
    """
    marks = unit.all(federation.host_marks_of(*domains) if domains and len(domains) == 1 else federation.host_marks())
    if domains is not None:
        marks = [mark for mark in marks if covered(mark.name, domains)]
    policies = _severities(unit, [mark.name for mark in marks]) if marks else {}
    changed = [m for m in marks if bool(m.suspended) != (longest(m.name, policies) == SUSPEND)]
    for mark in changed:
        unit.run(federation.set_host(mark.id, suspended=1 - mark.suspended))
        if not mark.suspended:
            purge(unit, mark.id)
    return len(changed)


def _severities(unit: Unit, hosts: Sequence[str]) -> dict[str, str]:
    """Of the policies those that may meet these hosts: lists bring tens of thousands of others."""
    names = list({suffix for host in hosts for suffix in suffixes(host)})
    return {str(name): str(severity) for name, severity in unit.all(federation.severities(names))}


def purge(unit: Unit, host: int) -> int:
    """Drop everything that waits for a host; the number of deliveries. Activities that others wait for stay."""
    count = unit.run(federation.purge_deliveries(host))
    unit.run(federation.purge_lanes(host))
    if count:
        unit.run(federation.purge_activities())
    return count

"""Putting an activity on its way: rows in the caller's transaction, so that a commit is a promise to deliver."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from fedserver.db.queries import federation as queries
from fedserver.db.unit import Unit
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
    found = unit.one(queries.host(name))
    if found is not None:
        return found.id
    new = unit.new_id()
    if unit.made(queries.new_host(new, name)):
        return new
    return unit.get(queries.host(name)).id


def inbox_id(unit: Unit, url: str) -> int:
    """The id of an inbox, made known together with its host if it is new. Raises ``ValueError`` on a bad address."""
    found = unit.one(queries.inbox(url))
    if found is not None:
        return found
    host = host_id(unit, host_of(url))
    new = unit.new_id()
    if unit.made(queries.new_inbox(new, url, host)):
        return new
    return unit.get(queries.inbox(url))


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
    followers = unit.all(queries.follower_hosts(followers_of)) if followers_of is not None else []
    explicit = unit.all(queries.inbox_hosts(named)) if named else []
    if not followers and not explicit:
        return 0
    suspended = frozenset(unit.all(queries.suspended_domains()))
    follower_hosts = [host.id for host in followers if not covered(host.name, suspended)]
    explicit_hosts = [host.id for host in explicit if not covered(host.name, suspended)]
    if not follower_hosts and not explicit_hosts:
        return 0
    activity_id = unit.new_id()
    unit.run(queries.new_activity(activity_id, uri, sender_id, object_key, body, unit.now))
    count = 0
    if follower_hosts and followers_of is not None:
        count += unit.run(queries.deliver_to_followers(activity_id, followers_of, follower_hosts))
    if explicit_hosts:
        count += unit.run(queries.deliver_to_inboxes(activity_id, named, explicit_hosts))
    unit.run(queries.open_lanes(sender_id, sorted({*follower_hosts, *explicit_hosts}), unit.now))
    unit.after(DELIVERIES)
    return count


def covered(host: str, domains: Iterable[str]) -> bool:
    """Whether ``host`` is one of ``domains`` (best a set) or below one of them; a port does not matter."""
    domains = domains if isinstance(domains, frozenset | set) else frozenset(domains)
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() and ":" in host else host
    if not domains:
        return False
    if host in domains or name in domains:
        return True
    labels = name.split(".")
    return any(".".join(labels[i:]) in domains for i in range(1, len(labels)))


def purge(unit: Unit, domain: str) -> int:
    """Drop everything that waits for ``domain`` and its subdomains, as a suspension asks; how many hosts that were.

    Lanes that a worker holds right now vanish too: it posts what it has in hand and finds its lease gone.
    """
    targets = [host.id for host in unit.all(queries.all_hosts()) if covered(host.name, frozenset((domain,)))]
    for target in targets:
        unit.run(queries.purge_deliveries(target))
        unit.run(queries.purge_lanes(target))
    if targets:
        unit.run(queries.purge_activities())
    return len(targets)

"""``policy preview|replay``, ``feeds rebuild``: a changed feed beside today's, proof of an order, counts made anew."""

from __future__ import annotations

from argparse import Namespace
from functools import partial

import orjson

from fedserver.cli import node
from fedserver.cli.console import CommandFailed, result, say
from fedserver.cli.policy import read_document
from fedserver.db.queries import feeds as rows
from fedserver.db.queries import policy as policies
from fedserver.db.queries import statuses
from fedserver.db.unit import Unit
from fedserver.domain.policy.document import Feed
from fedserver.domain.ranking.compare import SHOWN, compare
from fedserver.domain.ranking.gathering import put_together
from fedserver.domain.ranking.inputs import unpack
from fedserver.domain.ranking.values import Ranked, needed
from fedserver.kit.paging import Page
from fedserver.services import ranking, signals
from fedserver.services.policy import document_of, in_force

CHUNK = 500


def preview(arguments: Namespace) -> None:
    """One line a post of the new order: place, place today, score, address; then what left."""
    document = read_document(arguments.file)
    name = arguments.feed or document.default_feed
    after = document.feed(name)
    if after is None:
        raise CommandFailed(f"There is no feed {name!r} in {arguments.file}.")
    if after.personal:
        raise CommandFailed(f"The feed {name!r} is each reader's own: there is no one order to show.")
    with node.reading(node.settings(arguments.config)) as session:
        old, new, addresses = session.run(lambda unit: _both(unit, after))
    found = compare(old, new)
    for row in found.rows:
        before = "new" if row.before is None else str(row.before)
        result(f"{row.place}\t{before}\t{row.score:.4f}\t{addresses[row.status_id]}")
    for row in found.left:
        result(f"left\t{row.before}\t{row.score:.4f}\t{addresses[row.status_id]}")
    say(f"Of the first {SHOWN}: {found.moved} moved, {found.entered} entered, {len(found.left)} left.")


def _both(unit: Unit, after: Feed) -> tuple[list[Ranked], list[Ranked], dict[int, str]]:
    current = in_force(unit)
    before = current.feed(after.id) if current is not None else None
    old = _ranked(unit, before)[:SHOWN] if before is not None and not before.personal else []
    new = _ranked(unit, after)[:SHOWN]
    ids = list({one.status_id for one in (*old, *new)})
    return old, new, {row.id: row.url or row.uri for row in unit.all(statuses.by_ids(ids))}


def _ranked(unit: Unit, feed: Feed) -> list[Ranked]:
    from fedserver.domain.ranking.feed import completed, rank

    wanted = needed(feed)
    row = unit.one(rows.by_name(feed.id))
    asked = ranking.queries(feed, wanted, unit.now, row.actor_id if row is not None else None)
    read = {name: unit.all(query) for name, query in asked.items()}
    return rank(feed, completed(put_together(feed, wanted, read, unit.now, ranking.chosen(feed, unit.site.domain))))


def replay(arguments: Namespace) -> None:
    """Recompute an order from the inputs that were kept with it, and compare place by place, score by score."""
    from fedserver.domain.ranking.feed import rank

    with node.reading(node.settings(arguments.config)) as session:
        entries, inputs, version = session.run(lambda unit: _kept(unit, arguments.snapshot))
    name, gathered = unpack(inputs)
    feed = document_of(version).feed(name)
    if feed is None:
        raise CommandFailed(f"Version {version.version} of the policy has no feed {name!r}.")
    again = [(one.status_id, one.score) for one in rank(feed, gathered)]
    # a post that was deleted since has lost its place here
    there = {one.status_id for one in entries}
    left = [(status_id, score) for status_id, score in again if status_id in there]
    stored = [(one.status_id, float(orjson.loads(one.reasons)["score"])) for one in entries]
    if left != stored:
        place = next(i for i, pair in enumerate([*zip(left, stored, strict=False), None], 1) if _differs(pair))
        raise CommandFailed(f"The order differs from what its policy says, first at place {place}.")
    gone = f", {len(again) - len(left)} of them deleted since" if len(again) != len(left) else ""
    say(f"{len(again)} places out of {len(gathered.ids)} candidates{gone}: all as the policy says.")
    result(f"{name}\t{version.version}\t{version.hash}\tequal")


def rebuild(arguments: Namespace) -> None:
    """Count anew what people did with every post, and say how many counts were not what they should have been."""
    posts = wrong = 0
    with node.writing(node.settings(arguments.config)) as (session, _):
        after = 0
        while True:
            done = session.run(partial(signals.rebuild_some, after=after, most=CHUNK))
            if done.last is None:
                break
            after, posts, wrong = done.last, posts + done.posts, wrong + done.wrong
    say(f"{posts} posts were counted anew.")
    result(f"{posts}\t{wrong}")


def _differs(pair: tuple[tuple[int, float], tuple[int, float]] | None) -> bool:
    return pair is None or pair[0] != pair[1]


def _kept(unit: Unit, snapshot_id: int) -> tuple[list[rows.Entry], bytes, policies.Version]:
    found = unit.one(rows.snapshot(snapshot_id))
    if found is None:
        raise CommandFailed(f"There is no order {snapshot_id}; they are kept for a day, the last of each feed longer.")
    entries = unit.all(rows.page(found.id, Page(limit=1000)))
    return entries, unit.get(rows.inputs(found.id)), unit.get(policies.by_hash(found.policy_hash))

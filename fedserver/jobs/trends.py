"""What is popular now: counted every ten minutes from the posts of two days, read beside the writers.

The cost is bounded by the posts of a day and ``MOST`` things of each kind; writing is one unit for each list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from fedserver.db.queries import trends
from fedserver.db.queries.trends import Day, Trend
from fedserver.db.statement import Query
from fedserver.db.unit import Unit
from fedserver.domain import trending
from fedserver.edge.parts import Parts
from fedserver.kit.ids import floor_of

DAY_MS = 24 * 3600 * 1000
KEPT_DAYS = 8
MOST = 200
STATUS_MS = 2 * DAY_MS
MAX_OF_AUTHOR = 3
ACCOUNTS = 200


async def compute(parts: Parts, payload: dict[str, Any]) -> None:
    """Make every list anew."""
    now = parts.clock.now_ms()
    today = now - now % DAY_MS
    least = trending.threshold(await parts.db.one(trends.authors_since(floor_of(now - DAY_MS))) or 0)
    counters = (
        ("tag", trends.used_tags, trending.TAG_HALF_LIFE_MS),
        ("link", trends.used_links, trending.LINK_HALF_LIFE_MS),
    )
    for kind, used, half_life in counters:
        await _things(parts, kind, used, half_life, today, now, least)
    await _statuses(parts, now, least)
    await _accounts(parts)
    await parts.db.run(lambda unit: unit.run(trends.drop_days(today - KEPT_DAYS * DAY_MS)))


async def _things(
    parts: Parts, kind: str, used: Callable[..., Query[Any]], half_life: int, today: int, now: int, least: int
) -> None:
    counted: list[Day] = []
    for day in (today - DAY_MS, today):
        # a post is counted on the day of its id, which is the day on which it was written
        rows = await parts.db.all(used(floor_of(day), floor_of(day + DAY_MS), MOST))
        counted += [Day(row[0], day, row[1], row[2]) for row in rows]
    before = {each.item_id: each for each in await parts.db.all(trends.all_trends(kind))}
    by_day = {(each.item_id, each.day): each.accounts for each in counted}
    found = []
    for item_id in {each.item_id for each in counted} | set(before):
        score = trending.surge(by_day.get((item_id, today), 0), by_day.get((item_id, today - DAY_MS), 0), least)
        found.append(_line(item_id, score, before.get(item_id), now, half_life))
    await parts.db.run(partial(_save, kind=kind, days=counted, lines=_best(found)))


def _line(item_id: int, score: float, before: Trend | None, now: int, half_life: int) -> Trend:
    """The line of something whose surge is ``score`` now: a peak that is higher than what is left of the last one."""
    peak, peak_at = score, now
    if before is not None and now - before.peak_at < trending.PEAK_MS and before.peak / 1000 >= score:
        peak, peak_at = before.peak / 1000, before.peak_at
    left = trending.faded(peak, now - peak_at, half_life)
    return Trend(item_id, round(left * 1000), round(peak * 1000), peak_at)


def _best(found: Iterable[Trend]) -> list[Trend]:
    kept = [each for each in found if each.score >= trending.FADED * 1000]
    return sorted(kept, key=lambda each: (-each.score, each.item_id))[:MOST]


async def _statuses(parts: Parts, now: int, least: int) -> None:
    rows = await parts.db.all(trends.popular_statuses(floor_of(now - STATUS_MS), least, MOST))
    by_author: dict[int, int] = {}
    found = []
    for status_id, author_id, reactions, created_at in rows:
        by_author[author_id] = by_author.get(author_id, 0) + 1
        if by_author[author_id] <= MAX_OF_AUTHOR:
            score = round(trending.post_score(reactions, now - created_at) * 1000)
            found.append(Trend(status_id, score, score, now))
    # an old post with few reactions is last in the list rather than away: small nodes have few posts
    lines = sorted(found, key=lambda each: (-each.score, -each.item_id))
    await parts.db.run(partial(_save, kind="status", days=[], lines=lines))


async def _accounts(parts: Parts) -> None:
    rows = await parts.db.all(trends.most_followed(ACCOUNTS))
    lines = [Trend(account_id, count * 1000, count * 1000, 0) for account_id, count in rows]
    await parts.db.run(partial(_save, kind="account", days=[], lines=lines))


def _save(unit: Unit, kind: str, days: list[Day], lines: list[Trend]) -> None:
    for day in days:
        unit.run(trends.put_day(kind, day))
    unit.run(trends.clear(kind))
    for place, line in enumerate(lines):
        unit.made(trends.put_trend(kind, place, line))

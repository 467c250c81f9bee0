"""Pages of notifications: each around an account and, for most types, a status."""

from __future__ import annotations

from collections.abc import Sequence

from fedserver.db.queries import moderation, timelines
from fedserver.db.queries.reactions import Notification
from fedserver.render.mastodon import small
from fedserver.render.mastodon.renderer import Reader, Renderer


async def notifications(
    renderer: Renderer, db: Reader, rows: Sequence[Notification], viewer_id: int
) -> dict[int, bytes]:
    """Notification by id. One whose post the viewer can no longer see is left out."""
    wanted = list({row.status_id for row in rows if row.status_id is not None})
    shown = await db.all(timelines.by_ids(viewer_id, wanted)) if wanted else []
    posts = await renderer.status_map(db, shown, viewer_id)
    people = await renderer.accounts_by_id(db, (row.from_account_id for row in rows))
    found: dict[int, bytes] = {}
    for row in rows:
        account = people.get(row.from_account_id)
        status = posts.get(row.status_id) if row.status_id is not None else None
        if account is None or (row.type in small.WITH_STATUS and status is None):
            continue
        report = await _report(renderer, db, row.report_id) if row.report_id is not None else None
        shown_status = status if row.type in small.WITH_STATUS else None
        found[row.id] = small.notification(row, account, shown_status, report)
    return found


async def _report(renderer: Renderer, db: Reader, report_id: int) -> bytes | None:
    rows = await db.all(moderation.report(report_id))
    if not rows:
        return None
    target = (await renderer.accounts_by_id(db, [rows[0].target_id])).get(rows[0].target_id, b"null")
    return small.report(rows[0], await db.all(moderation.statuses_of(report_id)), target)

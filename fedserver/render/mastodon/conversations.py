"""Conversations: the others in it, and the newest post."""

from __future__ import annotations

from collections.abc import Sequence

from fedserver.db.queries import timelines
from fedserver.db.queries.conversations import Conversation
from fedserver.render.mastodon.renderer import Reader, Renderer

_BOOL = (b"false", b"true")


async def conversations(
    renderer: Renderer, db: Reader, rows: Sequence[Conversation], viewer_id: int
) -> dict[int, bytes]:
    """Conversation by id. ``last_status`` is null where the viewer can no longer see the post."""
    wanted = list({row.last_status_id for row in rows})
    shown = await db.all(timelines.by_ids(viewer_id, wanted)) if wanted else []
    # a conversation is not hidden with its last post
    posts = await renderer.status_map(db, shown, viewer_id, asked=True)
    people = await renderer.accounts_by_id(db, (each for row in rows for each in row.others))
    return {
        row.id: b'{"id":"%d","unread":%b,"accounts":[%b],"last_status":%b}'
        % (
            row.id,
            _BOOL[bool(row.unread)],
            b",".join(people[each] for each in row.others if each in people),
            posts.get(row.last_status_id, b"null"),
        )
        for row in rows
    }

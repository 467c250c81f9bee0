"""Posts that their author shows first."""

from __future__ import annotations

from fedserver.db.queries import statuses
from fedserver.db.queries.statuses import DIRECT
from fedserver.db.unit import Unit
from fedserver.kit.errors import Invalid
from fedserver.kit.i18n import lazy
from fedserver.services import access
from fedserver.services.events import PinChanged


def pin(unit: Unit, author_id: int, status_id: int, *, pinned: bool) -> None:
    """Show a post first on one's profile, or no longer."""
    status = access.visible_status(unit, author_id, status_id)
    if status.account_id != author_id:
        if not pinned:
            # as on Mastodon: it is not pinned, which is what was asked for
            return
        raise Invalid(lazy("Validation failed: Someone else's post cannot be pinned"))
    if status.visibility == DIRECT:
        raise Invalid(lazy("Validation failed: Posts that are only visible to mentioned users cannot be pinned"))
    if pinned and len(unit.all(statuses.pinned(author_id))) >= unit.site.limits.pinned and status.pinned_at is None:
        raise Invalid(lazy("Validation failed: You have already pinned the maximum number of posts"))
    if pinned != (status.pinned_at is not None):
        unit.run(statuses.change(status.id, {"pinned_at": unit.now if pinned else None}))
        unit.record(PinChanged(status, access.account(unit, author_id), pinned))

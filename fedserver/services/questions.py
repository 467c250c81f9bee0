"""The poll by which members vote about a proposal in any app: a post of the node's own account."""

from __future__ import annotations

import orjson

from fedserver.db.queries import accounts, communities
from fedserver.db.queries.statuses import UNLISTED
from fedserver.db.queries.votes import Proposal
from fedserver.db.unit import Unit
from fedserver.domain import uris
from fedserver.kit.i18n import gettext as _
from fedserver.kit.i18n import use_locale
from fedserver.services import polls
from fedserver.services.polls import PollDraft
from fedserver.services.reports import COMMUNITY
from fedserver.services.statuses import NewStatus, store
from fedserver.services.texts import compose_text


def ask(unit: Unit, proposal: Proposal, seconds: int) -> int:
    """Post the question, in the community's language; the post's id. It stays on this node; votes of
    other servers are refused, and nobody sees how it stands before the end (``seconds`` from now)."""
    author = unit.get(accounts.by_handle(uris.INSTANCE_USERNAME))
    link = f"{unit.site.base_url}/proposals/{proposal.id}"
    community = unit.get(communities.by_id(COMMUNITY))
    if author.display_name != community.title:
        # apps show who asks
        unit.run(accounts.change(author.id, {"display_name": community.title}))
        unit.run(accounts.changed(author.id))
        author = unit.get(accounts.by_id(author.id))
    language = str(orjson.loads(community.languages)[0])
    with use_locale(language):
        words = proposal.note or _("A change of version %d of our policy") % proposal.base_version
        text = _("Members vote: %s") % words + f"\n\n{link}"
        draft = PollDraft((_("Yes"), _("No"), _("Abstain")), seconds, hide_totals=True)
    composed = compose_text(unit, text)
    status_id = unit.new_id()
    new = NewStatus(
        id=status_id,
        uri=uris.status(unit.site, author.username, status_id),
        url=link,
        author=author,
        visibility=UNLISTED,
        content=composed.html,
        source=text,
        language=language,
        object_type="Question",
        created_at=unit.now,
    )

    def attach() -> bool:
        polls.create(unit, status_id, author.id, draft)
        return True

    store(unit, new, attach)
    return status_id

"""Flag: a report from another server, about an account here and some of its posts."""

from __future__ import annotations

from fedserver.db.queries import accounts, moderation, statuses
from fedserver.db.unit import Unit
from fedserver.federation.inbox.follows import local_account
from fedserver.federation.inbox.inbound import Effect, Inbound
from fedserver.services import reports, rules
from protocol.authority import may_act

MAX_OBJECTS = 100


def flag(unit: Unit, inbound: Inbound) -> Effect:
    """One report. The first account of this node that is named, or that wrote a named post, is the target."""
    activity = inbound.activity
    if may_act(activity).refused:
        return Effect.REFUSED
    own = [uri for uri in activity.object_ids if unit.site.owns(uri)][:MAX_OBJECTS]
    posts = [post for uri in own if (post := unit.one(statuses.by_uri(uri))) is not None and post.local]
    target = next((found for uri in own if (found := local_account(unit, uri)) is not None), None)
    if target is None and posts:
        target = unit.one(accounts.by_id(posts[0].account_id))
    if target is None or not target.active:
        return Effect.IGNORED
    sender = inbound.known_sender(unit)
    policy = unit.one(moderation.policy_for(sender.domain))
    if policy is not None and policy.reject_reports:
        return Effect.IGNORED
    if rules.done_by(unit, "report", sender) == "reject":
        return Effect.IGNORED
    ids = [post.id for post in posts if post.account_id == target.id]
    reports.file(unit, sender, target, status_ids=ids, comment=activity.content, uri=activity.id)
    return Effect.DONE

"""Whoever a decision of moderation hits is told what, why and by which rule; and again when it is taken back.

People of this node get a notification (``moderation_warning``, which is pushed and streamed like any other) and a mail;
authors on other servers get a message, where ``services/statements`` says so. What is told as one (one act; one rule on
one day) is told once.
"""

from __future__ import annotations

from typing import Final

from fedserver.db.queries import accounts, notifications, users
from fedserver.db.queries import decisions as read
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.ledger import Decision
from fedserver.db.unit import Unit
from fedserver.domain import uris
from fedserver.effects import mail
from fedserver.effects.federate import send
from fedserver.effects.tools import Tools
from fedserver.jobqueue.enqueue import enqueue
from fedserver.render import reasons
from fedserver.services import events, moderation_events, statements
from fedserver.services.notifications import notify

KIND: Final = "moderation_warning"
RETELL: Final = "reasons.retell"
# what is taken back within this time is told as one
GATHER_MS: Final = 60_000
# what a rule asks moderators to look at is nothing that happened to anybody
QUIET: Final = frozenset({"notify-moderators"})


def decided(tools: Tools, unit: Unit, event: events.Decided) -> None:
    """The reason, to whoever it hits."""
    decision = event.decision
    account = _hit(unit, decision)
    if account is None:
        return
    if not account.local:
        author = statements.concerned(unit, decision)
        if author is not None:
            statements.want(unit, decision, author, "decided")
        return
    earlier = [each for each in unit.all(read.told_with(decision)) if each.standing and each.id < decision.id]
    if not earlier:
        notify(unit, account, KIND, account, event_id=decision.id)
        _mail(unit, account, "decided", decision)


def undone(tools: Tools, unit: Unit, event: events.Undone) -> None:
    """That it no longer holds. A rule that is undone may have hit somebody a hundred times: they hear of it once."""
    decision = event.decision
    account = _hit(unit, decision)
    if account is None:
        return
    if not account.local:
        statements.want(unit, decision, account, "undone")
        return
    told = unit.all(read.told_with(decision))
    if len(told) > 1:
        payload = {"decision_id": told[0].id}
        enqueue(unit, RETELL, payload, run_at=unit.now + GATHER_MS, once=f"{RETELL}:{told[0].id}")
    else:
        retell(unit, decision)


def retell(unit: Unit, decision: Decision) -> None:
    """A new notification in place of the old one: it shows what became of the decision."""
    account = _hit(unit, decision)
    if account is None or not account.local:
        return
    for each in unit.all(read.told_with(decision)):
        unit.run(notifications.forget(account.id, f"{KIND}:{account.id}:{each.id}"))
    notify(unit, account, KIND, account, event_id=decision.id)
    _mail(unit, account, "undone", decision)


def appeal_filed(tools: Tools, unit: Unit, event: moderation_events.AppealFiled) -> None:
    """Whoever may decide it hears of it; of many at once, once."""
    if unit.site.mail:
        for user_id in unit.all(users.moderators()):
            user = unit.get(users.by_id(user_id))
            if user.account_id not in (event.decision.actor_id, event.account.id):
                mail.send(unit, "appeal", user_id, about=event.account.acct, once=f"mail.appeal:{user_id}")


def appeal_decided(tools: Tools, unit: Unit, event: moderation_events.AppealDecided) -> None:
    """A refusal is told here; what is granted is undone, which tells it."""
    if event.appeal.outcome != "refused":
        return
    account = _hit(unit, event.decision)
    if account is None:
        return
    if not account.local:
        statements.want(unit, event.decision, account, "refused")
        return
    unit.run(notifications.forget(account.id, f"{KIND}:{account.id}:{event.decision.id}"))
    notify(unit, account, KIND, account, event_id=event.decision.id)
    _mail(unit, account, "appeal-refused", event.decision)


def stated(tools: Tools, unit: Unit, event: moderation_events.StatementMade) -> None:
    """The message to an author on another server: a Create from the community's actor, to that author alone."""
    instance = unit.get(accounts.by_handle(uris.INSTANCE_USERNAME))
    activity = reasons.create(unit.site, event.said, event.account, instance.uri)
    send(tools, unit, instance, activity, object_key=event.said.id, to=[event.account])


def _hit(unit: Unit, decision: Decision) -> Account | None:
    if decision.account_id is None or decision.verb in QUIET:
        return None
    account = unit.one(accounts.by_id(decision.account_id))
    return account if account is not None and account.deleted_at is None else None


def _mail(unit: Unit, account: Account, kind: str, decision: Decision) -> None:
    user = unit.one(users.by_account(account.id)) if unit.site.mail else None
    if user is not None and user.email is not None:
        mail.send(unit, kind, user.id, about=str(decision.id))

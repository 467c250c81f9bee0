"""Whether the author of a post lets somebody like, answer, boost or quote it."""

from __future__ import annotations

from fedserver.db.queries import accounts, relations, statuses
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.statuses import Status
from fedserver.db.unit import Unit
from fedserver.domain import interactions
from fedserver.domain.interactions import Answer, Asker, Author, Verb
from fedserver.kit.errors import Forbidden


def author_of(account: Account) -> Author:
    """By which addresses a policy names an account."""
    return Author(account.uri, account.followers_uri, account.following_uri)


def _follows(unit: Unit, one: int, other: int) -> bool:
    row = unit.one(relations.follow(one, other))
    return row is not None and row.state == "accepted"


def check(unit: Unit, actor: Account, status: Status, verb: Verb) -> None:
    """``Forbidden`` where another server says that the author does not let this account do it.

    "The author will be asked" is no refusal: that server takes the activity for the request.
    """
    if not status.limits or not actor.local:
        return
    author = unit.get(accounts.by_id(status.account_id))
    asker = Asker(
        actor.uri,
        _follows(unit, actor.id, author.id),
        _follows(unit, author.id, actor.id),
        any(each.account_id == actor.id for each in unit.all(statuses.mentions_of([status.id]))),
    )
    if interactions.may(status.limits, verb, author_of(author), asker) == "denied":
        raise Forbidden


def may_quote(unit: Unit, asker: Account, status: Status, author: Account) -> Answer:
    """How a quote of the post is received. Only its author quotes what is not for everybody."""
    if asker.id == author.id:
        return "automatic"
    if not status.open or unit.one(relations.blocked_either_way(asker.id, author.id)) is not None:
        return "denied"
    if not interactions.needs_relation(status.quote_policy):
        return interactions.may_quote(status.quote_policy, follows=False, followed=False)
    return interactions.may_quote(
        status.quote_policy,
        follows=_follows(unit, asker.id, author.id),
        followed=_follows(unit, author.id, asker.id),
    )

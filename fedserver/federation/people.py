"""Whom a received post names, among the accounts that are known here. Nobody is fetched for it."""

from __future__ import annotations

from fedserver.db.queries import accounts
from fedserver.db.queries.accounts import Account
from fedserver.db.unit import Unit
from fedserver.domain.text.names import parse_handle
from protocol.activitystreams.values import Mention, Object
from protocol.activitystreams.vocabulary import PUBLIC


def mentioned(unit: Unit, obj: Object) -> list[Account]:
    """The accounts in ``tag``, by id, by web page or by name.

    A local account that is addressed without being named may read a post that is not public: it counts as mentioned.
    """
    found: dict[int, Account] = {}
    named = [m.href for m in obj.mentions]
    by_uri = {row.uri: row for row in unit.all(accounts.by_uris(named))} if named else {}
    for mention in obj.mentions:
        account = by_uri.get(mention.href) or _by_page(unit, mention)
        if account is not None and account.active:
            found[account.id] = account
    everyone = (*obj.to, *obj.cc)
    addressed = [uri for uri in everyone if unit.site.owns(uri)] if PUBLIC not in everyone else []
    for account in unit.all(accounts.by_uris(addressed[:100])) if addressed else []:
        if account.local and account.active:
            found[account.id] = account
    return list(found.values())


def _by_page(unit: Unit, mention: Mention) -> Account | None:
    """A mention whose ``href`` is a web page: ours by its address, others by the handle on the same host."""
    prefix = f"{unit.site.base_url}/@"
    if mention.href.startswith(prefix):
        return unit.one(accounts.local_by_name(mention.href.removeprefix(prefix)))
    handle = parse_handle(mention.name)
    if handle is None or handle.domain is None or unit.site.owns(mention.href):
        return None
    local = handle.domain == unit.site.domain
    account = unit.one(accounts.by_handle(handle.username, "" if local else handle.domain))
    return account if account is not None and account.url == mention.href else None

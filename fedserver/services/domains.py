"""Policies towards other servers: decided, seen beforehand, put into effect, taken back with the follows they ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from typing import Final, NamedTuple

import orjson

from fedserver.db.queries import accounts, moderation, relations
from fedserver.db.queries import domain_lists as list_rows
from fedserver.db.queries import domains as rows
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.ledger import Decision
from fedserver.db.queries.relations import Follow
from fedserver.db.unit import Unit
from fedserver.domain.moderation.domains import SEVERITIES, SUSPEND, VERB_OF, Terms, suffixes
from fedserver.domain.text.characters import plain
from fedserver.jobqueue import outbox
from fedserver.jobqueue.enqueue import enqueue
from fedserver.kit.errors import Failure, Invalid
from fedserver.kit.i18n import lazy
from fedserver.services import follows, ledger, standing
from fedserver.services.ledger import Act
from fedserver.services.moderation_events import DomainChanged
from fedserver.services.severances import Severed
from protocol.hosts import normalise_host

MAX_COMMENT = 2000
APPLY: Final = "domain.apply"
"""The job that brings accounts of servers in line: ``{domains}``."""


class Impact(NamedTuple):
    """What a policy would meet: accounts known of the domain and below, follows in both directions, posts, media."""

    domains: int
    accounts: int
    following: int
    followers: int
    posts: int
    media: int


def clean_domain(unit: Unit, text: str) -> str:
    """A domain as it is stored. ``Invalid`` for what is none, and for our own."""
    try:
        domain = normalise_host(text)
    except ValueError as error:
        raise Invalid(lazy("This is not a valid domain name"), cause=error) from error
    if own(unit, domain):
        raise Invalid(lazy("This is our own domain"))
    return domain


def own(unit: Unit, domain: str) -> bool:
    """Whether a policy for the domain would meet this very node: it is ours, or one that ours is below."""
    return any(outbox.covered(name, frozenset((domain,))) for name in (unit.site.domain, unit.site.host))


def block_domain(
    unit: Unit,
    text: str,
    moderator: Account | None,
    *,
    severity: str = SUSPEND,
    private_comment: str = "",
    public_comment: str = "",
    reject_media: bool = False,
    reject_reports: bool = False,
    no_trends: bool = False,
    obfuscate: bool = False,
) -> str:
    """Set the policy towards a server and its subdomains; the domain as stored.

    ``suspend``: nothing comes in or goes out, accounts are hidden, follows end, queued deliveries are dropped.
    ``limit``: kept out of public timelines. ``none``: only what the flags say. ``allow``: federates where the node
    takes only servers that it names.
    """
    terms = Terms(severity, reject_media, reject_reports, no_trends, obfuscate, public_comment, private_comment)
    decide(unit, clean_domain(unit, text), terms, moderator)
    return clean_domain(unit, text)


def decide(unit: Unit, domain: str, terms: Terms, actor: Account | None, source: str = "moderator") -> Decision:
    """Decide about a domain that ``clean_domain`` gave. ``Invalid`` for a severity that there is not."""
    if terms.severity not in SEVERITIES:
        raise Invalid(lazy("Severity is allow, none, limit or suspend"))
    public, private = (plain(each).strip()[:MAX_COMMENT] for each in (terms.public_comment, terms.private_comment))
    terms = terms._replace(public_comment=public, private_comment=private)
    act = Act(
        VERB_OF[terms.severity],
        "domain",
        None,
        domain,
        None,
        source=source,
        reason=public,
        note=private,
        before={"terms": terms._asdict()},
        appeal_ms=0,
    )
    return ledger.decide(unit, act, actor)


def unblock_domain(unit: Unit, text: str, moderator: Account | None) -> bool:
    """Take all that stands about a domain back; what it hid is shown again, follows that it ended are made again.

    Lists that have it are told to leave it out from now on. False where there was nothing.
    """
    domain = clean_domain(unit, text)
    decided = unit.all(rows.standing(domain))
    for decision in reversed(decided):
        ledger.undo(unit, decision.id, moderator)
    for entry in unit.all(list_rows.entries_of_domain(domain)):
        exclude(unit, entry.list_id, domain)
    # a policy that no decision made
    if not decided and not unit.run(moderation.drop_policy(domain)):
        return False
    unit.record(DomainChanged(domain))
    return True


def bring_in_line(unit: Unit, names: Set[str]) -> None:
    """Hosts follow at once what holds for these domains and all below them; a job follows with the accounts, if any."""
    outbox.apply_suspensions(unit, names)
    above = {suffix for each in unit.all(accounts.known_domains()) for suffix in suffixes(each)}
    known = sorted(names & above)
    if known:
        enqueue(unit, APPLY, {"domains": known}, once=f"{APPLY}:{known[0]}" if len(known) == 1 else None)


def exclude(unit: Unit, list_id: int, domain: str) -> None:
    """A list is not asked about this domain any more."""
    found = unit.get(list_rows.one(list_id))
    left_out = sorted({*orjson.loads(found.excludes), domain})
    unit.run(list_rows.change(list_id, {"excludes": orjson.dumps(left_out).decode()}))


def impact(unit: Unit, domain: str) -> Impact:
    """What a policy for the domain would meet, counted now. May read much: for pages of moderators."""
    names = [name for name in unit.all(accounts.known_domains()) if outbox.covered(name, frozenset((domain,)))]
    known = knowledge(unit, [domain]).get(domain, rows.Known(domain, 0, 0, 0))
    return Impact(
        len(names),
        *known[1:],
        unit.get(rows.post_count(names)) if names else 0,
        sum(unit.get(rows.media_count(name)) for name in names),
    )


def knowledge(unit: Unit, names: Iterable[str]) -> dict[str, rows.Known]:
    """Accounts and follows by domain, what is below it included, of those of these of which any are known."""
    wanted = frozenset(names)
    found_here = unit.all(accounts.known_domains()) if wanted else []
    below = {name: [each for each in suffixes(name) if each in wanted] for name in found_here}
    known = [name for name, above in below.items() if above]
    if not known:
        return {}
    counts = (rows.account_counts(known), rows.following_counts(known), rows.follower_counts(known))
    found: dict[str, list[int]] = {}
    for place, query in enumerate(counts):
        for name, count in unit.all(query):
            for above in below[str(name)]:
                found.setdefault(above, [0, 0, 0])[place] += int(count)
    return {name: rows.Known(name, *numbers) for name, numbers in found.items()}


def apply_policy(unit: Unit, found: Sequence[Account]) -> None:
    """Make accounts of other servers follow the policies that hold now (a chunk of the ``domain.apply`` job).

    What was decided about a single account holds beside its server's policy, and longer.
    """
    for account in found:
        policy = unit.one(moderation.policy_for(account.domain))
        standing.settle(unit, account, "suspend", "limit")
        if policy is not None and policy.severity == SUSPEND:
            severed = Severed("domain_block", policy.domain, policy.created_at)
            _sever(unit, account, policy.decision_id, severed)
            severed.tell(unit)
    _restore(unit, [account.id for account in found])


def _sever(unit: Unit, account: Account, decision_id: int | None, severed: Severed) -> None:
    """End every follow with an account of another server, and keep what is needed to make it again."""
    for row in unit.all(relations.followers_of(account.id)):
        follower = unit.get(accounts.by_id(row.account_id))
        if follower.local:
            _keep(unit, row, follower.id, account.id, "following", decision_id)
            severed.followed(row.account_id)
        follows.unfollow(unit, follower, account)
    for row in unit.all(relations.follows_of(account.id)):
        target = unit.get(accounts.by_id(row.target_id))
        if target.local:
            _keep(unit, row, target.id, account.id, "follower", decision_id)
            severed.follower(row.target_id)
        follows.reject(unit, target, account)


def _keep(unit: Unit, row: Follow, here: int, there: int, direction: str, decision_id: int | None) -> None:
    # requests that nobody answered are not asked again in anybody's name
    if row.state != "accepted":
        return
    values = {
        "id": unit.new_id(),
        "decision_id": decision_id,
        "account_id": here,
        "target_id": there,
        "direction": direction,
        "uri": row.uri,
        "show_reblogs": row.show_reblogs,
        "notify": row.notify,
        "languages": row.languages,
        "followed_at": row.created_at,
        "created_at": unit.now,
    }
    unit.run(rows.add_severed(values))


def _restore(unit: Unit, ids: list[int]) -> None:
    """Make the follows again that a suspension ended which no longer holds.

    Ours are asked for anew: a Follow goes out, and the other side answers. Theirs stand at their server as they did,
    for it was never told that they ended (nothing goes out to a suspended domain): our row is written again. Where
    their server knows better it says so (FEP-8fcf, or an Undo).
    """
    for row in unit.all(rows.severed_open(ids)):
        there = unit.get(accounts.by_id(row.target_id))
        if there.suspended_at is not None:
            continue
        here = unit.get(accounts.by_id(row.account_id))
        outcome = "impossible"
        if here.active and there.active:
            outcome = _again(unit, row, here, there)
        unit.run(rows.change_severed(row.id, {"outcome": outcome, "restored_at": unit.now}))


def _again(unit: Unit, row: rows.SeveredFollow, here: Account, there: Account) -> str:
    if row.direction == "follower":
        options = {"show_reblogs": row.show_reblogs, "notify": row.notify, "languages": row.languages}
        return "restored" if follows.restore(unit, there, here, uri=row.uri, options=options) else "impossible"
    try:
        follows.follow(unit, here, there, show_reblogs=bool(row.show_reblogs), notify=bool(row.notify))
    except Failure:
        # blocked meanwhile, or moved away
        return "impossible"
    made = unit.get(relations.follow(here.id, there.id))
    unit.run(relations.change_follow(made.id, {"languages": row.languages}))
    return "asked"

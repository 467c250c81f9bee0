"""Quotes (FEP-044f): made here, received, asked for, stamped, refused, taken back. One function for both doors.

A quote counts once the quoted author agrees. Agreement is a stamp on the quoted author's server; a quote of one's own
post needs none. Who quotes a local post gets the stamp at once or not at all, as the post's policy says.
"""

from __future__ import annotations

from html import escape
from typing import NamedTuple

from fedserver.db.queries import accounts, quotes, statuses
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.quotes import ACCEPTED, PENDING, REJECTED, REVOKED, Quote
from fedserver.db.queries.statuses import DIRECT, FOLLOWERS, HELD, UNLISTED, Status
from fedserver.db.unit import Unit
from fedserver.domain import uris
from fedserver.domain.interactions import POLICIES
from fedserver.jobqueue.enqueue import enqueue
from fedserver.kit.errors import Forbidden, Invalid, NotFound
from fedserver.kit.i18n import lazy
from fedserver.services import access
from fedserver.services.events import PolicyChanged, QuoteAccepted, QuoteEnded, QuoteRefused, QuoteRequested
from fedserver.services.interactions import may_quote
from protocol.activitystreams.urls import same_origin
from protocol.activitystreams.values import Object, Stamp

VERIFY = "remote.verify_quote"


class Quoting(NamedTuple):
    """What a draft quotes, found and allowed."""

    status: Status
    author: Account
    automatic: bool
    visibility: int


# -- made here ---------------------------------------------------------------------------------------------------


def wanted(unit: Unit, author: Account, status_id: int, visibility: int, mentioned: tuple[Account, ...]) -> Quoting:
    """What a new post may quote. A post for followers is quoted for followers at most.

    Raises ``NotFound`` for what does not exist, is not visible or may not be quoted: the three must look alike.
    """
    missing = NotFound(lazy("The post you are trying to quote does not appear to exist."))
    try:
        status = access.visible_status(unit, author.id, status_id)
    except NotFound:
        raise missing from None
    quoted_author = unit.get(accounts.by_id(status.account_id))
    answer = may_quote(unit, author, status, quoted_author)
    if status.visibility == DIRECT or answer not in ("automatic", "manual"):
        raise missing
    if visibility == DIRECT and quoted_author.id not in {author.id, *(each.id for each in mentioned)}:
        raise Invalid(lazy("Cannot quote a non-mentioned user in a Private Mention post."))
    if status.visibility == FOLLOWERS and visibility <= UNLISTED:
        visibility = FOLLOWERS
    return Quoting(status, quoted_author, answer == "automatic", visibility)


def with_link(html: str, quoted: Status) -> str:
    """The text of a quoting post, with a link to the quoted one for servers that know no quotes."""
    address = quoted.url or quoted.uri
    if escape(address) in html or escape(quoted.uri) in html:
        return html
    link = f'<a href="{escape(address)}" rel="nofollow noopener noreferrer" target="_blank">{escape(address)}</a>'
    return f'<p class="quote-inline">RE: {link}</p>{html}'


def create(unit: Unit, status_id: int, author: Account, quoting: Quoting) -> None:
    """The row of a quote that is made here, beside the post's own row. It counts at once where no other server is
    asked."""
    quote_id = unit.new_id()
    quoted, there = quoting.status, quoting.author
    own = there.local
    values = {
        "id": quote_id,
        "status_id": status_id,
        "account_id": author.id,
        "quoted_status_id": quoted.id,
        "quoted_account_id": there.id,
        "quoted_uri": quoted.uri,
        "state": ACCEPTED if own else PENDING,
        "request_uri": None if own else uris.quote_request(author.uri, quote_id),
        "stamp_uri": uris.stamp(there.uri, quote_id) if own else None,
        "created_at": unit.now,
        "updated_at": unit.now,
    }
    unit.made(quotes.add(values))
    if own:
        unit.run(quotes.count(quoted.id, 1))


def announce(unit: Unit, status: Status, author: Account, quoting: Quoting) -> None:
    """Once the quoting post stands: ask the quoted author's server, or say that it is done; what is held waits."""
    if status.visibility == HELD:
        return
    quote = unit.get(quotes.of_statuses([status.id]))
    if quote.state == ACCEPTED:
        unit.record(QuoteAccepted(quote, status, author, quoting.status, quoting.author, None, publishing=True))
    else:
        unit.record(QuoteRequested(quote, status, author, quoting.status, quoting.author))


def released(unit: Unit, status: Status, author: Account) -> None:
    """A local post that was held before anybody saw it goes out: what it quotes is asked for now."""
    quoted = quoted_in(unit, status)
    if quoted is not None:
        there = unit.get(accounts.by_id(quoted.account_id))
        announce(unit, status, author, Quoting(quoted, there, automatic=True, visibility=status.visibility))


def policy_bits(name: str | None, visibility: int, default: str = "public") -> int:
    """``quote_approval_policy`` as it is kept. Raises ``Invalid`` for other words."""
    if name and name not in POLICIES:
        raise Invalid(lazy("Validation failed: Quote approval policy is not included in the list"))
    return POLICIES[name or default] if visibility <= UNLISTED else 0


def set_policy(unit: Unit, account_id: int, status_id: int, name: str) -> None:
    """Say who may quote one's post from now on. Quotes that stand already stay."""
    status = access.own_status(unit, account_id, status_id)
    bits = policy_bits(name, status.visibility)
    if bits != status.quote_policy:
        unit.run(statuses.change(status.id, {"quote_policy": bits}))
        unit.run(statuses.changed(status.id))
        changed = unit.get(statuses.by_id(status.id))
        unit.record(PolicyChanged(changed, access.account(unit, account_id)))


# -- received ----------------------------------------------------------------------------------------------------


def receive(unit: Unit, status: Status, author: Account, obj: Object, *, seek: bool = True) -> bool:
    """What a remote post says it quotes, for the first time or again; whether that changed.

    ``seek``: other servers may be asked about it.
    """
    row = unit.one(quotes.of_statuses([status.id]))
    if row is not None and row.quoted_uri != obj.quote_url:
        _drop(unit, row)
        row = None
        if obj.quote_url is None:
            unit.run(statuses.change(status.id, {"quoting": 0}))
            return True
    if obj.quote_url is None:
        return False
    if row is None:
        if not _receive_new(unit, status, author, obj, obj.quote_url):
            return False
    elif row.state != PENDING:
        return False
    _settle(unit, unit.get(quotes.of_statuses([status.id])), author, obj.quote_authorization, seek=seek)
    return row is None


def _receive_new(unit: Unit, status: Status, author: Account, obj: Object, uri: str) -> bool:
    quoted = unit.one(statuses.by_uri(uri))
    if quoted is not None and (quoted.reblog_of_id is not None or quoted.id == status.id):
        return False
    values = {
        "id": unit.new_id(),
        "status_id": status.id,
        "account_id": author.id,
        "quoted_status_id": quoted.id if quoted is not None else None,
        "quoted_account_id": quoted.account_id if quoted is not None else None,
        "quoted_uri": uri,
        "state": PENDING,
        "legacy": int(obj.legacy_quote),
        "created_at": unit.now,
        "updated_at": unit.now,
    }
    unit.made(quotes.add(values))
    unit.run(statuses.change(status.id, {"quoting": 1}))
    return True


def _settle(unit: Unit, row: Quote, author: Account, stamp: str | None, *, seek: bool) -> None:
    """Own posts count at once. A stamp of another server is looked at there; one of ours was given with the answer to a
    request, or it is not worth anything."""
    if row.quoted_account_id == author.id and row.quoted_status_id is not None:
        accept(unit, row, None)
    elif seek and not unit.site.owns(row.quoted_uri) and (stamp is not None or same_origin(row.quoted_uri, author.uri)):
        enqueue(unit, VERIFY, {"quote_id": row.id, "stamp": stamp}, once=f"{VERIFY}:{row.id}")


def _drop(unit: Unit, row: Quote) -> None:
    if row.state == ACCEPTED and row.quoted_status_id is not None:
        unit.run(quotes.count(row.quoted_status_id, -1))
    unit.run(quotes.drop(row.id))


def verified(unit: Unit, quote_id: int, quoted: Status, stamp: Stamp | None) -> bool:
    """The quoted post was had, and the stamp where there is one: whether the quote counts now."""
    row = unit.one(quotes.by_id(quote_id))
    if row is None or row.state != PENDING or row.quoted_uri != quoted.uri or quoted.reblog_of_id is not None:
        return False
    there = unit.get(accounts.by_id(quoted.account_id))
    unit.run(quotes.change(row.id, {"quoted_status_id": quoted.id, "quoted_account_id": there.id}))
    status = unit.get(statuses.by_id(row.status_id))
    if there.id == row.account_id:
        accept(unit, unit.get(quotes.by_id(quote_id)), None)
        return True
    if stamp is None or not _is_good(stamp, status, quoted, there) or unit.one(quotes.by_stamp(stamp.id)) is not None:
        return False
    accept(unit, unit.get(quotes.by_id(quote_id)), stamp.id)
    return True


def _is_good(stamp: Stamp, status: Status, quoted: Status, there: Account) -> bool:
    """Whether the quoted author said it, and of these two posts."""
    return (
        stamp.attributed_to == there.uri
        and same_origin(stamp.id, there.uri)
        and (stamp.quoting, stamp.quoted) == (status.uri, quoted.uri)
    )


def accept(unit: Unit, row: Quote, stamp_uri: str | None, request: str | None = None) -> None:
    """The quote counts."""
    if row.quoted_status_id is None or row.state == ACCEPTED:
        return
    unit.run(quotes.change(row.id, {"state": ACCEPTED, "stamp_uri": stamp_uri, "updated_at": unit.now}))
    unit.run(quotes.count(row.quoted_status_id, 1))
    unit.run(statuses.changed(row.status_id))
    status, quoted = unit.get(statuses.by_id(row.status_id)), unit.get(statuses.by_id(row.quoted_status_id))
    author, there = unit.get(accounts.by_id(row.account_id)), unit.get(accounts.by_id(quoted.account_id))
    now = unit.get(quotes.by_id(row.id))
    unit.record(QuoteAccepted(now, status, author, quoted, there, request, publishing=False))


# -- asked for ---------------------------------------------------------------------------------------------------


def asked(unit: Unit, asker: Account, quoting_uri: str, quoted: Status, request: str | None) -> None:
    """Somebody elsewhere asks to quote a local post with a post of theirs that stands here. The answer goes out."""
    there = unit.get(accounts.by_id(quoted.account_id))
    status = unit.one(statuses.by_uri(quoting_uri))
    row = unit.one(quotes.of_statuses([status.id])) if status is not None and status.account_id == asker.id else None
    fits = row is not None and row.quoted_status_id == quoted.id and row.state in (PENDING, ACCEPTED)
    if row is None or status is None or not fits or may_quote(unit, asker, quoted, there) != "automatic":
        unit.record(QuoteRefused(request, asker, quoting_uri, quoted, there))
        if row is not None and row.state == PENDING and row.quoted_status_id == quoted.id:
            end(unit, row, REJECTED)
        return
    if row.state == ACCEPTED:
        # asked again: the answer may have been lost
        unit.record(QuoteAccepted(row, status, asker, quoted, there, request, publishing=False))
        return
    accept(unit, row, uris.stamp(there.uri, row.id), request)


def may_be_stamped(unit: Unit, row: Quote, sender: Account, stamp_uri: str | None) -> bool:
    """Whether this is the quoted author, with a stamp of their own server."""
    return (
        row.quoted_account_id == sender.id
        and stamp_uri is not None
        and same_origin(stamp_uri, sender.uri)
        and unit.one(quotes.by_stamp(stamp_uri)) is None
    )


def revoke(unit: Unit, account_id: int, status_id: int, quoting_id: int) -> int:
    """Take back the agreement to a quote of one's own post; the id of the post that quotes."""
    status = access.visible_status(unit, account_id, status_id)
    row = unit.one(quotes.of_statuses([quoting_id]))
    if row is None or row.quoted_status_id != status.id or row.state != ACCEPTED:
        raise NotFound
    if status.account_id != account_id:
        raise Forbidden
    end(unit, row, REVOKED)
    return row.status_id


def end(unit: Unit, row: Quote, state: int) -> None:
    """A quote was rejected, or counts no longer."""
    if row.state == ACCEPTED and row.quoted_status_id is not None:
        unit.run(quotes.count(row.quoted_status_id, -1))
    unit.run(quotes.change(row.id, {"state": state, "stamp_uri": None, "updated_at": unit.now}))
    unit.run(statuses.changed(row.status_id))
    status = unit.get(statuses.by_id(row.status_id))
    quoted = unit.one(statuses.by_id(row.quoted_status_id)) if row.quoted_status_id is not None else None
    author, there = unit.get(accounts.by_id(row.account_id)), unit.get(accounts.by_id(row.quoted_account_id or 0))
    unit.record(QuoteEnded(unit.get(quotes.by_id(row.id)), status, author, quoted, there, row.stamp_uri))


def quoted_in(unit: Unit, status: Status) -> Status | None:
    """The post that a post quotes, where it is known here."""
    row = unit.one(quotes.of_statuses([status.id]))
    return unit.one(statuses.by_id(row.quoted_status_id)) if row is not None and row.quoted_status_id else None


def forget(unit: Unit, status: Status) -> tuple[int, ...]:
    """A post is about to go, as one that quotes and as one that is quoted: ids of the accounts that know of it so."""
    concerned: list[int] = []
    row = unit.one(quotes.of_statuses([status.id])) if status.quoting else None
    if row is not None:
        if row.quoted_account_id is not None:
            concerned.append(row.quoted_account_id)
        _drop(unit, row)
    if status.quotes_count:
        concerned += [each.account_id for each in unit.all(quotes.of_quoted(status.id))]
    unit.run(quotes.orphan(status.id))
    return tuple(concerned)

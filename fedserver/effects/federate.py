"""What other servers are told: activities as delivery rows, in the same commit as what they tell of."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from fedserver.db.queries import accounts, groups, media, polls, provenance, quotes, relays, statuses
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.media import Medium
from fedserver.db.queries.statuses import DIRECT, HELD, Status
from fedserver.db.queries.statuses import PUBLIC as PUBLIC_POST
from fedserver.db.unit import Unit
from fedserver.domain import uris
from fedserver.effects.tools import Tools
from fedserver.jobqueue import outbox
from fedserver.jobqueue.enqueue import enqueue
from fedserver.render import activitystreams as render
from fedserver.render import provenance as making
from fedserver.services import events, lineage, rules
from fedserver.services.keyring import published_keys
from keys.algorithms import Algorithm
from protocol.activitystreams import write
from protocol.activitystreams.values import Document, Tombstone
from protocol.activitystreams.vocabulary import PUBLIC


def _signed(tools: Tools, unit: Unit, sender: Account, document: Document) -> Document:
    """Public things carry an object integrity proof, so that whoever forwards them cannot change them."""
    key = tools.keyring.signing_key(unit.all(accounts.keys_of(sender.id)), Algorithm.ED25519, unit.now)
    return render.signed(document, key.key, key.uri, unit.now)


def send(
    tools: Tools,
    unit: Unit,
    sender: Account,
    document: Document | Callable[[], Document],
    *,
    object_key: int,
    to_followers: bool = False,
    to: Iterable[Account] = (),
    inboxes: Iterable[int] = (),
    public: bool = False,
) -> None:
    """``document``: the activity, or what makes it, asked only if somebody is there to get it."""
    named = [a.inbox_id for a in to if not a.local and a.active and a.inbox_id is not None]
    named += inboxes
    followers_of = sender.id if to_followers else None
    if not outbox.reaches(unit, followers_of, named):
        return
    if callable(document):
        document = document()
    if public:
        document = _signed(tools, unit, sender, document)
    outbox.send(
        unit,
        sender_id=sender.id,
        uri=document["id"],
        object_key=object_key,
        body=render.body(document),
        followers_of=followers_of,
        inbox_ids=named,
    )


def note(unit: Unit, event: events.OfStatus) -> Document:
    """The post as others get it. Whoever fetches it by its address has it signed then (``federation/documents``)."""
    status = event.status
    ids = [status.id]
    poll = unit.one(polls.by_id(status.id)) if status.object_type == "Question" else None
    quote = unit.one(quotes.of_statuses(ids)) if status.quoting else None
    attached = unit.all(media.of_statuses(ids))
    return render.note(
        unit.site,
        status,
        event.author,
        attached,
        unit.all(statuses.mentions_of(ids)),
        unit.all(statuses.tags_of(ids)),
        render.extras_of(poll, quote, _made(unit, status, attached)),
    )


def _made(unit: Unit, status: Status, attached: list[Medium]) -> making.Provenance:
    """How a post and its media were made; nothing is read for a post that has neither media nor words about itself."""
    ids = [status.id]
    made = unit.all(provenance.made_of_statuses(ids)) if attached else []
    return making.gathered(
        made,
        unit.all(provenance.claims_of_statuses(ids)) if made else (),
        unit.one(provenance.said(ids)) if status.provenance & provenance.SAID else None,
        unit.all(provenance.based_on(ids)) if status.provenance & provenance.BASED else (),
    )


def _beyond(unit: Unit, status: Status) -> list[int]:
    """Inboxes that no follower stands for: of relays, for what is public, and of the groups that passed the thread on
    (their servers, not the author's, tell the members of an answer)."""
    found = unit.all(relays.inboxes()) if status.visibility == PUBLIC_POST else []
    if status.in_reply_to_id is not None and status.thread_id is not None and status.open:
        found += unit.all(groups.inboxes_of_thread(status.thread_id))
    return found


def update_of(tools: Tools, unit: Unit, event: events.OfStatus, inboxes: Iterable[int] = ()) -> None:
    """Update of a local post, to its followers, to whom it mentions, to whom it quotes, and to ``inboxes``."""
    status, author = event.status, event.author
    if not author.local or status.visibility == HELD:
        return
    ids = [each.account_id for each in unit.all(statuses.mentions_of([status.id]))]
    if status.quoting:
        ids += [each.quoted_account_id or 0 for each in unit.all(quotes.of_statuses([status.id]))]
    ids += lineage.first_authors(unit, status)
    activity_id = uris.activity(status.uri, "updates", unit.new_id())
    send(
        tools,
        unit,
        author,
        lambda: write.update(id=activity_id, actor=author.uri, object=note(unit, event)),
        object_key=status.id,
        to_followers=status.visibility != DIRECT,
        to=unit.all(accounts.by_ids(ids)) if ids else (),
        inboxes=[*inboxes, *_beyond(unit, status)],
        public=status.open,
    )


def _first_authors(unit: Unit, status: Status) -> list[Account]:
    """Whose posts it is based on."""
    ids = lineage.first_authors(unit, status)
    return unit.all(accounts.by_ids(ids)) if ids else []


def posted(tools: Tools, unit: Unit, event: events.StatusPosted) -> None:
    """Create."""
    status, author = event.status, event.author
    if not author.local:
        return
    answered = [event.parent_author] if event.parent_author is not None and status.visibility != DIRECT else []
    send(
        tools,
        unit,
        author,
        lambda: render.create(note(unit, event), author.uri, status.created_at),
        object_key=status.id,
        to_followers=status.visibility != DIRECT,
        to=[*event.mentioned, *answered, *_first_authors(unit, status)],
        inboxes=_beyond(unit, status),
        public=status.open,
    )


def edited(tools: Tools, unit: Unit, event: events.StatusEdited) -> None:
    """Update of a post."""
    update_of(tools, unit, event)


def provenance_changed(tools: Tools, unit: Unit, event: events.ProvenanceChanged) -> None:
    """Update of a post whose media are said to be made otherwise."""
    update_of(tools, unit, event)


def released(tools: Tools, unit: Unit, event: events.StatusReleased) -> None:
    """Update of a post that its author changed while nobody else could see it."""
    status = event.status
    if status.local and status.reblog_of_id is None and (status.edited_at or 0) > event.held_at:
        author = unit.get(accounts.by_id(status.account_id))
        update_of(tools, unit, events.StatusEdited(status, author, (), ()))


def deleted(tools: Tools, unit: Unit, event: events.StatusDeleted) -> None:
    """Delete with a Tombstone, to everybody who had the post."""
    status, author = event.status, event.author
    if not author.local:
        return
    tombstone = write.write_tombstone(Tombstone(status.uri, status.object_type, unit.now))
    activity = write.delete(id=f"{status.uri}#delete", actor=author.uri, object=tombstone)
    send(
        tools,
        unit,
        author,
        activity,
        object_key=status.id,
        to_followers=status.visibility != DIRECT,
        inboxes=[*event.reached, *_beyond(unit, status)],
        public=status.open,
    )


def boosted(tools: Tools, unit: Unit, event: events.Boosted) -> None:
    """Announce, to the followers and to the author."""
    if not event.booster.local:
        return
    activity = render.announce(event.boost, event.booster, event.author.uri, event.status.uri)
    send(
        tools,
        unit,
        event.booster,
        activity,
        object_key=event.boost.id,
        to_followers=True,
        to=[event.author],
        public=event.boost.open,
    )


def unboosted(tools: Tools, unit: Unit, event: events.Unboosted) -> None:
    """Undo of the Announce."""
    if not event.booster.local:
        return
    # one that is held went to whom its author meant it for
    boost = event.boost._replace(visibility=rules.intended(unit, event.boost))
    announce = render.announce(boost, event.booster, event.author.uri, event.status.uri)
    activity = write.undo(id=f"{event.boost.uri}#undo", actor=event.booster.uri, object=announce)
    send(
        tools,
        unit,
        event.booster,
        activity,
        object_key=event.boost.id,
        to_followers=True,
        to=[event.author],
        public=boost.open,
    )


def favourited(tools: Tools, unit: Unit, event: events.Favourited) -> None:
    """Like, to the author."""
    if event.account.local and not event.author.local:
        activity = write.like(id=event.favourite.uri or "", actor=event.account.uri, object=event.status.uri)
        send(tools, unit, event.account, activity, object_key=event.favourite.id, to=[event.author])


def unfavourited(tools: Tools, unit: Unit, event: events.Unfavourited) -> None:
    """Undo of the Like."""
    if event.account.local and not event.author.local:
        like = write.like(id=event.favourite.uri or "", actor=event.account.uri, object=event.status.uri)
        activity = write.undo(id=f"{event.favourite.uri}/undo", actor=event.account.uri, object=like)
        send(tools, unit, event.account, activity, object_key=event.favourite.id, to=[event.author])


def _follow(
    event: events.FollowRequested | events.FollowAccepted | events.FollowRejected | events.Unfollowed,
) -> Document:
    return write.follow(id=event.follow.uri or "", actor=event.follower.uri, object=event.target.uri)


def follow_requested(tools: Tools, unit: Unit, event: events.FollowRequested) -> None:
    """Follow, to a remote target."""
    if event.follower.local and not event.target.local:
        send(tools, unit, event.follower, _follow(event), object_key=event.follow.id, to=[event.target])


def follow_accepted(tools: Tools, unit: Unit, event: events.FollowAccepted) -> None:
    """Accept, to a remote follower; and the first look at what a newly followed remote account wrote."""
    if event.target.local and not event.follower.local:
        activity = write.accept(
            id=uris.activity(event.target.uri, "accepts", unit.new_id()), actor=event.target.uri, object=_follow(event)
        )
        send(tools, unit, event.target, activity, object_key=event.follow.id, to=[event.follower])
    if event.follower.local and not event.target.local:
        enqueue(
            unit,
            "remote.first_follow",
            {"account_id": event.target.id, "follower_id": event.follower.id},
            once=f"remote.first_follow:{event.target.id}:{event.follower.id}",
        )


def follow_rejected(tools: Tools, unit: Unit, event: events.FollowRejected) -> None:
    """Reject, to a remote follower."""
    if event.target.local and not event.follower.local:
        activity = write.reject(
            id=uris.activity(event.target.uri, "rejects", unit.new_id()), actor=event.target.uri, object=_follow(event)
        )
        send(tools, unit, event.target, activity, object_key=event.follow.id, to=[event.follower])


def unfollowed(tools: Tools, unit: Unit, event: events.Unfollowed) -> None:
    """Undo of the Follow."""
    if event.follower.local and not event.target.local:
        activity = write.undo(id=f"{event.follow.uri}/undo", actor=event.follower.uri, object=_follow(event))
        send(tools, unit, event.follower, activity, object_key=event.follow.id, to=[event.target])


def blocked(tools: Tools, unit: Unit, event: events.Blocked) -> None:
    """Block: delivered in practice, so that the other server hides what should be hidden."""
    if event.account.local and not event.target.local:
        activity = write.block(id=event.block.uri or "", actor=event.account.uri, object=event.target.uri)
        send(tools, unit, event.account, activity, object_key=event.block.id, to=[event.target])


def unblocked(tools: Tools, unit: Unit, event: events.Unblocked) -> None:
    """Undo of the Block."""
    if event.account.local and not event.target.local:
        block = write.block(id=event.block.uri or "", actor=event.account.uri, object=event.target.uri)
        activity = write.undo(id=f"{event.block.uri}/undo", actor=event.account.uri, object=block)
        send(tools, unit, event.account, activity, object_key=event.block.id, to=[event.target])


def profile_changed(tools: Tools, unit: Unit, event: events.ProfileChanged) -> None:
    """Update of the actor, to the followers."""
    account = event.account
    if not account.local:
        return
    rsa, ed25519 = published_keys(unit.all(accounts.keys_of(account.id)), unit.now)
    pictures = {m.id: m for m in unit.all(media.by_ids([i for i in (account.avatar_id, account.header_id) if i]))}
    actor = render.actor_document(
        unit.site,
        account,
        rsa,
        ed25519,
        pictures.get(account.avatar_id or 0),
        pictures.get(account.header_id or 0),
    )
    activity = write.update(id=uris.activity(account.uri, "updates", unit.new_id()), actor=account.uri, object=actor)
    send(tools, unit, account, activity, object_key=account.id, to_followers=True, public=True)


def account_deleted(tools: Tools, unit: Unit, event: events.AccountDeleted) -> None:
    """Delete of the actor, to every server that is known here: any of them may hold a copy."""
    account = event.account
    if not account.local:
        return
    activity = write.delete(id=f"{account.uri}#delete", actor=account.uri, object=account.uri, to=[PUBLIC])
    everybody = unit.all(accounts.remote_inbox_ids())
    send(tools, unit, account, activity, object_key=account.id, inboxes=everybody, public=True)


def pin_changed(tools: Tools, unit: Unit, event: events.PinChanged) -> None:
    """Add to or Remove from ``featured``; not of what is held, which nobody could fetch."""
    author = event.author
    if event.status.visibility == HELD:
        return
    verb = write.add if event.pinned else write.remove
    activity = verb(
        id=uris.activity(author.uri, "pins", unit.new_id()),
        actor=author.uri,
        object=event.status.uri,
        target=author.featured_uri or "",
    )
    send(tools, unit, author, activity, object_key=event.status.id, to_followers=True, public=event.status.open)


def featured_tag_changed(tools: Tools, unit: Unit, event: events.FeaturedTagChanged) -> None:
    """Add or Remove of a Hashtag. As on Mastodon, the collection named is ``featured``, which is also that of posts."""
    account = event.account
    if not account.local:
        return
    verb = write.add if event.featured else write.remove
    activity = verb(
        id=uris.activity(account.uri, "featured-tags", unit.new_id()),
        actor=account.uri,
        object=render.featured_tag(unit.site, account, event.typed, event.name),
        target=account.featured_uri or "",
    )
    send(tools, unit, account, activity, object_key=account.id, to_followers=True, public=True)


def reported(tools: Tools, unit: Unit, event: events.Reported) -> None:
    """Flag, from the instance actor: the reporter stays anonymous."""
    if not event.forward or not event.reporter.local:
        return
    instance = unit.get(accounts.by_handle(uris.INSTANCE_USERNAME))
    activity = write.flag(
        id=uris.activity(instance.uri, "reports", event.report_id),
        actor=instance.uri,
        objects=event.object_uris,
        content=event.comment,
        to=[event.target.uri],
    )
    send(tools, unit, instance, activity, object_key=event.report_id, to=[event.target])

"""What follows from votes, from new counts, and from the end of a poll."""

from __future__ import annotations

from fedserver.db.queries import polls
from fedserver.db.unit import Unit
from fedserver.domain import uris
from fedserver.effects.federate import send, update_of
from fedserver.effects.tools import Tools
from fedserver.services import events
from fedserver.services.notifications import notify
from protocol.activitystreams import write


def voted(tools: Tools, unit: Unit, event: events.PollVoted) -> None:
    """One Create for each option, to the author on another server."""
    if event.author.local or not event.voter.local:
        return
    for vote_id, title in event.votes:
        activity = write.vote(
            id=uris.vote(event.voter.uri, vote_id),
            actor=event.voter.uri,
            name=title,
            poll=event.status.uri,
            to=event.author.uri,
            published=unit.now,
        )
        send(tools, unit, event.voter, activity, object_key=event.status.id, to=[event.author])


def counted(tools: Tools, unit: Unit, event: events.PollCounted) -> None:
    """Update of the Question, to the followers and to whoever voted elsewhere."""
    update_of(tools, unit, event, unit.all(polls.remote_inboxes(event.status.id)))


def ended(tools: Tools, unit: Unit, event: events.PollEnded) -> None:
    """The author and the voters of this node are told; other servers get the last counts."""
    if event.first:
        notify(unit, event.author, "poll", event.author, status_id=event.status.id)
        update_of(tools, unit, event, unit.all(polls.remote_inboxes(event.status.id)))
    for voter in event.voters:
        notify(unit, voter, "poll", event.author, status_id=event.status.id)

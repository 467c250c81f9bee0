"""Event -> what follows. Nothing else in the program notifies, federates or streams."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fedserver.db.unit import Unit
from fedserver.effects import (
    conversations,
    decisions,
    domains,
    federate,
    home,
    learn,
    mail,
    notify,
    polls,
    push,
    quotes,
    relays,
    stream,
    takedowns,
)
from fedserver.effects.tools import Tools
from fedserver.services import events, moderation_events

Effect = Callable[[Tools, Unit, Any], None]

TABLE: Mapping[type, tuple[Effect, ...]] = {
    events.StatusPosted: (
        home.posted,
        notify.posted,
        conversations.posted,
        learn.posted,
        federate.posted,
        stream.posted,
    ),
    events.StatusEdited: (notify.edited, quotes.edited, learn.edited, federate.edited, stream.edited),
    events.StatusDeleted: (conversations.deleted, learn.deleted, federate.deleted, stream.deleted),
    # others keep what they have: what is held may be released; what is deleted for good is told by StatusDeleted
    events.StatusHeld: (learn.shown_otherwise, stream.held),
    events.StatusReleased: (learn.shown_otherwise, federate.released),
    events.Decided: (decisions.decided,),
    events.Undone: (decisions.undone, takedowns.undone),
    moderation_events.DomainChanged: (domains.changed,),
    moderation_events.TakedownFiled: (takedowns.filed,),
    moderation_events.TakedownDecided: (takedowns.decided,),
    moderation_events.TakedownLate: (takedowns.late,),
    moderation_events.AppealFiled: (decisions.appeal_filed,),
    moderation_events.AppealDecided: (decisions.appeal_decided,),
    moderation_events.StatementMade: (decisions.stated,),
    events.ProvenanceChanged: (federate.provenance_changed, stream.provenance_changed),
    events.Remixed: (notify.remixed,),
    events.Boosted: (home.boosted, notify.boosted, learn.boosted, federate.boosted, stream.boosted),
    events.Unboosted: (notify.unboosted, learn.unboosted, federate.unboosted, stream.unboosted),
    events.Favourited: (notify.favourited, learn.favourited, federate.favourited),
    events.Unfavourited: (notify.unfavourited, learn.unfavourited, federate.unfavourited),
    events.PollVoted: (polls.voted,),
    events.PollCounted: (polls.counted,),
    events.PollEnded: (polls.ended,),
    events.QuoteRequested: (quotes.requested,),
    events.QuoteAccepted: (quotes.accepted,),
    events.QuoteRefused: (quotes.refused,),
    events.QuoteEnded: (quotes.ended,),
    events.PolicyChanged: (quotes.policy_changed,),
    events.FollowRequested: (notify.follow_requested, federate.follow_requested),
    events.FollowAccepted: (notify.follow_accepted, federate.follow_accepted),
    events.FollowRejected: (federate.follow_rejected,),
    events.Unfollowed: (notify.unfollowed, federate.unfollowed),
    events.Blocked: (federate.blocked,),
    events.Unblocked: (federate.unblocked,),
    events.ProfileChanged: (federate.profile_changed,),
    events.AccountDeleted: (federate.account_deleted,),
    events.PinChanged: (federate.pin_changed,),
    events.FeaturedTagChanged: (federate.featured_tag_changed,),
    events.RelayChanged: (relays.relay_changed,),
    events.Reported: (notify.reported, mail.reported, federate.reported),
    events.RegistrationDropped: (mail.registration_dropped,),
    # its followers here follow the new account through follow events of their own
    events.AccountMoved: (),
    events.NotificationMade: (stream.notified, push.notified),
    events.NotificationsMerged: (stream.merged,),
    events.AnnouncementPublished: (stream.announced,),
    events.AnnouncementReacted: (stream.reacted,),
    events.AnnouncementWithdrawn: (stream.withdrawn,),
    events.SignedUp: (notify.signed_up, mail.signed_up),
    events.AddressGiven: (mail.address_given,),
    events.ResetAsked: (mail.reset_asked,),
    events.UserDecided: (mail.user_decided,),
    events.AccountChanged: (mail.account_changed,),
    events.ConversationChanged: (stream.conversation_changed,),
    events.FiltersChanged: (stream.filters_changed,),
    events.AccessRevoked: (stream.revoked,),
}


def dispatcher(tools: Tools) -> Callable[[Unit], None]:
    """The function that the unit runner calls at the end of every unit, inside its transaction."""

    def dispatch(unit: Unit) -> None:
        # an effect may record events of its own (a notification): the list grows while it is read
        for event in unit.events:
            for effect in TABLE[type(event)]:
                effect(tools, unit, event)

    return dispatch

"""Job name -> handler, and what comes back by itself. Nothing else decides what a worker runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fedserver.edge.parts import Parts
from fedserver.federation.jobs import HANDLERS as FEDERATION
from fedserver.jobqueue.schedule import Periodic
from fedserver.jobs import (
    accounts,
    announcements,
    cards,
    domains,
    emergency,
    feeds,
    known_bad,
    ledger,
    mail,
    media,
    polls,
    provenance,
    push,
    registration,
    search,
    signals,
    takedowns,
    trends,
    upkeep,
    usage,
    variations,
    votes,
)
from fedserver.services.remote_media import CHECK
from fedserver.services.signals import RECOUNT
from fedserver.services.usage import TELL

Handler = Callable[[Parts, dict[str, Any]], Awaitable[None]]

HANDLERS: Mapping[str, Handler] = {
    "account.purge": accounts.purge,
    "card.fetch": cards.fetch,
    "cards.sweep": cards.sweep,
    "announcement.publish": announcements.publish,
    "announcement.withdrawn": announcements.withdrawn,
    "feeds.compute": feeds.compute,
    "domain.apply": domains.apply,
    "domains.fetch_list": domains.fetch,
    "domains.align_list": domains.align,
    "domains.refresh": domains.refresh,
    "emergency.watch": emergency.watch,
    "ledger.expire": ledger.expire,
    "ledger.forget": ledger.forget,
    "ledger.undo_version": ledger.undo_version,
    "reasons.tell": ledger.tell,
    "reasons.retell": ledger.retell_local,
    "known_bad.sweep": known_bad.sweep,
    "mail.send": mail.send,
    "push.send": push.send,
    "registration.check": registration.check,
    CHECK: provenance.check,
    "media.process": media.process,
    "media.group": variations.group,
    "media.remove_files": media.remove_files,
    "media.sweep": media.sweep,
    "media.sweep_files": media.sweep_files,
    "home.rebuild": accounts.rebuild_home,
    "home.trim": upkeep.trim_homes,
    "rows.sweep": upkeep.sweep_rows,
    "posts.sweep": upkeep.forget_posts,
    "deliveries.sweep": upkeep.drop_sent,
    "poll.tell": polls.tell,
    "poll.close": polls.close,
    "status.publish_scheduled": polls.publish,
    TELL: usage.tell,
    "proposal.call": votes.call,
    "proposal.close": votes.close,
    "search.reindex": search.reindex,
    RECOUNT: signals.recount,
    "takedowns.tick": takedowns.tick,
    "trends.compute": trends.compute,
    **FEDERATION,
}

PERIODIC: Mapping[str, Periodic] = {
    line.name: line
    for line in (
        Periodic("cards.sweep", "cards.sweep", 86_400),
        Periodic("media.sweep", "media.sweep", 3600),
        Periodic("feeds.compute", "feeds.compute", 300),
        Periodic("labels.refresh", "labels.refresh", 900),
        Periodic("policy.refresh", "policy.refresh", 86_400),
        Periodic("domains.refresh", "domains.refresh", 21_600),
        Periodic("emergency.watch", "emergency.watch", 120),
        Periodic("ledger.expire", "ledger.expire", 300),
        Periodic("ledger.forget", "ledger.forget", 86_400),
        Periodic("registration.check", "registration.check", 3600),
        Periodic("takedowns.tick", "takedowns.tick", 900),
        Periodic("trends.compute", "trends.compute", 600),
        Periodic("media.sweep_files", "media.sweep_files", 86_400),
        Periodic("home.trim", "home.trim", 900),
        Periodic("rows.sweep", "rows.sweep", 1800),
        Periodic("posts.sweep", "posts.sweep", 86_400),
        Periodic("deliveries.sweep", "deliveries.sweep", 86_400),
    )
}

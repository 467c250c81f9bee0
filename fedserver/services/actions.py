"""What a moderator does because of a report, or without one: a decision, which answers the reports that led to it.

Who may do what to whom is checked here, so that pages and the API cannot differ: a permission, and a role that stands
above that of the account.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fedserver.db.queries import accounts, moderation, people, statuses
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.ledger import Decision
from fedserver.db.queries.moderation import Report
from fedserver.db.unit import Unit
from fedserver.domain.moderation import trust
from fedserver.domain.moderation.categories import MINORS
from fedserver.kit.errors import Invalid, NotFound
from fedserver.kit.i18n import lazy
from fedserver.services import ledger, reports, roles, standing, undo_rights
from fedserver.services import moderation as service
from fedserver.services.ledger import Act
from fedserver.services.reports import log_action

ACCOUNT_VERBS: Final = ("warn", "force-sensitive", "limit", "disable", "suspend")
POST_VERBS: Final = ("mark-sensitive", "unlist", "hold", "remove", "warn", "blur", "label")
MAX_AT_ONCE: Final = 200
DAY_MS: Final = 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done to an account. ``text`` reaches its owner, after the words of the preset; ``note`` nobody."""

    verb: str
    text: str = ""
    note: str = ""
    report_id: int | None = None
    preset_id: int | None = None
    group_id: int | None = None
    lasts_ms: int | None = None


def take(unit: Unit, account_id: int, order: Order, moderator: Account | None) -> Decision | None:
    """Act on an account; None where the same held already. Reports that waited for it are answered.

    ``Forbidden`` without the permission or for an account that stands as high; ``Invalid`` for an unknown verb.
    """
    if order.verb not in ACCOUNT_VERBS:
        raise Invalid(lazy("Record invalid"))
    roles.check_above(unit, moderator, account_id, "manage_users")
    if moderator is not None and account_id == moderator.id:
        raise Invalid(lazy("You cannot do this to yourself"))
    report = _report(unit, order.report_id, account_id)
    decision = service.act(
        unit,
        account_id,
        order.verb,
        moderator,
        reason=_words(unit, order),
        note=order.note,
        report_id=order.report_id,
        group_id=order.group_id,
        public=report is None or report.category != MINORS,
        lasts_ms=order.lasts_ms,
    )
    # a warning answers its own report alone: others may hold something new
    if order.verb != "warn":
        for each in unit.all(moderation.open_about(account_id)):
            reports.resolve(unit, each.id, moderator)
    elif report is not None:
        reports.resolve(unit, report.id, moderator)
    return decision


def take_back(unit: Unit, account_id: int, verb: str, moderator: Account | None, because: str = "") -> int:
    """Undo every decision of a verb that stands on an account; how many. ``Forbidden`` where somebody above decided
    one of them, too."""
    if verb not in ACCOUNT_VERBS:
        raise Invalid(lazy("Record invalid"))
    roles.check_above(unit, moderator, account_id, "manage_users")
    for decision in standing.decisions(unit, account_id, verb):
        undo_rights.check(unit, decision, moderator)
    return service.lift(unit, account_id, verb, moderator, because=because)


def take_posts(unit: Unit, report_id: int, verb: str, text: str, moderator: Account | None) -> list[Decision]:
    """Act on every post that a report names, and answer it. One act, one group; each post is a decision of its own."""
    if verb not in POST_VERBS:
        raise Invalid(lazy("Record invalid"))
    report = reports.judged(unit, report_id, moderator)
    roles.check_above(unit, moderator, report.target_id, "manage_reports")
    made: list[Decision] = []
    for status_id in unit.all(moderation.statuses_of(report_id)):
        post = unit.one(statuses.by_id(status_id))
        if post is None:
            continue
        act = Act(
            verb,
            "status",
            post.id,
            post.uri,
            post.account_id,
            reason=text,
            label=text[:100] if verb in ("label", "blur", "warn") else "",
            report_id=report_id,
            group_id=made[0].id if made else None,
            public=report.category != MINORS,
        )
        made.append(ledger.decide(unit, act, moderator))
    reports.resolve(unit, report_id, moderator)
    return made


def take_all(unit: Unit, report_ids: Sequence[int], verb: str, text: str, moderator: Account | None) -> list[Decision]:
    """Act once on each account that these reports name, and answer all of them. ``verb`` '': answer them only."""
    chosen = [reports.judged(unit, each, moderator) for each in dict.fromkeys(report_ids)][:MAX_AT_ONCE]
    made: list[Decision] = []
    done: set[int] = set()
    for report in chosen:
        if verb and report.target_id not in done:
            done.add(report.target_id)
            group = made[0].id if made else None
            order = Order(verb, text=text, report_id=report.id, group_id=group)
            decision = take(unit, report.target_id, order, moderator)
            made += [decision] if decision is not None else []
        reports.resolve(unit, report.id, moderator)
    return made


def pin_trust(unit: Unit, account_id: int, tier: int | None, moderator: Account | None) -> None:
    """Say how well somebody is known here, whatever age and posts say; None leaves it to these. ``Invalid`` for an
    unknown tier."""
    if tier is not None and not trust.NEW <= tier <= trust.TEAM:
        raise Invalid(lazy("Record invalid"))
    roles.check_above(unit, moderator, account_id, "manage_users")
    account = unit.get(accounts.by_id(account_id))
    unit.run(accounts.change(account_id, {"trust": tier}))
    log_action(unit, moderator, "account.trust", account.uri, "" if tier is None else str(tier))


def strikes(found: Sequence[Decision], account_id: int) -> list[Decision]:
    """What moderators decided against an account and what it posted, of its history."""
    return [each for each in found if each.account_id == account_id and each.source in ("moderator", "vote")]


def held(unit: Unit, account_id: int) -> frozenset[str]:
    """The verbs that stand on an account."""
    return frozenset(verb for verb in ACCOUNT_VERBS if standing.decisions(unit, account_id, verb))


def _report(unit: Unit, report_id: int | None, account_id: int) -> Report | None:
    if report_id is None:
        return None
    report = unit.get(moderation.report(report_id))
    if report.target_id != account_id:
        raise NotFound
    return report


def _words(unit: Unit, order: Order) -> str:
    preset = unit.get(people.preset(order.preset_id)).text if order.preset_id is not None else ""
    return "\n\n".join(text for text in (preset, order.text.strip()) if text)

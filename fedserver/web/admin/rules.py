"""The rules of the policy: what runs, what each did, tried on the past, moved through their life; the emergency set.

Nothing here changes the policy by itself: a rule in another state is a proposal, which is enacted at once where the
procedure needs nobody else.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from aiohttp.web import StreamResponse

from fedserver.db.queries import policy as versions
from fedserver.db.unit import Unit
from fedserver.domain.policy.document import Document, Rule, in_language
from fedserver.edge import past
from fedserver.edge.auth import check_form
from fedserver.edge.call import Call
from fedserver.edge.pages import go
from fedserver.kit import i18n
from fedserver.kit.clock import to_datetime
from fedserver.kit.errors import Conflict, Forbidden, Invalid, NotFound
from fedserver.kit.i18n import gettext as _
from fedserver.kit.i18n import lazy
from fedserver.services import emergency, packs, proposals, rule_life, starters
from fedserver.services.policy import document_of
from fedserver.web.admin.common import me, shell

HERE: Final = "/admin/rules"
DAYS: Final = 30
MOST_DAYS: Final = 90
_STATES: Final = {"draft": lazy("draft"), "shadow": lazy("in shadow"), "live": lazy("live")}
_NEXT: Final = {"draft": ("shadow", "live"), "shadow": ("live", "draft"), "live": ("shadow", "draft")}
_MOVES: Final = {
    "draft": lazy("Back to draft"),
    "shadow": lazy("Try it in shadow"),
    "live": lazy("Put it live"),
}


class RuleLine(NamedTuple):
    """A rule as moderators read it. ``moves``: (state, words) that it can go to; ``acted`` and ``shadow``: how often it
    held in the last days."""

    id: str
    because: str
    when: str
    do: str
    label: str
    state: str
    in_words: str
    expires: str | None
    acted: int
    shadow: int
    moves: list[tuple[str, str]]


async def listing(call: Call) -> StreamResponse:
    """GET /admin/rules"""
    return await _show(call)


async def tried(call: Call) -> StreamResponse:
    """GET /admin/rules/{name}: a rule on the posts of the last days. Nothing is done."""
    document = await _document(call)
    rule = next((one for one in document.rules if one.id == call.path["name"]), None) if document else None
    if rule is None or document is None:
        raise NotFound
    days = call.query.number("days", 1, MOST_DAYS, 7) or 7
    found = await past.tried(call.parts, [rule], days)
    return await shell(
        call,
        "admin/backtest.html",
        "rules",
        rule=_line(rule, document, {}),
        found=found,
        one=found.outcomes[0],
        days=days,
    )


async def move(call: Call) -> StreamResponse:
    """POST /admin/rules/{name}: propose the rule in another state."""
    params = await check_form(call)
    state, expires, name = params.text("state") or "", params.text("expires") or None, call.path["name"]
    note, keyring = params.text("note") or "", call.parts.keyring

    def work(unit: Unit) -> int:
        document = _in_force(unit)
        today = to_datetime(unit.now).date()
        changed = rule_life.with_state(document, name, state, expires or rule_life.KEEP, today=today)
        words = note or _("Rule %(name)s: %(state)s") % {"name": name, "state": _STATES[state]}
        return proposals.propose(unit, keyring, me(call, unit), changed, words).id

    return await _proposed(call, work)


async def adopt(call: Call) -> StreamResponse:
    """POST /admin/rules: propose to take over ready rules, as drafts."""
    params = await check_form(call)
    names, keyring = params.texts("ready", 100), call.parts.keyring

    def work(unit: Unit) -> int:
        changed = rule_life.adopted(_in_force(unit), list(names))
        return proposals.propose(unit, keyring, me(call, unit), changed, _("Ready rules: %s") % ", ".join(names)).id

    if not names:
        return await _show(call, error=_("Choose the rules that you want to take over"))
    return await _proposed(call, work)


async def alarm(call: Call) -> StreamResponse:
    """POST /admin/rules/emergency: switch the emergency set on for some hours, or off."""
    params = await check_form(call)
    hours, cause = params.number("hours", 0, 336, 0) or 0, params.text("cause") or ""

    def work(unit: Unit) -> None:
        if hours:
            emergency.switch_on(unit, me(call, unit), hours, cause)
        else:
            emergency.switch_off(unit, me(call, unit))

    await call.parts.db.run(work)
    return go(call, HERE, flash="saved")


async def _proposed(call: Call, work: Any) -> StreamResponse:
    try:
        made = await call.parts.db.run(work)
    except (Invalid, Conflict, Forbidden, NotFound) as failure:
        return await _show(call, error=str(failure.message))
    return go(call, f"/proposals/{made}", flash="proposed")


async def _show(call: Call, *, error: str = "") -> StreamResponse:
    document = await _document(call)

    def read(unit: Unit) -> tuple[dict[str, rule_life.Held], Any, Any]:
        held = {one.rule_id: one for one in rule_life.held(unit, DAYS)}
        return held, emergency.standing(unit), packs.effective_rules(unit)

    held, standing, effective = await call.parts.db.run(read)
    here = {rule.id for rule in document.rules} if document is not None else set()
    ready = starters.ready_rules()
    return await shell(
        call,
        "admin/rules.html",
        "rules",
        status=422 if error else 200,
        rules=[_line(rule, document, held) for rule in document.rules] if document is not None else [],
        others=[each for each in effective if each.rule.id not in here],
        ready=[
            (rule.id, in_language(rule.because, i18n.current_locale(), ready.language), rule.do)
            for rule in ready.rules
            if rule.id not in here
        ],
        emergency=standing,
        emergency_rules=[in_language(each.rule.because, i18n.current_locale(), "en") for each in emergency.ready()],
        days=DAYS,
        has_policy=document is not None,
        error=error,
    )


async def _document(call: Call) -> Document | None:
    found = await call.parts.db.one(versions.current())
    return document_of(found) if found is not None else None


def _in_force(unit: Unit) -> Document:
    return document_of(unit.get(versions.current()))


def _line(rule: Rule, document: Document, held: dict[str, rule_life.Held]) -> RuleLine:
    counted = held.get(rule.id)
    return RuleLine(
        rule.id,
        in_language(rule.because, i18n.current_locale(), document.language),
        rule.when.text,
        rule.do,
        rule.label,
        rule.state,
        str(_STATES[rule.state]),
        rule.expires,
        counted.acted if counted is not None else 0,
        counted.shadow if counted is not None else 0,
        [(state, str(_MOVES[state])) for state in _NEXT[rule.state]],
    )

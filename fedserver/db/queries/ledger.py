"""The ledger of decisions, appeals, labels on posts, and what rules in shadow would have done."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, or_, select, text

from fedserver.db.queries.relations import bounds
from fedserver.db.statement import Query, Statement, columns, insert, insert_new, nothing, number, one_of
from fedserver.db.statement import update as update_row
from fedserver.db.tables import appeals, decisions, shadow_hits, status_labels
from fedserver.kit.ids import MAX_ID
from fedserver.kit.paging import Page

# why a decision was undone whose time was over
EXPIRED = "expired"


class Decision(NamedTuple):
    """A row of ``decisions``; ``inputs`` and ``before`` are JSON. Times in ms."""

    id: int
    community_id: int
    verb: str
    source: str
    actor_id: int | None
    target: str
    target_id: int | None
    target_uri: str
    account_id: int | None
    rule_id: str
    norm: str
    policy_hash: str
    policy_version: int | None
    label: str
    reason: str
    note: str
    inputs: str | None
    before: str
    report_id: int | None
    group_id: int | None
    public: int
    created_at: int
    expires_at: int | None
    appeal_until: int | None
    undone_at: int | None
    undone_by: int | None
    undone_because: str

    @property
    def standing(self) -> bool:
        """Whether it holds: nobody undid it, and it has not expired (expiry undoes it)."""
        return self.undone_at is None

    @property
    def expired(self) -> bool:
        """Whether it ended because its time was over."""
        return self.undone_at is not None and self.undone_by is None and self.undone_because == EXPIRED


class Appeal(NamedTuple):
    """A row of ``appeals``; ``outcome`` is granted, refused, or '' while it waits."""

    id: int
    decision_id: int
    account_id: int
    text: str
    created_at: int
    decided_at: int | None
    decided_by: int | None
    outcome: str
    answer: str


class StatusLabel(NamedTuple):
    """A row of ``status_labels``; ``labeler_id`` None: the community itself."""

    id: int
    status_id: int
    labeler_id: int | None
    value: str
    shown: str
    title: str
    decision_id: int | None
    uri: str | None
    created_at: int
    expires_at: int | None


class ShadowHit(NamedTuple):
    """A row of ``shadow_hits``."""

    id: int
    community_id: int
    rule_id: str
    policy_hash: str
    verb: str
    target: str
    target_id: int | None
    target_uri: str
    account_id: int | None
    inputs: str
    created_at: int


_d, _a, _l, _h = decisions.c, appeals.c, status_labels.c, shadow_hits.c
_decisions = select(*columns(decisions, Decision))
_paged = (_d.id < bindparam("below"), _d.id > bindparam("above"))


def _page(*where: Any) -> Statement[Decision]:
    return Statement(_decisions.where(*where, *_paged).order_by(_d.id.desc()).limit(bindparam("limit")), Decision._make)


_BY_ID = Statement(_decisions.where(_d.id == bindparam("id")), Decision._make)
_STANDING = Statement(
    _decisions.where(
        _d.target == bindparam("target"), _d.target_id == bindparam("target_id"), _d.undone_at.is_(None)
    ).order_by(_d.id),
    Decision._make,
)
_OF_TARGET = _page(_d.target == bindparam("target"), _d.target_id == bindparam("target_id"))
_OF_ACCOUNT = _page(_d.account_id == bindparam("account_id"))
_OF_RULE = _page(_d.rule_id == bindparam("rule_id"))
_LISTED = _page(_d.community_id == bindparam("community_id"))
_PUBLIC = _page(_d.community_id == bindparam("community_id"), _d.public == 1)
_OF_VERSION = Statement(
    # a change of the document itself is taken back by the procedure in force alone
    _decisions.where(
        _d.policy_version == bindparam("version"),
        _d.undone_at.is_(None),
        _d.target != "community",
        _d.id < bindparam("below"),
    )
    .order_by(_d.id.desc())
    .limit(bindparam("limit")),
    Decision._make,
)
_EXPIRED = Statement(
    _decisions.where(_d.expires_at <= bindparam("now"), _d.undone_at.is_(None))
    .order_by(_d.id)
    .limit(bindparam("limit")),
    Decision._make,
)
_FORGET_INPUTS = Statement(
    text(
        "UPDATE decisions SET inputs = NULL WHERE inputs IS NOT NULL AND (appeal_until IS NULL OR appeal_until < :now)"
        " AND NOT EXISTS (SELECT 1 FROM appeals a WHERE a.decision_id = decisions.id AND a.decided_at IS NULL)"
    ),
    nothing,
)

_appeals = select(*columns(appeals, Appeal))
_APPEAL = Statement(_appeals.where(_a.id == bindparam("id")), Appeal._make)
_APPEAL_OF = Statement(_appeals.where(_a.decision_id == bindparam("decision_id")), Appeal._make)
_APPEALS = Statement(
    _appeals.where(
        or_(bindparam("all") == 1, _a.decided_at.is_(None)), _a.id < bindparam("below"), _a.id > bindparam("above")
    )
    .order_by(_a.id.desc())
    .limit(bindparam("limit")),
    Appeal._make,
)
_OPEN_APPEALS = Statement(select(func.count()).select_from(appeals).where(_a.decided_at.is_(None)), number)

_LABELS = Statement(
    select(*columns(status_labels, StatusLabel)).where(one_of(_l.status_id, "ids")).order_by(_l.id), StatusLabel._make
)
_DROP_LABEL_OF = Statement(delete(status_labels).where(_l.decision_id == bindparam("decision_id")), nothing)
_HITS = Statement(
    select(*columns(shadow_hits, ShadowHit))
    .where(_h.rule_id == bindparam("rule_id"), _h.id < bindparam("below"), _h.id > bindparam("above"))
    .order_by(_h.id.desc())
    .limit(bindparam("limit")),
    ShadowHit._make,
)
_HIT_COUNT = Statement(
    select(func.count()).where(_h.rule_id == bindparam("rule_id"), _h.created_at >= bindparam("since")), number
)


def by_id(decision_id: int) -> Query[Decision]:
    """One decision."""
    return _BY_ID(id=decision_id)


def standing(target: str, target_id: int) -> Query[Decision]:
    """All decisions about something that hold, oldest first."""
    return _STANDING(target=target, target_id=target_id)


def of_target(target: str, target_id: int, page: Page) -> Query[Decision]:
    """The history of something, newest first."""
    return _OF_TARGET(target=target, target_id=target_id, **bounds(page))


def of_account(account_id: int, page: Page) -> Query[Decision]:
    """All that hit an account or what is its own, newest first."""
    return _OF_ACCOUNT(account_id=account_id, **bounds(page))


def of_rule(rule_id: str, page: Page) -> Query[Decision]:
    """What a rule did, newest first."""
    return _OF_RULE(rule_id=rule_id, **bounds(page))


def of_version(version: int, limit: int, below: int = MAX_ID) -> Query[Decision]:
    """What stands by a version of the policy, newest first, of those with a smaller id."""
    return _OF_VERSION(version=version, limit=limit, below=below)


def listed(page: Page, *, public: bool = False, community_id: int = 1) -> Query[Decision]:
    """The whole ledger, or what the public log shows of it, newest first."""
    return (_PUBLIC if public else _LISTED)(community_id=community_id, **bounds(page))


def expired(now: int, limit: int) -> Query[Decision]:
    """What was decided for a time that is over."""
    return _EXPIRED(now=now, limit=limit)


def add(values: dict[str, Any]) -> Query[None]:
    """Write a decision down."""
    return insert(decisions, values)


def change(decision_id: int, values: dict[str, Any]) -> Query[None]:
    """Mark a decision as undone, or change what is kept of it."""
    return update_row(decisions, "id", decision_id, values)


def forget_inputs(now: int) -> Query[None]:
    """Drop what rules saw where nobody can appeal any more and no appeal waits."""
    return _FORGET_INPUTS(now=now)


def appeal(appeal_id: int) -> Query[Appeal]:
    """One appeal."""
    return _APPEAL(id=appeal_id)


def appeal_of(decision_id: int) -> Query[Appeal]:
    """The appeal against a decision."""
    return _APPEAL_OF(decision_id=decision_id)


def appeals_page(page: Page, *, decided_too: bool = False) -> Query[Appeal]:
    """Appeals that wait, newest first."""
    return _APPEALS(all=int(decided_too), **bounds(page))


def open_appeals() -> Query[int]:
    """How many wait."""
    return _OPEN_APPEALS()


def add_appeal(values: dict[str, Any]) -> Query[Any]:
    """File an appeal; nothing where there is one already."""
    return insert_new(appeals, values, "decision_id")


def change_appeal(appeal_id: int, values: dict[str, Any]) -> Query[None]:
    """Decide an appeal."""
    return update_row(appeals, "id", appeal_id, values)


def labels_of(status_ids: list[int]) -> Query[StatusLabel]:
    """Labels of posts, oldest first; ``statuses.provenance & LABELLED`` says which posts have any."""
    return _LABELS(ids=status_ids)


def add_label(values: dict[str, Any]) -> Query[None]:
    """Put a label on a post (mark the post as LABELLED too)."""
    return insert(status_labels, values)


def drop_label_of(decision_id: int) -> Query[None]:
    """Take off the label that a decision put on."""
    return _DROP_LABEL_OF(decision_id=decision_id)


def add_hit(values: dict[str, Any]) -> Query[Any]:
    """Write down what a rule in shadow would have done; nothing where it is known of the same thing."""
    return insert_new(shadow_hits, values)


def hits(rule_id: str, page: Page) -> Query[ShadowHit]:
    """What a rule would have done, newest first."""
    return _HITS(rule_id=rule_id, **bounds(page))


def hit_count(rule_id: str, since: int) -> Query[int]:
    """How often a rule would have acted since."""
    return _HIT_COUNT(rule_id=rule_id, since=since)

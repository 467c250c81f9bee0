"""Polls: made with a post, voted in through both doors, counted, ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fedserver.db.queries import accounts, polls, statuses
from fedserver.db.queries import votes as proposals
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.polls import Option, Poll
from fedserver.db.queries.statuses import Status
from fedserver.db.unit import Unit
from fedserver.jobqueue.enqueue import enqueue
from fedserver.kit.errors import Invalid, NotFound
from fedserver.kit.i18n import lazy
from fedserver.services import access, ballots
from fedserver.services.events import PollCounted, PollEnded, PollVoted
from protocol.activitystreams import values

# counts go to other servers this long after a vote, so that a popular poll does not send one Update a vote
TELL_MS = 3 * 60 * 1000
# another server is asked for its counts at most this often
ASK_MS = 60 * 1000
VOTERS = 200


@dataclass(frozen=True, slots=True)
class PollDraft:
    """What an author wants to ask. ``expires_in`` in seconds."""

    options: Sequence[str]
    expires_in: int | None
    multiple: bool = False
    hide_totals: bool = False


def check(unit: Unit, draft: PollDraft) -> None:
    """Raises ``Invalid`` in Mastodon's words."""
    limits, titles = unit.site.limits, _titles(draft)
    if draft.expires_in is None:
        raise Invalid(lazy("Validation failed: Deadline can't be blank"))
    if len(titles) < 2:
        raise Invalid(lazy("Validation failed: Choices must have more than one item"))
    if len(titles) > limits.poll_options:
        raise Invalid(lazy("Validation failed: Choices can't contain more than %(max)d items", max=limits.poll_options))
    if any(len(title) > limits.poll_option_characters for title in titles):
        most = limits.poll_option_characters
        raise Invalid(lazy("Validation failed: Choices cannot be longer than %(max)d characters each", max=most))
    if len(set(titles)) != len(titles):
        raise Invalid(lazy("Validation failed: Choices contain duplicate items"))
    if draft.expires_in > limits.poll_longest:
        raise Invalid(lazy("Validation failed: Deadline is too far into the future"))
    if draft.expires_in < limits.poll_shortest:
        raise Invalid(lazy("Validation failed: Deadline is too soon"))


def _titles(draft: PollDraft) -> list[str]:
    return [title for text in draft.options if (title := text.strip())]


def create(unit: Unit, status_id: int, author_id: int, draft: PollDraft) -> None:
    """Write the poll of a post, which stands already; its end is a job."""
    expires_at = unit.now + (draft.expires_in or 0) * 1000
    values = {
        "status_id": status_id,
        "account_id": author_id,
        "multiple": int(draft.multiple),
        "hide_totals": int(draft.hide_totals),
        "options": polls.options_json([Option(title, 0) for title in _titles(draft)]),
        "voters_count": 0,
        "expires_at": expires_at,
    }
    unit.made(polls.add(values))
    _end_later(unit, status_id, expires_at)


def _end_later(unit: Unit, status_id: int, expires_at: int | None) -> None:
    if expires_at is not None:
        enqueue(unit, "poll.close", {"status_id": status_id}, run_at=expires_at, once=f"poll.close:{status_id}")


def revise(unit: Unit, status: Status, draft: PollDraft | None) -> str:
    """The poll of an edited local post; the type of its object. Other options, or another way to choose, end all votes.

    Without a draft the poll goes (Mastodon 4.5: an edit says everything).
    """
    poll = unit.one(polls.by_id(status.id))
    if draft is None:
        if poll is not None:
            unit.run(polls.drop(status.id))
        return "Note"
    if poll is None:
        create(unit, status.id, status.account_id, draft)
        return "Question"
    titles, expires_at = _titles(draft), unit.now + (draft.expires_in or 0) * 1000
    values: dict[str, object] = {"hide_totals": int(draft.hide_totals), "expires_at": expires_at, "closed_at": None}
    if titles != [each.title for each in poll.choices] or draft.multiple != bool(poll.multiple):
        unit.run(polls.drop_votes(status.id))
        options = polls.options_json([Option(title, 0) for title in titles])
        values |= {"options": options, "multiple": int(draft.multiple), "votes_count": 0, "voters_count": 0}
    unit.run(polls.change(status.id, values))
    _end_later(unit, status.id, expires_at)
    return "Question"


def is_other(unit: Unit, status: Status, found: values.Poll | None) -> bool:
    """Whether a remote poll asks something else than it did."""
    if found is None and status.object_type != "Question":
        return False
    known = unit.one(polls.by_id(status.id))
    titles = [each.title for each in known.choices] if known is not None else None
    return titles != ([each.name for each in found.options] if found is not None else None)


def receive(unit: Unit, status: Status, found: values.Poll | None) -> None:
    """The poll of a remote post as its server has it, for the first time or again.

    Its counts are believed. Other options end the votes that were cast here.
    """
    known = unit.one(polls.by_id(status.id))
    if found is None:
        if known is not None:
            unit.run(polls.drop(status.id))
            unit.run(statuses.changed(status.id))
        return
    row: dict[str, object] = {
        "multiple": int(found.multiple),
        "options": polls.options_json([Option(each.name, each.votes) for each in found.options]),
        "votes_count": sum(each.votes for each in found.options),
        "voters_count": found.voters,
        "expires_at": _end(found),
        "fetched_at": unit.now,
    }
    if known is None:
        unit.made(polls.add({"status_id": status.id, "account_id": status.account_id, **row}))
        return
    if [each.title for each in known.choices] != [each.name for each in found.options]:
        unit.run(polls.drop_votes(status.id))
    if any(getattr(known, name) != value for name, value in row.items() if name != "fetched_at"):
        unit.run(statuses.changed(status.id))
    unit.run(polls.change(status.id, row))
    if row["expires_at"] != known.expires_at and unit.all(polls.local_voters(status.id, -1, 1)):
        _end_later(unit, status.id, _end(found))


def _end(found: values.Poll) -> int | None:
    if found.closed is None or found.ends is None:
        return found.ends if found.closed is None else found.closed
    return min(found.ends, found.closed)


def vote(unit: Unit, account_id: int, status_id: int, choices: Sequence[int]) -> None:
    """Vote from this node, for one option or for several."""
    voter = access.account(unit, account_id)
    status = access.visible_status(unit, account_id, status_id)
    wanted = list(dict.fromkeys(choices))
    if not wanted:
        raise Invalid(lazy("param is missing or the value is empty: choices"))
    _cast(unit, unit.get(polls.by_id(status.id)), status, voter, wanted, None)


def receive_vote(unit: Unit, voter: Account, status: Status, name: str, uri: str) -> None:
    """A vote that another server sent: one option, by its title. The same vote again changes nothing."""
    poll = unit.get(polls.by_id(status.id))
    choice = next((index for index, option in enumerate(poll.choices) if option.title == name), -1)
    _cast(unit, poll, status, voter, [choice], uri)


def _cast(unit: Unit, poll: Poll, status: Status, voter: Account, choices: list[int], uri: str | None) -> None:
    """The rules of voting. Raises ``Invalid`` in Mastodon's words."""
    options = poll.choices
    access.not_blocked(unit, voter.id, status.account_id)
    if poll.expired(unit.now):
        raise Invalid(lazy("Validation failed: The poll has already ended"))
    if any(not 0 <= choice < len(options) for choice in choices):
        raise Invalid(lazy("Validation failed: The chosen vote option does not exist"))
    proposal = unit.one(proposals.by_status(status.id)) if status.local else None
    if proposal is not None:
        ballots.cast_by_poll(unit, proposal, voter, choices)
        return
    if voter.id == status.account_id:
        raise Invalid(lazy("Validation failed: You cannot vote in your own polls"))
    earlier = {each.choice for each in unit.all(polls.votes(status.id, voter.id))}
    if earlier & set(choices) or (not poll.multiple and (earlier or len(choices) > 1)):
        raise Invalid(lazy("Validation failed: You have already voted on this poll"))
    made: list[tuple[int, str]] = []
    for choice in choices:
        vote_id = unit.new_id()
        row = {"id": vote_id, "status_id": status.id, "account_id": voter.id, "choice": choice, "uri": uri}
        if unit.made(polls.add_vote({**row, "created_at": unit.now})):
            made.append((vote_id, options[choice].title))
            options[choice] = Option(options[choice].title, options[choice].votes + 1)
    if not made:
        return
    counted: dict[str, object] = {"options": polls.options_json(options), "votes_count": poll.votes_count + len(made)}
    if poll.voters_count is not None and not earlier:
        counted["voters_count"] = poll.voters_count + 1
    unit.run(polls.change(status.id, counted))
    unit.run(statuses.changed(status.id))
    if voter.local:
        author = unit.get(accounts.by_id(status.account_id))
        unit.record(PollVoted(status, author, voter, tuple(made)))
        if not author.local:
            _end_later(unit, status.id, poll.expires_at)
    if status.local and not poll.hide_totals:
        once = f"poll.tell:{status.id}"
        enqueue(unit, "poll.tell", {"status_id": status.id}, run_at=unit.now + TELL_MS, once=once)


def tell(unit: Unit, status_id: int) -> None:
    """Send the counts of a local poll to whom they concern."""
    status, poll = unit.one(statuses.by_id(status_id)), unit.one(polls.by_id(status_id))
    if status is not None and poll is not None and status.local:
        unit.record(PollCounted(status, unit.get(accounts.by_id(status.account_id))))


def close(unit: Unit, status_id: int) -> bool:
    """End a poll whose time has come; whether there are voters to tell. One that was put off is looked at later."""
    status, poll = unit.one(statuses.by_id(status_id)), unit.one(polls.by_id(status_id))
    if status is None or poll is None or poll.expires_at is None:
        return False
    if poll.expires_at > unit.now:
        _end_later(unit, status_id, poll.expires_at)
        return False
    if poll.closed_at is None:
        ballots.settle(unit, poll)
        unit.run(polls.change(status_id, {"closed_at": unit.now}))
        unit.run(statuses.changed(status_id))
        unit.record(PollEnded(status, unit.get(accounts.by_id(status.account_id)), (), first=True))
    return True


def tell_voters(unit: Unit, status_id: int, above: int) -> int | None:
    """Tell some of the voters of this node, by id; the last one, None at the end."""
    status = unit.one(statuses.by_id(status_id))
    found = tuple(unit.all(polls.local_voters(status_id, above, VOTERS))) if status is not None else ()
    if status is None or not found:
        return None
    unit.record(PollEnded(status, unit.get(accounts.by_id(status.account_id)), found, first=False))
    return found[-1].id


def is_stale(poll: Poll, now: int) -> bool:
    """Whether another server may be asked for the counts: not often, and not once it was asked after the end."""
    if poll.fetched_at is None:
        return True
    if poll.expires_at is not None and poll.fetched_at > poll.expires_at:
        return False
    return now - poll.fetched_at >= ASK_MS


def asked(unit: Unit, status_id: int) -> bool:
    """Note that another server is asked now; False where it was asked just before."""
    poll = unit.one(polls.by_id(status_id))
    if poll is None or not is_stale(poll, unit.now):
        return False
    unit.run(polls.change(status_id, {"fetched_at": unit.now}))
    return True


def shown(unit: Unit, account_id: int | None, status_id: int) -> Status:
    """The post of a poll that the viewer may see. ``NotFound`` where it has none."""
    status = access.visible_status(unit, account_id, status_id)
    if unit.one(polls.by_id(status.id)) is None:
        raise NotFound
    return status

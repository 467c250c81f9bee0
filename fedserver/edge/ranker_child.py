"""The process that puts feeds in order: ``python -c`` starts ``main``. See ``ranker``.

It answers one question after another until its input ends, and it ends with its parent.
"""

from __future__ import annotations

import pickle
import struct
import sys
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO, NamedTuple

from fedserver.domain.policy.document import Feed
from fedserver.domain.ranking.gathering import put_together
from fedserver.domain.ranking.inputs import pack
from fedserver.domain.ranking.rows import as_rows
from fedserver.domain.ranking.values import Ranked, needed

_LENGTH = struct.Struct(">Q")


class Question(NamedTuple):
    """A feed and what was read for it, rows or JSON text by name (``domain/ranking/rows.py``), at ``now`` (ms).

    ``chosen``: the handles of the accounts that it names; ``keep``: the inputs of the order are wanted too.
    """

    feed: Feed
    read: Mapping[str, str | Sequence[Any]]
    now: int
    chosen: frozenset[str]
    keep: bool


def main() -> None:
    """Answer until nobody asks any more."""
    asked, answers = sys.stdin.buffer, sys.stdout.buffer
    while (head := asked.read(_LENGTH.size)) and len(head) == _LENGTH.size:
        answer(asked, answers, *_LENGTH.unpack(head))


def answer(asked: BinaryIO, answers: BinaryIO, length: int) -> None:
    """One feed: read ``length`` bytes, write as many as there are, with their number before them."""
    question = pickle.loads(asked.read(length))  # noqa: S301 - of our own parent
    made = pickle.dumps(ordered(question), pickle.HIGHEST_PROTOCOL)
    answers.write(_LENGTH.pack(len(made)))
    answers.write(made)
    answers.flush()


def ordered(question: Question) -> tuple[list[Ranked], bytes]:
    """The order and, if wanted, what it was made from. Who likes what is forgotten here."""
    # the parent imports this file for its question, and not NumPy
    from fedserver.domain.ranking.feed import completed, rank

    feed = question.feed
    gathered = put_together(feed, needed(feed), as_rows(question.read), question.now, question.chosen)
    whole = completed(gathered)
    return rank(feed, whole), pack(whole, feed.id) if question.keep else b""

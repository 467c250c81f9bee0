"""The process that puts feeds in order: ``python -c`` starts ``main``. See ``ranker``.

It answers one question after another until its input ends, and it ends with its parent.
"""

from __future__ import annotations

import pickle
import struct
import sys
from typing import BinaryIO

from fedserver.domain.policy.document import Feed
from fedserver.domain.ranking.feed import completed, rank
from fedserver.domain.ranking.inputs import pack
from fedserver.domain.ranking.values import Gathered, Ranked

_LENGTH = struct.Struct(">Q")


def main() -> None:
    """Answer until nobody asks any more."""
    asked, answers = sys.stdin.buffer, sys.stdout.buffer
    while (head := asked.read(_LENGTH.size)) and len(head) == _LENGTH.size:
        answer(asked, answers, *_LENGTH.unpack(head))


def answer(asked: BinaryIO, answers: BinaryIO, length: int) -> None:
    """One feed: read ``length`` bytes, write as many as there are, with their number before them."""
    feed, gathered, keep = pickle.loads(asked.read(length))  # noqa: S301 - of our own parent
    made = pickle.dumps(ordered(feed, gathered, keep=keep), pickle.HIGHEST_PROTOCOL)
    answers.write(_LENGTH.pack(len(made)))
    answers.write(made)
    answers.flush()


def ordered(feed: Feed, gathered: Gathered, *, keep: bool) -> tuple[list[Ranked], bytes]:
    """The order and, if wanted, what it was made from. Who likes what is forgotten here."""
    whole = completed(gathered)
    return rank(feed, whole), pack(whole, feed.id) if keep else b""

"""The shape of a verb: how it is done to its target, and how that is taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from fedserver.db.queries.ledger import Decision
from fedserver.db.unit import Unit


class Verb(NamedTuple):
    """``done`` puts a decision into effect and returns what its undoing needs (stored as ``before``).

    ``undone`` takes it back; the decision no longer counts as standing when it is called. Both may record events.
    ``target``: status | account | domain | media | community, whose row the decision names.
    """

    name: str
    target: str
    done: Callable[[Unit, Decision], dict[str, Any]]
    undone: Callable[[Unit, Decision], None]

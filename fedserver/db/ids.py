"""The id maker of a process, and where the database keeps how far it came.

Every process that writes has a node number of its own, so two of them never make the same id. The *mark* of a node
number, in ``meta``, is an id that was not passed yet when it was written: after a restart ids go on above it, whatever
the clock says. A long-lived process writes it ``ID_MARK_STEP`` ahead, so that it is written every few seconds only.
"""

from __future__ import annotations

from fedserver.kit.clock import SYSTEM, Clock
from fedserver.kit.ids import NODES, IdMaker

# the last number belongs to commands, of which one runs at a time
COMMAND_NODE = NODES - 1
SERVER_NODES = NODES - 1
MARK_PREFIX = "id_mark:"
ID_MARK_STEP = 5_000 << 16


class MarkedIds(IdMaker):
    """An ``IdMaker`` that knows under which key of ``meta`` its mark is kept."""

    def __init__(self, node: int, high_water: int = 0, clock: Clock = SYSTEM) -> None:
        super().__init__(node, high_water, clock)
        self.node = node
        self.mark_key = f"{MARK_PREFIX}{node}"

"""Runs a command on one core with 1 GB of memory: ``python confined.py GROUP COMMAND...``.

``GROUP`` is a folder of the memory controller that the kernel offers (cgroup v1) and that this process and its children
enter; ``-``: there is none, and each process may have 1 GB of data of its own (RLIMIT_DATA).
"""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path

LIMIT = 1 << 30
CONTROLLER = Path("/sys/fs/cgroup/memory")


def make_group(name: str) -> Path | None:
    """A group with the limit, or None where the system does not let us."""
    group = CONTROLLER / name
    try:
        group.mkdir()
        (group / "memory.limit_in_bytes").write_text(str(LIMIT))
    except OSError:
        return None
    return group


def killed(group: Path) -> int:
    """How many processes of a group were ended for want of memory."""
    lines = (group / "memory.oom_control").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))


def main() -> None:
    """Enter, then become the command."""
    group, *command = sys.argv[1:]
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    if group == "-":
        resource.setrlimit(resource.RLIMIT_DATA, (LIMIT, LIMIT))
    else:
        (Path(group) / "cgroup.procs").write_text(str(os.getpid()))
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()

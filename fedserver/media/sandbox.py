"""What the child gives up before it reads a stranger's file.

Limits on memory, processor time, files and cores always hold (POSIX). On Linux a seccomp filter takes away
sockets, opening and removing files, starting programs and looking into other processes: the child keeps
the files it was handed and can do nothing but compute. Everything it needs is imported before.
"""

from __future__ import annotations

import ctypes
import platform
import resource
import struct
import sys
from typing import Final

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP = 1, 38, 22
_SECCOMP_FILTER, _SIGKILL = 2, 9
_ALLOW, _DENY = 0x7FFF0000, 0x00050000 | 1  # the denied call returns EPERM
_LOAD, _JUMP_EQUAL, _JUMP_FROM, _RETURN = 0x20, 0x15, 0x35, 0x06

# Linux call numbers: sockets; open, create, rename, link, remove, mkdir; execve; kill; ptrace and reading other
# processes; io_uring, bpf, mount, unshare, setns, open_by_handle_at, pidfd_getfd.
_DENIED: Final[dict[str, tuple[int, tuple[int, ...]]]] = {
    "x86_64": (
        0xC000003E,
        (
            *(41, 42, 43, 44, 46, 49, 50, 53, 288),
            *(2, 82, 83, 84, 85, 86, 87, 88, 257, 258, 259, 263, 264, 265, 266, 316, 437, 304),
            *(57, 58, 59, 322, 62, 101, 310, 311, 425, 321, 165, 272, 308, 438),
        ),
    ),
    "aarch64": (
        0xC00000B7,
        (
            *(198, 199, 200, 201, 202, 203, 206, 211, 242),
            *(33, 34, 35, 36, 37, 38, 56, 276, 437, 265),
            *(221, 281, 129, 117, 270, 271, 425, 280, 40, 97, 268, 438),
        ),
    ),
}


def limit(memory: int, cpu_seconds: int, file_bytes: int) -> None:
    """Sets the POSIX limits. The soft CPU limit raises SIGXCPU, which ends the process."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))


def seal() -> bool:
    """Installs the filter for this thread and those it starts. False where the system has none."""
    known = _DENIED.get(platform.machine())
    if not sys.platform.startswith("linux") or known is None:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
    program = _program(*known)
    buffer = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer))
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_FILTER, header, 0, 0) == 0)


def _program(architecture: int, denied: tuple[int, ...]) -> bytes:
    """The filter in classic BPF: another architecture or a denied number is refused, the rest allowed.

    Jumps count the lines to skip; `last` is the line that refuses, the one before it allows.
    """
    last = len(denied) + 5
    lines = [
        (_LOAD, 0, 0, 4),
        (_JUMP_EQUAL, 0, last - 2, architecture),
        (_LOAD, 0, 0, 0),
        (_JUMP_FROM, last - 4, 0, 0x40000000),  # the x32 numbers of x86-64
        *((_JUMP_EQUAL, last - 5 - index, 0, number) for index, number in enumerate(denied)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _DENY),
    ]
    return b"".join(struct.pack("HBBI", *line) for line in lines)

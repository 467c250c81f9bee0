"""Password hashing away from the event loop, on two threads of its own: a flood of sign-ins must not take every
thread of the process."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from fedserver.kit.passwords import hash_password, verify_password

_POOL = ThreadPoolExecutor(max_workers=2, thread_name_prefix="password")


async def hashed(text: str) -> str:
    """The hash to store. Raises ``Invalid`` for a password that is too short or too long."""
    return await asyncio.get_running_loop().run_in_executor(_POOL, hash_password, text)


async def matches(stored: str | None, text: str) -> bool:
    """Whether the password is right; the same work for an account that does not exist."""
    return await asyncio.get_running_loop().run_in_executor(_POOL, verify_password, stored, text)

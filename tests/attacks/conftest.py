"""One world for a module, on an event loop that lives as long; each test runs inside the common assertions."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from attack_world import World, attack_world


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """An ``async def`` test that takes ``world`` runs on the world's loop, guarded; others as everywhere."""
    world = pyfuncitem.funcargs.get("world")
    if not inspect.iscoroutinefunction(pyfuncitem.obj) or not isinstance(world, World):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}

    async def guarded() -> None:
        async with world.guarded():
            await pyfuncitem.obj(**arguments)

    world.run(guarded())
    return True


@pytest.fixture(scope="module")
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A module says with ``WORLD = {...}`` what ``attack_world`` is to be given."""
    given: dict[str, Any] = getattr(request.module, "WORLD", {})
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        made = runner.run(stack.enter_async_context(attack_world(tmp_path_factory.mktemp("world"), **given)))
        made.run = runner.run
        try:
            yield made
        finally:
            runner.run(stack.aclose())

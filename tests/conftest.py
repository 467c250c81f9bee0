"""What every test runs under: no network, a summary that names each skip, and `async def` tests."""

from __future__ import annotations

import asyncio
import gc
import inspect
import ipaddress
import os
import socket
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

HERE = Path(__file__).resolve().parent
ON_CI = os.environ.get("CI") == "true"

MARKERS = {
    "slow": "takes more than about five seconds; `-m 'not slow'` leaves it out",
    "soak": "runs for minutes under load; only `make soak` runs it",
    "clients": "drives the server with real client programs and libraries",
    "postgres": "needs a PostgreSQL server, which it starts by itself",
}

hypothesis.settings.register_profile("default", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("ci" if ON_CI else "default")


def pytest_configure(config: pytest.Config) -> None:
    for name, text in MARKERS.items():
        config.addinivalue_line("markers", f"{name}: {text}")
    # programs that tests start compile our files once, not every time
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_collection_finish() -> None:
    """What is imported and collected by now stays to the end: no garbage collection has to look through it again."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Soak tests run only when they are asked for, and are not a skip: they are not part of the suite."""
    if "soak" in (config.option.markexpr or ""):
        return
    soak = [item for item in items if item.get_closest_marker("soak")]
    if soak:
        items[:] = [item for item in items if not item.get_closest_marker("soak")]
        config.hook.pytest_deselected(items=soak)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run an `async def` test in an event loop of its own. Fixtures stay synchronous."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = pyfuncitem._fixtureinfo.argnames
    arguments = {name: pyfuncitem.funcargs[name] for name in names}
    asyncio.run(pyfuncitem.obj(**arguments), debug=False)
    return True


# --- No network but loopback and Unix sockets. ---


class NetworkClosed(AssertionError):
    """A test tried to leave this machine."""


_connect = socket.socket.connect
_connect_ex = socket.socket.connect_ex
_sendto = socket.socket.sendto
_getaddrinfo = socket.getaddrinfo


def _check_host(host: Any) -> None:
    text = host.decode() if isinstance(host, bytes) else host
    if text in (None, "", "localhost"):
        return
    try:
        address = ipaddress.ip_address(str(text).partition("%")[0])
    except ValueError:
        raise NetworkClosed(f"a test asked for the address of {text!r}") from None
    if not (address.is_loopback or address.is_unspecified):
        raise NetworkClosed(f"a test tried to reach {text}")


def _check(sock: socket.socket, address: Any) -> None:
    if sock.family in (socket.AF_INET, socket.AF_INET6):
        _check_host(address[0])


def _guarded_connect(self: socket.socket, address: Any) -> None:
    _check(self, address)
    _connect(self, address)


def _guarded_connect_ex(self: socket.socket, address: Any) -> int:
    _check(self, address)
    return _connect_ex(self, address)


def _guarded_sendto(self: socket.socket, data: Any, *rest: Any) -> int:
    _check(self, rest[-1])
    return _sendto(self, data, *rest)


def _guarded_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
    _check_host(host)
    return _getaddrinfo(host, *args, **kwargs)


@pytest.fixture(scope="session", autouse=True)
def _closed_network() -> Iterator[None]:
    """Replaces four doors of the socket module for the whole run. A literal address may be looked up if it is
    loopback; a name other than localhost may not, because that would ask a DNS server."""
    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", _guarded_connect)
    patch.setattr(socket.socket, "connect_ex", _guarded_connect_ex)
    patch.setattr(socket.socket, "sendto", _guarded_sendto)
    patch.setattr(socket, "getaddrinfo", _guarded_getaddrinfo)
    yield
    patch.undo()


# --- Every skip is told; on CI one that is not in tests/skips.toml fails the run. ---


def _skips(reporter: Any) -> Counter[str]:
    reasons: Counter[str] = Counter()
    for report in reporter.stats.get("skipped", []):
        text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reasons[text.removeprefix("Skipped: ")] += 1
    return reasons


def allowed_skips() -> list[str]:
    """The beginnings of the reasons for which a test may be skipped on CI."""
    table = tomllib.loads((HERE / "skips.toml").read_text(encoding="utf-8"))
    return [entry["reason"] for entry in table.get("skip", [])]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    reasons = _skips(terminalreporter)
    terminalreporter.write_line(f"skipped: {reasons.total()}")
    for reason, count in sorted(reasons.items()):
        terminalreporter.write_line(f"  {count} x {reason}")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if not ON_CI or reporter is None or hasattr(session.config, "workerinput"):
        return
    unknown = [reason for reason in _skips(reporter) if not reason.startswith(tuple(allowed_skips()))]
    if unknown:
        reporter.write_line(f"skips that tests/skips.toml does not allow: {unknown}", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED

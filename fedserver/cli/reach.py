"""Checks of ``doctor`` that ask the network: the port, the running node, and how others find it."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from urllib.parse import quote

from fedserver.cli.checks import Finding, owner_name
from fedserver.config import Config
from fedserver.domain.settings import site_of

WAIT_S = 5.0
_MAX_BYTES = 100_000


def port(config: Config) -> Iterator[Finding]:
    """Either a node answers at ``listen``, or the port is free."""
    listen = config.server.listen
    if running(config):
        yield Finding("ok", f"a node answers at {listen}")
        return
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((listen.host, listen.port or 0))
        except OSError as error:
            yield Finding("error", f"{listen} cannot be used: {error.strerror}", "set another [server] listen")
        else:
            yield Finding("note", f"no node runs; {listen} is free", "fedserver serve")


def running(config: Config) -> bool:
    """Whether something that speaks like a node answers at ``listen``."""
    listen = config.server.listen
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(listen.host, listen.host)  # noqa: S104 - not bound, asked
    connection = http.client.HTTPConnection(host, listen.port or 80, timeout=WAIT_S)
    try:
        headers = {"Host": config.server.base_url.split("://", 1)[1], "Accept": "application/json"}
        connection.request("GET", "/health", headers=headers)
        answer = connection.getresponse()
        return b'"status"' in answer.read(_MAX_BYTES)
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def webfinger(config: Config) -> Iterator[Finding]:
    """Others can find an account of this node: the way that every other server goes first."""
    name = owner_name(config, site_of(config)) if running(config) else None
    if name is None:
        return
    server = config.server
    scheme = server.base_url.split("://", 1)[0]
    account = f"acct:{name}@{server.domain}"
    url = f"{scheme}://{server.domain}/.well-known/webfinger?resource={quote(account, safe='')}"
    try:
        found = _ask(url, config)
    except (OSError, ValueError, http.client.HTTPException) as error:
        yield Finding(
            "error",
            f"{url} does not answer: {error}",
            "check DNS, the certificate, and the proxy lines for /.well-known",
        )
        return
    links = found.get("links") if isinstance(found, dict) else None
    ids = [link.get("href") for link in links or [] if isinstance(link, dict) and link.get("rel") == "self"]
    if f"{server.base_url}/users/{name}" in ids:
        yield Finding("ok", f"others find {account}")
    else:
        yield Finding("error", f"{url} answers, but not with {account}", "check to which server the domain leads")


def _ask(url: str, config: Config) -> object:
    context = ssl.create_default_context()
    if config.network.ca_file is not None:
        context.load_verify_locations(config.network.ca_file)
    request = urllib.request.Request(  # noqa: S310 - http(s), from our own settings
        url, headers={"Accept": "application/jrd+json, application/json", "User-Agent": "fedserver-doctor"}
    )
    with urllib.request.urlopen(request, timeout=WAIT_S, context=context) as answer:  # noqa: S310 - as above
        return json.loads(answer.read(_MAX_BYTES))

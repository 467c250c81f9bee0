"""OAuth scopes as Mastodon 4.5 has them: which exist, which hold which."""

from __future__ import annotations

from collections.abc import Iterable


def _nouns(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_READ = _nouns(
    "accounts blocks bookmarks collections favourites filters follows lists mutes notifications search statuses"
)
_WRITE = _nouns(
    "accounts blocks bookmarks collections conversations favourites filters follows lists media mutes notifications"
    " reports statuses"
)
_ADMIN = _nouns("accounts reports domain_allows domain_blocks ip_blocks email_domain_blocks canonical_email_blocks")

DEFAULT = "read"
# "follow" is from before the granular scopes; clients still ask for it
_FOLLOW = frozenset(f"{verb}:{noun}" for verb in ("read", "write") for noun in ("blocks", "follows", "mutes"))

SCOPES: tuple[str, ...] = (
    "profile",
    "read",
    *(f"read:{noun}" for noun in _READ),
    "write",
    *(f"write:{noun}" for noun in _WRITE),
    "follow",
    "push",
    "admin:read",
    *(f"admin:read:{noun}" for noun in _ADMIN),
    "admin:write",
    *(f"admin:write:{noun}" for noun in _ADMIN),
)
_KNOWN = frozenset(SCOPES)


def parse(text: str) -> tuple[str, ...] | None:
    """The scopes of a space-separated list, each once, in order; None when one is unknown or there is none."""
    names = tuple(dict.fromkeys(text.replace("+", " ").split()))
    return names if names and all(name in _KNOWN for name in names) else None


def holds(held: Iterable[str], wanted: str) -> bool:
    """Whether ``held`` covers ``wanted``: itself, or a parent ("read" covers "read:lists" and "profile")."""
    held = frozenset(held)
    if wanted in held or (wanted == "profile" and ("read" in held or "read:accounts" in held)):
        return True
    if "follow" in held and wanted in _FOLLOW:
        return True
    parent = wanted.rpartition(":")[0]
    return parent in held


def within(wanted: Iterable[str], registered: Iterable[str]) -> bool:
    """Whether every wanted scope is covered by the registered ones."""
    registered = frozenset(registered)
    return all(scope in registered or (scope != "profile" and holds(registered, scope)) for scope in wanted)

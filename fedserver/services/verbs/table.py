"""Verb -> how it is done and undone. Nothing else acts on what moderation decides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fedserver.services.verbs import accounts, community, domains, known_bad, labels, media, notices, statuses
from fedserver.services.verbs.verb import Verb


def _by_name(*groups: tuple[Verb, ...]) -> dict[tuple[str, str], Verb]:
    found: dict[tuple[str, str], Verb] = {}
    for verb in (verb for group in groups for verb in group):
        if found.setdefault((verb.target, verb.name), verb) is not verb:
            raise ValueError(f"the verb {verb.name} of {verb.target} is there twice")
    return found


# (target, name) -> verb: "limit" means another thing for an account than for a server
TABLE: Final[Mapping[tuple[str, str], Verb]] = _by_name(
    statuses.VERBS,
    labels.VERBS,
    media.VERBS,
    known_bad.VERBS,
    notices.VERBS,
    accounts.VERBS,
    domains.VERBS,
    community.VERBS,
)

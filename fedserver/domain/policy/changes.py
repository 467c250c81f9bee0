"""What differs between two documents, and a document made from another's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from fedserver.domain.policy.canonical import hash_of, plain
from fedserver.domain.policy.document import Document

# which procedure a change needs, by the beginning of its way
_KINDS = {"feed": "feeds", "rule": "rules", "norm": "rules"}


class Change(NamedTuple):
    """``before`` None: added; ``after`` None: removed. ``where`` is the way, such as ``feed.best.score``."""

    where: str
    before: Any
    after: Any

    @property
    def lines(self) -> tuple[str, ...]:
        """As people read it."""
        lines = [] if self.before is None else [f"- {self.where} = {_shown(self.before)}"]
        if self.after is not None:
            lines.append(f"+ {self.where} = {_shown(self.after)}")
        return tuple(lines)

    @property
    def procedure(self) -> str:
        """Which part of the procedure decides about it: feeds, rules or document."""
        first = self.where.partition(".")[0]
        return (
            "feeds" if self.where in ("community.default_feed", "community.trends") else _KINDS.get(first, "document")
        )


def changes(old: Document, new: Document) -> tuple[Change, ...]:
    """What was changed from one to the other, but for the version and the parent."""
    before, after = dict(_flat(old)), dict(_flat(new))
    ways = [*before, *(way for way in after if way not in before)]
    return tuple(Change(way, before.get(way), after.get(way)) for way in ways if before.get(way) != after.get(way))


def fork(document: Document, name: str) -> Document:
    """A first version of one's own, that says where it came from."""
    return replace(document, name=name, version=1, parent=hash_of(document))


def following(document: Document, former: Document | None) -> Document:
    """The document as the next version after another; as the first where there is none."""
    if former is None:
        return replace(document, version=1)
    return replace(document, version=former.version + 1, parent=hash_of(former))


def _flat(document: Document) -> Iterator[tuple[str, Any]]:
    values = plain(document)
    for key in ("version", "parent"):
        values["community"].pop(key, None)
    # by their names, so that another order is no change of each; the order itself is one
    for key in ("norm", "rule"):
        rows = values.get(key, [])
        values[key] = {row["id"]: {name: one for name, one in row.items() if name != "id"} for row in rows}
        yield f"{key}.order", [row["id"] for row in rows]
    yield from _walk("", values)


def _walk(where: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from _walk(f"{where}.{key}" if where else str(key), one)
    else:
        yield where, value


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else ", ".join(map(str, value)) if isinstance(value, list) else str(value)

"""From TOML, or from the same values as JSON, to a document. Everything is checked; nothing unknown is passed over."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any, Final

from fedserver.domain.policy.document import (
    ACTIONS,
    DECIDERS,
    SOURCES,
    STATES,
    Document,
    Feed,
    Norm,
    PerAuthor,
    Procedure,
    Rule,
    Vote,
)
from fedserver.domain.policy.errors import DocumentError, nearest
from fedserver.domain.policy.fields import MAX_LONG, Fields, identifier
from fedserver.domain.policy.formula import Formula
from fedserver.domain.policy.values import MAX_MEMBERS, MAX_SETS, Sets, Use
from fedserver.kit.i18n import lazy

MAX_BYTES: Final = 256 * 1024
MAX_FEEDS: Final = 50
MAX_NORMS: Final = 50
MAX_RULES: Final = 200
MAX_LISTS: Final = 5
# the parser of TOML takes quadratic time for keys of very many parts; here three are the most
_LONG_KEY = re.compile(r"""(?<![\w"'-])(?:[\w"'-]++[ \t]*+\.[ \t]*+){12}""")
_TOP: Final = ("community", "sets", "feed", "norm", "rule", "procedure")
FEED_KEYS: Final = (
    *("title", "about", "from", "tags", "accounts", "max_age", "where", "score", "max_per_author", "diversity"),
    *("length", "boosts_per_hour"),
)
_RULE: Final = ("id", "norm", "when", "do", "label", "because", "appeal", "state", "expires")


def read_toml(text: str) -> Document:
    """A document as a community writes it. Raises ``DocumentError``."""
    return from_plain(toml_of(text, MAX_BYTES))


def toml_of(text: str, most: int) -> Any:
    """The values of a TOML text of at most so many bytes. Raises ``DocumentError``."""
    if len(text.encode(errors="replace")) > most:
        raise DocumentError("", lazy("the document is larger than %(n)d KiB", n=most // 1024))
    if _LONG_KEY.search(text):
        raise DocumentError("TOML", lazy("a key has too many parts"))
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise DocumentError("TOML", lazy("lists or tables are nested too deeply")) from error
    except (tomllib.TOMLDecodeError, ValueError) as error:
        raise DocumentError("TOML", str(error)[:200] or lazy("this cannot be read")) from error


def from_plain(table: Any) -> Document:
    """A document from the values of TOML or JSON. Raises ``DocumentError``."""
    top = Fields("", table, _TOP)
    head = Fields(
        "community",
        top.table.get("community", {}),
        ("name", "version", "parent", "language", "default_feed", "trends", "about", "terms"),
    )
    language = head.language("language", "en")
    sets = sets_of(top.table.get("sets", {}))
    feeds = _feeds(top.table.get("feed", {}), language, sets)
    norms = _norms(top.table.get("norm", []), language)
    rules = _rules(top.table.get("rule", []), language, sets, norms)
    default = head.identifier("default_feed", feeds[0].id if len(feeds) == 1 else None)
    if default not in {feed.id for feed in feeds}:
        close = nearest(default, tuple(feed.id for feed in feeds))
        raise head.wrong("default_feed", lazy("there is no feed of this name (%(close)s?)", close=close or feeds[0].id))
    trends = head.text("trends", "")
    if trends and all(feed.id != trends or feed.personal for feed in feeds):
        raise head.wrong("trends", lazy("there is no feed of this name that is the same for everybody"))
    return Document(
        name=head.text("name", longest=253),
        language=language,
        version=head.whole("version", 1, 2**31, 1),
        parent=head.digest("parent"),
        default_feed=default,
        trends=trends,
        about=head.texts("about", language, MAX_LONG),
        terms=head.texts("terms", language, MAX_LONG),
        sets=sets,
        feeds=feeds,
        norms=norms,
        rules=rules,
        procedure=_procedure(top.table.get("procedure", {})),
    )


def sets_of(table: Any) -> Sets:
    """The named sets of words of a table. Raises ``DocumentError``."""
    if not isinstance(table, Mapping) or len(table) > MAX_SETS:
        raise DocumentError("sets", lazy("a table of at most %(n)d lists", n=MAX_SETS))
    names = tuple(str(name) for name in table)
    fields = Fields("sets", table, names)
    found: dict[str, frozenset[str]] = {}
    for name in names:
        where = fields.at(name)
        if not identifier(where, name).replace("_", "a").isalnum() or name[0].isdigit():
            raise DocumentError(
                where, lazy("the name of a set has small letters, digits and _, and begins with a letter")
            )
        found[name] = frozenset(word.lower() for word in fields.words(name, MAX_MEMBERS))
    return found


def _feeds(table: Any, language: str, sets: Sets) -> tuple[Feed, ...]:
    if not isinstance(table, Mapping) or not table or len(table) > MAX_FEEDS:
        raise DocumentError("feed", lazy("at least one and at most %(n)d feeds, as [feed.name]", n=MAX_FEEDS))
    return tuple(
        _feed(identifier(f"feed.{key}"[:80], key), table[key], language, sets) for key in sorted(table, key=str)
    )


def _feed(feed_id: str, table: Any, language: str, sets: Sets) -> Feed:
    return community_feed(feed_id, Fields(f"feed.{feed_id}", table, FEED_KEYS), language, sets)


def community_feed(feed_id: str, fields: Fields, language: str, sets: Sets) -> Feed:
    """A feed of a community out of its table. Raises ``DocumentError``."""
    return feed_of(feed_id, fields, language, sets, SOURCES, ("local", "federated"))


def feed_of(
    feed_id: str,
    fields: Fields,
    language: str,
    sets: Sets,
    known: tuple[str, ...],
    otherwise: tuple[str, ...],
    *,
    longest: str = "365d",
    most: int = 1000,
) -> Feed:
    """A feed out of its table. ``known``: sources it may name; ``otherwise``: those where it names none; ``longest``
    and ``most`` are the age and the number of posts that it may ask for. Raises ``DocumentError``."""
    sources = fields.words("from", len(known)) or otherwise
    for source in sources:
        if source not in known:
            raise fields.wrong("from", lazy("some of: %(known)s", known=", ".join(known)))
    tags = tuple(sorted({tag.lower().removeprefix("#") for tag in fields.words("tags", 100)}))
    accounts = tuple(sorted({name.lower().removeprefix("@") for name in fields.words("accounts", 1000, 400)}))
    lists = fields.words("lists", MAX_LISTS, 100)
    for key, source, given in (("tags", "tags", tags), ("accounts", "accounts", accounts), ("lists", "list", lists)):
        if (source in sources) != bool(given):
            raise fields.wrong(
                key, lazy('these are named where `from` has "%(source)s", and only there', source=source)
            )
    return Feed(
        id=feed_id,
        title=fields.texts("title", language, 100, needed=True),
        about=fields.texts("about", language),
        sources=tuple(source for source in known if source in sources),
        tags=tags,
        accounts=accounts,
        max_age_ms=fields.duration("max_age", "7d", longest),
        where=fields.formula("where", Use.FILTER, sets, needed=False),
        score=_needed(fields.formula("score", Use.SCORE, sets, needed=True)),
        per_author=_per_author(fields),
        diversity=fields.share("diversity", 0.0),
        length=fields.whole("length", 20, most, 400),
        boosts_per_hour=fields.whole("boosts_per_hour", 0, 20, 0),
        lists=lists,
    )


def _per_author(fields: Fields) -> PerAuthor | None:
    table = fields.table.get("max_per_author")
    if table is None:
        return None
    inner = Fields(fields.at("max_per_author"), table, ("posts", "in_top"))
    return PerAuthor(inner.whole("posts", 1, 1000), inner.whole("in_top", 1, 1000))


def _needed(formula: Formula | None) -> Formula:
    assert formula is not None
    return formula


def _norms(rows: Any, language: str) -> tuple[Norm, ...]:
    found: dict[str, Norm] = {}
    for i, row in enumerate(_rows("norm", rows, MAX_NORMS)):
        fields = Fields(f"norm[{i + 1}]", row, ("id", "text", "hint"))
        name = _once(fields, found)
        found[name] = Norm(
            name, fields.texts("text", language, 1000, needed=True), fields.texts("hint", language, 1000)
        )
    return tuple(found.values())


def _rules(rows: Any, language: str, sets: Sets, norms: tuple[Norm, ...]) -> tuple[Rule, ...]:
    known = tuple(norm.id for norm in norms)
    found: dict[str, Rule] = {}
    for i, row in enumerate(_rows("rule", rows, MAX_RULES)):
        fields = Fields(f"rule[{i + 1}]", row, _RULE)
        name = _once(fields, found)
        fields.where = f"rule.{name}"
        norm = fields.identifier("norm")
        if norm not in known:
            close = nearest(norm, known)
            raise fields.wrong(
                "norm", lazy("there is no norm of this name%(hint)s", hint=f" ({close}?)" if close else "")
            )
        action = fields.choice("do", ACTIONS)
        label = fields.text("label", "", 60)
        if (action in ("label", "blur", "warn")) != bool(label):
            raise fields.wrong("label", lazy("a label is named by rules that label, blur or warn, and only by these"))
        found[name] = Rule(
            id=name,
            norm=norm,
            when=_needed(fields.formula("when", Use.RULE, sets, needed=True)),
            do=action,
            label=label,
            because=fields.texts("because", language, 500, needed=True),
            appeal_ms=fields.duration("appeal", "14d", "365d"),
            state=fields.choice("state", STATES, "draft"),
            expires=fields.day("expires"),
        )
    return tuple(found.values())


def _rows(where: str, rows: Any, most: int) -> list[Any]:
    if not isinstance(rows, list) or len(rows) > most:
        raise DocumentError(where, lazy("at most %(most)d tables, as [[%(where)s]]", most=most, where=where))
    return rows


def _once(fields: Fields, found: Mapping[str, Any]) -> str:
    name = fields.identifier("id")
    if name in found:
        raise fields.wrong("id", lazy("this name is used twice"))
    return name


def _procedure(table: Any) -> Procedure:
    fields = Fields("procedure", table, ("feeds", "rules", "document", "vote"))
    vote = Fields("procedure.vote", fields.table.get("vote", {}), ("quorum", "majority", "period", "member_for"))
    return Procedure(
        feeds=fields.choice("feeds", DECIDERS, "owner"),
        rules=fields.choice("rules", DECIDERS, "owner"),
        document=fields.choice("document", DECIDERS, "owner"),
        vote=Vote(
            quorum=vote.share("quorum", 0.2),
            majority=vote.share("majority", 0.5),
            period_ms=vote.duration("period", "7d", "90d"),
            member_for_ms=vote.duration("member_for", "30d", "365d"),
        ),
    )

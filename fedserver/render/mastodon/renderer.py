"""Pages of statuses out of kept bytes.

A ``Shown`` row (``db/queries/timelines.py``) names a post and its author with their versions, and carries counters and
the viewer's own flags. The bytes of a post and of an account are kept by id with their version; every change of what
others see raises the version, so what is kept is never stale, and nothing of a viewer is ever kept. A warm page is one
statement and a join of bytes: of whole posts (``pieces``), and of their parts (``page``) where a post looks different
to each viewer.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any, Protocol, TypeVar

import orjson

from fedserver.db.queries import accounts as account_rows
from fedserver.db.queries import cards as card_rows
from fedserver.db.queries import filters as filter_rows
from fedserver.db.queries import labelers, preferences
from fedserver.db.queries import media as media_rows
from fedserver.db.queries import oauth as app_rows
from fedserver.db.queries import statuses as status_rows
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.cards import Shown as ShownCard
from fedserver.db.queries.media import Medium
from fedserver.db.queries.shown import Shown
from fedserver.db.queries.statuses import Status
from fedserver.db.statement import Query
from fedserver.domain.provenance.reading import wishes_of
from fedserver.domain.site import Site
from fedserver.kit.clock import SYSTEM, Clock
from fedserver.kit.lru import LruCache
from fedserver.render.mastodon import accounts, cards, extras, labels, pieces, provenance, quotes, statuses
from fedserver.render.mastodon.filters import FilterCache, ViewerFilters
from fedserver.render.mastodon.held import held_by
from fedserver.render.mastodon.page import Core, Page, Person

R = TypeVar("R")
V = TypeVar("V", Core, Person)
log = logging.getLogger(__name__)

STATUS_BYTES = 32 * 1024 * 1024
ACCOUNT_BYTES = 16 * 1024 * 1024


class Reader(Protocol):
    """What the renderer asks of a database."""

    async def all(self, query: Query[R], /) -> list[R]:
        """All rows."""
        ...

    async def several(self, *queries: Query[Any]) -> list[list[Any]]:
        """The rows of each query, read in this order."""
        ...


class Renderer:
    """Entities that are kept. One a process; it belongs to no viewer."""

    def __init__(
        self,
        site: Site,
        *,
        status_bytes: int = STATUS_BYTES,
        account_bytes: int = ACCOUNT_BYTES,
        clock: Clock = SYSTEM,
    ) -> None:
        self.site = site
        self._clock = clock
        self._filters = FilterCache()
        self._pieces = pieces.Pieces()
        self._cores: LruCache[int, Core] = LruCache(status_bytes, lambda kept: len(kept.body) + len(kept.own or b""))
        self._accounts: LruCache[int, Person] = LruCache(account_bytes, lambda kept: len(kept.body))

    @property
    def now(self) -> int:
        """The wall clock (ms)."""
        return self._clock.now_ms()

    async def page(self, db: Reader, shown: Sequence[Shown], viewer_id: int | None) -> bytes:
        """A JSON list of Status, in the order of the rows. A post that was deleted meanwhile is left out."""
        kept = self._pieces.page(shown, viewer_id)
        if kept is not None:
            return kept
        parts = [b"["]
        for body in await self._bodies(db, shown, viewer_id):
            if body is not None:
                parts += (body, b",")
        parts[-1] = b"]" if len(parts) > 1 else b"[]"
        return b"".join(parts)

    async def statuses(
        self, db: Reader, shown: Sequence[Shown], viewer_id: int | None, *, asked: bool = False
    ) -> list[bytes]:
        """As ``page``, each Status for itself. ``asked``: see ``page.Page``."""
        found = await self.status_map(db, shown, viewer_id, asked=asked)
        return [found[row.id] for row in shown if row.id in found]

    async def status_map(
        self,
        db: Reader,
        shown: Sequence[Shown],
        viewer_id: int | None,
        *,
        quoted: bool = False,
        asked: bool = False,
    ) -> dict[int, bytes]:
        """Status by id (a boost by its own). ``quoted``: inside what quotes them; ``asked``: see ``page.Page``."""
        bodies = await self._bodies(db, shown, viewer_id, quoted=quoted, asked=asked)
        return {row.id: body for row, body in zip(shown, bodies, strict=True) if body is not None}

    async def accounts(self, db: Reader, rows: Sequence[Account]) -> list[bytes]:
        """Account, in the order of the rows."""
        found = await self._render_accounts(db, rows)
        return [found[row.id] for row in rows if row.id in found]

    async def accounts_by_id(self, db: Reader, ids: Iterable[int]) -> dict[int, bytes]:
        """Account by id; ids that are not known are left out."""
        wanted = list(dict.fromkeys(ids))
        if not wanted:
            return {}
        return await self.people(db, dict(await db.all(account_rows.versions(wanted))))

    async def people(self, db: Reader, versions: Mapping[int, int]) -> dict[int, bytes]:
        """Account by id, of at least these versions; ids that are not known are left out."""
        return {account_id: each.body for account_id, each in (await self._load_people(db, versions)).items()}

    @property
    def pieces(self) -> pieces.Pieces:
        """What is kept of pages."""
        return self._pieces

    async def bodies(self, db: Reader, shown: Sequence[Shown], viewer_id: int | None) -> list[bytes | None]:
        """Each Status of a page; None where it cannot be shown, or is nothing that the viewer wants in lists."""
        return await self._bodies(db, shown, viewer_id)

    async def cards(self, db: Reader, rows: Sequence[ShownCard]) -> dict[int, bytes]:
        """PreviewCard by the id of the card."""
        authors = [row.card.author_account_id for row in rows]
        people = await self.accounts_by_id(db, [each for each in authors if each is not None])
        return {row.card.id: cards.whole(self.site, row, people) for row in rows}

    async def status_edits(self, db: Reader, row: Status, quote: object) -> bytes:
        """The list of StatusEdit of a post. ``quote``: what it quotes, as the viewer sees it; no edit changes that."""
        former = await db.all(status_rows.edits(row.id))
        ids = {each["id"] for version in former for each in orjson.loads(version.media)}
        known = await db.all(media_rows.of_statuses([row.id]))
        missing = list(ids - {each.id for each in known})
        # only what still is the author's: an id says nothing about whose file it is today
        former_media = await db.all(media_rows.by_ids(missing)) if missing else []
        known += [each for each in former_media if each.account_id == row.account_id]
        author = (await self.accounts_by_id(db, [row.account_id])).get(row.account_id, b"null")
        asked = (await extras.load(db, [row])).polls.get(row.id)
        listed = statuses.edits(self.site, row, former, known, asked, await provenance.load(db, [row], known))
        same = b',"quote":' + orjson.dumps(quote) + b',"account":' + author + b"}"
        return join(orjson.dumps(each)[:-1] + same for each in listed)

    async def _bodies(
        self, db: Reader, shown: Sequence[Shown], viewer_id: int | None, **how: bool
    ) -> list[bytes | None]:
        """Each Status; None where it cannot be shown. ``how``: as ``_page`` takes it."""
        try:
            return await self._put_together(db, shown, viewer_id, how)
        except (TypeError, ValueError):
            sound = _sound(shown)
            found = dict(zip(sound, await self._put_together(db, sound, viewer_id, how), strict=True))
            return [found.get(row) for row in shown]

    async def _put_together(
        self, db: Reader, shown: Sequence[Shown], viewer_id: int | None, how: dict[str, bool]
    ) -> list[bytes | None]:
        filters = await self._load_filters(db, viewer_id, shown)
        now = self._clock.now_ms() if filters is not None else 0
        found = self._pieces.find(shown, viewer_id)
        said = pieces.said(shown, viewer_id, filters, now)
        new = [row for row, piece, viewer in zip(shown, found, said, strict=True) if piece is None or viewer is None]
        page = await self._page(db, new, viewer_id, **how) if new else None
        bodies: list[bytes | None] = []
        for row, piece, viewer in zip(shown, found, said, strict=True):
            if piece is None and page is not None:
                piece = self._pieces.make(row, page, viewer_id)
            if piece is not None and viewer is not None:
                bodies.append(viewer.join(piece))
            elif page is not None:
                bodies.append(page.status(row))
        return bodies

    async def _page(
        self, db: Reader, shown: Sequence[Shown], viewer_id: int | None, *, quoted: bool = False, asked: bool = False
    ) -> Page:
        """Everything that the rows need. A warm page reads nothing more. ``quoted``: inside what quotes them."""
        posts = {row.id: row.version for row in shown}
        authors = {row.account_id: row.account_version for row in shown}
        for row in shown:
            if row.r_id is not None and row.r_account_id is not None:
                posts[row.r_id] = row.r_version or 0
                authors[row.r_account_id] = row.r_account_version or 0
        cores, fresh = await self._load_cores(db, posts)
        people = await self._load_people(db, authors)
        filters = await self._load_filters(db, viewer_id, shown)
        now = self._clock.now_ms()
        late = await self._late(db, cores, viewer_id, quoted=quoted)
        return Page(cores, people, viewer_id, filters=filters, now=now, late=late, asked=asked or quoted, fresh=fresh)

    async def _late(
        self, db: Reader, cores: Mapping[int, Core], viewer_id: int | None, *, quoted: bool
    ) -> dict[int, bytes]:
        """What is put into some posts after their kept bytes, by post (see ``page``). Most pages have none."""
        named = {post: core.card for post, core in cores.items() if core.card is not None}
        late: dict[int, bytes] = {}
        if named:
            people = await self.accounts_by_id(db, [card[1] for card in named.values()])
            late = {post: cards.with_author(card, people) for post, card in named.items()}
        kept = {post: core.extra for post, core in cores.items() if core.extra is not None}
        if kept:

            async def nested(shown: Sequence[Shown]) -> dict[int, bytes]:
                return await self.status_map(db, shown, viewer_id, quoted=True)

            added = await extras.late(db, kept, viewer_id, self._clock.now_ms(), None if quoted else nested)
            for post, body in added.items():
                late[post] = late.get(post, b"") + body
        return late

    async def _load_filters(self, db: Reader, viewer_id: int | None, shown: Sequence[Shown]) -> ViewerFilters | None:
        """The viewer's filters by the number that stands in every row; most viewers have none."""
        if viewer_id is None or not shown or not shown[0].filters:
            return None
        found = self._filters.get(viewer_id, shown[0].filters)
        if found is None:
            number, rows, keywords, posts, kept, chosen = await db.several(
                filter_rows.version(viewer_id),
                filter_rows.of_account(viewer_id),
                filter_rows.keywords(viewer_id),
                filter_rows.statuses(viewer_id),
                preferences.of_account(viewer_id),
                labelers.reading(viewer_id),
            )
            wishes = wishes_of(orjson.loads(kept[0].preferences)) if kept else None
            found = ViewerFilters(rows, keywords, posts, wishes, labels.reading(chosen))
            # the number is read first: what is read after it is at least as new
            if number:
                self._filters.put(viewer_id, number[0], found)
        return found

    async def _load_cores(self, db: Reader, wanted: Mapping[int, int]) -> tuple[dict[int, Core], Set[int]]:
        """Posts of at least these versions, by id, and which of them were not kept."""
        kept, missing = _current(self._cores, wanted)
        return (kept | await self._render_cores(db, missing) if missing else kept), set(missing)

    async def _render_cores(self, db: Reader, ids: list[int]) -> dict[int, Core]:
        """The rows are read first: what is read after them is at least as new as their version."""
        rows, media, mentioned, tagged, linked = await db.several(
            status_rows.by_ids(ids),
            media_rows.of_statuses(ids),
            status_rows.mentions_of(ids),
            status_rows.tags_of(ids),
            card_rows.of_statuses(ids),
        )
        previews = {each.status_id: each for each in linked}
        more, made = await extras.load(db, rows), await provenance.load(db, rows, media)
        borne, held = await labels.load(db, rows), await held_by(db, rows)
        attachments: dict[int, list[Any]] = defaultdict(list)
        mentions: dict[int, list[Any]] = defaultdict(list)
        tags: dict[int, list[Any]] = defaultdict(list)
        apps: dict[int, app_rows.App] = {}
        for medium in media:
            attachments[medium.status_id or 0].append(medium)
        for mention in mentioned:
            mentions[mention.status_id].append(mention)
        for tag in tagged:
            tags[tag.status_id].append(tag)
        for app_id in {row.app_id for row in rows if row.app_id is not None}:
            for client in await db.all(app_rows.app_by_id(app_id)):
                apps[client.id] = client
        found = {}
        for row in rows:
            app = apps.get(row.app_id) if row.app_id is not None else None
            try:
                value = statuses.core(self.site, row, attachments[row.id], mentions[row.id], tags[row.id], app, made)
                if row.id in borne:
                    value["labels"] = labels.entities(borne[row.id])
                extra = extras.take_out(self.site, row, value, more)
                body, late = cards.put_into(self.site, value, previews.get(row.id))
                own = statuses.for_author(self.site, attachments[row.id], made, body, held.get(row.id))
                approvals, said = quotes.approvals(row), borne.get(row.id, ())
                kept = Core(body, int(row.version), statuses.pinnable(row), late, approvals, extra, own, said)
            except Exception:
                # one damaged row must not take a whole timeline with it
                log.exception("a post cannot be shown and is left out", extra={"status_id": row.id})
                continue
            self._cores.put(row.id, kept)
            found[row.id] = kept
        return found

    async def _load_people(self, db: Reader, wanted: Mapping[int, int]) -> dict[int, Person]:
        """Accounts of at least these versions, by id."""
        kept, missing = _current(self._accounts, wanted)
        if missing:
            kept |= await self._fill(db, await db.all(account_rows.by_ids(missing)))
        return await self._with_moved(db, kept)

    async def _render_accounts(self, db: Reader, rows: Sequence[Account]) -> dict[int, bytes]:
        kept = await self._with_moved(db, await self._people_of(db, rows))
        return {account_id: each.body for account_id, each in kept.items()}

    async def _people_of(self, db: Reader, rows: Sequence[Account]) -> dict[int, Person]:
        kept, missing = _current(self._accounts, {row.id: row.version for row in rows})
        return kept | await self._fill(db, [row for row in rows if row.id in missing]) if missing else kept

    async def _fill(self, db: Reader, rows: Sequence[Account]) -> dict[int, Person]:
        ids = [each for row in rows for each in (row.avatar_id, row.header_id) if each is not None]
        pictures: dict[int, Medium] = {each.id: each for each in await db.all(media_rows.by_ids(ids))} if ids else {}
        found = {}
        for row in rows:
            try:
                body = orjson.dumps(accounts.account(self.site, row, pictures))
                kept = Person(body, int(row.version), row.moved_to_id, row.sensitized_at is not None)
            except Exception:
                log.exception("an account cannot be shown and is left out", extra={"account_id": row.id})
                continue
            self._accounts.put(row.id, kept)
            found[row.id] = kept
        return found

    async def _with_moved(self, db: Reader, kept: dict[int, Person]) -> dict[int, Person]:
        """The account that one moved to is looked up each time, since its version is its own."""
        targets = {each.moved_to_id for each in kept.values() if each.moved_to_id is not None}
        if not targets:
            return kept
        moved = await self._people_of(db, await db.all(account_rows.by_ids(list(targets))))
        for account_id, each in kept.items():
            target = moved.get(each.moved_to_id) if each.moved_to_id is not None else None
            if target is not None:
                kept[account_id] = each._replace(body=each.body[:-1] + b',"moved":' + target.body + b"}")
        return kept


def _sound(shown: Sequence[Shown]) -> list[Shown]:
    """Without rows whose numbers are none, as a damaged file may hold them: asked for once a page has failed."""
    kept = [row for row in shown if all(value is None or isinstance(value, int) for value in row)]
    for row in shown:
        if row not in kept:
            log.error("a post with damaged numbers is left out", extra={"status_id": row.id})
    return kept


def _current(cache: LruCache[int, V], wanted: Mapping[int, int]) -> tuple[dict[int, V], list[int]]:
    """What is kept of at least these versions, and which ids have to be rendered."""
    kept = cache.get_many(wanted)
    missing = [each for each, version in wanted.items() if each not in kept or kept[each].version < version]
    for each in missing:
        # never shown, even where the new version turns out to be gone or damaged
        kept.pop(each, None)
    return kept, missing


def join(bodies: Iterable[bytes]) -> bytes:
    """A JSON list of rendered entities; the many bytes of them are copied once."""
    listed = list(bodies)
    if not listed:
        return b"[]"
    listed[0] = b"[" + listed[0]
    listed[-1] += b"]"
    return b",".join(listed)


def renderer_of(extra: dict[str, Any], site: Site) -> Renderer:
    """The renderer of this process, made on first use, kept among the parts by name."""
    found = extra.get("renderer")
    if not isinstance(found, Renderer):
        found = extra["renderer"] = Renderer(site)
    return found

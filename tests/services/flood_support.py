"""Floods, scripted: a stage with people who know each other, strangers who come, and a clock that can be moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from rules_support import HEAD, arrive, decided, post

from fedserver.db.queries import media as rows
from fedserver.db.queries.accounts import Account
from fedserver.domain.policy.read import read_toml
from fedserver.domain.provenance.claims import GENERATED, Basis, Claim
from fedserver.domain.provenance.declarations import Declaration
from fedserver.kit.clock import now_ms
from fedserver.kit.ids import IdMaker
from fedserver.media.findings import Findings, Reading
from fedserver.services import follows, policy, provenance, reports, rule_life
from protocol.activitystreams.provenance import Made, Said
from protocol.activitystreams.values import Media

DAY_MS = 24 * 3600 * 1000
HOUR_MS = 3600 * 1000


class Moving:
    """A clock that stands still until it is moved."""

    def __init__(self, at: int) -> None:
        self.at = at

    def now_ms(self) -> int:
        return self.at

    def monotonic(self) -> float:
        return self.at / 1000


class Stage:
    """A node where ann and ben have been for two months, and their friend elsewhere too."""

    def __init__(self, world: Any, monkeypatch: Any) -> None:
        self.world = world
        self.clock = Moving(now_ms() + 1000)
        monkeypatch.setattr("conftest.now_ms", self.clock.now_ms)
        world.ids = IdMaker(1, 0, self.clock)
        self.serial = 0
        self.ann, self.ben = world.local("ann"), world.local("ben")
        self.friend = self.somebody("friend", "friends.test")
        self.mate = self.somebody("mate", "friends.test")
        self.follow(self.ann, self.friend)
        for author in (self.ann, self.ben):
            for _ in range(25):
                post(world, author, f"Something of every day, number {self.number()} of many")
        self.later(65 * DAY_MS)
        self.ann, self.ben = world.again(self.ann), world.again(self.ben)

    def number(self) -> int:
        self.serial += 1
        return self.serial

    def later(self, ms: int = 60_000) -> None:
        self.clock.at += ms

    def somebody(self, name: str, host: str, **values: Any) -> Account:
        """An account elsewhere, with a face and a few words."""
        face = Media("Image", f"https://{host}/{name}.png", "image/png")
        account: Account = self.world.remote(name, host, summary_html="<p>I draw</p>", icon=face, **values)
        return account

    def stranger(self, host: str = "spam.test", **values: Any) -> Account:
        """An account without a face, never seen before."""
        account: Account = self.world.remote(f"x{self.number()}", host, **values)
        return account

    def newcomer(self) -> Account:
        account: Account = self.world.local(f"new{self.number()}")
        return account

    def follow(self, follower: Account, target: Account) -> None:
        self.world.run(lambda unit: follows.follow(unit, follower, target))
        if not target.local:
            self.world.run(lambda unit: follows.accept(unit, target, follower))

    def says(self, author: Account, text: str = "Hello there", **more: Any) -> str:
        """A post; its address, also where it was refused."""
        self.later(1000)
        name = f"p{self.number()}"
        if author.local:
            mentioned = more.pop("mentioned", ())
            text = " ".join([*(f"@{each.acct}" for each in mentioned), text])
            try:
                status_id = post(self.world, author, text, **more)
            except Exception as error:
                if type(error).__name__ != "Refused":
                    raise
                return f"refused:{name}"
            return str(self.world.value("SELECT uri FROM statuses WHERE id = ?", status_id))
        arrive(self.world, author, name, text, **more)
        return f"{author.uri}/{name}"

    def upload(self, author: Account, made: str = "", models: tuple[str, ...] = (), license: str = "") -> int:
        """A picture of somebody here. ``made``: file (the file says AI) | author (its author does) | both."""
        media_id: int = self.world.run(lambda unit: _row(unit, author.id))
        if made in ("file", "both"):
            claim = Claim(Basis.TOOL, GENERATED, "", "ComfyUI", models=models)
            found = Findings(claims=(claim,), reading=Reading.READ)
            self.world.run(lambda unit: provenance.store_findings(unit, media_id, found))
        if made in ("author", "both", "human"):
            said = Declaration("not_ai" if made == "human" else "generated", models=models, license=license)
            self.world.run(lambda unit: provenance.declare(unit, author.id, media_id, said))
        return media_id

    def picture(self, author: Account, text: str = "", made: str = "", **more: Any) -> str:
        """A post with a picture."""
        about = {name: more.pop(name) for name in ("models", "license") if name in more}
        if author.local:
            return self.says(author, text, media_ids=[self.upload(author, made, **about)], **more)
        claims = (Said("declared", GENERATED, models=about.get("models", ())),) if made in ("author", "both") else ()
        said = Made(claims=claims, source_type=GENERATED if made == "file" else "", license=about.get("license", ""))
        file = Media("Image", f"https://{author.domain}/{self.number()}.png", "image/png", "A picture", made=said)
        return self.says(author, text, attachments=(file,), **more)

    def held(self, rule_id: str) -> list[str]:
        """What a rule acted on."""
        return [each.target_uri for each in decided(self.world) if each.rule_id == rule_id]

    def refused(self, rule_id: str) -> int:
        """How often a rule did not let something in."""
        sql = "SELECT COALESCE(SUM(hits), 0) FROM rule_counts WHERE rule_id = ? AND verb = 'reject'"
        return int(self.world.value(sql, rule_id))

    def enact(self, *rule_ids: str, state: str = "live") -> None:
        """Ready rules, put in force."""
        bare = read_toml(HEAD.split("[[norm]]")[0])
        given = rule_life.adopted(bare, list(rule_ids), state)

        def work(unit: Any) -> None:
            former = policy.in_force(unit)
            document = given if former is None else replace(given, version=former.version, parent=former.parent)
            policy.publish(unit, self.world.keyring, document, None)

        self.world.run(work)

    def report(self, target: Account) -> None:
        """One more person reports somebody."""
        self.later(1000)
        reporter = self.somebody(f"r{self.number()}", "others.test")
        self.world.run(lambda unit: reports.file(unit, reporter, target, comment="spam"))


def _row(unit: Any, account_id: int) -> int:
    media_id: int = unit.new_id()
    values = {"id": media_id, "account_id": account_id, "kind": "image", "state": "ready", "mime": "image/png"}
    unit.run(rows.add({**values, "token": "t" * 20, "local": 1, "created_at": unit.now, "description": "A picture"}))
    return media_id


def ordinary_week(stage: Stage) -> Iterator[str]:
    """What people elsewhere write in a week: talk, answers, links, pictures, a few mentions, warnings, old posts that
    are fetched, somebody new who asks a question."""
    people = [stage.friend, stage.mate, stage.somebody("cleo", "art.test"), stage.somebody("dan", "photo.test")]
    questions = str(stage.says(stage.ann, "Which paper do you use for watercolours?"))
    parent = stage.world.value("SELECT id FROM statuses WHERE uri = ?", questions)
    for day in range(7):
        for i, author in enumerate(people):
            yield stage.says(author, f"Good morning! Day {day} of my sketchbook, it rains again in town {i}.")
            link = f'<a href="https://blog.test/{day}/{i}">on day {day}</a>'
            yield stage.says(author, f"I, {author.username}, wrote a little about it {link}")
            yield stage.picture(author, f"Today's drawing, number {day} by {author.username} #art #mastoart")
            yield stage.says(author, "👍" if day % 2 else "Thank you all so much!")
        asker = stage.somebody(f"asker{day}", f"town{day}.test")
        yield stage.says(
            asker, f"@ann hello, I found you by the tag! Which brush was it on day {day}?", mentioned=(stage.ann,)
        )
        yield stage.says(asker, "Heavy ones, 300 g", in_reply_to=questions, mentioned=(stage.ann,))
        yield stage.says(people[0], f"@ann @ben see you at the meeting on day {day}", mentioned=(stage.ann, stage.ben))
        old = stage.clock.at - 30 * DAY_MS
        yield stage.says(people[1], f"An older thought, number {day}, that somebody boosted", published=old)
        yield stage.says(people[2], f"A warning first, day {day}", summary="food", sensitive=True)
        stage.later(20 * HOUR_MS)
    assert parent


def pictures(stage: Stage, author: Account, number: int) -> list[str]:
    """Many pictures by one author."""
    return [stage.picture(author, f"Picture {i} of a long row") for i in range(number)]

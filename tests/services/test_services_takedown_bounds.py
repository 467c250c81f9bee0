"""How much is hidden on receipt, before anybody looked, and what can be named."""

from __future__ import annotations

from typing import Any

import pytest
from flood_support import Stage

from fedserver.db.queries import takedowns as rows
from fedserver.domain.site import Site
from fedserver.services import takedown_bounds, takedowns
from fedserver.services.takedowns import Demand


@pytest.fixture
def stage(world: Any, monkeypatch: pytest.MonkeyPatch) -> Stage:
    made = Stage(world, monkeypatch)
    world.site = Site("here.test", "https://here.test", mail=True)
    return made


def posts(stage: Stage, author: Any, count: int, **more: Any) -> list[int]:
    uris = [stage.says(author, f"{author.username} says {number}", **more) for number in range(count)]
    return [int(stage.world.value("SELECT id FROM statuses WHERE uri = ?", uri)) for uri in uris]


def demand(stage: Stage, ids: list[int], email: str, address: str, **more: Any) -> int:
    """File and confirm it; its id."""
    uris = [f"https://here.test/@somebody/{each}" for each in ids]

    def work(unit: Any) -> int:
        token = takedowns.file(unit, Demand("intimate", uris, "That is me.", email, address, **more))
        made = int(takedowns.behind(unit, token).id)
        takedowns.confirm(unit, takedowns.mail_token(unit, made))
        return made

    return int(stage.world.run(work))


def hidden(stage: Stage, ids: list[int]) -> int:
    return sum(stage.world.value("SELECT visibility FROM statuses WHERE id = ?", each) == 4 for each in ids)


def comments(stage: Stage) -> str:
    return "\n".join(row[0] for row in stage.world.connection.execute("SELECT comment FROM reports"))


def test_ten_of_an_author_a_day_whoever_files(stage: Stage) -> None:
    ids = posts(stage, stage.ann, takedown_bounds.OF_AUTHOR + 2)
    demand(stage, ids[:6], "a@one.example", "192.0.2.1")
    assert hidden(stage, ids) == 6 and "could not be hidden" not in comments(stage)
    demand(stage, ids[6:], "b@two.example", "198.51.100.1")
    assert hidden(stage, ids) == takedown_bounds.OF_AUTHOR
    assert "2 of it could not be hidden on receipt" in comments(stage)


@pytest.mark.parametrize("same", ["network", "domain"])
def test_twenty_for_one_network_or_domain_of_mail(stage: Stage, same: str) -> None:
    def filer(number: int) -> tuple[str, str]:
        domain, network = ("each.example", f"192.0.2.{number}")
        return (f"n{number}@{domain}", network) if same == "domain" else (f"n@d{number}.example", "192.0.2.1")

    everything: list[int] = []
    for number in range(3):
        author = stage.world.local(f"author{number}")
        ids = posts(stage, author, 9)
        everything += ids
        made = demand(stage, ids, *filer(number))
    assert hidden(stage, everything) == takedown_bounds.OF_FILERS
    # another network and another domain are heard, and a refusal gives nobody's share back
    stage.world.run(lambda unit: takedowns.refuse(unit, made, None))
    assert hidden(stage, everything) == 18
    demand(stage, everything[-9:-7], *filer(9))
    assert hidden(stage, everything) == 18
    demand(stage, everything[-9:-7], "else@else.example", "203.0.113.9")
    assert hidden(stage, everything) == 20


def test_what_few_may_see_is_named_by_those_alone(stage: Stage) -> None:
    [private] = posts(stage, stage.ann, 1, visibility=2)
    made = demand(stage, [private], "a@one.example", "192.0.2.1")
    assert hidden(stage, [private]) == 0
    assert stage.world.run(lambda unit: unit.all(rows.targets([made])))[0].status_id is None
    ben = stage.world.remote("ben")
    demand(stage, [private], "b@one.example", "192.0.2.1", viewer_id=ben.id)
    assert hidden(stage, [private]) == 0
    demand(stage, [private], "c@one.example", "192.0.2.1", viewer_id=stage.ann.id)
    assert hidden(stage, [private]) == 1

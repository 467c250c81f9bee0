"""Home timelines are written for people who were here lately, and made anew for those who come back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fedserver.db.queries import timelines
from fedserver.kit.paging import Page
from fedserver.services import follows, presence, statuses, users
from fedserver.services.statuses import Draft

if TYPE_CHECKING:
    from tests.services.conftest import World


def test_nothing_is_written_for_the_absent_and_their_home_is_made_anew(world: World) -> None:
    alice = world.local("alice")

    def reader(unit: object) -> users.NewUser:
        keys = world.keyring.generate()
        return users.create(unit, world.keyring, username="rita", keys=keys, email=None, password_hash=None)  # type: ignore[arg-type]

    rita = world.run(reader)
    from fedserver.db.queries import accounts

    account = world.run(lambda u: u.get(accounts.by_id(rita.account_id)))
    world.run(lambda u: follows.follow(u, account, alice))

    def home() -> int:
        return len(world.run(lambda u: u.all(timelines.home(account.id, Page(), u.now))))

    world.run(lambda u: statuses.publish(u, alice.id, Draft("while she is new")))
    assert home() == 1
    world.run(lambda u: presence.seen(u, rita.user_id))
    assert world.value("SELECT count(*) FROM jobs WHERE name = 'home.rebuild'") == 0
    world.connection.execute("UPDATE users SET last_active_at = last_active_at - ?", (presence.AWAY_MS + 1,))
    world.run(lambda u: statuses.publish(u, alice.id, Draft("while she is away")))
    assert home() == 1
    world.run(lambda u: presence.seen(u, rita.user_id))
    assert world.value("SELECT count(*) FROM jobs WHERE name = 'home.rebuild'") == 1
    followed = world.run(lambda u: presence.followed_ids(u, account.id))
    assert followed == [alice.id]
    world.run(lambda u: presence.refill(u, account.id, followed))
    assert home() == 2
    world.run(lambda u: statuses.publish(u, alice.id, Draft("while she is back")))
    assert home() == 3

"""Who may not join, and who waits: networks, mail providers, mailboxes, names that look alike; the brakes."""

from __future__ import annotations

from typing import Any

import pytest

from fedserver.db.queries import communities
from fedserver.db.queries import signup as rows
from fedserver.domain import signup as pure
from fedserver.domain.site import Limits, Site
from fedserver.kit.errors import Forbidden, Invalid, NotFound
from fedserver.services import registration, signup, users
from fedserver.services.signup import Applicant

DAY = 24 * 3600 * 1000


def _join(world: Any, name: str, **more: Any) -> Any:
    given = {"email": f"{name}@mail.test", "password_hash": "x", "ip": "203.0.113.7", **more}
    keys = world.keyring.generate()
    return world.run(lambda unit: users.sign_up(unit, world.keyring, username=name, keys=keys, **given))


def _open(world: Any, mode: str = "open", **limits: int) -> None:
    world.site = Site("here.test", "https://here.test", limits=Limits(**limits))
    world.run(lambda unit: unit.run(communities.change(1, {"registration": mode})))


def _mode(world: Any) -> str:
    return str(world.value("SELECT registration FROM communities"))


def test_mailboxes_that_are_the_same_have_one_digest() -> None:
    alike = ("Some.Body@Mail.test", "somebody@mail.test", "some.body+x+y@mail.test", " s.o.m.e.b.o.d.y@MAIL.TEST ")
    assert len({pure.canonical_digest(each) for each in alike}) == 1
    assert pure.canonical_digest("somebody@mail.test") != pure.canonical_digest("somebody2@mail.test")
    # what Mastodon makes of the same
    assert pure.canonical_digest("te.st+1@example.com") == (
        "973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813b"
    )


def test_names_that_look_alike_fold_to_one() -> None:
    for group in (("admin", "Adm1n", "аdmin", "a_d_m_i_n", "ádmin", "admln", "@dm!n"), ("moderator", "rnoderat0r")):
        assert len({pure.folded(each) for each in group}) == 1, group
    assert pure.folded("alice") != pure.folded("alina")


@pytest.mark.parametrize(
    ("severity", "outcome"),
    [("sign_up_requires_approval", "pending"), ("sign_up_block", Forbidden), ("no_access", Forbidden)],
)
def test_networks(world: Any, severity: str, outcome: Any) -> None:
    _open(world)
    world.run(lambda unit: signup.block_ip(unit, "203.0.113.0/24", severity, None))
    world.run(lambda unit: signup.block_ip(unit, "2001:db8::/48", severity, None))
    for number, ip in enumerate(("203.0.113.255", "2001:db8::1", "::ffff:203.0.113.9")):
        if outcome == "pending":
            assert _join(world, f"ann{number}", ip=ip).state == "pending"
        else:
            with pytest.raises(outcome):
                _join(world, f"ann{number}", ip=ip)
    assert _join(world, "ben", ip="203.0.114.1").state == "active"
    block = world.value("SELECT id FROM ip_blocks WHERE network LIKE '203%'")
    world.run(lambda unit: signup.change_ip(unit, block, None, lasts_ms=-1))
    assert _join(world, "cat", ip="203.0.113.255").state == "active"


def test_networks_that_are_none_twice_or_ones_own(world: Any) -> None:
    for text, severity in (("nonsense", "no_access"), ("0.0.0.0/0", "no_access"), ("1.2.3.4", ""), ("1.2.3.4", "x")):
        with pytest.raises(Invalid):
            world.run(lambda unit, t=text, s=severity: signup.block_ip(unit, t, s, None))
    with pytest.raises(Invalid, match="Your own"):
        world.run(lambda unit: signup.block_ip(unit, "198.51.100.0/24", "no_access", None, own="198.51.100.3"))
    made = world.run(lambda unit: signup.block_ip(unit, "198.51.100.7/24", "sign_up_block", None))
    assert world.value("SELECT network FROM ip_blocks") == "198.51.100.0/24"
    with pytest.raises(Invalid, match="taken"):
        world.run(lambda unit: signup.block_ip(unit, "198.51.100.0/24", "no_access", None))
    world.run(lambda unit: signup.unblock(unit, "ip", made, None))
    with pytest.raises(NotFound):
        world.run(lambda unit: signup.unblock(unit, "ip", made, None))


def test_mail_providers_by_their_name_or_their_hosts(world: Any) -> None:
    _open(world)
    world.run(lambda unit: signup.block_email_domain(unit, "Trash.test", None))
    world.run(lambda unit: signup.block_email_domain(unit, "odd.test", None, with_approval=True))
    for name, more in (
        ("ann1", {"email": "x@trash.test"}),
        ("ann2", {"email": "x@sub.trash.test"}),
        ("ann3", {"mail_hosts": ("mx1.fine.test", "mx.trash.test")}),
    ):
        with pytest.raises(signup.Refused, match="cannot be used") as caught:
            _join(world, name, **more)
        world.run(lambda unit, failure=caught.value: signup.count(unit, failure))
    assert _join(world, "ann4", email="x@notrash.test").state == "active"
    assert _join(world, "ann5", email="x@odd.test").state == "pending"
    hits = world.run(lambda unit: unit.all(rows.hits("email_domain", [caught.value.block_id], 0)))
    assert [each.uses for each in hits] == [3]
    for text in ("", "  ", "no domain", "a..b"):
        with pytest.raises(Invalid):
            world.run(lambda unit, text=text: signup.block_email_domain(unit, text, None))


def test_a_mailbox_does_not_come_back_in_another_spelling(world: Any) -> None:
    _open(world)
    made = _join(world, "ann", email="bad.one@mail.test")
    world.run(lambda unit: signup.block_mailbox_of(unit, made.account_id, None))
    for number, email in enumerate(("badone+new@mail.test", "b.a.d.o.n.e@mail.test")):
        with pytest.raises(signup.Refused):
            _join(world, f"ben{number}", email=email)
    with pytest.raises(Invalid, match="taken"):
        world.run(lambda unit: signup.block_mailbox(unit, None, email="badone@mail.test"))
    with pytest.raises(Invalid):
        world.run(lambda unit: signup.block_mailbox(unit, None, digest="short"))
    other = _join(world, "cat")
    from fedserver.services import addresses

    with pytest.raises(signup.Refused):
        world.run(lambda unit: addresses.give(unit, other.user_id, "bad.one+2@mail.test"))


def test_names(world: Any) -> None:
    _open(world)
    world.run(lambda unit: signup.block_username(unit, "painters_team", None))
    world.run(lambda unit: signup.block_username(unit, "boss", None, exact=True))
    world.run(lambda unit: signup.block_username(unit, "free_coins", None, with_approval=True))
    for name in ("painters_team", "pa1nters_team", "the_paintersteam_x", "b0ss", "bo_ss"):
        with pytest.raises(signup.Refused, match="reserved"):
            _join(world, name)
    assert _join(world, "bossa").state == "active"
    assert _join(world, "getfreec0ins").state == "pending"


def test_what_is_refused_leaves_nothing_behind(world: Any) -> None:
    _open(world)
    world.run(lambda unit: signup.block_username(unit, "painters", None))
    with pytest.raises(signup.Refused):
        _join(world, "painters")
    assert world.value("SELECT count(*) FROM users") == 0
    assert world.value("SELECT count(*) FROM accounts WHERE username = 'painters'") == 0


def test_a_surge_makes_newcomers_wait_and_stays_until_somebody_opens(world: Any) -> None:
    _open(world, surge_per_hour=3)
    states = [_join(world, f"ann{number}").state for number in range(4)]
    assert states == ["active", "active", "active", "pending"]
    assert _join(world, "ben", reason="I paint").state == "pending"
    assert _mode(world) == "approval"
    assert world.value("SELECT details FROM audit_log WHERE action = 'registration.approval'") == '{"about":"surge"}'


def test_a_surge_is_no_matter_where_newcomers_wait_anyway(world: Any) -> None:
    _open(world, "approval", surge_per_hour=1)
    for number in range(3):
        assert _join(world, f"ann{number}", reason="I paint").state == "pending"
    with pytest.raises(Invalid, match="why"):
        _join(world, "ben")
    _open(world, "closed", surge_per_hour=1)
    with pytest.raises(Forbidden):
        _join(world, "cat")
    assert _mode(world) == "closed"


def test_nobody_of_the_team_here_for_a_week(world: Any) -> None:
    _open(world, idle_days=7)
    _join(world, "mona")
    world.connection.execute("UPDATE users SET role = 'moderator'")
    assert world.run(registration.check_team) is False
    world.connection.execute("UPDATE users SET created_at = created_at - ?", (8 * DAY,))
    world.connection.execute("UPDATE users SET last_active_at = created_at + ?", (2 * DAY,))
    assert world.run(registration.check_team) is False
    world.connection.execute("UPDATE users SET last_active_at = created_at")
    assert world.run(registration.check_team) is True
    assert _mode(world) == "approval"
    assert world.run(registration.check_team) is False
    _open(world, "invite", idle_days=7)
    assert world.run(registration.check_team) is False and _mode(world) == "invite"


def test_judging_alone_says_who_waits(world: Any) -> None:
    assert world.run(lambda unit: signup.judge(unit, Applicant("", None, "ann", ()))) is False

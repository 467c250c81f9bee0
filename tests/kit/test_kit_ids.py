from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedserver.kit.clock import ManualClock
from fedserver.kit.ids import MAX_ID, IdMaker, floor_of, time_of

START = 1_750_000_000_123


def test_layout_is_time_then_node() -> None:
    maker = IdMaker(5, clock=ManualClock(START))
    first = maker.new()
    assert first == START << 16 | 5 << 12
    assert time_of(first) == START
    assert maker.new() == first + 1


def test_a_millisecond_that_is_full_flows_into_the_next() -> None:
    maker = IdMaker(15, clock=ManualClock(START))
    made = [maker.new() for _ in range(5000)]
    assert made == sorted(set(made))
    assert time_of(made[-1]) == START + 2
    assert all(id_ >> 12 & 15 == 15 for id_ in made)


@given(
    st.lists(st.integers(-7_200_000, 7_200_000), max_size=30),
    st.integers(0, 15),
    st.integers(0, (START + 10**9) << 16),
)
def test_never_goes_back_whatever_the_clock_does(jumps: list[int], node: int, mark: int) -> None:
    clock = ManualClock(START)
    maker = IdMaker(node, mark, clock)
    last = mark
    for jump in jumps:
        clock.set_wall(START + jump)
        for _ in range(3):
            made = maker.new()
            assert made > last
            assert made >> 12 & 15 == node and not made >> 11 & 1
            last = made
    assert maker.high_water == last


def test_a_restart_with_the_clock_set_back_neither_repeats_nor_disorders() -> None:
    clock = ManualClock(START)
    before = IdMaker(1, clock=clock)
    made = [before.new() for _ in range(100)]
    clock.set_wall(START - 7_200_000)
    after = IdMaker(2, before.high_water, clock)
    made += [after.new() for _ in range(100)]
    assert made == sorted(set(made))


def test_times_of_the_past_are_unique_and_apart_from_the_present() -> None:
    clock = ManualClock(START)
    maker = IdMaker(0, clock=clock)
    now = {maker.new() for _ in range(100)}
    clock.advance(3600)
    mark = maker.high_water
    exact = {maker.at(START) for _ in range(2000)}
    assert len(exact) == 2000 and not exact & now
    assert {time_of(id_) for id_ in exact} == {START}
    second = START - 123
    spread = {maker.at(second) for _ in range(50_000)}
    assert len(spread) == 50_000
    assert {time_of(id_) // 1000 for id_ in spread} == {second // 1000}
    assert maker.high_water == mark


def test_a_time_to_come_counts_as_now_and_one_before_1970_as_1970() -> None:
    maker = IdMaker(0, clock=ManualClock(START))
    first = maker.new()
    assert maker.at(START + 10**12) == first + 1
    assert time_of(maker.at(-5)) < 1000
    assert maker.at(-(10**30)) > 0


def test_threads_never_share_an_id() -> None:
    maker = IdMaker(3)
    made: list[list[int]] = [[] for _ in range(8)]

    def work(mine: list[int]) -> None:
        mine.extend(maker.new() for _ in range(2000))

    threads = [threading.Thread(target=work, args=(mine,)) for mine in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id_ for mine in made for id_ in mine}) == 16_000
    assert all(mine == sorted(mine) for mine in made)


@pytest.mark.parametrize(("node", "mark"), [(-1, 0), (16, 0), (0, -1), (0, MAX_ID + 1)])
def test_out_of_range_is_refused(node: int, mark: int) -> None:
    with pytest.raises(ValueError):
        IdMaker(node, mark)


def test_floor_is_below_every_id_of_its_millisecond() -> None:
    assert floor_of(START) <= IdMaker(0, clock=ManualClock(START)).new() < floor_of(START + 1)

"""Turns at the door: never more pixels than there are, in the order of coming, and nothing is lost by leaving."""

import asyncio
from contextlib import suppress

import pytest

from libs.common.errors import TooMany, Unavailable
from libs.common.imaging.budget import Budget


def budget(pixels: int, *, waiting_max: int = 100, wait_max_s: float = 5) -> Budget:
    return Budget(pixels, waiting_max=waiting_max, wait_max_s=wait_max_s)


async def test_never_more_at_once_than_there_is_and_all_get_their_turn() -> None:
    turns, now, most, done = budget(10), 0, 0, 0

    async def take(pixels: int) -> None:
        nonlocal now, most, done
        async with turns.taken(pixels):
            now, done = now + min(pixels, 10), done + 1
            most = max(most, now)
            await asyncio.sleep(0)
            now -= min(pixels, 10)

    await asyncio.gather(*(take(pixels) for pixels in [7, 3, 4, 10, 1, 25, 2, 9] * 5))
    assert (most, done, turns.free) == (10, 40, 10)


async def test_a_large_one_is_not_overtaken_by_small_ones() -> None:
    turns, order = budget(10), []

    async def take(pixels: int) -> None:
        async with turns.taken(pixels):
            order.append(pixels)
            await asyncio.sleep(0)

    await asyncio.gather(*(take(pixels) for pixels in (6, 10, 1, 2)))
    assert order == [6, 10, 1, 2]


async def test_who_leaves_the_queue_leaves_his_turn_to_the_next() -> None:
    turns = budget(10)
    async with turns.taken(6):
        large = asyncio.create_task(_hold(turns, 10))
        small = asyncio.create_task(_hold(turns, 4))
        await asyncio.sleep(0)
        large.cancel()
        async with asyncio.timeout(2):
            await small
        with suppress(asyncio.CancelledError):
            await large
    assert turns.free == 10


async def test_a_turn_given_to_someone_who_leaves_at_that_moment_comes_back() -> None:
    turns = budget(10)
    async with turns.taken(10):
        waiting = asyncio.create_task(_hold(turns, 10))
        await asyncio.sleep(0)
    waiting.cancel()  # its turn has come and it does not know yet
    with suppress(asyncio.CancelledError):
        await waiting
    assert turns.free == 10
    async with asyncio.timeout(2):
        await _hold(turns, 10)


async def test_a_full_queue_and_a_long_wait_are_told_when_to_come_again() -> None:
    turns = budget(10, waiting_max=1, wait_max_s=0.05)
    async with turns.taken(10):
        waiting = asyncio.create_task(_hold(turns, 1))
        await asyncio.sleep(0)
        with pytest.raises(TooMany) as full:
            await _hold(turns, 1)
        with pytest.raises(Unavailable) as late:
            await waiting
    assert {full.value.status, late.value.status} == {503}
    assert {full.value.retry_after_s, late.value.retry_after_s} == {0.05}
    assert turns.free == 10


async def _hold(turns: Budget, pixels: int) -> None:
    async with turns.taken(pixels):
        await asyncio.sleep(0)

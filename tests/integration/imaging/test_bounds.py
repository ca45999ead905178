"""What a picture may cost: memory, time and turns are bounded, and one that takes too much hurts no other."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest
from PIL import Image

from libs.common.errors import TooMany, Unavailable
from libs.common.imaging.decode import BadPicture
from libs.common.imaging.door import Door
from libs.common.imaging.orders import Bounds
from tests.support.pictures import file_of, photo
from tests.support.processes import children_of, cpu_s, gone, is_alive, rss_bytes

pytestmark = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads /proc")

SIDE_PX: Final = 7_000
"""49 million pixels: the largest picture that is taken, nearly."""
BUSY_S: Final = 0.1
"""Of CPU: a child takes a few milliseconds to begin."""
SMALL: Final = file_of(photo(40, 30), "JPEG")


def huge() -> bytes:
    return file_of(Image.new("RGB", (SIDE_PX, SIDE_PX), (9, 99, 199)))


def endless(scans: int = 10_000) -> bytes:
    """A small JPEG file that paints its 25 million pixels over and over again."""
    data = file_of(Image.new("L", (5_000, 5_000), 99), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * scans + b"\xff\xd9"


@asynccontextmanager
async def opening(door: Door, data: bytes) -> AsyncIterator[asyncio.Task[object]]:
    task: asyncio.Task[object] = asyncio.create_task(door.open(data))
    yield task
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def cell_of(door: Door) -> int:
    process = door._cells._process
    assert process is not None
    return process.pid


async def busy_child(door: Door) -> int:
    """A process that has been busy with its picture for a while."""
    async with asyncio.timeout(20):
        while True:
            process = door._cells._process
            for child in [] if process is None else children_of(process.pid):
                if cpu_s(child) >= BUSY_S:
                    return child
            await asyncio.sleep(0.01)


@asynccontextmanager
async def a_door(bounds: Bounds | None = None, **options: float) -> AsyncIterator[Door]:
    made = Door(bounds=bounds or Bounds(), **options)  # type: ignore[arg-type]
    yield made
    await made.aclose()


@pytest.mark.parametrize(
    ("bounds", "data"),
    [
        (Bounds(cpu_s=1), endless),
        (Bounds(wall_s=1, cpu_s=60), endless),
        (Bounds(memory_bytes=300 << 20), huge),
    ],
    ids=["CPU", "time", "memory"],
)
async def test_a_picture_that_takes_too_much_is_refused_and_the_next_one_opened(
    bounds: Bounds, data: Callable[[], bytes]
) -> None:
    async with a_door(bounds) as door:
        assert (await door.open(SMALL)).width == 40
        started = time.monotonic()
        with pytest.raises(BadPicture) as refused:
            await door.open(data())
        assert (refused.value.error_code, refused.value.status) == ("image_too_complex", 422)
        assert time.monotonic() - started < 15
        assert (await door.open(SMALL)).width == 40


async def test_the_largest_picture_is_opened_and_this_process_does_not_grow_by_its_pixels(door: Door) -> None:
    data = huge()
    await door.open(SMALL)
    before = rss_bytes()
    opened = await door.open(data)
    assert (opened.width, opened.height) == (SIDE_PX, SIDE_PX)
    assert rss_bytes() - before < 40 << 20


async def test_large_pictures_wait_for_each_other_and_all_are_opened() -> None:
    data = huge()
    async with a_door(at_once_pixels=60_000_000) as door:
        await door.open(SMALL)
        before, at_once, memory = rss_bytes(), 0, 0
        answers = asyncio.gather(*(door.open(data) for _ in range(4)))
        while not answers.done():
            now = children_of(cell_of(door))
            at_once, memory = max(at_once, len(now)), max(memory, rss_bytes())
            await asyncio.sleep(0.005)
        assert {one.width for one in await answers} == {SIDE_PX}
        assert at_once == 1
        assert memory - before < 60 << 20


async def test_who_waits_too_long_or_comes_to_a_full_queue_is_sent_away() -> None:
    async with a_door(at_once_pixels=1, waiting_max=1, wait_max_s=0.3) as door:
        async with opening(door, endless()):
            await busy_child(door)
            async with opening(door, SMALL) as second:
                await asyncio.sleep(0.05)
                with pytest.raises(TooMany) as full:
                    await door.open(SMALL)
                with pytest.raises(Unavailable) as late:
                    await second
        assert [(error.value.status, error.value.retry_after_s) for error in (full, late)] == [(503, 0.3)] * 2
        assert (await door.open(SMALL)).width == 40


async def test_a_child_that_is_killed_refuses_its_picture_only(door: Door) -> None:
    async with opening(door, endless()) as slow, opening(door, endless()) as other:
        child = await busy_child(door)
        os.kill(child, signal.SIGKILL)
        done, _ = await asyncio.wait([slow, other], return_when=asyncio.FIRST_COMPLETED, timeout=5)
        assert [getattr(task.exception(), "error_code", None) for task in done] == ["image_too_complex"]
        assert (await door.open(SMALL)).width == 40


async def test_a_caller_who_leaves_takes_the_child_with_him(door: Door) -> None:
    async with opening(door, endless()):
        child = await busy_child(door)
    assert await gone(child)
    assert (await door.open(SMALL)).width == 40


async def test_when_the_process_behind_the_door_is_gone_the_next_picture_starts_another(door: Door) -> None:
    await door.open(SMALL)
    first = cell_of(door)
    os.kill(first, signal.SIGKILL)
    assert (await door.open(SMALL)).width == 40
    assert cell_of(door) != first
    assert await gone(first)


async def test_closing_the_door_ends_what_is_opened_behind_it() -> None:
    async with a_door() as door, opening(door, endless()) as slow:
        child = await busy_child(door)
        cell = cell_of(door)
        await door.aclose()
        with pytest.raises(BadPicture):
            await slow
    assert await gone(child, cell)


LEFT_ALONE: Final = """
import asyncio, sys
from libs.common.imaging.door import Door
from tests.integration.imaging.test_bounds import busy_child, cell_of, endless
async def main():
    door = Door()
    task = asyncio.create_task(door.open(endless()))
    print(await busy_child(door), cell_of(door), flush=True)
    await task
asyncio.run(main())
"""


async def test_nothing_outlives_a_process_that_was_killed() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", LEFT_ALONE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    assert process.stdout is not None
    async with asyncio.timeout(30):
        left = [int(text) for text in (await process.stdout.readline()).split()]
    assert len(left) == 2
    assert all(is_alive(pid) for pid in left)
    process.kill()
    await process.wait()
    assert await gone(*left)


async def test_a_child_has_nothing_of_this_process_but_its_picture(door: Door) -> None:
    async with opening(door, endless()), opening(door, endless()):
        child = await busy_child(door)
        held = sorted(os.readlink(one) for one in Path(f"/proc/{child}/fd").iterdir())  # noqa: ASYNC240, PTH115
        told = Path(f"/proc/{child}/environ").read_bytes()  # noqa: ASYNC240
    kinds = [name.partition(":")[0].partition(" ")[0] for name in held]
    assert kinds.count("socket") == 1
    assert set(kinds) <= {"socket", "/dev/null", "/memfd"}
    assert [name.partition(b"=")[0] for name in told.split(b"\0") if name] == [b"PYTHONPATH"]

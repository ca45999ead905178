"""The loop for work: as many as there are places, kept while they last, later or never when they fail."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field

import pytest

from libs.common.bus.work import Postponed
from libs.common.contracts.envelope import Envelope
from libs.common.contracts.pictures import WorkCreate
from libs.common.contracts.streams import CREATE_WORK
from libs.common.errors import Unavailable
from libs.common.ids import JobId
from tests.integration.bus.house import ACK_WAIT_S, Stand, Stands, a_job, eventually

LONGER_THAN_ITS_WAIT_S = 2.5 * ACK_WAIT_S


@dataclass
class Bench:
    """A worker that notes what it does."""

    seconds: float = 0.0
    errors: list[Exception] = field(default_factory=list)
    """Raised one after the other; when they are used up the work succeeds."""
    begun: "Counter[JobId]" = field(default_factory=Counter)
    done: "Counter[JobId]" = field(default_factory=Counter)
    at_once: int = 0
    most_at_once: int = 0
    given_up: list[JobId] = field(default_factory=list)
    giving_up_fails: int = 0

    async def handle(self, work: Envelope[WorkCreate]) -> None:
        self.begun[work.data.job_id] += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(self.seconds)
            if self.errors:
                raise self.errors.pop(0)
            self.done[work.data.job_id] += 1
        finally:
            self.at_once -= 1

    async def give_up(self, work: Envelope[WorkCreate], error: Exception) -> None:
        if self.giving_up_fails:
            self.giving_up_fails -= 1
            raise Unavailable("the database is away")
        self.given_up.append(work.data.job_id)

    async def has_done(self, *jobs: JobId) -> None:
        """Wait until these are done."""

        async def all_done() -> bool:
            return set(jobs) <= set(self.done)

        await eventually(all_done)


async def put(stand: Stand, count: int) -> list[JobId]:
    """So many jobs on the stream."""
    jobs = [a_job() for _ in range(count)]
    for job in jobs:
        await stand.publish(job)
    return [job.job_id for job in jobs]


async def test_no_more_is_in_hand_than_there_are_places_and_all_places_are_used(stand: Stand) -> None:
    bench = Bench(seconds=0.05)
    jobs = await put(stand, 20)

    await stand.work(bench.handle, bench.give_up, capacity=3)
    await bench.has_done(*jobs)
    await stand.nothing_left("WORK", CREATE_WORK.name)

    assert bench.most_at_once == 3
    assert bench.begun == Counter(jobs)


async def test_a_job_longer_than_its_wait_is_delivered_once_for_the_worker_says_that_it_lives(stand: Stand) -> None:
    bench = Bench(seconds=LONGER_THAN_ITS_WAIT_S)
    jobs = await put(stand, 2)

    await stand.work(bench.handle, bench.give_up)
    await bench.has_done(*jobs)
    await stand.nothing_left("WORK", CREATE_WORK.name)

    assert bench.begun == Counter(jobs)


async def test_a_job_whose_worker_is_silent_goes_to_another(stands: Stands) -> None:
    silent, other = await stands.make(), await stands.make()
    stuck, lively = Bench(seconds=60), Bench()
    (job,) = await put(silent, 1)

    await silent.work(stuck.handle, stuck.give_up, beat_every_s=60)
    await eventually(lambda: _began(stuck))
    await other.work(lively.handle, lively.give_up)

    await lively.has_done(job)


async def _began(bench: Bench) -> bool:
    return bool(bench.begun)


@pytest.mark.parametrize("error", [Postponed("held", retry_after_s=0.1), OSError("away"), TimeoutError()], ids=repr)
async def test_what_is_postponed_comes_again_however_often(stand: Stand, error: Exception) -> None:
    bench = Bench(errors=[error] * 2)
    jobs = await put(stand, 1)

    await stand.work(bench.handle, bench.give_up, deliveries_max=1)
    await bench.has_done(*jobs)
    await stand.nothing_left("WORK", CREATE_WORK.name)

    assert bench.begun == Counter({jobs[0]: 3})
    assert (bench.given_up, await stand.dead()) == ([], [])


async def test_a_job_that_fails_once_is_tried_again(stand: Stand) -> None:
    bench = Bench(errors=[ValueError("a passing defect")])
    jobs = await put(stand, 1)

    await stand.work(bench.handle, bench.give_up)
    await bench.has_done(*jobs)

    assert bench.begun == Counter({jobs[0]: 2})
    assert bench.given_up == []


async def test_a_job_that_fails_every_time_is_given_up_and_parked_and_others_go_on(stand: Stand) -> None:
    bench = Bench(errors=[ValueError("a defect")] * 2)
    (poison,) = await put(stand, 1)

    await stand.work(bench.handle, bench.give_up, capacity=1, deliveries_max=2)
    await stand.nothing_left("WORK", CREATE_WORK.name)
    await bench.has_done(*await put(stand, 1))

    assert bench.given_up == [poison]
    (letter,) = await stand.dead()
    assert (letter.subject, letter.consumer, letter.count, letter.reason) == ("work.create", "create", 2, "ValueError")


async def test_a_job_that_cannot_be_given_up_now_is_given_up_later_and_ends_nobody(stand: Stand) -> None:
    bench = Bench(errors=[ValueError("a defect")] * 2, giving_up_fails=1)
    (poison,) = await put(stand, 1)

    await stand.work(bench.handle, bench.give_up, deliveries_max=1)
    await stand.nothing_left("WORK", CREATE_WORK.name)

    assert bench.given_up == [poison]
    assert len(await stand.dead()) == 1


async def test_bytes_that_are_no_work_are_parked_and_nobody_is_asked(stand: Stand) -> None:
    bench = Bench()
    await stand.broker.jetstream.publish("work.create", b"not json")

    await stand.work(bench.handle, bench.give_up)
    await stand.nothing_left("WORK", CREATE_WORK.name)

    assert (bench.begun, bench.given_up) == (Counter(), [])
    assert [letter.body for letter in await stand.dead()] == [b"not json"]


async def test_a_worker_that_stops_finishes_what_it_has_and_takes_nothing_new(stands: Stands) -> None:
    stopping = await stands.make(ack_wait_s=30)
    slow, quick = Bench(seconds=0.5), Bench()
    (first,) = await put(stopping, 1)
    work = await stopping.work(slow.handle, slow.give_up)
    await eventually(lambda: _began(slow))

    work.pause()
    later = await put(stopping, 3)
    other = await stands.make(ack_wait_s=30)
    await other.work(quick.handle, quick.give_up)

    await quick.has_done(*later)
    await slow.has_done(first)
    assert slow.begun == Counter([first])
    assert work.busy == 0
    info = await stopping.broker.jetstream.consumer_info("WORK", CREATE_WORK.name)
    assert info.delivered is not None
    assert info.delivered.consumer_seq <= 2 * 4, "each goes at most once to the one that stops"


async def test_a_worker_goes_on_after_its_consumer_was_deleted_with_no_more_in_hand_than_places(stand: Stand) -> None:
    bench = Bench(seconds=0.05)
    await stand.work(bench.handle, bench.give_up, capacity=4)
    await bench.has_done(*await put(stand, 8))

    await stand.broker.jetstream.delete_consumer("WORK", CREATE_WORK.name)
    await bench.has_done(*await put(stand, 40))

    assert bench.most_at_once == 4

"""Places the table's orders at a house, all vendors side by side, and tells how each one ended.

Orders at one vendor overlap as far as they can be told apart: the next behaviour is queued when the request has come
that the last one was meant for.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import httpx

from tests.e2e.vendors.ends import PROMPT, End, Fault, Row, Sold
from tests.simulators.huggingface.behaviours import MAPPING
from tests.simulators.huggingface.behaviours import Behaviour as HuggingFace
from tests.simulators.kit.control import Control
from tests.support.desk import Desk
from tests.support.house import House

AT_ONCE: Final = 4
ARRIVES_MAX_S: Final = 20.0
BILL_MAX_S: Final = 5.0
POLL_S: Final = 0.02
SIDE_PX: Final = 64
FORGET: Final = Fault(HuggingFace.NO_ROUTE)
"""After this answer the hub is asked again who serves the model."""
ATTEMPTS: Final = 'select state from "create".attempts where job_id = $1::uuid order by created_at, id'


@dataclass
class Counter:
    """The counter where one vendor's pictures are ordered; its orders' seeds are counted up from the first."""

    house: House
    desk: Desk
    hurried: Desk
    """The same customer at the gateway whose jobs have little time."""
    sold: Sold
    next_seed: int
    jobs: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._turn = asyncio.Lock()
        self._places = asyncio.Semaphore(AT_ONCE)

    @property
    def vendor(self) -> Control:
        """Its hidden side."""
        return self.house.vendor(self.sold.provider)

    async def all(self, rows: Sequence[Row]) -> dict[str, End]:
        """How orders under these conditions end: first those that may overlap, then the others one by one."""
        await self.vendor.reset()
        async with asyncio.TaskGroup() as group:
            tasks = {row.name: group.create_task(self._overlapping(row)) for row in rows if not row.alone}
        ends = {name: task.result() for name, task in tasks.items()}
        for row in (row for row in rows if row.alone):
            await self.vendor.reset()
            if any(fault.phase == MAPPING for fault in row.faults):
                await (await self._placed((FORGET,), self._seed(), self.desk))
            ends[row.name] = await self._ended(row)
        return ends

    async def _overlapping(self, row: Row) -> End:
        async with self._places:
            return await self._ended(row)

    async def _ended(self, row: Row) -> End:
        seed = self._seed()
        async with self._turn:
            answered = await self._placed(row.faults, seed, self.hurried if row.hurried else self.desk)
        answer = await answered
        job_id = job_of(answer)
        self.jobs.append(job_id)
        job = await self.desk.job(job_id)
        assert (answer.status_code, answer.json().get("code")) == _told(job), answer.text
        return End(
            job["state"],
            job["failure"] and job["failure"]["code"],
            job["charged"]["millicredits"] if job["charged"] else 0,
            await self._billed(seed, len(row.end.bill)),
            tuple(one["state"] for one in await self.house.sql(ATTEMPTS, job_id)),
        )

    async def _placed(self, faults: Sequence[Fault], seed: int, desk: Desk) -> "asyncio.Task[httpx.Response]":
        """An order whose request, if there is one, has come to the vendor."""
        came = await self._came()
        for fault in faults:
            await self.vendor.next(fault.behaviour, times=fault.times, seconds=fault.seconds, phase=fault.phase)
        answered = asyncio.create_task(self._order(seed, desk))
        until = time.monotonic() + ARRIVES_MAX_S
        while await self._came() == came and not answered.done() and time.monotonic() < until:  # noqa: ASYNC110
            await asyncio.sleep(POLL_S)
        return answered

    async def _order(self, seed: int, desk: Desk) -> httpx.Response:
        sold = self.sold
        return await desk.create(
            PROMPT, provider=sold.provider, model=sold.model, seed=seed, width=SIDE_PX, height=SIDE_PX
        )

    async def _came(self) -> int:
        return sum(seen.method == "POST" for seen in await self.vendor.requests())

    async def _billed(self, seed: int, expected: int) -> tuple[int, ...]:
        """Lines of this seed; some vendors finish, and bill, after we have left."""
        until = time.monotonic() + BILL_MAX_S
        while True:
            lines = tuple(line.millicredits for line in await self.vendor.bill() if line.seed == seed)
            if len(lines) >= expected or time.monotonic() > until:
                return lines
            await asyncio.sleep(POLL_S)

    def _seed(self) -> int:
        self.next_seed += 1
        return self.next_seed


def job_of(answer: httpx.Response) -> str:
    """A finished job's answer names it in its place, a failed one's among its facts."""
    told = answer.json()
    return str(told["job_id"] if "job_id" in told else told["facts"]["job_id"])


def _told(job: dict[str, object]) -> tuple[int, str | None]:
    """What the answer to the order must have been."""
    failure = job["failure"]
    return (200, None) if not isinstance(failure, dict) else (424, failure["code"])

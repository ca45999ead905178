"""The floor of a job: the thinnest honest chain of the same HTTP, SQL and NATS round trips, in four processes.

POST → reserve (request/reply and a transaction) → job row with outbox row → work stream → worker → event →
{settle, archive row} → events → job done → answer. Outbox and natural batching everywhere; no validation, no logs, no
traces. `POST /thin` lets the worker write nothing but its outbox row; `POST /same` adds the claim transaction and one
PUT of the same bytes, and so makes the round trips that the product makes. Run by the benchmark:
`python -m scripts.bench.bare_chain gateway|billing|worker|assets FILE`, addresses as JSON in the file.
"""

import asyncio
import io
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import urllib3
import uvicorn
import uvloop
from minio import Minio
from nats.aio.msg import Msg

from libs.common import ids
from libs.common.bus.pull import Delivery, Pull
from libs.common.db.batch import Batcher
from libs.common.ids import AttemptId
from libs.common.providers.base import GenerateAsk
from libs.common.providers.fake import FakeGenerate
from scripts.bench import bare_sql, bare_wire
from scripts.bench.bare_wire import Addresses, Desk, Flights, Promise, Statement, job_body, promise

REQUEST_TIMEOUT_S: Final = 30.0
PUTS_AT_ONCE: Final = 16
PICTURE_SIDE_PX: Final = 64
BLOB_KEY: Final = "bare/picture.png"
THIN: Final = "thin"
SAME: Final = "same"
HEADERS: Final = [(b"content-type", b"application/json"), (b"content-length", b"17")]
ANSWER: Final = b'{"success": true}'

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]


class Gateway:
    """Accepts a job, waits until it is settled and archived, answers."""

    def __init__(self, desk: Desk, accept: Statement, conclude: Statement) -> None:
        self._desk = desk
        self._accept = accept
        self._conclude = conclude
        self._waiting: dict[str, asyncio.Future[None]] = {}
        self._batches: Batcher[tuple[str, bytes], None] = Batcher(self._write, batch_max=bare_wire.BATCH_MAX)

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """One POST."""
        while (await receive()).get("more_body"):
            pass
        job = ids.mint()
        reply = await self._desk.client.request(bare_wire.RESERVE_CALL, job.encode(), timeout=REQUEST_TIMEOUT_S)
        if reply.data != b"1":
            raise RuntimeError("not reserved")
        done = self._waiting[job] = asyncio.get_running_loop().create_future()
        await self._batches.submit((job, b'{"job": "%s", "way": "%s"}' % (job.encode(), scope["path"][1:].encode())))
        await done
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send({"type": "http.response.body", "body": ANSWER})

    async def _write(self, batch: Sequence[tuple[str, bytes]]) -> Sequence[None]:
        rows = promise(bare_wire.WORK_SUBJECT, [body for _, body in batch])
        await self._accept.fetch([job for job, _ in batch], rows.ids, rows.subjects, rows.bodies)
        await self._desk.publish(rows)
        return [None] * len(batch)

    async def on_events(self, messages: Sequence[Msg]) -> None:
        """Mark jobs and let go the callers of those that are done."""
        is_settled = [message.subject == bare_wire.SETTLED for message in messages]
        for row in await self._conclude.fetch(_jobs(messages), is_settled):
            if row["state"] == "done" and (waiting := self._waiting.pop(row["job"], None)) is not None:
                waiting.set_result(None)


async def gateway(desk: Desk, given: Addresses) -> None:
    """Serve HTTP on the given port."""
    app = Gateway(desk, await desk.statement(bare_sql.ACCEPT), await desk.statement(bare_sql.CONCLUDE))
    config = uvicorn.Config(
        app,
        port=given.port,
        http="httptools",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
    )
    async with asyncio.TaskGroup() as group:
        group.create_task(desk.forget())
        group.create_task(bare_wire.read(desk, bare_wire.GATEWAY, app.on_events))
        group.create_task(uvicorn.Server(config).serve())


async def billing(desk: Desk, _: Addresses) -> None:
    """Reserve on request, settle on the event."""
    reserve, settle = await desk.statement(bare_sql.RESERVE), await desk.statement(bare_sql.SETTLE)

    async def on_asked(messages: Sequence[Msg]) -> None:
        jobs = [message.data.decode() for message in messages]
        rows = promise(bare_wire.RESERVED, [job_body(job) for job in jobs])
        answer = b"1" if await reserve.fetchval(jobs, rows.ids, rows.subjects, rows.bodies) else b"0"
        for message in messages:
            await desk.client.publish(message.reply, answer)
        await desk.publish(rows)

    async def on_image(messages: Sequence[Msg]) -> None:
        await _effect(desk, settle, bare_wire.SETTLED, messages)

    asked = Flights(on_asked)
    await desk.broker.subscribe(bare_wire.RESERVE_CALL, asked.add)
    async with asyncio.TaskGroup() as group:
        group.create_task(desk.forget())
        group.create_task(asked.fly())
        group.create_task(bare_wire.read(desk, bare_wire.BILLING, on_image))


async def assets(desk: Desk, _: Addresses) -> None:
    """Archive on the event."""
    archive = await desk.statement(bare_sql.ARCHIVE)

    async def on_image(messages: Sequence[Msg]) -> None:
        await _effect(desk, archive, bare_wire.ARCHIVED, messages)

    async with asyncio.TaskGroup() as group:
        group.create_task(desk.forget())
        group.create_task(bare_wire.read(desk, bare_wire.ASSETS, on_image))


async def _effect(desk: Desk, statement: Statement, subject: str, messages: Sequence[Msg]) -> None:
    jobs = _jobs(messages)
    rows = promise(subject, [job_body(job) for job in jobs])
    await statement.fetch(jobs, rows.ids, rows.subjects, rows.bodies)
    await desk.publish(rows)


@dataclass(frozen=True, slots=True)
class Shelf:
    """One PUT of one picture, by an ordinary client library, in a thread."""

    client: Minio
    bucket: str
    picture: bytes
    threads: ThreadPoolExecutor

    async def put(self) -> None:
        """Store the picture once more."""
        await asyncio.get_running_loop().run_in_executor(self.threads, self._put)

    def _put(self) -> None:
        self.client.put_object(self.bucket, BLOB_KEY, io.BytesIO(self.picture), len(self.picture), "image/png")


async def worker(desk: Desk, given: Addresses) -> None:
    """Do nothing to each job and say that it is done, in one of two ways."""
    claims = _batches(await desk.statement(bare_sql.CLAIM))
    finish_same = await desk.statement(bare_sql.FINISH_SAME)
    finish_thin = await desk.statement(bare_sql.FINISH_THIN)
    shelf = await _shelf(given)

    async def end_same(jobs: Sequence[str]) -> Sequence[None]:
        rows = _images(jobs)
        await finish_same.fetch(jobs, rows.ids, rows.subjects, rows.bodies)
        await desk.publish(rows)
        return [None] * len(jobs)

    async def end_thin(jobs: Sequence[str]) -> Sequence[None]:
        rows = _images(jobs)
        await finish_thin.fetch(rows.ids, rows.subjects, rows.bodies)
        await desk.publish(rows)
        return [None] * len(jobs)

    same = Batcher(end_same, batch_max=bare_wire.BATCH_MAX)
    thin = Batcher(end_thin, batch_max=bare_wire.BATCH_MAX)
    pull = Pull(desk.broker, bare_wire.WORKER, capacity=bare_wire.WORKER.ack_pending_max // 4)

    async def one(delivery: Delivery) -> None:
        work = json.loads(delivery.body)
        if work["way"] == SAME:
            await claims.submit(work["job"])
            await shelf.put()
            await same.submit(work["job"])
        else:
            await thin.submit(work["job"])
        await delivery.ack()
        await pull.release(1)

    await pull.start()
    async with asyncio.TaskGroup() as group:
        group.create_task(desk.forget())
        while True:
            for delivery in await pull.take(bare_wire.BATCH_MAX):
                group.create_task(one(delivery))


def _batches(statement: Statement) -> Batcher[str, None]:
    async def run(jobs: Sequence[str]) -> Sequence[None]:
        await statement.fetch(jobs)
        return [None] * len(jobs)

    return Batcher(run, batch_max=bare_wire.BATCH_MAX)


def _images(jobs: Sequence[str]) -> Promise:
    return promise(bare_wire.IMAGE, [job_body(job) for job in jobs])


def _jobs(messages: Sequence[Msg]) -> list[str]:
    return [json.loads(message.data)["job"] for message in messages]


async def _shelf(given: Addresses) -> Shelf:
    parts = urlsplit(given.s3_endpoint)
    client = Minio(
        endpoint=parts.netloc,
        access_key=given.s3_access_key,
        secret_key=given.s3_secret_key,
        secure=False,
        region="us-east-1",
        http_client=urllib3.PoolManager(maxsize=PUTS_AT_ONCE, block=True),
    )
    return Shelf(client, given.s3_bucket, await _picture(), ThreadPoolExecutor(PUTS_AT_ONCE))


async def _picture() -> bytes:
    """The very bytes that the product stores when it is measured."""

    async def progress(_: float) -> None:
        return

    ask = GenerateAsk("bench", "fake", PICTURE_SIDE_PX, PICTURE_SIDE_PX, seed=1)
    made = await FakeGenerate().generate(ask, attempt=AttemptId(ids.mint()), timeout_s=1, progress=progress)
    return made.data


ROLES: Final = {"gateway": gateway, "billing": billing, "worker": worker, "assets": assets}


async def _main(role: str, given: Addresses) -> None:
    desk = await bare_wire.open_desk(role, given)
    await desk.answer_pings()
    await ROLES[role](desk, given)


if __name__ == "__main__":
    uvloop.run(_main(sys.argv[1], bare_wire.addresses(Path(sys.argv[2]))))

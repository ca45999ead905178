"""A closed loop of callers in a process of its own: one keep-alive connection each, nothing but the socket and a clock.

Reads one Order as JSON from standard input and writes one Result as JSON: `python -m scripts.bench.load`.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Final, cast

import uvloop

SILENCE_MAX_S: Final = 60.0
PERCENTILES: Final = (50, 99)
OK: Final = "200"


@dataclass(frozen=True, slots=True)
class Order:
    """What to send, how often, by how many callers at once. `warm_up` requests come first and are not measured."""

    host: str
    port: int
    path: str
    body: str
    headers: Mapping[str, str]
    callers: int
    warm_up: int
    jobs: int


@dataclass(frozen=True, slots=True)
class Result:
    """What came back. Milliseconds for one request, seconds for all measured ones; `answers` counts every status."""

    jobs: int
    seconds: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    answers: Mapping[str, int]

    @property
    def jobs_per_s(self) -> float:
        """Measured requests a second."""
        return self.jobs / self.seconds

    @property
    def answered(self) -> int:
        """Answers with 200, warm-up included."""
        return self.answers.get(OK, 0)


@dataclass(slots=True)
class Tally:
    """What all callers share."""

    order: Order
    request: bytes
    finished: asyncio.Future[None]
    started: int = 0
    ended: int = 0
    measured_from: float = 0.0
    latencies_ms: list[float] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """Requests in all."""
        return self.order.warm_up + self.order.jobs

    def start_one(self) -> int | None:
        """The number of the next request; None when there are no more."""
        if self.started >= self.total:
            return None
        self.started += 1
        if self.started == self.order.warm_up + 1:
            self.measured_from = time.perf_counter()
        return self.started

    def end_one(self, number: int, status: str, latency_ms: float) -> None:
        """Count one answer."""
        self.ended += 1
        self.answers[status] += 1
        if number > self.order.warm_up:
            self.latencies_ms.append(latency_ms)
        if self.ended == self.total and not self.finished.done():
            self.finished.set_result(None)


class Caller(asyncio.Protocol):
    """Sends a request, reads its answer, sends the next."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._buffer = b""
        self._need = 0
        self._number: int | None = None
        self._sent_at = 0.0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are not registered as such
        self._next()

    def data_received(self, data: bytes) -> None:
        """Collect until the answer is whole."""
        self._buffer += data
        if not self._need:
            head = self._buffer.find(b"\r\n\r\n")
            if head < 0:
                return
            self._need = head + 4 + _content_length(self._buffer[:head])
        if len(self._buffer) >= self._need and self._number is not None:
            latency_ms = (time.perf_counter() - self._sent_at) * 1e3
            number, status = self._number, self._buffer[9:12].decode()
            self._buffer, self._need = b"", 0
            self._tally.end_one(number, status, latency_ms)
            self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        """A connection that breaks ends the measurement: nothing is tried again."""
        if not self._tally.finished.done() and self._number is not None:
            self._tally.finished.set_exception(exc or ConnectionError("the server closed a connection"))

    def _next(self) -> None:
        self._number = self._tally.start_one()
        if self._transport is not None and self._number is not None:
            self._sent_at = time.perf_counter()
            self._transport.write(self._tally.request)


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise ValueError("an answer without Content-Length")


def _request(order: Order) -> bytes:
    body = order.body.encode()
    given = {"Host": f"{order.host}:{order.port}", "Content-Type": "application/json", "Content-Length": str(len(body))}
    lines = [f"POST {order.path} HTTP/1.1", *(f"{name}: {value}" for name, value in {**given, **order.headers}.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def load(order: Order) -> Result:
    """Send everything. Raises OSError or TimeoutError when the server goes silent."""
    loop = asyncio.get_running_loop()
    tally = Tally(order, _request(order), loop.create_future())
    transports = []
    for _ in range(order.callers):
        transport, _ = await loop.create_connection(lambda: Caller(tally), order.host, order.port)
        transports.append(transport)
    await _while_moving(tally)
    seconds = time.perf_counter() - tally.measured_from
    for transport in transports:
        transport.close()
    ordered = sorted(tally.latencies_ms)
    p50, p99 = (percentile(ordered, percent) for percent in PERCENTILES)
    return Result(len(ordered), seconds, p50, p99, ordered[-1], dict(tally.answers))


async def _while_moving(tally: Tally) -> None:
    ended = -1
    while not tally.finished.done():
        if tally.ended == ended:
            raise TimeoutError(f"no answer for {SILENCE_MAX_S:.0f} s; {tally.ended} of {tally.total} came")
        ended = tally.ended
        await asyncio.wait([tally.finished], timeout=SILENCE_MAX_S)
    tally.finished.result()


def percentile(ordered: list[float], percent: int) -> float:
    """The smallest value that is not below `percent` of all (nearest rank)."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(uvloop.run(load(Order(**json.loads(sys.stdin.read())))))))

"""The same load on each chain in turn, never on two at once; and whether every job was accounted for afterwards."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Final

from deploy.local.ports import HOST
from scripts.bench import bare_chain, bare_sql
from scripts.bench.load import Order, Result
from scripts.bench.stack import Stack, counts, product_address, python

QUIET_S: Final = 1.1  # a little more than the second after which rows are marked as sent
QUIET_CORES: Final = 0.2
QUIET_TRIES_MAX: Final = 30
AGREE_TRIES_MAX: Final = 30
AGREE_AGAIN_S: Final = 1.0
FLOOR_JOBS_FACTOR: Final = 2  # it is faster: so it is measured for about as long

OUTBOXES: Final = """
select (select count(*) from gateway_outbox) + (select count(*) from billing_outbox)
    + (select count(*) from worker_outbox) + (select count(*) from assets_outbox) as unsent
"""
PRODUCT_COUNTS: Final = """
select (select count(*) from gateway.jobs where workspace_id = $1) as accepted,
    (select count(*) from gateway.jobs where workspace_id = $1 and state = 'succeeded') as jobs,
    (select count(*) from billing.reservations where workspace_id = $1) as reserved,
    (select count(*) from billing.reservations where workspace_id = $1 and state = 'settled') as settled,
    (select count(*) from "create".jobs where workspace_id = $1 and state = 'done') as claims,
    (select count(*) from assets.assets where workspace_id = $1) as archived,
    (select held from billing.accounts where workspace_id = $1) as held
"""


class Chain(StrEnum):
    """What is measured."""

    THIN = bare_chain.THIN
    SAME = bare_chain.SAME
    PRODUCT = "product"


@dataclass(frozen=True, slots=True)
class Level:
    """So many callers at once; `jobs` are measured, `warm_up` before them are not."""

    callers: int
    jobs: int
    warm_up: int


@dataclass(frozen=True, slots=True)
class Run:
    """One load on one chain. `cpu_ms` is the CPU time of each server and service for one job."""

    chain: Chain
    level: Level
    round: int
    result: Result
    cpu_ms: Mapping[str, float]


LEVELS: Final = (Level(1, 400, 60), Level(32, 2_000, 300), Level(128, 4_000, 600))
QUICK_LEVELS: Final = (Level(1, 150, 30), Level(32, 600, 150), Level(128, 1_200, 300))


async def measure(stack: Stack, levels: Sequence[Level], rounds: int, tell: Callable[[Run], None]) -> list[Run]:
    """All rounds. Raises RuntimeError when a job was not answered, a process ended, or the counts disagree."""
    runs = []
    for number in range(rounds):
        for level in levels:
            for chain in _turn(number):
                run = await _one(stack, chain, level, number)
                tell(run)
                runs.append(run)
    await _check(stack, runs)
    return runs


def _turn(number: int) -> list[Chain]:
    """Each round begins with another chain, so that none always comes first on fresh tables."""
    chains = list(Chain)
    shift = number % len(chains)
    return chains[shift:] + chains[:shift]


async def _one(stack: Stack, chain: Chain, level: Level, number: int) -> Run:
    order = _order(stack, chain, level)
    before = stack.cpu_s()
    result = Result(**json.loads(await python("scripts.bench.load", stdin=json.dumps(asdict(order)))))
    await _quiet(stack)
    sent = order.jobs + order.warm_up
    cpu_ms = {name: 1e3 * (after - before[name]) / sent for name, after in stack.cpu_s().items()}
    if result.answered != sent:
        raise RuntimeError(f"{chain}, {level.callers} callers: answers {dict(result.answers)}")
    return Run(chain, level, number, result, cpu_ms)


async def _quiet(stack: Stack) -> None:
    """Wait until nothing is busy: what a chain puts off is counted as its own and does not burden the next."""
    for _ in range(QUIET_TRIES_MAX):
        before = sum(stack.cpu_s().values())
        await asyncio.sleep(QUIET_S)
        if sum(stack.cpu_s().values()) - before < QUIET_S * QUIET_CORES:
            return
    raise RuntimeError(f"still busy {QUIET_TRIES_MAX * QUIET_S:.0f} s after the last answer")


def _order(stack: Stack, chain: Chain, level: Level) -> Order:
    if chain is not Chain.PRODUCT:
        jobs = level.jobs * FLOOR_JOBS_FACTOR
        return Order(HOST, stack.bare.port, f"/{chain}", "{}", {}, level.callers, level.warm_up, jobs)
    host, port = product_address(stack)
    side = bare_chain.PICTURE_SIDE_PX
    ask = {"prompt": "bench", "provider": "fake", "width": side, "height": side, "response_format": "url"}
    headers = {"Authorization": f"Bearer {stack.api_key}"}
    path = "/api/image-studio/create"
    return Order(host, port, path, json.dumps(ask), headers, level.callers, level.warm_up, level.jobs)


async def _check(stack: Stack, runs: Sequence[Run]) -> None:
    if ended := stack.restarted():
        raise RuntimeError(f"ended and were started again: {', '.join(ended)}")
    answered: Counter[Chain] = Counter()
    for run in runs:
        answered[run.chain] += run.result.answered
    bare = answered[Chain.THIN] + answered[Chain.SAME]
    same = answered[Chain.SAME]
    wanted = dict.fromkeys(("jobs", "accepted", "settled", "reserved", "archived", "paid"), bare)
    await _agree(stack.bare.dsn, bare_sql.COUNTS, (), {**wanted, "held": 0, "claimed": same, "claims": same})
    await _agree(stack.bare.dsn, OUTBOXES, (), {"unsent": 0})
    product = answered[Chain.PRODUCT]
    wanted = dict.fromkeys(("jobs", "accepted", "settled", "reserved", "archived", "claims"), product)
    await _agree(stack.site.servers.postgres_dsn, PRODUCT_COUNTS, (stack.workspace_id,), {**wanted, "held": 0})


async def _agree(dsn: str, sql: str, arguments: tuple[object, ...], wanted: Mapping[str, int]) -> None:
    found: dict[str, int] = {}
    for _ in range(AGREE_TRIES_MAX):
        found = await counts(dsn, sql, *arguments)
        if found == dict(wanted):
            return
        await asyncio.sleep(AGREE_AGAIN_S)
    raise RuntimeError(f"the counts do not agree: {found}, wanted {dict(wanted)}")

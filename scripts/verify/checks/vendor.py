"""I6: the vendor's bill against our attempts.

The vendor knows no id of ours, and sees only what was sent: so bills and attempts are compared by (model, seed). An
attempt with the seed 0 let the vendor draw, and may stand for any seed of its model.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from libs.common.providers.stability_facts import SEED_RANDOM
from scripts.verify.bill import Line
from scripts.verify.found import Found, Row
from scripts.verify.world import LAG_S, Check, World

VENDOR: Final = "stability"
BILLED_FAILURES: Final = ("moderation_output",)
"""Codes of attempts that failed after the vendor had done, and billed, its work."""
Drawing = tuple[str, int]
"""Model and seed."""

ATTEMPTS: Final = """
select model, seed, array_agg(distinct job_id::text) as jobs, count(*) as made,
    count(*) filter (where state not in ('failed', 'refused') or code = any($2::text[])) as billable
from "create".attempts where provider = $1 group by model, seed
"""
LEFT_OPEN: Final = f"""
select a.id as attempt_id, a.job_id, format('%s since %s, but its job is over', a.state, a.changed_at) as what
from "create".attempts a left join "create".jobs c using (job_id) left join gateway.jobs j using (job_id)
where a.state in ('submitting', 'submitted') and (c.state = 'done' or j.finished_at < now() - interval '{LAG_S} s')
"""  # noqa: S608 -- constants


@dataclass(frozen=True, slots=True)
class Made:
    """Our attempts of one model and seed: all, those that the vendor may bill, and the jobs they are of."""

    made: int
    billable: int
    jobs: tuple[str, ...]


async def every_bill_has_an_attempt(world: World) -> Found:
    """Bills of pictures that we never asked for, or asked for only in attempts that are marked as never billed."""
    if world.bill is None:
        return Found.of([], note="no vendor's bill to compare with")
    attempts = await _attempts(world)
    drawn = Counter({model: one.billable for (model, seed), one in attempts.items() if seed == SEED_RANDOM})
    rows: list[Row] = []
    for drawing, lines in _grouped(world.bill).items():
        known = attempts.get(drawing)
        if known is not None and known.billable > 0:
            continue
        if drawn[drawing[0]] >= len(lines):
            drawn[drawing[0]] -= len(lines)
            continue
        rows += [
            _row(line, known, "no attempt" if known is None else "only attempts marked as never billed")
            for line in lines
        ]
    return Found.of(rows, note=f"{len(world.bill)} bills")


async def no_attempt_is_billed_twice(world: World) -> Found:
    """Bills beyond the number of attempts that can have caused them, and ids that are on the bill twice."""
    bill = world.bill or ()
    attempts = await _attempts(world) if bill else {}
    rows: list[Row] = []
    for drawing, lines in _grouped(bill).items():
        known = attempts.get(drawing)
        if known is not None and known.billable > 0:
            why = f"{len(lines)} bills for {known.billable} attempts"
            rows += [_row(line, known, why) for line in lines[known.billable :]]
    twice = [bill_id for bill_id, count in Counter(line.id for line in bill).items() if count > 1]
    rows += [Row((("bill", bill_id),), "is on the bill twice") for bill_id in twice]
    return Found.of(rows)


async def _attempts(world: World) -> Mapping[Drawing, Made]:
    rows = await world.database.fetch_once(ATTEMPTS, VENDOR, BILLED_FAILURES)
    return {(row["model"], row["seed"]): Made(row["made"], row["billable"], tuple(row["jobs"])) for row in rows}


def _grouped(bill: Sequence[Line]) -> Mapping[Drawing, list[Line]]:
    groups: dict[Drawing, list[Line]] = {}
    for line in bill:
        groups.setdefault((line.model, line.seed), []).append(line)
    return groups


def _row(line: Line, known: Made | None, why: str) -> Row:
    jobs = tuple(("job_id", job) for job in known.jobs) if known else ()
    return Row((("bill", line.id), *jobs), f"{line.model}, seed {line.seed}: {why}")


CHECKS: Final = (
    Check("I6", "every bill of the vendor is of an attempt of ours", every_bill_has_an_attempt),
    Check("I6", "no attempt is billed twice", no_attempt_is_billed_twice),
    Check("I6", "no attempt is left open when its job is over", LEFT_OPEN),
)

"""I6: the vendors' bills against our attempts, of all services together: a vendor bills a model, whoever asked for it.

A vendor knows no id of ours, and sees only what was sent: so bills and attempts are compared by (provider, model,
seed), and where a vendor takes no seed by the counts of its model. A bill of several pictures is of one call that
several attempts shared; it names the seed of the first.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from libs.common.providers import stability_edit_facts, stability_facts
from scripts.verify import makers
from scripts.verify.bill import Line
from scripts.verify.found import Found, Row
from scripts.verify.world import LAG_S, Check, World

BILLED_FAILURES: Final = ("moderation_output", "fewer_pictures")
"""Codes of attempts that failed after the vendor had done, and billed, its work: a withheld picture, and one that is
missing in an answer that its neighbours came with."""
DRAWN: Final = ("stability", stability_facts.SEED_RANDOM)
"""A provider and the seed that lets it draw one: such an attempt may stand for any seed of its model."""
MASKED: Final = stability_edit_facts.MASKED_AS
"""The bill names another model than the attempt where the customer marked a place by a mask."""
Drawing = tuple[str, str, int | None]
"""Provider, model and seed; without a seed, everything of the model."""

ATTEMPTS: Final = f"""
select a.provider, case when jsonb_typeof(j.ask -> 'mask') = 'object' then m.billed else a.model end as model, a.seed,
    array_agg(distinct a.job_id::text) as jobs, count(*) as made,
    count(*) filter (where a.state not in ('failed', 'refused') or a.code = any($2::text[])) as billable
from {makers.ATTEMPTS} a left join unnest($3::text[], $4::text[]) m (model, billed) on m.model = a.model
left join gateway.jobs j on j.job_id = a.job_id and m.model is not null
where a.provider = any($1::text[]) group by 1, 2, 3
"""  # noqa: S608 -- constants
LEFT_OPEN: Final = f"""
select a.id as attempt_id, a.job_id,
    format('%s at %s since %s, but its job is over', a.state, a.service, a.changed_at) as what
from {makers.ATTEMPTS} a left join {makers.JOBS} c using (service, job_id) left join gateway.jobs j using (job_id)
where a.state in ('submitting', 'submitted') and (c.state = 'done' or j.finished_at < now() - interval '{LAG_S} s')
"""  # noqa: S608 -- constants


@dataclass(frozen=True, slots=True)
class Tries:
    """Our attempts of one drawing: all, those that the vendor may bill, and the jobs they are of."""

    made: int = 0
    billable: int = 0
    jobs: tuple[str, ...] = ()

    def and_more(self, other: "Tries") -> "Tries":
        """Both counts together; whose they are, nobody asks of a whole model."""
        return Tries(self.made + other.made, self.billable + other.billable)


Attempts = Mapping[Drawing, Tries]
NONE: Final = Tries()


async def every_bill_has_an_attempt(world: World) -> Found:
    """Bills of pictures that we never asked for, or asked for only in attempts that are marked as never billed."""
    if world.bills is None:
        return Found.of([], note="no vendor's bill to compare with")
    attempts = await _attempts(world, world.bills)
    drawn = Counter({key[:2]: tries.billable for key, tries in attempts.items() if (key[0], key[2]) == DRAWN})
    rows: list[Row] = []
    for drawing, lines in _grouped(world.bills).items():
        tries = attempts.get(drawing, NONE)
        if tries.billable > 0:
            continue
        if drawn[drawing[:2]] >= len(lines):
            drawn[drawing[:2]] -= len(lines)
            continue
        why = "only attempts marked as never billed" if tries.made else "no attempt"
        rows += [_row(line, tries, why) for line in lines]
    return Found.of(rows, note=_counted(world.bills))


async def no_attempt_is_billed_twice(world: World) -> Found:
    """Bills beyond the number of attempts that can have caused them, and ids that are on a bill twice."""
    bills = world.bills or ()
    attempts = await _attempts(world, bills) if bills else {}
    rows = [*_too_many_bills(bills, attempts), *_too_many_pictures(bills, attempts)]
    twice = [key for key, count in Counter((line.vendor, line.id) for line in bills).items() if count > 1]
    rows += [Row((("vendor", vendor), ("bill", bill_id)), "is on the bill twice") for vendor, bill_id in twice]
    return Found.of(rows)


def _too_many_bills(bills: Sequence[Line], attempts: Attempts) -> Iterator[Row]:
    """Each bill is of one attempt at least. Bills without any attempt are the other rule's."""
    for drawing, lines in _grouped(bills).items():
        tries = attempts.get(drawing, NONE)
        if tries.billable > 0:
            why = f"{len(lines)} bills for {tries.billable} attempts"
            yield from (_row(line, tries, why) for line in lines[tries.billable :])


def _too_many_pictures(bills: Sequence[Line], attempts: Attempts) -> Iterator[Row]:
    """Where one bill may stand for several attempts: no more pictures than attempts were made of the model."""
    for made in sorted({(line.vendor, line.model) for line in bills if line.pictures > 1}):
        lines = [line for line in bills if (line.vendor, line.model) == made]
        pictures, tries = sum(line.pictures for line in lines), attempts.get((*made, None), NONE)
        if 0 < tries.made < pictures:
            yield _row(lines[-1], NONE, f"{pictures} pictures billed for {tries.made} attempts of the model")


async def _attempts(world: World, bills: Iterable[Line]) -> Attempts:
    """By drawing, and once more all of a model together, under no seed."""
    vendors = tuple(sorted({line.vendor for line in bills}))
    found: dict[Drawing, Tries] = {}
    asked = vendors, BILLED_FAILURES, tuple(MASKED), tuple(MASKED.values())
    for row in await world.database.fetch_once(ATTEMPTS, *asked):
        tries = Tries(row["made"], row["billable"], tuple(row["jobs"]))
        found[row["provider"], row["model"], row["seed"]] = tries
        everything = (row["provider"], row["model"], None)
        found[everything] = found.get(everything, NONE).and_more(tries)
    return found


def _grouped(bills: Iterable[Line]) -> Mapping[Drawing, list[Line]]:
    groups: dict[Drawing, list[Line]] = {}
    for line in bills:
        groups.setdefault((line.vendor, line.model, line.seed), []).append(line)
    return groups


def _counted(bills: Iterable[Line]) -> str:
    counts = Counter(line.vendor for line in bills)
    return ", ".join(f"{count} bills of {vendor}" for vendor, count in sorted(counts.items())) or "0 bills"


def _row(line: Line, tries: Tries, why: str) -> Row:
    jobs = tuple(("job_id", job) for job in tries.jobs) if line.seed is not None else ()
    return Row((("vendor", line.vendor), ("bill", line.id), *jobs), f"{line.model}, seed {line.seed}: {why}")


CHECKS: Final = (
    Check("I6", "every bill of a vendor is of an attempt of ours", every_bill_has_an_attempt),
    Check("I6", "no attempt is billed twice", no_attempt_is_billed_twice),
    Check("I6", "no attempt is left open when its job is over", LEFT_OPEN),
)

"""Looks once; looks again after a while at what seemed wrong; what is wrong both times is broken."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from scripts.verify.found import Found
from scripts.verify.places import Places
from scripts.verify.table import CHECKS
from scripts.verify.world import Check, Options, World, opened

RECHECK_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one check found in the end."""

    check: Check
    found: Found


async def prove(
    places: Places, options: Options, *, checks: Sequence[Check] = CHECKS, recheck_s: float = RECHECK_S
) -> list[Verdict]:
    """One verdict for each check, in their order. Raises what `opened` raises."""
    first = await _look(places, options, checks)
    suspects = [one.check for one in first if one.found.total]
    if not suspects:
        return first
    await asyncio.sleep(recheck_s)
    again = {one.check: one for one in await _look(places, options, suspects)}
    return [_both(one, again.get(one.check, one)) for one in first]


async def _look(places: Places, options: Options, checks: Sequence[Check]) -> list[Verdict]:
    async with opened(places, options) as world, asyncio.TaskGroup() as group:
        tasks = [group.create_task(_verdict(check, world)) for check in checks]
    return [task.result() for task in tasks]


async def _verdict(check: Check, world: World) -> Verdict:
    return Verdict(check, await check.look(world))


def _both(first: Verdict, again: Verdict) -> Verdict:
    return Verdict(first.check, first.found.still(again.found))

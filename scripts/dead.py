"""Messages that no reader could handle: list them, publish them again, or throw one away.

The broker is STUDIO_NATS_URL, else the one named in STUDIO_HOME/credentials.json.
"""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import structlog

from libs.common.bus import dead
from libs.common.bus.broker import Broker, connect
from libs.common.bus.dead import DeadLetter
from libs.common.clock import SystemClock
from libs.common.contracts.envelope import BrokenMessage, Raw
from libs.common.errors import AppError, NotFound, Unavailable

CONNECT_MAX_S: Final = 10.0
LIST_MAX: Final = 1_000
HEAD: Final = ("number", "age", "count", "consumer", "subject", "event", "reason")

Say = Callable[[str], object]


async def listing(broker: Broker, say: Say) -> None:
    """A line for each parked message, oldest first."""
    letters = await dead.read_dead(broker, most=LIST_MAX)
    if not letters:
        say("Nothing is parked.")
        return
    now = SystemClock().now()
    rows = [HEAD, *(_row(letter, now) for letter in letters)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD) - 1)]
    for row in rows:
        say("  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]))
    total = await dead.count_dead(broker)
    if total > len(letters):
        say(f"… and {total - len(letters)} more")


async def replay(broker: Broker, say: Say, numbers: Sequence[int], *, dry_run: bool) -> None:
    """Publish the original bytes of these letters again, each under its own event id."""
    for number in numbers:
        letter = await dead.find_dead(broker, number)
        if not dry_run:
            await dead.replay(broker, letter)
        say(f"{'would replay' if dry_run else 'replayed'} {number}: {letter.subject} {event_of(letter)}")


async def replay_all(broker: Broker, say: Say, *, dry_run: bool) -> None:
    """The same for everything that is parked now; what is parked again meanwhile stays."""
    last = 0
    while letters := [one for one in await dead.read_dead(broker, most=LIST_MAX) if one.sequence > last]:
        await replay(broker, say, [letter.sequence for letter in letters], dry_run=dry_run)
        last = letters[-1].sequence
        if dry_run or len(letters) < LIST_MAX:
            return
    say("Nothing is parked.")


async def discard(broker: Broker, say: Say, number: int) -> None:
    """Remove one letter for good, showing it a last time."""
    letter = await dead.find_dead(broker, number)
    await dead.discard(broker, letter)
    say(f"discarded {number}: {letter.subject} {event_of(letter)} ({letter.reason})")


def event_of(letter: DeadLetter) -> str:
    """The id of the parked event, when its bytes still tell it."""
    try:
        return Raw.decode(letter.body).id
    except BrokenMessage:
        return "–"


def age_of(span: timedelta) -> str:
    """The age in its largest unit: 41 s, 5 min, 7 h, 12 d."""
    seconds = max(0, int(span.total_seconds()))
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


def _row(letter: DeadLetter, now: datetime) -> tuple[str, ...]:
    return (
        str(letter.sequence),
        age_of(now - letter.at),
        str(letter.count),
        letter.consumer,
        letter.subject,
        event_of(letter),
        letter.reason,
    )


def nats_url() -> str:
    """Where the broker is. Raises NotFound with what to do."""
    env = os.environ  # noqa: TID251 -- a command
    if url := env.get("STUDIO_NATS_URL"):
        return url
    file = Path(env.get("STUDIO_HOME") or ".studio", "credentials.json")
    try:
        return str(json.loads(file.read_text())["nats_url"])
    except (OSError, ValueError, KeyError) as error:
        raise NotFound(f"There is no broker to ask: set STUDIO_NATS_URL, or start the stack ({file}).") from error


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m scripts.dead", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="what is parked, oldest first")
    again = commands.add_parser("replay", help="publish the original bytes again")
    which = again.add_mutually_exclusive_group(required=True)
    which.add_argument("number", type=int, nargs="?")
    which.add_argument("--all", action="store_true", dest="everything")
    again.add_argument("--dry-run", action="store_true", help="only say what would be done")
    commands.add_parser("discard", help="remove one for good").add_argument("number", type=int)
    return parser.parse_args(argv)


async def run(broker: Broker, arguments: argparse.Namespace, say: Say) -> None:
    """What the command line says."""
    todo: Awaitable[None]
    match arguments.command:
        case "list":
            todo = listing(broker, say)
        case "discard":
            todo = discard(broker, say, arguments.number)
        case _ if arguments.everything:
            todo = replay_all(broker, say, dry_run=arguments.dry_run)
        case _:
            todo = replay(broker, say, [arguments.number], dry_run=arguments.dry_run)
    await todo


async def _connected(url: str) -> Broker:
    try:
        async with asyncio.timeout(CONNECT_MAX_S):
            return await connect(url, service="dead-letters")
    except TimeoutError as error:
        raise Unavailable("The broker does not answer.") from error


async def main(argv: Sequence[str] | None = None, say: Say = print) -> int:
    """0, or 1 with a sentence on the error output."""
    arguments = _arguments(argv)
    try:
        broker = await _connected(nats_url())
        try:
            await run(broker, arguments, say)
        finally:
            await broker.client.close()
    except AppError as error:
        sys.stderr.write(f"{error.detail}\n")
        return 1
    return 0


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    sys.exit(asyncio.run(main()))

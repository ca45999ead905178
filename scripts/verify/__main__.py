"""python -m scripts.verify: exit 0 when every invariant holds, 1 when one is broken, 2 when it cannot look."""

import argparse
import asyncio
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import asyncpg
import nats.errors
import urllib3
from minio.error import MinioException

from deploy.local.settings import BadSetting
from scripts.verify import report
from scripts.verify.places import NoStack, Places, find
from scripts.verify.prove import prove
from scripts.verify.world import BLOB_GRACE_S, Options

HOLDS, BROKEN, BLIND = 0, 1, 2
AWAY: Final = (
    OSError,
    TimeoutError,
    ValueError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    nats.errors.Error,
    MinioException,
    urllib3.exceptions.HTTPError,
)
"""How a server says that it is away, refuses us or does not hold what we look for."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Look and tell."""
    asked = _parser().parse_args(arguments)
    try:
        places = find(bills=asked.bills)
    except (NoStack, BadSetting) as error:
        return _blind(str(error))
    try:
        return asyncio.run(_run(places, Options(asked.blob_grace_s, deep=asked.deep), as_json=asked.json))
    except AWAY as error:
        return _blind(_told(error))
    except BaseExceptionGroup as group:
        if group.split(AWAY)[1] is not None:
            raise
        return _blind("; ".join(dict.fromkeys(_told(error) for error in _leaves(group))))


async def _run(places: Places, options: Options, *, as_json: bool) -> int:
    started = time.monotonic()
    verdicts = await prove(places, options)
    show = report.as_json if as_json else report.text
    sys.stdout.write(show(verdicts, took_s=time.monotonic() - started) + "\n")
    return BROKEN if report.broken(verdicts) else HOLDS


def _blind(why: str) -> int:
    sys.stderr.write(f"Cannot look: {why}\n")
    return BLIND


def _told(error: BaseException) -> str:
    return f"{type(error).__module__.partition('.')[0]}: {str(error) or type(error).__name__}"


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _leaves(one)
    else:
        yield error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scripts.verify", description="Prove the invariants, read-only.")
    parser.add_argument("--json", action="store_true", help="one JSON object in place of lines")
    parser.add_argument("--deep", action="store_true", help="read and hash every blob, not a sample")
    parser.add_argument("--bills", type=Path, help="folder of the vendors' bills, JSON lines in <vendor>.jsonl each")
    parser.add_argument(
        "--blob-grace-s", type=float, default=BLOB_GRACE_S, help="how old a blob without a row may be (%(default)s s)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())

"""Free ports on 127.0.0.1, remembered so that links and clients survive a restart."""

import secrets
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from deploy.local.home import read_json, write_json

HOST: Final = "127.0.0.1"
LOWEST: Final = 20_000
HIGHEST: Final = 32_000  # Linux hands out 32,768 and up to outgoing connections
TRIES_MAX: Final = 200


class NoFreePort(Exception):
    """No port was free after many tries."""


def is_free(port: int) -> bool:
    """Whether a server could listen on 127.0.0.1 and on every address at this port."""
    return _can_bind(HOST, port) and _can_bind("", port)


def choose(file: Path, names: Sequence[str]) -> dict[str, int]:
    """One free port a name: the one of last time where it is still free, else a new one; written back to the file."""
    known = read_json(file)
    chosen: dict[str, int] = {}
    for name in names:
        last = known.get(name)
        usable = isinstance(last, int) and last not in chosen.values() and is_free(last)
        chosen[name] = last if usable and isinstance(last, int) else _new(taken=set(chosen.values()))
    if known != {**known, **chosen}:
        write_json(file, {**known, **chosen})
    return chosen


def _new(*, taken: set[int]) -> int:
    # Random rather than next in line: two copies that start together must not pick the same one.
    for _ in range(TRIES_MAX):
        port = LOWEST + secrets.randbelow(HIGHEST - LOWEST)
        if port not in taken and is_free(port):
            return port
    raise NoFreePort(f"no free port between {LOWEST} and {HIGHEST} after {TRIES_MAX} tries")


def _can_bind(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True

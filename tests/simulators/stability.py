"""Stability AI on a port of this machine: `python -m tests.simulators.stability --port N --bill PATH`."""

import argparse
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Self

import httpx
import uvicorn
from pydantic import TypeAdapter

from libs.common.providers import stability_facts as facts
from tests.simulators.stability_app import Seen, Terms, Vendor, application
from tests.simulators.stability_bill import Bill, Line
from tests.simulators.stability_faults import Behaviour
from tests.simulators.stability_wire import Announcing, Connections, InThread, config, listen

HOST = "127.0.0.1"
_LINES = TypeAdapter(list[Line])
_SEEN = TypeAdapter(list[Seen])


@dataclass(frozen=True, slots=True)
class Control:
    """Tells a running simulator, in this process or another, how to behave, and reads its books."""

    base_url: str

    async def next(self, behaviour: Behaviour, *, times: int = 1, seconds: float = 0.0) -> None:
        """Queue a behaviour for the next `times` generating requests."""
        await self._post("faults", {"behaviour": behaviour.value, "times": times, "seconds": seconds})

    async def advance(self, seconds: float) -> None:
        """Move the vendor's clock."""
        await self._post("clock", {"advance_s": seconds})

    async def set_credits(self, balance: float) -> None:
        """Make the account hold this many vendor credits."""
        await self._post("account", {"credits": balance})

    async def reset(self) -> None:
        """Behave well again and open the gate; the bill and the account stay."""
        await self._post("reset", {})

    async def bill(self) -> list[Line]:
        """Everything billed since the bill was begun."""
        return _LINES.validate_json(await self._get("bill"))

    async def requests(self) -> list[Seen]:
        """The generating requests that came since the start, oldest first."""
        return _SEEN.validate_json(await self._get("requests"))

    async def _get(self, call: str) -> bytes:
        async with _plain_client() as client:
            return (await client.get(f"{self.base_url}/_sim/{call}")).raise_for_status().content

    async def _post(self, call: str, told: dict[str, str | float]) -> None:
        async with _plain_client() as client:
            (await client.post(f"{self.base_url}/_sim/{call}", json=told)).raise_for_status()


def _plain_client() -> httpx.AsyncClient:
    """Plain HTTP only: an empty TLS context spares reading every root certificate for each call."""
    return httpx.AsyncClient(trust_env=False, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))


class StabilitySimulator:
    """The simulator in a thread of this process: `async with StabilitySimulator() as vendor: vendor.base_url`."""

    def __init__(self, terms: Terms | None = None, *, port: int = 0) -> None:
        self.terms = terms or Terms()
        self._sock = listen(HOST, port)
        self.base_url = f"http://{HOST}:{self._sock.getsockname()[1]}"
        self.control = Control(self.base_url)
        self._running = InThread(_configured(self.terms), self._sock)

    def start(self) -> Self:
        """Answer from now on."""
        self._running.start()
        return self

    def stop(self) -> None:
        """Cut what is unfinished and give back the port."""
        self._running.stop()

    async def __aenter__(self) -> Self:
        return self.start()

    async def __aexit__(self, *_: object) -> None:
        self.stop()


def main(arguments: Sequence[str] | None = None) -> None:
    """Run alone until told to stop; prints one line when it answers."""
    asked = _parser().parse_args(arguments)
    terms = Terms(asked.api_key, asked.credits, asked.bill, asked.requests_max)
    sock = listen(asked.host, asked.port)
    ready = f"stability simulator ready on http://{asked.host}:{sock.getsockname()[1]}"
    Announcing(_configured(terms), ready).run([sock])


def _configured(terms: Terms) -> uvicorn.Config:
    connections = Connections()
    bill = Bill(terms.bill_path, granted=Decimal(terms.credits))
    return config(application(Vendor(terms, bill, connections)), connections.protocol())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.simulators.stability", description=__doc__)
    parser.add_argument("--host", default=HOST)
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    parser.add_argument("--bill", type=Path, default=None, help="JSON lines, one for each billed job")
    parser.add_argument("--api-key", default=Terms().api_key)
    parser.add_argument("--credits", default=Terms().credits, help="on the account when the bill is empty")
    parser.add_argument("--requests-max", type=int, default=facts.RATE_MAX_REQUESTS, help="per 10 s")
    return parser


if __name__ == "__main__":
    main()

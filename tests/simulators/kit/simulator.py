"""Simulated vendors as running servers."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import uvicorn

from tests.simulators.kit.admin import application
from tests.simulators.kit.bill import Bill
from tests.simulators.kit.control import Control
from tests.simulators.kit.mount import Mounted
from tests.simulators.kit.server import HOST, Connections, InThread, config, listen
from tests.simulators.kit.vendor import Simulated, Terms


class Simulator:
    """One vendor in a thread of this process: `async with Simulator(SIMULATED) as vendor: vendor.base_url`.

    It is mounted under its name like in the process that serves all of them, so there is one form to test.
    """

    def __init__(
        self, vendor: Simulated, terms: Terms | None = None, *, bills: Path | None = None, port: int = 0
    ) -> None:
        """`bills` is the folder that the bill <name>.jsonl is kept in; without one it is kept in memory."""
        self.terms = terms or Terms()
        self._sock = listen(HOST, port)
        self.base_url = f"http://{HOST}:{self._sock.getsockname()[1]}/{vendor.name}"
        self.control = Control(self.base_url)
        self._running = InThread(configured([vendor], self.terms, bills), self._sock)

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


def configured(vendors: Sequence[Simulated], terms: Terms, bills: Path | None) -> uvicorn.Config:
    """A server of these vendors, each under its name and with a bill of its own in the folder."""
    if bills is not None:
        bills.mkdir(parents=True, exist_ok=True)
    connections = Connections()
    apps = {one.name: application(one.make(terms, _bill(one.name, terms, bills), connections)) for one in vendors}
    return config(Mounted(apps), connections.protocol())


def _bill(name: str, terms: Terms, bills: Path | None) -> Bill:
    return Bill(bills / f"{name}.jsonl" if bills is not None else None, granted=terms.millicredits)

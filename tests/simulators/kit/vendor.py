"""What every simulated vendor has: an account, a bill, a queue of behaviours, a clock, and the requests that came."""

import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic

from starlette.requests import Request
from starlette.routing import BaseRoute

from tests.simulators.kit.bill import Bill, Line
from tests.simulators.kit.books import REQUEST_MAX_BYTES, Books, Seen, read
from tests.simulators.kit.clock import ShiftedClock
from tests.simulators.kit.faults import GENERATE, B, Faults
from tests.simulators.kit.mount import base_url
from tests.simulators.kit.rates import Gate
from tests.simulators.kit.server import Connections

TRAP_PATH: Final = "/_sim/trap"


@dataclass(frozen=True, slots=True)
class Terms:
    """What the account is like when the simulator starts."""

    api_key: str = "sk-simulated"
    millicredits: int = 1_000_000
    """On the account when the bill is empty; 1,000 to 0.01 USD."""
    requests_max: int | None = None
    """Requests in the vendor's own window; None is the vendor's own figure."""


class Vendor(ABC, Generic[B]):
    """The vendor's side of the wire. A vendor is a subclass with routes; its constructor takes (terms, bill,
    connections) and calls this one with the name that `provider` has in our table, its behaviours and its phases."""

    gate: Gate | None = None
    """Opened by a reset."""

    def __init__(
        self,
        name: str,
        behaviours: type[B],
        account: tuple[Terms, Bill, Connections],
        *,
        phases: Sequence[str] = (GENERATE,),
    ) -> None:
        self.name = name
        self.terms, self.bill, self.connections = account
        self.faults = Faults(behaviours, phases)
        self.clock = ShiftedClock()
        self.books = Books()

    @abstractmethod
    def routes(self) -> Sequence[BaseRoute]:
        """The vendor's own paths; they may hold further ones under /_sim/."""

    def reset(self) -> None:
        """Behave well again and open the gate; the bill and the account stay."""
        self.faults.clear()
        if self.gate is not None:
            self.gate.forget()

    async def seen(self, request: Request, *, max_bytes: int = REQUEST_MAX_BYTES) -> Seen:
        """Read the request to its end and write it down; one of more than `max_bytes` comes back as malformed."""
        seen = await read(request, max_bytes=max_bytes)
        self.books.keep(seen)
        return seen

    def charge(
        self,
        seen: Seen,
        model: str,
        millicredits: int,
        *,
        seed: int | None,
        pictures: int = 1,
        bill_id: str | None = None,
    ) -> Line | None:
        """Bill one call, durably, before its answer leaves; None, and no bill, when the account cannot pay.

        `millicredits` is the price of all its pictures together. `bill_id` is the vendor's own, else 32 hex digits.
        """
        if self.bill.balance < millicredits:
            return None
        at = self.clock.now().isoformat()
        line = Line(
            bill_id or secrets.token_hex(16),
            self.name,
            model,
            millicredits,
            seed,
            at,
            seen.request_hash,
            pictures=pictures,
        )
        self.bill.add(line)
        return line

    def own_url(self, request: Request) -> str:
        """The base URL that this request came to: links in answers begin with it."""
        return base_url(request)

    def trap_url(self, request: Request) -> str:
        """Where a redirect leads; whoever follows it gets a picture that nobody made for him."""
        return base_url(request) + TRAP_PATH


@dataclass(frozen=True, slots=True)
class Simulated:
    """One vendor as the kit finds it: `SIMULATED` of the package tests/simulators/<name>."""

    name: str
    """The package's name, the path it is mounted under, and `provider` in our table."""
    make: Callable[[Terms, Bill, Connections], Vendor[Any]]
    env: Callable[[str], dict[str, str]]
    """From the simulator's base URL: what the create service is given to reach it."""
    ready_path: str
    """A path that costs nothing and answers, rightly or with a refusal."""

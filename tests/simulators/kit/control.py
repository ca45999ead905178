"""The hidden side of a running simulator."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import httpx
from pydantic import TypeAdapter

from tests.simulators.kit.bill import Line
from tests.simulators.kit.books import Seen

TIMEOUT_S: Final = 10.0
_LINES: Final = TypeAdapter(list[Line])
_SEEN: Final = TypeAdapter(list[Seen])


@dataclass(frozen=True, slots=True)
class Control:
    """Tells a running simulator, in this process or another, how to behave, and reads its books."""

    base_url: str

    async def next(self, behaviour: StrEnum, *, times: int = 1, seconds: float = 0.0, phase: str | None = None) -> None:
        """Queue a behaviour for the next `times` requests of a phase; None is the vendor's first."""
        told: dict[str, str | float | None] = {
            "behaviour": behaviour.value,
            "times": times,
            "seconds": seconds,
            "phase": phase,
        }
        await self._post("faults", told)

    async def advance(self, seconds: float) -> None:
        """Move the vendor's clock."""
        await self._post("clock", {"advance_s": seconds})

    async def set_credits(self, balance: float) -> None:
        """Make the account hold this many credits of 0.01 USD."""
        await self._post("account", {"credits": balance})

    async def reset(self) -> None:
        """Behave well again and open the gate; the bill and the account stay."""
        await self._post("reset", {})

    async def bill(self) -> list[Line]:
        """Everything billed since the bill was begun."""
        return _LINES.validate_json(await self._get("bill"))

    async def requests(self) -> list[Seen]:
        """The newest requests that the vendor wrote down, oldest first."""
        return _SEEN.validate_json(await self._get("requests"))

    async def _get(self, call: str) -> bytes:
        async with plain_client() as client:
            return (await client.get(f"{self.base_url}/_sim/{call}")).raise_for_status().content

    async def _post(self, call: str, told: dict[str, str | float | None]) -> None:
        async with plain_client() as client:
            (await client.post(f"{self.base_url}/_sim/{call}", json=told)).raise_for_status()


def plain_client(base_url: str = "", headers: Mapping[str, str] | None = None) -> httpx.AsyncClient:
    """Plain HTTP only: an empty TLS context spares reading every root certificate for each client."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return httpx.AsyncClient(base_url=base_url, headers=headers, trust_env=False, verify=tls, timeout=TIMEOUT_S)

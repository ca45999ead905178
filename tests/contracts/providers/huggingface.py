"""What the tests of Hugging Face's adapter share."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from libs.common.providers.huggingface import Account, HuggingFaceGenerate
from libs.common.providers.huggingface_facts import DEV, KREA, Host
from libs.common.providers.wire import new_client
from tests.contracts.providers.suite import Stand
from tests.simulators.huggingface.behaviours import Behaviour
from tests.simulators.huggingface.vendor import token
from tests.simulators.kit.books import Seen
from tests.simulators.kit.control import Control
from tests.simulators.kit.simulator import Simulator
from tests.simulators.kit.vendor import Terms

TERMS: Final = Terms(millicredits=100_000_000, requests_max=100_000)
POLL_S: Final = 0.02


class Hands:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


def account(vendor: Simulator, host: Host | None = None) -> Account:
    """Our account at a simulator."""
    return Account(token(TERMS), vendor.base_url, f"{vendor.base_url}/hub", host)


@asynccontextmanager
async def a_stand(who: Account, clock: Hands | None = None) -> AsyncIterator[Stand]:
    """The adapter, ready to be asked."""
    async with new_client() as client:
        adapter = HuggingFaceGenerate(client, who, clock=clock or Hands(), poll_s=POLL_S)
        yield Stand(adapter, (KREA, DEV))
        await adapter.aclose()


async def behave(control: Control, behaviour: Behaviour, *, times: int = 1, seconds: float = 0.0) -> None:
    """Behave so for the next requests of the behaviour's own phase."""
    await control.next(behaviour, times=times, seconds=seconds, phase=behaviour.phase)


async def since(control: Control, before: int) -> list[Seen]:
    """The requests that came after so many."""
    return (await control.requests())[before:]


async def count(control: Control) -> int:
    """How many requests came until now."""
    return len(await control.requests())

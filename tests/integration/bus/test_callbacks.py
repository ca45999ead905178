"""Vendors' calls on their way through the gateway: what goes on to the create service, and how many at once."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import httpx
import pytest
import pytest_asyncio

from libs.common.bus.rpc import Endpoint, serve
from libs.common.contracts.studio import CALLBACK, MAKERS, VendorCallback, VendorCallbackAnswer
from libs.common.http.app import build_app
from libs.common.ids import AttemptId
from libs.common.providers.table import PROVIDERS
from libs.common.providers.wavespeed_callbacks import mac
from services.gateway.api.callbacks import CALLERS, IN_FLIGHT_MAX, Callbacks, routes
from tests.integration.bus.house import TELEMETRY, Stand

ATTEMPT: Final = AttemptId("01a1fcfe-4b64-7957-b10e-4538aa088eba")
MAC: Final = mac("whsec_secret", ATTEMPT)
SIGNED: Final = {"webhook-id": "a", "webhook-timestamp": "1763709600", "webhook-signature": "v3,ab"}
PATIENCE_S: Final = 5.0


@dataclass
class Desk:
    """Where calls arrive, in place of the create service; it answers when the test lets it."""

    http: httpx.AsyncClient
    heard: list[VendorCallback] = field(default_factory=list)
    full: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when as many as may be are here."""
    open: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, call: VendorCallback) -> VendorCallbackAnswer:
        """Every call is genuine."""
        self.heard.append(call)
        if len(self.heard) == IN_FLIGHT_MAX:
            self.full.set()
        await self.open.wait()
        return VendorCallbackAnswer(genuine=True)

    async def post(
        self, path: str = f"create/wavespeed/{ATTEMPT}", told: str = MAC, headers: Mapping[str, str] = SIGNED
    ) -> httpx.Response:
        """A vendor's call."""
        address = f"/api/image-studio/callbacks/{path}?mac={told}"
        return await self.http.post(address, content=b'{"id":"t"}', headers=headers)


@pytest_asyncio.fixture
async def desk(stand: Stand) -> AsyncIterator[Desk]:
    """The gateway's route, and somebody behind it."""
    app = build_app(title="test", version="0")
    app.include_router(routes(Callbacks(stand.broker)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as http:
        made = Desk(http)
        service = await serve(stand.broker, TELEMETRY, "create", [Endpoint(CALLBACK["create"], made.handle)])
        yield made
        await service.stop()


async def test_a_call_in_the_form_of_our_adapters_goes_on_as_it_came(desk: Desk) -> None:
    desk.open.set()

    assert (await desk.post(headers=SIGNED | {"webhook-more": "1", "x-other": "1"})).status_code == 204

    assert desk.heard == [
        VendorCallback(
            provider="wavespeed", attempt_id=ATTEMPT, mac=MAC, headers=SIGNED | {"webhook-more": "1"}, body='{"id":"t"}'
        )
    ]


@pytest.mark.parametrize("told", [MAC[:-1], MAC + "A", MAC[:-1] + "%3D", MAC[:-1] + "%C3%A9", MAC[:-1] + "+"])
async def test_a_proof_of_another_form_goes_no_further(desk: Desk, told: str) -> None:
    assert (await desk.post(told=told)).status_code == 401
    assert desk.heard == []


@pytest.mark.parametrize("missing", sorted(SIGNED))
async def test_without_the_whole_signature_a_call_goes_no_further(desk: Desk, missing: str) -> None:
    kept = {name: value for name, value in SIGNED.items() if name != missing}
    assert (await desk.post(headers=kept)).status_code == 401
    assert desk.heard == []


NOBODY: Final = [
    *(f"{service}/{provider}" for service in MAKERS for provider in PROVIDERS if (service, provider) not in CALLERS),
    *("create/nobody", "create/WaveSpeed", "social/wavespeed", "billing/wavespeed"),
]


@pytest.mark.parametrize("caller", NOBODY)
async def test_a_vendor_without_tasks_has_nothing_to_tell(desk: Desk, caller: str) -> None:
    assert (await desk.post(f"{caller}/{ATTEMPT}")).status_code == 401
    assert desk.heard == []


@pytest.mark.parametrize("attempt", ["x", ATTEMPT.upper(), f"{ATTEMPT}0"])
async def test_what_is_no_attempt_goes_no_further(desk: Desk, attempt: str) -> None:
    assert (await desk.post(f"create/wavespeed/{attempt}")).status_code == 401
    assert desk.heard == []


async def test_only_so_many_are_on_their_way_and_the_next_is_asked_to_come_again(desk: Desk) -> None:
    async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as group:
        waiting = [group.create_task(desk.post()) for _ in range(IN_FLIGHT_MAX)]
        await desk.full.wait()
        refused = await desk.post()
        desk.open.set()

    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert int(refused.headers["retry-after"]) >= 1
    assert {task.result().status_code for task in waiting} == {204}
    assert (await desk.post()).status_code == 204
    assert len(desk.heard) == IN_FLIGHT_MAX + 1

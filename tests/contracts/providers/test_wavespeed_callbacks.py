"""Calls to our callback address: they heal the lost answer to a submit, and nobody can forge one."""

import asyncio
import hmac
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Final
from urllib.parse import parse_qs, urlsplit

import pytest

from libs.common import ids
from libs.common.errors import ProviderSilent, Unauthenticated
from libs.common.ids import AttemptId
from libs.common.providers.base import Call, Callback, CallsBack
from libs.common.providers.vendors import Tools
from libs.common.providers.wavespeed import Settings, WaveSpeedGenerate, of
from libs.common.providers.wavespeed_callbacks import mac, signature
from libs.common.providers.wavespeed_task import Account
from libs.common.providers.wire import new_client
from tests.contracts.providers.stands import running
from tests.contracts.providers.suite import PATIENCE_S, an_ask, eventually
from tests.contracts.providers.wavespeed import NOW_S, PACE, Simulated, posts
from tests.simulators.kit.simulator import Simulator
from tests.simulators.kit.vendor import Terms
from tests.simulators.wavespeed import SIMULATED
from tests.simulators.wavespeed.behaviours import WEBHOOK, Behaviour
from tests.simulators.wavespeed.webhooks import SECRET

ATTEMPT: Final = AttemptId("019a5c3e-7f00-7000-8000-000000000001")
ANOTHER: Final = AttemptId("019a5c3e-7f00-7000-8000-000000000002")
BODY: Final = b'{"id": "task-1", "model": "m", "status": "completed", "outputs": [], "error": ""}'
LOST: Final = (
    Behaviour.CUT_AFTER,
    Behaviour.GATEWAY_TIMEOUT,
    Behaviour.TRUNCATED,
    Behaviour.HTML_200,
    Behaviour.EMPTY_200,
    Behaviour.JSON_WRONG_SHAPE,
    Behaviour.WITHOUT_ID,
    Behaviour.ODD_ID,
    Behaviour.OVERSIZE,
)


@dataclass(slots=True)
class House:
    """A server at our callback address, and the caller's side of attempts."""

    url: str = ""
    adapter: WaveSpeedGenerate | None = None
    answers: list[int] = field(default_factory=list)
    """Statuses that are given before a call is looked at."""
    paths: list[str] = field(default_factory=list)
    tasks: dict[str, str] = field(default_factory=dict)
    """What genuine calls told, by attempt."""
    refused: int = 0
    named: list[str] = field(default_factory=list)

    def call(self, *, timeout_s: float = PATIENCE_S) -> Call:
        """A new attempt that looks here for what was told."""
        attempt = AttemptId(ids.mint())

        async def heard() -> str | None:
            return self.tasks.get(attempt)

        async def named(task: str) -> None:
            self.named.append(task)

        return Call(attempt, timeout_s, named=named, heard=heard)

    def took(self, path: str, headers: Mapping[str, str], body: bytes) -> int:
        """The status for one call."""
        self.paths.append(path)
        if self.answers:
            return self.answers.pop(0)
        assert self.adapter is not None
        parts = urlsplit(path)
        attempt = AttemptId(parts.path.rsplit("/", 1)[1])
        callback = Callback(attempt, parse_qs(parts.query)["mac"][0], headers, body)
        try:
            self.tasks[attempt] = self.adapter.task_of(callback, now_s=time.time())
        except Unauthenticated:
            self.refused += 1
            return 401
        return 204


vendor = pytest.fixture(running(SIMULATED), scope="module")


@pytest.fixture
async def house(vendor: Simulator) -> AsyncIterator[House]:
    await vendor.control.reset()
    async with _listening() as house, new_client() as client:
        account = Account(Terms().api_key, vendor.base_url, SECRET, house.url)
        house.adapter = WaveSpeedGenerate(client, account, pace=PACE)
        yield house
        await house.adapter.aclose()


@asynccontextmanager
async def _listening() -> AsyncIterator[House]:
    house = House()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers["content-length"]))
        status = house.took(head[0].split()[1], headers, body)
        writer.write(f"HTTP/1.1 {status} said\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        house.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/callbacks"
        yield house


@pytest.mark.parametrize("behaviour", LOST)
async def test_a_lost_name_is_healed_by_the_vendors_own_call(
    house: House, vendor: Simulator, behaviour: Behaviour
) -> None:
    assert house.adapter is not None
    call, ask = house.call(), an_ask("qwen-image")
    await vendor.control.next(behaviour)
    [one] = await house.adapter.generate(ask, call)
    assert house.named == [one.vendor_request_id] == [house.tasks[call.attempt]]
    assert await posts(vendor, ask) == 1
    assert await Simulated(vendor.control).bills(ask) == 1


async def test_the_address_names_the_attempt_and_proves_that_it_is_ours(house: House, vendor: Simulator) -> None:
    assert house.adapter is not None
    call = house.call()
    await house.adapter.generate(an_ask("qwen-image"), call)
    assert await eventually(lambda: _len(house.paths), 1) == 1
    assert house.paths == [f"/callbacks/wavespeed/{call.attempt}?mac={mac(SECRET, call.attempt)}"]
    sent = [seen for seen in await vendor.control.requests() if seen.method == "POST"][-1].query
    assert sent == {"webhook": house.url.removesuffix("/callbacks") + house.paths[0]}


async def test_a_submit_that_hangs_is_given_up_for_the_call(house: House, vendor: Simulator) -> None:
    async with new_client() as client:
        account = Account(Terms().api_key, vendor.base_url, SECRET, house.url)
        adapter = WaveSpeedGenerate(client, account, pace=replace(PACE, submit_max_s=0.3))
        await vendor.control.next(Behaviour.DELAYED_AND_BILLED, seconds=30)
        ask = an_ask("qwen-image")
        [one] = await adapter.generate(ask, house.call())
        assert (one.seed, await posts(vendor, ask)) == (ask.seed, 1)
        await adapter.aclose()


async def test_a_call_that_comes_before_the_submits_answer_changes_nothing(house: House, vendor: Simulator) -> None:
    assert house.adapter is not None
    call, ask = house.call(), an_ask("qwen-image")
    await vendor.control.next(Behaviour.DELAYED_AND_BILLED, seconds=0.5)
    [one] = await house.adapter.generate(ask, call)
    assert house.named == [one.vendor_request_id] == [house.tasks[call.attempt]]
    assert await posts(vendor, ask) == 1


@pytest.mark.parametrize(("behaviour", "calls"), [(Behaviour.WEBHOOK_TWICE, 2), (Behaviour.WEBHOOK_LATE, 1)])
async def test_a_call_may_come_late_or_twice(house: House, vendor: Simulator, behaviour: Behaviour, calls: int) -> None:
    assert house.adapter is not None
    await vendor.control.next(Behaviour.CUT_AFTER)
    await vendor.control.next(behaviour, phase=WEBHOOK, seconds=0.4)
    [one] = await house.adapter.generate(an_ask("qwen-image"), house.call())
    assert house.named == [one.vendor_request_id]
    assert await eventually(lambda: _len(house.paths), calls) == calls


async def test_a_call_that_was_not_taken_is_made_again(house: House, vendor: Simulator) -> None:
    assert house.adapter is not None
    house.answers = [503, 500]
    await vendor.control.next(Behaviour.CUT_AFTER)
    await house.adapter.generate(an_ask("qwen-image"), house.call())
    assert len(house.paths) == 3


@pytest.mark.parametrize(
    "behaviour", [Behaviour.WEBHOOK_FORGED, Behaviour.WEBHOOK_OLD, Behaviour.WEBHOOK_ALTERED, Behaviour.WEBHOOK_MISSING]
)
async def test_a_call_that_is_not_genuine_heals_nothing(house: House, vendor: Simulator, behaviour: Behaviour) -> None:
    assert house.adapter is not None
    await vendor.control.next(Behaviour.CUT_AFTER)
    await vendor.control.next(behaviour, phase=WEBHOOK)
    with pytest.raises(ProviderSilent) as raised:
        await house.adapter.generate(an_ask("qwen-image"), house.call(timeout_s=0.8))
    assert raised.value.facts["reason"] == "connection"
    assert (house.named, house.tasks) == ([], {})
    assert bool(house.refused) is (behaviour is not Behaviour.WEBHOOK_MISSING)


async def test_a_refused_submit_waits_for_no_call(house: House, vendor: Simulator) -> None:
    assert house.adapter is not None
    await vendor.control.next(Behaviour.BAD_REQUEST)
    async with asyncio.timeout(PATIENCE_S / 4):
        with pytest.raises(Exception, match="did not accept"):
            await house.adapter.generate(an_ask("qwen-image"), house.call())


@pytest.mark.parametrize(
    "account",
    [Account("key", "http://x", None, "https://ours/callbacks"), Account("key", "http://x", SECRET, None)],
    ids=["no secret", "no address"],
)
async def test_without_an_address_and_a_secret_nobody_is_asked_to_call(account: Account, vendor: Simulator) -> None:
    await vendor.control.reset()
    async with new_client() as client:
        own = Account(Terms().api_key, vendor.base_url, account.webhook_secret, account.callbacks_url)
        adapter = WaveSpeedGenerate(client, own, pace=PACE)
        await adapter.generate(an_ask("qwen-image"), Call(ATTEMPT, PATIENCE_S))
        assert adapter.calls_back is False
        assert [seen for seen in await vendor.control.requests() if seen.method == "POST"][-1].query == {}
        await adapter.aclose()


@pytest.mark.parametrize(
    ("key", "secret", "address", "offered", "calls_back"),
    [
        (None, SECRET, "https://ours", False, False),
        ("", SECRET, "https://ours", False, False),
        ("key", SECRET, "https://ours", True, True),
        ("key", "", "https://ours", True, False),
        ("key", SECRET, None, True, False),
    ],
)
async def test_it_is_offered_with_a_key_and_called_back_with_a_secret_and_an_address(
    key: str | None,
    secret: str,
    address: str | None,
    offered: bool,  # noqa: FBT001
    calls_back: bool,  # noqa: FBT001
) -> None:
    async with new_client() as client:
        settings = Settings(wavespeed_api_key=key, wavespeed_webhook_secret=secret)
        adapter = of(Tools(client, address), settings)
        assert (adapter is not None) is offered
        if adapter is not None:
            assert adapter.calls_back is calls_back
            await adapter.aclose()


# ---- who calls


def _signed(
    body: bytes = BODY, changes: Mapping[str, str] | None = None, *, at_s: float = NOW_S, secret: str = SECRET
) -> dict[str, str]:
    at = str(int(at_s))
    made = f"v3,{signature(secret, 'msg-1', at, body)}"
    return {"webhook-id": "msg-1", "webhook-timestamp": at, "webhook-signature": made, **(changes or {})}


def _callback(
    headers: Mapping[str, str], *, body: bytes = BODY, attempt: AttemptId = ATTEMPT, proof: str | None = None
) -> Callback:
    return Callback(attempt, mac(SECRET, ATTEMPT) if proof is None else proof, headers, body)


async def _task_of(callback: Callback, *, secret: str | None = SECRET, now_s: float = NOW_S) -> str:
    async with new_client() as client:
        adapter = WaveSpeedGenerate(client, Account("key", webhook_secret=secret, callbacks_url="https://ours"))
        assert isinstance(adapter, CallsBack)
        try:
            return adapter.task_of(callback, now_s=now_s)
        finally:
            await adapter.aclose()


async def test_a_genuine_call_names_its_task_and_says_the_same_again() -> None:
    genuine = _callback(_signed())
    assert [await _task_of(genuine), await _task_of(genuine, now_s=NOW_S + 300)] == ["task-1", "task-1"]


def test_the_signature_is_the_documented_one() -> None:
    told = "75607373a5aad6a6374615e9b109af35452535a370c370767b897a18b0c93192"
    assert signature("whsec_abc", "msg_1", "1700000000", b"{}") == told
    assert hmac.new(b"abc", b"msg_1.1700000000.{}", sha256).hexdigest() == told


@pytest.mark.parametrize(
    "forged",
    [
        _callback({}),
        _callback(_signed(secret="whsec_another")),
        _callback(_signed(), body=BODY.replace(b"task-1", b"task-2")),
        _callback(_signed(), body=BODY + b" "),
        _callback(_signed(changes={"webhook-id": "msg-2"})),
        _callback(_signed(changes={"webhook-timestamp": str(int(NOW_S) + 1)})),
        _callback(_signed(changes={"webhook-timestamp": "soon"})),
        _callback(_signed(changes={"webhook-timestamp": "²"})),
        _callback(_signed(changes={"webhook-timestamp": "9" * 400})),
        _callback(_signed(at_s=NOW_S - 301)),
        _callback(_signed(at_s=NOW_S + 302)),
        _callback(_signed(changes={"webhook-signature": "v3,"})),
        _callback(_signed(changes={"webhook-signature": "v3,\udc80ü"})),
        _callback(_signed(changes={"webhook-signature": _signed()["webhook-signature"].replace("v3", "v1")})),
        _callback(_signed(changes={"webhook-signature": _signed()["webhook-signature"].removeprefix("v3,")})),
        _callback(_signed(), proof=""),
        _callback(_signed(), proof="ü\udc80"),
        _callback(_signed(), proof=mac(SECRET, ATTEMPT)[:-1]),
        _callback(_signed(), proof=mac("another", ATTEMPT)),
        _callback(_signed(), attempt=ANOTHER),
        _callback(_signed(b"{}"), body=b"{}"),
        _callback(_signed(b"<html>"), body=b"<html>"),
        _callback(_signed(b'{"id": "../balance"}'), body=b'{"id": "../balance"}'),
        _callback(_signed(b'{"id": 7}'), body=b'{"id": 7}'),
    ],
    ids=[
        "nothing",
        "another secret",
        "another task",
        "one byte more",
        "another id",
        "another time",
        "time in words",
        "time in strange digits",
        "time of 400 digits",
        "old",
        "from the future",
        "empty signature",
        "signature of odd letters",
        "another version",
        "no version",
        "no mac",
        "mac of odd letters",
        "mac cut short",
        "mac of another secret",
        "replayed at another attempt",
        "no task",
        "no json",
        "task of odd letters",
        "task of another kind",
    ],
)
async def test_a_call_that_is_forged_altered_or_old_is_refused(forged: Callback) -> None:
    with pytest.raises(Unauthenticated):
        await _task_of(forged)


async def test_a_genuine_call_is_refused_an_hour_later() -> None:
    with pytest.raises(Unauthenticated):
        await _task_of(_callback(_signed()), now_s=NOW_S + 3_600)


async def test_without_a_secret_every_call_is_refused() -> None:
    with pytest.raises(Unauthenticated):
        await _task_of(_callback(_signed()), secret=None)


async def _len(paths: list[str]) -> int:
    return len(paths)

"""Pictures on their way to WaveSpeed AI: what goes wrong before a submit is not billed, and may be done again."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from libs.common import ids
from libs.common.errors import AppError, ProviderBroken, ProviderBusy, ProviderRejected
from libs.common.ids import AttemptId
from libs.common.providers import wavespeed_edit, wavespeed_upscale
from libs.common.providers.base import Call, CallsBack
from libs.common.providers.deadline import Deadline
from libs.common.providers.vendors import Tools
from libs.common.providers.wavespeed import Settings
from libs.common.providers.wavespeed_callbacks import mac
from libs.common.providers.wavespeed_edit import WaveSpeedEdit
from libs.common.providers.wavespeed_facts import UPLOAD_PATH
from libs.common.providers.wavespeed_task import Account, Door
from libs.common.providers.wavespeed_upload import File, upload
from libs.common.providers.wire import new_client
from tests.contracts.providers.edit_suite import a_mask, a_source, an_edit, an_upscale
from tests.contracts.providers.stands import running
from tests.contracts.providers.suite import PATIENCE_S, Ask, Stand, failure, made
from tests.contracts.providers.wavespeed import NOW_S, PACE, Simulated, an_edit_stand, an_upscale_stand
from tests.simulators.kit.simulator import Simulator
from tests.simulators.kit.vendor import TRAP_PATH, Terms
from tests.simulators.wavespeed import SIMULATED
from tests.simulators.wavespeed.behaviours import UPLOAD, Behaviour
from tests.simulators.wavespeed.webhooks import SECRET

TRIED_AGAIN = (
    Behaviour.INTERNAL_ERROR,
    Behaviour.BAD_GATEWAY,
    Behaviour.CUT_BEFORE,
    Behaviour.TRUNCATED,
    Behaviour.HTML_200,
    Behaviour.EMPTY_200,
    Behaviour.JSON_WRONG_SHAPE,
    Behaviour.BROKEN_IN_200,
)
"""What is worth another try."""


vendor = pytest.fixture(running(SIMULATED), scope="module")
stand = pytest.fixture(an_edit_stand)
enlarging = pytest.fixture(an_upscale_stand)


async def _uploads(vendor: Simulator) -> int:
    return sum(seen.path == UPLOAD_PATH for seen in await vendor.control.requests())


async def _not_submitted(vendor: Simulator, ask: Ask) -> bool:
    counterpart = Simulated(vendor.control)
    return (await counterpart.requests(ask), await counterpart.bills(ask)) == (0, 0)


async def test_each_picture_is_uploaded_once_before_the_one_submit(stand: Stand, vendor: Simulator) -> None:
    before = await _uploads(vendor)
    await made(stand, an_edit("qwen-edit-plus", references=(a_source(2), a_source(3))))
    await made(stand, an_edit("ideogram-v3-turbo", mask=a_mask()))
    assert await _uploads(vendor) - before == 3 + 2
    last = [seen for seen in await vendor.control.requests() if seen.path == UPLOAD_PATH][-1]
    assert last.content_type.startswith("multipart/form-data")
    assert last.headers["authorization"] == "Bearer sk-simulated"


@pytest.mark.parametrize("behaviour", TRIED_AGAIN)
async def test_an_upload_is_tried_three_times(stand: Stand, vendor: Simulator, behaviour: Behaviour) -> None:
    ask, before = an_edit("qwen-edit"), await _uploads(vendor)
    await vendor.control.next(behaviour, times=2, phase=UPLOAD)
    assert (await made(stand, ask)).data
    assert await _uploads(vendor) - before == 3
    assert await Simulated(vendor.control).requests(ask) == 1


@pytest.mark.parametrize("behaviour", TRIED_AGAIN)
async def test_an_upload_that_keeps_failing_is_told_as_not_billed_and_nothing_is_submitted(
    stand: Stand, vendor: Simulator, behaviour: Behaviour
) -> None:
    ask = an_edit("qwen-edit")
    await vendor.control.next(behaviour, times=3, phase=UPLOAD)
    error = await failure(stand, ask)
    lost = behaviour in {Behaviour.CUT_BEFORE, Behaviour.TRUNCATED}
    assert type(error) is (ProviderBusy if lost else ProviderBroken)
    assert (error.facts["billed"], error.facts["reason"]) == (False, "upload")
    assert await _not_submitted(vendor, ask)


@pytest.mark.parametrize(
    ("behaviour", "error", "code"),
    [
        (Behaviour.UNAUTHORIZED, ProviderBroken, "provider_key"),
        (Behaviour.PAYMENT_REQUIRED, ProviderBroken, "provider_out_of_credit"),
        (Behaviour.INSUFFICIENT_BALANCE, ProviderBroken, "provider_out_of_credit"),
        (Behaviour.NOT_FOUND, ProviderBroken, "provider_broken"),
        (Behaviour.REDIRECT, ProviderBroken, "provider_broken"),
        (Behaviour.RATE_LIMITED, ProviderBusy, "provider_busy"),
        (Behaviour.TOO_LARGE, ProviderRejected, "provider_rejected"),
        (Behaviour.BAD_REQUEST, ProviderRejected, "provider_rejected"),
    ],
)
async def test_a_refused_upload_is_not_tried_again(
    stand: Stand, vendor: Simulator, behaviour: Behaviour, error: type[AppError], code: str
) -> None:
    ask, before = an_edit("qwen-edit"), await _uploads(vendor)
    await vendor.control.next(behaviour, phase=UPLOAD)
    found = await failure(stand, ask)
    assert (type(found), found.error_code, found.facts["billed"]) == (error, code, False)
    assert found.retry_after_s == (15 if error is ProviderBusy else None)
    assert await _uploads(vendor) - before == 1
    assert await _not_submitted(vendor, ask)
    assert TRAP_PATH not in {seen.path for seen in await vendor.control.requests()}


async def test_the_second_picture_may_fail_too(stand: Stand, vendor: Simulator) -> None:
    ask = an_edit("ideogram-v3-turbo", mask=a_mask())
    await vendor.control.next(Behaviour.OK, phase=UPLOAD)
    await vendor.control.next(Behaviour.INTERNAL_ERROR, times=3, phase=UPLOAD)
    assert isinstance(await failure(stand, ask), ProviderBroken)
    assert await _not_submitted(vendor, ask)


async def test_time_that_runs_out_while_uploading_bills_nothing(stand: Stand, vendor: Simulator) -> None:
    ask = an_edit("qwen-edit")
    await vendor.control.next(Behaviour.SLOW, seconds=5, phase=UPLOAD)
    error = await failure(stand, ask, timeout_s=0.4)
    assert (type(error), error.facts["billed"]) == (ProviderBusy, False)
    assert await _not_submitted(vendor, ask)


async def test_an_enlargement_is_uploaded_the_same_way(enlarging: Stand, vendor: Simulator) -> None:
    ask = an_upscale("image-upscaler")
    await vendor.control.next(Behaviour.CUT_BEFORE, times=3, phase=UPLOAD)
    assert isinstance(await failure(enlarging, ask), ProviderBusy)
    assert await _not_submitted(vendor, ask)
    assert (await made(enlarging, ask)).data


async def test_a_vendor_that_cannot_be_reached_did_nothing() -> None:
    async with new_client() as client:
        adapter = WaveSpeedEdit(client, Account("key", "http://127.0.0.1:1"), pace=PACE)
        error = await failure(Stand(adapter, ()), an_edit("qwen-edit"))
        assert (type(error), error.facts["billed"]) == (ProviderBusy, False)
        await adapter.aclose()


@pytest.mark.parametrize(
    ("body", "link"),
    [
        (
            b'{"data": {"download_url": "https://v.example/a.png", "url": "https://v.example/b"}}',
            "https://v.example/a.png",
        ),
        (b'{"data": {"url": "https://v.example/b.png"}}', "https://v.example/b.png"),
        (b'{"data": {"download_url": 7, "url": "https://v.example/b.png"}}', "https://v.example/b.png"),
        (b'{"data": {"download_url": "file:///etc/passwd"}}', None),
        (b'{"data": {"download_url": "https://v.example/\\u00fc"}}', None),
        (b'{"data": {"download_url": "https://v.example/' + b"a" * 3_000 + b'"}}', None),
        (b'{"data": null}', None),
        (b"[" * 9_000, None),
    ],
)
async def test_an_address_is_read_from_either_field_and_only_a_web_address(body: bytes, link: str | None) -> None:
    async with Answering(body) as base_url, new_client() as client:
        door = Door(client, base_url, {}, PACE, lambda: NOW_S)
        if link is not None:
            assert await upload(door, File(b"x"), Deadline(PATIENCE_S)) == link
            return
        with pytest.raises(ProviderBroken):
            await upload(door, File(b"x"), Deadline(PATIENCE_S))


class Answering:
    """A server that gives everybody the same body."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aenter__(self) -> str:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            await reader.readexactly(int(length.partition(b":")[2]))
            size = len(self._body)
            writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % size + self._body)
            await writer.drain()
            writer.close()

        self._server = await asyncio.start_server(serve, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()


# ---- its calls back


async def test_an_edit_names_the_address_of_its_attempt_and_is_healed_by_the_call(vendor: Simulator) -> None:
    await vendor.control.reset()
    async with new_client() as client:
        account = Account(Terms().api_key, vendor.base_url, SECRET, "https://ours.example/callbacks/edit")
        adapter = WaveSpeedEdit(client, account, pace=replace(PACE, heard_max_s=5))
        assert isinstance(adapter, CallsBack)
        assert adapter.calls_back
        attempt, names = AttemptId(ids.mint()), []

        async def named(task: str) -> None:
            names.append(task)

        async def heard() -> str | None:
            lines = [line for line in await vendor.control.bill() if line.model == "flux-kontext-pro"]
            return lines[-1].id if lines else None

        await vendor.control.next(Behaviour.CUT_AFTER)
        ask = an_edit("flux-kontext-pro")
        [one] = await adapter.edit(ask, Call(attempt, PATIENCE_S, named=named, heard=heard))
        assert names == [one.vendor_request_id]
        sent = [seen for seen in await vendor.control.requests() if seen.path.endswith("/flux-kontext-pro")][-1].query
        assert sent == {
            "webhook": f"https://ours.example/callbacks/edit/wavespeed/{attempt}?mac={mac(SECRET, attempt)}"
        }
        assert await Simulated(vendor.control).requests(ask) == 1
        await adapter.aclose()


@pytest.mark.parametrize("module", [wavespeed_edit, wavespeed_upscale], ids=["edit", "upscale"])
async def test_it_is_offered_with_a_key_and_called_back_with_a_secret_and_an_address(module: object) -> None:
    of: Callable[[Tools, Settings], WaveSpeedEdit | None] = module.of  # type: ignore[attr-defined]
    async with new_client() as client:
        assert of(Tools(client), Settings(wavespeed_api_key="")) is None
        for secret, address, calls_back in (
            (SECRET, "https://ours", True),
            ("", "https://ours", False),
            (SECRET, None, False),
        ):
            settings = Settings(wavespeed_api_key="key", wavespeed_webhook_secret=secret)
            adapter = of(Tools(client, address), settings)
            assert adapter is not None
            assert adapter.calls_back is calls_back
            await adapter.aclose()

"""The offline engine's edits as a provider: a vendor's promises, every operation, and whatever may go wrong in one."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import lru_cache
from typing import ClassVar

import numpy as np
import pytest
from PIL import Image

from libs.common.catalogue.operations import BY_KEY, OPERATIONS
from libs.common.errors import ProviderBroken, ProviderBusy, ProviderRejected
from libs.common.providers.base import EditAsk, Given
from libs.common.providers.edit_table import LOCAL_TAKES
from libs.common.providers.local.edit_provider import EDITS_AT_ONCE_MAX, LocalEdits
from libs.common.providers.local.edits.changed import pixels_of
from tests.contracts.providers.edit_suite import a_mask, a_source, an_edit, given_of
from tests.contracts.providers.odd_edits import relight as slow
from tests.contracts.providers.suite import ProviderSuite, Stand, Told, a_call, failure, made, opened
from tests.support.pictures import photo

TIME_MAX_S = 60.0
EASY = "brighter and warmer"
NEEDS_A_PAINTER = {"inpaint": {}, "search_replace": {}, "general_edit": {"prompt": "add a dog"}}
"""What no classical method does, however the picture looks."""


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    provider = LocalEdits()
    yield Stand(provider, ("local",))
    await provider.aclose()


@pytest.fixture
async def odd() -> AsyncIterator[Stand]:
    provider = LocalEdits(package="tests.contracts.providers.odd_edits")
    yield Stand(provider, ("local",))
    await provider.aclose()


@lru_cache(maxsize=1)
def twelve_megapixels() -> Given:
    """A photograph as a telephone takes it."""
    return given_of(photo(1_000, 750).resize((4_000, 3_000)))


def an_operation(key: str, **changes: object) -> EditAsk:
    """One that the offline engine can do."""
    words = {"general_edit": {"prompt": EASY}, "search_recolor": {"select_prompt": "the red box", "prompt": "blue"}}
    options = {"replace_background": {**an_edit("local", key).options, "color": "#88ccee"}} if BY_KEY[key].needs else {}
    ask = replace(an_edit("local", key), **words.get(key, {}), negative_prompt=None)  # type: ignore[arg-type]
    ask = replace(ask, options=options.get(key, ask.options))
    return replace(ask, **changes)  # type: ignore[arg-type]


class TestLocalEdits(ProviderSuite):
    """What holds for every provider."""

    models: ClassVar = ("local",)

    def ask(self, model: str, **changes: object) -> EditAsk:
        return replace(an_operation("adjust", model=model), **changes)  # type: ignore[arg-type]


CAN = [row.key for row in OPERATIONS if row.key not in {"inpaint", "search_replace"}]


@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("operation", CAN)
async def test_every_operation_makes_a_picture(stand: Stand, operation: str, *, alpha: bool) -> None:
    ask = an_operation(operation)
    found = await made(stand, replace(ask, image=a_source(ask.seed, alpha=alpha)), timeout_s=TIME_MAX_S)
    picture = opened(found)
    assert (picture.format, found.seed) == ("PNG", ask.seed)
    assert picture.mode in {"RGB", "RGBA"}
    if BY_KEY[operation].keeps_size:
        assert picture.size == (ask.image.width, ask.image.height)
    assert all(not note[0].islower() and note.endswith(".") for note in found.notes)


@pytest.mark.parametrize(("operation", "words"), NEEDS_A_PAINTER.items())
async def test_what_needs_a_painter_is_refused_and_names_one(
    stand: Stand, operation: str, words: dict[str, object]
) -> None:
    error = await failure(stand, replace(an_edit("local", operation), **words))  # type: ignore[arg-type]
    assert isinstance(error, ProviderRejected)
    assert "_API_KEY" in error.detail
    assert error.facts["billed"] is False


@pytest.mark.parametrize("size", [(16, 16), (211, 17)])
@pytest.mark.parametrize("operation", [row.key for row in OPERATIONS])
async def test_an_odd_picture_is_changed_or_refused_with_a_sentence(
    stand: Stand, operation: str, size: tuple[int, int]
) -> None:
    picture = photo(*size, seed=3)
    mask = Image.new("L", size, 0)
    mask.paste(255, (4, 4, 9, 9))
    ask = an_operation(operation, image=given_of(picture))
    ask = replace(ask, mask=given_of(mask) if ask.mask is not None else None)
    try:
        assert opened(await made(stand, ask, timeout_s=TIME_MAX_S)).size
    except ProviderRejected as error:
        assert error.detail.endswith(".")  # noqa: PT017 -- both are good outcomes


@pytest.mark.parametrize("operation", ["adjust", "general_edit"])
async def test_twelve_megapixels_are_done_within_the_time_of_a_call(stand: Stand, operation: str) -> None:
    ask = an_operation(operation, image=twelve_megapixels())
    assert opened(await made(stand, ask, timeout_s=TIME_MAX_S)).size == (4_000, 3_000)


async def test_with_nothing_to_adjust_the_picture_comes_back_bit_for_bit(stand: Stand) -> None:
    ask = an_operation("adjust", options={})
    source = a_source(5, alpha=True)
    came = opened(await made(stand, replace(ask, image=source)))
    assert np.array_equal(np.asarray(came), pixels_of(source))


@pytest.mark.parametrize("operation", ["no_such", "__init__", "changed", "../adjust", "tones", ""])
async def test_a_name_that_is_no_operation_is_refused(stand: Stand, operation: str) -> None:
    error = await failure(stand, replace(an_operation("adjust"), operation=operation))
    assert isinstance(error, ProviderRejected)
    assert error.field == "operation"


@pytest.mark.parametrize("size", [(15, 400), (16_385, 16)])
async def test_a_picture_beyond_the_table_s_bounds_is_refused(stand: Stand, size: tuple[int, int]) -> None:
    assert LOCAL_TAKES.problem(*size)
    error = await failure(stand, an_operation("adjust", image=given_of(Image.new("RGB", size))))
    assert isinstance(error, ProviderRejected)


async def test_bytes_that_are_no_png_are_our_fault_and_not_the_customer_s(stand: Stand) -> None:
    ask = an_operation("adjust")
    error = await failure(stand, replace(ask, image=replace(ask.image, png=b"GIF89a")))
    assert isinstance(error, ProviderBroken)
    assert error.error_code == "source_damaged"


@pytest.mark.parametrize(("operation", "reason"), [("adjust", "ZeroDivisionError"), ("erase", "InvalidInput")])
async def test_an_unforeseen_exception_is_a_broken_provider_that_names_it(
    odd: Stand, operation: str, reason: str
) -> None:
    error = await failure(odd, an_operation(operation))
    assert isinstance(error, ProviderBroken)
    assert error.facts["reason"] == reason
    assert error.facts["billed"] is False
    assert reason not in error.detail


async def test_something_that_is_no_picture_is_not_delivered(odd: Stand) -> None:
    assert isinstance(await failure(odd, an_operation("overlay")), ProviderBroken)


async def test_time_that_runs_out_leaves_nothing_done_and_the_next_ask_is_served(odd: Stand) -> None:
    error = await failure(odd, an_operation("relight"), timeout_s=slow.TIME_S / 4)
    assert isinstance(error, ProviderBusy)
    assert error.facts["operation"] == "relight"
    assert (await made(odd, an_operation("relight"))).data


async def test_no_more_pictures_than_the_bound_are_in_work_at_once() -> None:
    provider = LocalEdits(threads=64, package="tests.contracts.providers.odd_edits")
    slow.most = 0
    async with asyncio.TaskGroup() as group:
        for _ in range(3 * EDITS_AT_ONCE_MAX):
            group.create_task(provider.edit(an_operation("relight"), a_call()))
    assert 1 <= slow.most <= EDITS_AT_ONCE_MAX
    await provider.aclose()


async def test_the_event_loop_turns_while_a_picture_is_changed(odd: Stand) -> None:
    task = asyncio.create_task(made(odd, an_operation("relight")))
    turns = 0
    while not task.done():
        await asyncio.sleep(0.01)
        turns += 1
    assert turns > 5


async def test_progress_begins_above_nothing_and_ends_at_all(stand: Stand) -> None:
    told = Told()
    await made(stand, an_operation("adjust"), call=a_call(told=told))
    assert told.shares[0] > 0
    assert told.shares[-1] == 1


async def test_what_the_engine_does_not_use_is_said(stand: Stand) -> None:
    ask = an_operation("general_edit", negative_prompt="fog", steps=9)
    assert any("negative prompt or the steps" in note for note in (await made(stand, ask)).notes)


async def test_a_mask_is_left_to_the_worker(stand: Stand) -> None:
    """The operation changes the whole picture; what lies outside the mask is put back by whoever asked."""
    ask = an_operation("general_edit")
    free, masked = [await made(stand, replace(ask, mask=mask)) for mask in (None, a_mask())]
    assert free.data == masked.data

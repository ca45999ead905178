"""The offline engine as a provider of enlargements: what every `Upscales` promises, without a vendor."""

import asyncio
import io
from collections.abc import AsyncIterator
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from libs.common import ids
from libs.common.errors import ProviderBroken, ProviderBusy, ProviderRejected
from libs.common.ids import AttemptId
from libs.common.imaging.enlarge import MODES
from libs.common.providers.base import Call, Given, UpscaleAsk, Upscales
from libs.common.providers.local.upscale_provider import Abandoned, LocalUpscales, Watch

PATIENCE_S = 30.0


@pytest.fixture
async def provider() -> AsyncIterator[Upscales]:
    provider = LocalUpscales(threads=2)
    yield provider
    await provider.aclose()


def given(width: int = 64, height: int = 48, mode: str = "RGB") -> Given:
    noise = np.random.default_rng(3).integers(0, 255, (height, width, len(mode)), np.uint8)
    out = io.BytesIO()
    Image.fromarray(noise, mode if mode != "L" else None).save(out, "PNG")
    return Given(out.getvalue(), width, height, alpha=mode == "RGBA")


def an_ask(**changes: object) -> UpscaleAsk:
    return replace(UpscaleAsk("fast", "local", given(), 256, 192, seed=7), **changes)  # type: ignore[arg-type]


def a_call(timeout_s: float = PATIENCE_S, **more: object) -> Call:
    return Call(AttemptId(ids.mint()), timeout_s, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("bands", ["RGB", "RGBA"])
async def test_every_mode_makes_a_png_of_exactly_the_asked_size(provider: Upscales, mode: str, bands: str) -> None:
    [made] = await provider.upscale(an_ask(mode=mode, image=given(mode=bands)), a_call())
    assert made is not None
    picture = Image.open(io.BytesIO(made.data))
    picture.load()
    assert (picture.format, picture.size, picture.mode) == ("PNG", (256, 192), bands)
    assert made.seed == 7


async def test_the_same_ask_makes_the_same_bytes(provider: Upscales) -> None:
    asks = [an_ask(mode="creative"), an_ask(mode="creative")]
    one, two = [made.data for ask in asks for made in await provider.upscale(ask, a_call()) if made]
    assert one == two


async def test_the_channels_are_not_mixed_up(provider: Upscales) -> None:
    red = np.zeros((32, 32, 3), np.uint8)
    red[..., 0] = 200
    out = io.BytesIO()
    Image.fromarray(red).save(out, "PNG")
    [made] = await provider.upscale(an_ask(image=Given(out.getvalue(), 32, 32), width=64, height=64), a_call())
    assert made is not None
    assert Image.open(io.BytesIO(made.data)).getpixel((30, 30)) == (200, 0, 0)


async def test_progress_begins_at_nothing_ends_at_all_and_never_falls(provider: Upscales) -> None:
    told: list[float] = []

    async def tell(share: float) -> None:
        told.append(share)

    await provider.upscale(an_ask(width=3_000, height=2_250, image=given(750, 563)), a_call(progress=tell))
    assert (told[0], told[-1], told) == (0.0, 1.0, sorted(told))


async def test_every_note_is_a_sentence_and_says_what_was_done(provider: Upscales) -> None:
    for mode, word in (("fast", "filters"), ("conservative", "nothing is invented"), ("creative", "were added")):
        ask = an_ask(mode=mode, width=640, height=480, negative_prompt="blur", style_preset="anime")
        [made] = await provider.upscale(ask, a_call())
        assert made is not None
        assert word in made.notes[0]
        assert len(made.notes) == 3
        assert all(note[0].isupper() and note.endswith(".") for note in made.notes)


async def test_a_prompt_is_told_to_be_unread_where_no_vendor_reads_it(provider: Upscales) -> None:
    notes = {mode: (await provider.upscale(an_ask(mode=mode, prompt="sharp eyes"), a_call()))[0] for mode in MODES}
    told = {mode for mode, made in notes.items() if made and any("does not read the prompt" in n for n in made.notes)}
    assert told == {"fast"}


async def test_a_smaller_result_says_that_it_was_scaled_down(provider: Upscales) -> None:
    [made] = await provider.upscale(an_ask(mode="creative", width=32, height=24), a_call())
    assert made is not None
    assert "scaled down" in made.notes[0]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"model": "no-such-model"}, "model"),
        ({"mode": "auto"}, "mode"),
        ({"width": 10_000, "height": 5_001}, "target_width"),
    ],
)
async def test_what_it_cannot_do_is_refused_and_not_billed(
    provider: Upscales, changes: dict[str, object], field: str
) -> None:
    with pytest.raises(ProviderRejected) as refused:
        await provider.upscale(an_ask(**changes), a_call())
    assert (refused.value.field, refused.value.facts["billed"]) == (field, False)


async def test_a_source_that_does_not_open_is_ours_to_answer_for(provider: Upscales) -> None:
    with pytest.raises(ProviderBroken):
        await provider.upscale(an_ask(image=Given(b"no picture", 64, 48)), a_call())


async def test_when_time_is_up_nothing_was_done_and_the_work_ends(provider: Upscales) -> None:
    large = an_ask(mode="creative", image=given(1_000, 1_000), width=4_000, height=4_000)
    with pytest.raises(ProviderBusy):
        await provider.upscale(large, a_call(timeout_s=0.05))
    async with asyncio.timeout(PATIENCE_S):
        assert len(await provider.upscale(an_ask(), a_call())) == 1


async def test_a_picture_that_nobody_waits_for_is_given_up_at_its_next_tile() -> None:
    watch = Watch()
    watch.tell(0.5)
    watch.over = True
    with pytest.raises(Abandoned):
        watch.tell(0.6)


async def test_cancelling_ends_the_attempt_at_once(provider: Upscales) -> None:
    task = asyncio.create_task(provider.upscale(an_ask(image=given(800, 800), width=3_200, height=3_200), a_call()))
    await asyncio.sleep(0.05)
    task.cancel()
    async with asyncio.timeout(PATIENCE_S / 4):
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_closing_twice_is_harmless(provider: Upscales) -> None:
    await provider.aclose()
    await provider.aclose()

"""WaveSpeed AI's adapter for enlargements against its simulator: the shared suites, every failure, and what is sent."""

from typing import ClassVar

import numpy as np
import pytest
from PIL import Image

from libs.common.imaging.decode import PIXELS_MAX
from libs.common.providers import wavespeed_edit_facts as facts
from libs.common.providers.wavespeed_upscale import target_of, translate
from tests.contracts.providers.edit_suite import PaidUpscalesSuite, a_source, an_upscale, given_of
from tests.contracts.providers.stands import running
from tests.contracts.providers.suite import Stand, TasksSuite, made, opened
from tests.contracts.providers.wavespeed import an_upscale_stand, links_in
from tests.contracts.providers.wavespeed_failures import FAILURES
from tests.simulators.kit.simulator import Simulator
from tests.simulators.wavespeed import SIMULATED

vendor = pytest.fixture(running(SIMULATED), scope="module")
stand = pytest.fixture(an_upscale_stand)


class TestWaveSpeedUpscale(PaidUpscalesSuite, TasksSuite):
    """The shared suites."""

    provider: ClassVar = "wavespeed"
    failures: ClassVar = FAILURES


@pytest.mark.parametrize(("model", "mode"), [("image-upscaler", "fast"), ("ultimate-image-upscaler", "creative")])
async def test_the_json_is_exactly_the_models_own_fields(
    stand: Stand, vendor: Simulator, model: str, mode: str
) -> None:
    ask = an_upscale(model, mode, width=4_000, height=3_200)
    one = await made(stand, ask)
    seen = [seen for seen in await vendor.control.requests() if seen.path == f"/api/v3/wavespeed-ai/{model}"][-1]
    [link] = links_in(seen)
    assert link.startswith(f"{vendor.base_url}/media/")
    assert seen.fields == {"image": link, "target_resolution": "4k", "output_format": "png"}
    assert opened(one).size == (4_096, 3_277)


@pytest.mark.parametrize(
    ("size", "target"),
    [
        ((640, 480), "2k"),
        ((2_048, 2_048), "2k"),
        ((1_500, 2_049), "4k"),
        ((4_096, 4_096), "4k"),
        ((6_000, 4_000), "8k"),
        ((4_000, 6_000), "8k"),
        ((8_192, 5_461), "8k"),
        ((9_000, 5_000), "8k"),
        ((5_000, 5_000), "4k"),
        ((6_000, 4_500), "4k"),
    ],
)
def test_the_target_is_the_smallest_that_is_enough_and_can_be_opened(size: tuple[int, int], target: str) -> None:
    width, height = size
    assert target_of(width, height) == target
    side = facts.TARGETS[target]
    assert side**2 * min(size) / max(size) <= PIXELS_MAX


def test_what_the_vendor_cannot_reach_or_carry_is_told() -> None:
    ask = an_upscale("ultimate-image-upscaler", width=5_000, height=5_000, creativity=0.0, negative_prompt="fog")
    assert translate(ask).notes == (
        "Ultimate Image Upscaler draws 4096 px on the long side here; the rest was scaled up.",
        "Ultimate Image Upscaler takes no prompt; it was ignored.",
        "Ultimate Image Upscaler takes no negative prompt; it was ignored.",
        "Ultimate Image Upscaler takes no creativity; it was ignored.",
    )
    assert translate(an_upscale("image-upscaler", prompt=None)).notes == ()


@pytest.mark.parametrize(("size", "file_format"), [((4_096, 4_096), "png"), ((6_000, 4_000), "jpeg")])
def test_a_result_that_would_be_too_many_bytes_as_a_png_is_asked_for_as_a_jpeg(
    size: tuple[int, int], file_format: str
) -> None:
    assert translate(an_upscale("image-upscaler", width=size[0], height=size[1])).fields["output_format"] == file_format


def test_a_transparent_picture_is_sent_on_white_and_told() -> None:
    form = translate(an_upscale("image-upscaler", prompt=None, image=a_source(7, alpha=True)))
    assert form.notes == ("Image Upscaler was sent the transparent parts of the picture as white.",)
    opaque = given_of(Image.fromarray(np.zeros((40, 50, 3), np.uint8)))
    assert translate(an_upscale("image-upscaler", image=opaque)).image.data == opaque.png

"""Stability AI's adapter for larger pictures against its simulator."""

from typing import ClassVar, Final

import pytest

from libs.common.errors import ProviderRejected
from libs.common.providers import stability_edit_facts as facts
from libs.common.providers.base import UpscaleAsk
from libs.common.providers.stability_upscale import FLATTENED, NEUTRAL_PROMPT, StabilityUpscale, translate
from libs.common.providers.upscale_table import UPSCALES
from tests.contracts.providers.edit_suite import PaidUpscalesSuite, a_source, an_upscale, models_of, row_of
from tests.contracts.providers.stability import FAILURES, TASK_FAILURES, Simulated, standing
from tests.contracts.providers.stands import running
from tests.contracts.providers.suite import Stand, TasksSuite, made, opened
from tests.simulators.kit.books import Seen
from tests.simulators.stability import SIMULATED

MODELS: Final = models_of(UPSCALES, "stability")
CREATIVE: Final = "stability-creative"
AT_ONCE: Final = tuple(model for model in MODELS if model != CREATIVE)


vendor = pytest.fixture(running(SIMULATED), scope="module")
stand = pytest.fixture(standing(StabilityUpscale, MODELS))
creative = pytest.fixture(standing(StabilityUpscale, (CREATIVE,)))


class TestStabilityUpscale(PaidUpscalesSuite):
    """The shared suite, for what is answered at once."""

    provider: ClassVar = "stability"
    models: ClassVar = AT_ONCE
    failures: ClassVar = FAILURES


class TestStabilityCreative(PaidUpscalesSuite, TasksSuite):
    """The shared suite, for what is a task."""

    provider: ClassVar = "stability"
    models: ClassVar = (CREATIVE,)
    failures: ClassVar = TASK_FAILURES

    @pytest.fixture
    def stand(self, creative: Stand) -> Stand:
        return creative


def test_every_row_of_the_table_says_what_the_vendor_says() -> None:
    for endpoint in facts.ENLARGING:
        row = row_of(UPSCALES, endpoint.model)
        assert row is not None
        assert (row.cost, row.takes, row.seeded) == (endpoint.millicredits, endpoint.takes, endpoint.seeded)
    assert {endpoint.model for endpoint in facts.ENLARGING} == set(MODELS)


async def sent(stand: Stand, ask: UpscaleAsk) -> Seen:
    """The one request of this ask; its only file is the picture as it is."""
    await made(stand, ask)
    assert isinstance(stand.counterpart, Simulated)
    [seen] = await stand.counterpart.seen(ask)
    [part] = seen.parts
    told = (part.name, part.filename, part.content_type, part.sha256)
    assert told == ("image", "image.png", "image/png", ask.image.sha256)
    return seen


async def test_the_fast_mode_is_asked_for_with_the_picture_alone(stand: Stand) -> None:
    ask = an_upscale("stability-fast", prompt="a lighthouse", creativity=0.4, negative_prompt="fog")
    seen = await sent(stand, ask)
    assert (seen.path, seen.fields) == ("/v2beta/stable-image/upscale/fast", {"output_format": "png"})
    assert translate(ask).notes == [
        "Words cannot guide stability-fast; they were ignored.",
        "What to avoid cannot be said to stability-fast; it was ignored.",
        "Creativity cannot be chosen for stability-fast; it was ignored.",
    ]


async def test_the_conservative_mode_takes_words_a_seed_and_creativity(stand: Stand) -> None:
    ask = an_upscale("stability-conservative", creativity=0.3, negative_prompt="fog")
    seen = await sent(stand, ask)
    assert seen.path == "/v2beta/stable-image/upscale/conservative"
    assert seen.fields == {
        "output_format": "png",
        "seed": str(ask.seed),
        "prompt": ask.prompt,
        "negative_prompt": "fog",
        "creativity": "0.3",
    }


async def test_the_creative_mode_takes_a_style_besides(stand: Stand) -> None:
    ask = an_upscale(CREATIVE, creativity=0.1, style_preset="photographic")
    seen = await sent(stand, ask)
    assert seen.path == "/v2beta/stable-image/upscale/creative"
    assert seen.fields == {
        "output_format": "png",
        "seed": str(ask.seed),
        "prompt": ask.prompt,
        "creativity": "0.1",
        "style_preset": "photographic",
    }


@pytest.mark.parametrize("model", ["stability-conservative", CREATIVE])
@pytest.mark.parametrize("prompt", [None, ""])
def test_where_the_customer_says_nothing_neutral_words_are_sent(model: str, prompt: str | None) -> None:
    form = translate(an_upscale(model, prompt=prompt))
    assert form.fields["prompt"] == NEUTRAL_PROMPT
    assert form.notes == []


@pytest.mark.parametrize(
    ("model", "wanted", "told"),
    [
        ("stability-conservative", 0.0, "0.2"),
        ("stability-conservative", 0.2, "0.2"),
        ("stability-conservative", 0.9, "0.5"),
        (CREATIVE, 0.0, "0.1"),
        (CREATIVE, 0.5, "0.5"),
    ],
)
def test_creativity_is_held_within_the_modes_range_and_a_change_is_told(model: str, wanted: float, told: str) -> None:
    form = translate(an_upscale(model, creativity=wanted))
    assert form.fields["creativity"] == told
    assert len(form.notes) == (float(told) != wanted)


def test_creativity_that_was_not_asked_for_is_the_vendors_own() -> None:
    assert "creativity" not in translate(an_upscale("stability-conservative")).fields


def test_transparency_is_put_on_white_and_told() -> None:
    form = translate(an_upscale("stability-fast", prompt=None, image=a_source(5, alpha=True)))
    assert form.notes == [FLATTENED]
    assert form.files()[0][1].data != a_source(5, alpha=True).png


@pytest.mark.parametrize("mode", ["creative", "auto"])
def test_a_model_enlarges_in_its_own_mode_only(mode: str) -> None:
    with pytest.raises(ProviderRejected) as raised:
        translate(an_upscale("stability-fast", mode))
    assert (raised.value.field, raised.value.facts["billed"]) == ("mode", False)


@pytest.mark.parametrize(
    ("model", "size_px"),
    [("stability-fast", (1_280, 1_024)), ("stability-conservative", (2_289, 1_831)), (CREATIVE, (3_840, 3_072))],
)
async def test_the_size_that_comes_back_is_the_vendors_own(stand: Stand, model: str, size_px: tuple[int, int]) -> None:
    assert opened(await made(stand, an_upscale(model, width=400, height=320))).size == size_px

"""WaveSpeed AI's adapter for edits against its simulator: the shared suites, every failure, and what is sent."""

import io
from collections.abc import Mapping
from typing import ClassVar, Final

import numpy as np
import pytest
from PIL import Image

from libs.common.errors import ProviderRejected
from libs.common.providers import wavespeed_edit_facts as facts
from libs.common.providers.base import Margins
from libs.common.providers.edit_table import EDITS
from tests.contracts.providers.edit_suite import SOURCE_PX, PaidEditsSuite, a_mask, a_source, an_edit
from tests.contracts.providers.stands import running
from tests.contracts.providers.suite import Stand, TasksSuite, failure, made, opened
from tests.contracts.providers.wavespeed import an_edit_stand, links_in
from tests.contracts.providers.wavespeed_failures import FAILURES
from tests.simulators.kit.simulator import Simulator
from tests.simulators.wavespeed import SIMULATED
from tests.simulators.wavespeed.painted import GRAIN

KEPT: Final = "Change nothing else: every other object, the light, the framing and the style stay exactly as they are."
REPLACE: Final = {"search_prompt": "red car", "prompt": "a blue bicycle"}
REPLACED: Final = f"Find «red car» in the picture and put this in its place, in the same light: a blue bicycle. {KEPT}"
RECOLOUR: Final = {"select_prompt": "the dress", "prompt": "teal"}
RECOLOURED: Final = (
    f"Find «the dress» in the picture and give it this colour: teal. Its shape, texture, folds and shadows stay. {KEPT}"
)
BEHIND: Final = (
    "Keep the subject of the first picture exactly as it is, in its place and size, and replace everything behind it "
    "with a beach. A soft shadow lies where the subject stands."
)
CAT: Final = "Paint this into the picture, in its light, perspective and style: a cat."
QWEN: Final = {"size": "1200*960", "output_format": "png", "seed": 77}
BANANA: Final = {"aspect_ratio": "5:4", "resolution": "4k", "output_format": "png"}
SEEDREAM: Final = {"size": "2160*1728"}
MASK: Final = {"mask": a_mask()}
NO_MASK: Final = {"mask": None}
SENT: Final[tuple[tuple[str, str, Mapping[str, object], Mapping[str, object]], ...]] = (
    ("image-background-remover", "remove_background", {}, {}),
    ("ideogram-v3-turbo", "inpaint", {"prompt": "a cat", **MASK}, {"prompt": "a cat", "aspect_ratio": "4:3"}),
    ("z-image-turbo-inpaint", "inpaint", {"prompt": "a cat", **MASK}, {"prompt": "a cat", "size": "1200*960"}),
    ("image-eraser", "erase", {}, {"output_format": "png"}),
    ("bria-expand", "outpaint", {"expand": Margins(left=60, right=20)}, {"aspect_ratio": "16:9"}),
    ("bria-expand", "outpaint", {"expand": Margins(up=20, down=30)}, {"aspect_ratio": "1:1"}),
    ("bria-generate-background", "replace_background", {"prompt": "a beach"}, {"prompt": "a beach"}),
    ("qwen-edit", "general_edit", {"prompt": "Make it snow"}, {"prompt": "Make it snow", **QWEN}),
    ("qwen-edit", "search_replace", REPLACE, {"prompt": REPLACED, **QWEN}),
    ("qwen-edit", "search_recolor", RECOLOUR, {"prompt": RECOLOURED, **QWEN}),
    ("qwen-edit", "inpaint", {"prompt": "a cat", **NO_MASK}, {"prompt": CAT, **QWEN}),
    ("qwen-edit", "replace_background", {"prompt": "a beach"}, {"prompt": BEHIND, **QWEN}),
    ("qwen-edit-plus", "general_edit", {"prompt": "Make it snow"}, {"prompt": "Make it snow", **QWEN}),
    ("qwen-edit-plus", "search_replace", REPLACE, {"prompt": REPLACED, **QWEN}),
    ("qwen-edit-plus", "search_recolor", RECOLOUR, {"prompt": RECOLOURED, **QWEN}),
    ("qwen-edit-plus", "replace_background", {"prompt": "a beach"}, {"prompt": BEHIND, **QWEN}),
    ("nano-banana-pro-edit-ultra", "general_edit", {"prompt": "Make it snow"}, {"prompt": "Make it snow", **BANANA}),
    ("nano-banana-pro-edit-ultra", "search_replace", REPLACE, {"prompt": REPLACED, **BANANA}),
    ("nano-banana-pro-edit-ultra", "search_recolor", RECOLOUR, {"prompt": RECOLOURED, **BANANA}),
    ("nano-banana-pro-edit-ultra", "replace_background", {"prompt": "a beach"}, {"prompt": BEHIND, **BANANA}),
    ("seedream-v4.5-edit", "general_edit", {"prompt": "Make it snow"}, {"prompt": "Make it snow", **SEEDREAM}),
    ("seedream-v4.5-edit", "search_replace", REPLACE, {"prompt": REPLACED, **SEEDREAM}),
    ("seedream-v4.5-edit", "search_recolor", RECOLOUR, {"prompt": RECOLOURED, **SEEDREAM}),
    ("seedream-v4.5-edit", "replace_background", {"prompt": "a beach"}, {"prompt": BEHIND, **SEEDREAM}),
    ("flux-kontext-pro", "general_edit", {"prompt": "Make it snow"}, {"prompt": "Make it snow"}),
    ("flux-kontext-pro", "search_replace", REPLACE, {"prompt": REPLACED}),
    ("flux-kontext-pro", "search_recolor", RECOLOUR, {"prompt": RECOLOURED}),
    ("flux-kontext-pro", "inpaint", {"prompt": "a cat", **NO_MASK}, {"prompt": CAT}),
    ("flux-kontext-pro", "replace_background", {"prompt": "a beach"}, {"prompt": BEHIND}),
)
"""Model, operation, what is asked for, and the JSON but for the pictures."""
MASKED: Final = frozenset({"image-eraser", "z-image-turbo-inpaint", "ideogram-v3-turbo"})


vendor = pytest.fixture(running(SIMULATED), scope="module")
stand = pytest.fixture(an_edit_stand)


class TestWaveSpeedEdit(PaidEditsSuite, TasksSuite):
    """The shared suites."""

    provider: ClassVar = "wavespeed"
    failures: ClassVar = FAILURES


def test_every_operation_of_every_row_has_its_json_here() -> None:
    rows = {(row.model, kind) for row in EDITS if row.provider == "wavespeed" for kind in (*row.automatic, *row.also)}
    assert rows == {(model, operation) for model, operation, _, _ in SENT} | {("z-image-turbo-inpaint", "outpaint")}


@pytest.mark.parametrize(("model", "operation", "wish", "sent"), SENT)
async def test_the_json_is_exactly_the_models_own_fields(
    stand: Stand, vendor: Simulator, model: str, operation: str, wish: Mapping[str, object], sent: Mapping[str, object]
) -> None:
    await made(stand, an_edit(model, operation, **{"seed": 77, "negative_prompt": None, **wish}))
    seen = [one for one in await vendor.control.requests() if one.path == facts.EDIT_MODELS[model].path][-1]
    assert (seen.method, seen.content_type, seen.query) == ("POST", "application/json", {})
    pictures = {"images" if facts.EDIT_MODELS[model].pictures_max else "image", *({"mask_image"} & set(seen.fields))}
    assert {name: value for name, value in seen.fields.items() if name not in pictures} == sent
    assert set(seen.fields) == {*sent, *pictures}
    assert ("mask_image" in pictures) is (model in MASKED)
    links = [*links_in(seen), *([str(seen.fields["mask_image"])] if "mask_image" in pictures else [])]
    assert links
    assert all(link.startswith(f"{vendor.base_url}/media/") for link in links)


# ---- what comes back


@pytest.mark.parametrize(
    ("margins", "notes"),
    [
        (Margins(left=60, right=20), 1),
        (Margins(up=20, down=30), 1),
        (Margins(left=100), 2),
        (Margins(up=300), 2),
        (Margins(left=64, down=32), 2),
        (Margins(10, 20, 30, 40), 2),
        (Margins(right=2_000, up=2_000), 3),
    ],
)
async def test_what_bria_extends_has_the_margins_and_the_picture_in_its_place(
    stand: Stand, margins: Margins, notes: int
) -> None:
    ask = an_edit("bria-expand", expand=margins, negative_prompt=None)
    one = await made(stand, ask)
    picture, source = opened(one), np.asarray(Image.open(io.BytesIO(ask.image.png)))
    width, height = SOURCE_PX
    wanted = (width + margins.left + margins.right, height + margins.up + margins.down)
    assert len(one.notes) == notes
    assert picture.size == pytest.approx(wanted, abs=1)
    left, top = margins.left, margins.up
    inner = np.asarray(picture)[top + 40 : top + 200, left + 40 : left + 280]
    assert np.abs(inner.astype(int) - source[40:200, 40:280]).mean() < GRAIN + 2


async def test_a_picture_longer_than_every_ratio_is_refused_with_a_way_out(stand: Stand) -> None:
    ask = an_edit("bria-expand", image=a_source(1, (640, 200)), expand=Margins(left=10))
    error = await failure(stand, ask)
    assert (type(error), error.field) == (ProviderRejected, "expand")
    assert "z-image-turbo-inpaint" in error.detail


async def test_a_background_remover_returns_transparency(stand: Stand) -> None:
    picture = opened(await made(stand, an_edit("image-background-remover")))
    assert (picture.mode, picture.size) == ("RGBA", SOURCE_PX)

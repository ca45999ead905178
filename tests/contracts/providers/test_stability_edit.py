"""Stability AI's adapter for changed pictures against its simulator."""

import io
from typing import ClassVar, Final

import numpy as np
import pytest
from PIL import Image

from libs.common.errors import ProviderRejected
from libs.common.providers import stability_edit_facts as facts
from libs.common.providers.base import EditAsk, Given, Margins
from libs.common.providers.edit_table import EDITS
from libs.common.providers.stability_edit import KEPT, MARKED, NOT_USED, SAME_BACKGROUND, StabilityEdit, translate
from libs.common.providers.stability_form import COMPRESSED, FILES_MAX_BYTES
from tests.contracts.providers.edit_suite import (
    SUBJECT,
    PaidEditsSuite,
    a_mask,
    a_source,
    an_edit,
    given_of,
    models_of,
    row_of,
)
from tests.contracts.providers.stability import FAILURES, Simulated, standing
from tests.contracts.providers.stands import running
from tests.contracts.providers.suite import Stand, failure, made, opened
from tests.simulators.kit.books import Seen
from tests.simulators.kit.simulator import Simulator
from tests.simulators.stability import SIMULATED
from tests.simulators.stability.behaviours import Behaviour

RELIGHT: Final = "stability-relight"
MODELS: Final = models_of(EDITS, "stability")
AT_ONCE: Final = tuple(model for model in MODELS if model != RELIGHT)


vendor = pytest.fixture(running(SIMULATED), scope="module")
stand = pytest.fixture(standing(StabilityEdit, MODELS))


class TestStabilityEdit(PaidEditsSuite):
    """The shared suite, for what is answered at once."""

    provider: ClassVar = "stability"
    models: ClassVar = AT_ONCE
    failures: ClassVar = FAILURES


def test_every_row_of_the_table_says_what_the_vendor_says() -> None:
    for endpoint in facts.EDITING:
        row = row_of(EDITS, endpoint.model)
        assert row is not None
        assert (row.cost, row.takes, row.seeded) == (endpoint.millicredits, endpoint.takes, endpoint.seeded)
    assert {endpoint.model for endpoint in facts.EDITING} == set(MODELS)


# ---- what is sent


async def sent(stand: Stand, ask: EditAsk) -> Seen:
    """The one request of this ask."""
    await made(stand, ask)
    assert isinstance(stand.counterpart, Simulated)
    [seen] = await stand.counterpart.seen(ask)
    return seen


def parts(seen: Seen) -> dict[str, tuple[str, str, str]]:
    """Each file's name, type and hash."""
    return {part.name: (part.filename, part.content_type, part.sha256) for part in seen.parts}


def a_file(name: str, given: Given) -> tuple[str, str, str]:
    return f"{name}.png", "image/png", given.sha256


async def test_a_cut_out_is_asked_for_with_the_picture_alone(stand: Stand) -> None:
    ask = an_edit("stability-remove-background")
    seen = await sent(stand, ask)
    assert seen.path == "/v2beta/stable-image/edit/remove-background"
    assert seen.fields == {"output_format": "png"}
    assert parts(seen) == {"image": a_file("image", ask.image)}
    assert (seen.accept, seen.content_type.partition(";")[0]) == ("image/*", "multipart/form-data")
    assert seen.headers["content-length"] == str(seen.body_bytes)


async def test_a_mask_arrives_byte_for_byte_and_white_is_what_changes(stand: Stand) -> None:
    mask = a_mask(level=200)
    ask = an_edit(
        "stability-inpaint", mask=mask, style_preset="anime", options={"grow_mask": 40}, negative_prompt="fog"
    )
    seen = await sent(stand, ask)
    assert seen.path == "/v2beta/stable-image/edit/inpaint"
    assert seen.fields == {
        "output_format": "png",
        "seed": str(ask.seed),
        "prompt": ask.prompt,
        "negative_prompt": "fog",
        "grow_mask": "40",
        "style_preset": "anime",
    }
    assert parts(seen) == {"image": a_file("image", ask.image), "mask": a_file("mask", mask)}


async def test_what_comes_back_is_changed_inside_the_mask_and_drifts_outside(stand: Stand) -> None:
    """The simulator is as careless as the vendors are: putting back what was to stay is not left to chance."""
    ask = an_edit("stability-inpaint", mask=a_mask())
    before = np.asarray(Image.open(io.BytesIO(ask.image.png))).astype(int)
    after = np.asarray(opened(await made(stand, ask)).convert("RGB")).astype(int)
    left, top, right, bottom = SUBJECT
    inside = np.zeros(before.shape[:2], bool)
    inside[top:bottom, left:right] = True
    changed = np.abs(after - before).max(axis=2)
    assert np.median(changed[inside]) > 30
    assert 0 < changed[:40, :60].max() <= 3


async def test_a_mask_wins_over_transparency_and_the_picture_is_flattened(stand: Stand) -> None:
    ask = an_edit("stability-inpaint", image=a_source(1, alpha=True), mask=a_mask())
    [image, mask] = (file for _, file in translate(ask).files())
    assert mask.data == a_mask().png
    flat = Image.open(io.BytesIO(image.data))
    assert flat.mode == "RGB"
    assert flat.getpixel((SUBJECT[2] - 4, SUBJECT[3] - 4)) == (255, 255, 255)


@pytest.mark.parametrize("model", ["stability-inpaint", "stability-erase"])
async def test_without_a_mask_the_transparent_pixels_are_what_changes(stand: Stand, model: str) -> None:
    ask = an_edit(model, image=a_source(2, alpha=True), mask=None)
    seen = await sent(stand, ask)
    assert parts(seen) == {"image": a_file("image", ask.image)}


@pytest.mark.parametrize("model", ["stability-inpaint", "stability-erase"])
async def test_nothing_to_change_is_refused_before_it_is_paid(stand: Stand, vendor: Simulator, model: str) -> None:
    error = await failure(stand, an_edit(model, mask=None))
    assert (type(error), error.field, error.facts["billed"]) == (ProviderRejected, "mask", False)
    assert "mask" in error.detail
    assert await Simulated(vendor.control).bills(an_edit(model)) == 0


async def test_erasing_sends_no_words(stand: Stand) -> None:
    ask = an_edit("stability-erase", options={"grow_mask": 0})
    assert (await sent(stand, ask)).fields == {"output_format": "png", "seed": str(ask.seed), "grow_mask": "0"}


async def test_margins_go_as_whole_pixels_and_only_those_there_are(stand: Stand) -> None:
    ask = an_edit(
        "stability-outpaint",
        expand=Margins(left=64, down=32),
        options={"prompt": "a quiet sea", "creativity": 0.25},
        negative_prompt="boats",
    )
    seen = await sent(stand, ask)
    assert seen.fields == {
        "output_format": "png",
        "seed": str(ask.seed),
        "left": "64",
        "down": "32",
        "prompt": "a quiet sea",
        "creativity": "0.25",
    }
    [note] = (await made(stand, ask)).notes
    assert note == "What to avoid cannot be said to stability-outpaint; it was ignored."
    assert opened(await made(stand, ask)).size == (ask.image.width + 64, ask.image.height + 32)


@pytest.mark.parametrize(
    ("model", "path", "field"),
    [
        ("stability-search-replace", "search-and-replace", "search_prompt"),
        ("stability-search-recolor", "search-and-recolor", "select_prompt"),
    ],
)
async def test_a_search_says_what_to_look_for(stand: Stand, model: str, path: str, field: str) -> None:
    ask = an_edit(model)
    seen = await sent(stand, ask)
    assert seen.path == f"/v2beta/stable-image/edit/{path}"
    assert seen.fields == {
        "output_format": "png",
        "seed": str(ask.seed),
        "prompt": ask.prompt,
        field: "the red box",
        "grow_mask": "3",
    }
    assert seen.files == {"image"}


@pytest.mark.parametrize(
    ("model", "words"),
    [("stability-search-replace", "a blue ball"), ("stability-search-recolor", "the red box, a blue ball")],
)
async def test_a_search_with_a_mask_is_an_inpainting(stand: Stand, model: str, words: str) -> None:
    ask = an_edit(model, mask=a_mask(), prompt="a blue ball")
    seen = await sent(stand, ask)
    assert seen.path == "/v2beta/stable-image/edit/inpaint"
    assert seen.fields["prompt"] == words
    assert parts(seen)["mask"] == a_file("mask", a_mask())
    assert not {"search_prompt", "select_prompt"} & set(seen.fields)
    assert translate(ask).notes == [MARKED]


async def test_relighting_carries_background_light_and_both_flags_as_small_letters(stand: Stand) -> None:
    background, light = a_source(11), a_source(12)
    options = {
        "light_direction": "above",
        "light_strength": 0.8,
        "light_color": "teal",
        "preserve_subject": 0.9,
        "keep_background": False,
    }
    ask = an_edit(RELIGHT, background=background, lighting=light, options=options)
    seen = await sent(stand, ask)
    assert seen.path == "/v2beta/stable-image/edit/replace-background-and-relight"
    assert seen.fields == {
        "output_format": "png",
        "seed": str(ask.seed),
        "keep_original_background": "false",
        "background_prompt": "in teal light",
        "preserve_original_subject": "0.9",
        "light_source_direction": "above",
        "light_source_strength": "0.8",
    }
    assert parts(seen) == {
        "subject_image": a_file("subject_image", ask.image),
        "background_reference": a_file("background_reference", background),
        "light_reference": a_file("light_reference", light),
    }


def test_a_strength_without_a_light_is_not_sent() -> None:
    assert "light_source_strength" not in translate(an_edit(RELIGHT, options={"light_strength": 1.0})).fields


def test_without_a_background_the_pictures_own_is_kept_and_told() -> None:
    form = translate(an_edit(RELIGHT, background=None, lighting=a_source(3)))
    assert form.fields["keep_original_background"] == "true"
    assert form.fields["background_prompt"] == SAME_BACKGROUND
    assert form.notes == [KEPT]


def test_a_background_that_was_given_and_is_not_wanted_is_not_sent_and_told() -> None:
    form = translate(an_edit(RELIGHT, options={"keep_background": True}))
    assert [picture.part for picture in form.pictures] == ["subject_image"]
    assert form.fields["background_prompt"] == SAME_BACKGROUND
    assert form.notes == [NOT_USED]


def test_words_left_over_from_another_form_are_not_painted() -> None:
    for model in ("stability-outpaint", RELIGHT, "stability-erase"):
        assert "left over" not in str(translate(an_edit(model, prompt="left over")).fields)


def test_a_background_that_was_to_be_kept_is_kept_without_a_word() -> None:
    form = translate(an_edit(RELIGHT, background=None, options={"keep_background": True}))
    assert (form.fields["keep_original_background"], form.notes) == ("true", [])


def test_a_new_background_leaves_the_subject_as_it_is() -> None:
    form = translate(an_edit(RELIGHT, "replace_background", prompt="a beach", negative_prompt="people"))
    assert form.fields["preserve_original_subject"] == "1"
    assert (form.fields["background_prompt"], form.fields["negative_prompt"]) == ("a beach", "people")
    assert form.notes == []


def test_a_colour_behind_the_subject_is_asked_for_by_its_name_and_told_to_be_near() -> None:
    form = translate(an_edit(RELIGHT, "replace_background", prompt=None, options={"color": "#00796b"}))
    assert "#00796b" in form.fields["background_prompt"]
    assert len(form.notes) == 1


def test_a_new_background_of_nothing_is_refused() -> None:
    with pytest.raises(ProviderRejected) as raised:
        translate(an_edit(RELIGHT, "replace_background", prompt=None, options={}))
    assert raised.value.facts["billed"] is False


@pytest.mark.parametrize(
    ("model", "name", "wanted", "field", "told"),
    [
        ("stability-erase", "grow_mask", 50, "grow_mask", "20"),
        ("stability-search-replace", "grow_mask", 21, "grow_mask", "20"),
        ("stability-outpaint", "creativity", 1.5, "creativity", "1"),
        ("stability-inpaint", "grow_mask", 100, "grow_mask", "100"),
    ],
)
def test_a_slider_beyond_the_vendors_range_is_held_and_told(
    model: str, name: str, wanted: float, field: str, told: str
) -> None:
    form = translate(an_edit(model, options={name: wanted}, negative_prompt=None))
    assert form.fields[field] == told
    assert len(form.notes) == (float(told) != wanted)


def test_what_no_edit_takes_is_left_out_and_told() -> None:
    form = translate(an_edit("stability-remove-background", steps=9, guidance_scale=3.0, style_preset="anime"))
    assert set(form.fields) == {"output_format"}
    assert len(form.notes) == 3
    assert translate(an_edit("stability-outpaint", style_preset="watercolour")).notes == [
        "What to avoid cannot be said to stability-outpaint; it was ignored."
    ]


def test_a_box_around_the_subject_is_told_to_be_of_no_use() -> None:
    form = translate(an_edit("stability-remove-background", options={"subject": [0.1, 0.1, 0.9, 0.9]}))
    assert len(form.notes) == 1


# ---- sizes


def _noise(width: int, height: int, channels: int) -> Given:
    pixels = np.random.default_rng(7).integers(0, 256, size=(height, width, channels), dtype=np.uint8)
    return given_of(Image.fromarray(pixels))


@pytest.mark.parametrize(("channels", "kind"), [(3, "image/jpeg"), (4, "image/webp")])
def test_a_picture_above_the_vendors_bound_is_compressed_and_told(channels: int, kind: str) -> None:
    ask = an_edit("stability-inpaint", image=_noise(1_900, 1_900, channels), mask=a_mask() if channels == 3 else None)
    form = translate(ask)
    files = dict(form.files())
    assert files["image"].content_type == kind
    assert sum(len(file.data) for file in files.values()) <= FILES_MAX_BYTES
    assert Image.open(io.BytesIO(files["image"].data)).size == (1_900, 1_900)
    assert form.notes == [COMPRESSED]


@pytest.mark.parametrize(
    ("size_px", "sent_px"), [((320, 256), (320, 256)), ((4_000, 3_000), (2_048, 1_536)), ((3_000, 20), (2_048, 64))]
)
def test_a_background_is_sent_in_a_size_that_the_vendor_takes(
    size_px: tuple[int, int], sent_px: tuple[int, int]
) -> None:
    background = given_of(Image.new("RGB", size_px, "teal"))
    file = dict(translate(an_edit(RELIGHT, background=background)).files())["background_reference"]
    assert Image.open(io.BytesIO(file.data)).size == sent_px
    assert facts.REFERENCE_TAKES.problem(*sent_px) is None


async def test_a_cut_out_comes_back_with_alpha_in_the_same_size(stand: Stand) -> None:
    ask = an_edit("stability-remove-background")
    picture = opened(await made(stand, ask))
    assert (picture.mode, picture.size) == ("RGBA", (ask.image.width, ask.image.height))
    assert (await made(stand, ask)).seed == ask.seed


async def test_a_picture_of_another_size_is_handed_on_as_it_is(stand: Stand, vendor: Simulator) -> None:
    await vendor.control.next(Behaviour.OTHER_SIZE)
    ask = an_edit("stability-inpaint")
    assert opened(await made(stand, ask)).size == (ask.image.width // 2, ask.image.height // 2)

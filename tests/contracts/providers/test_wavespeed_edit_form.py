"""WaveSpeed AI's form for edits, without anybody to send it to: words, masks, pictures, and what is told or refused."""

import io
from typing import Final

import numpy as np
import pytest
from PIL import Image

from libs.common.catalogue.operations import BY_KEY, settings_of
from libs.common.errors import AppError, ProviderRejected
from libs.common.providers.base import Margins
from libs.common.providers.wavespeed_edit_form import Form, translate
from libs.common.providers.wavespeed_expand import cut_out
from tests.contracts.providers.edit_suite import SOURCE_PX, a_mask, a_source, an_edit, given_of

SHADOW: Final = "A soft shadow lies where the subject stands."
REGION: Final = (
    "Change only the region from 30 % to 70 % of the picture's width, counted from the left, and from 25 % to 75 % of "
    "its height, counted from the top. Leave everything outside it exactly as it is, pixel for pixel."
)


def _form(model: str, operation: str | None = None, **changes: object) -> Form:
    return translate(an_edit(model, operation, **{"seed": 77, "negative_prompt": None, **changes}))


def _options(operation: str, **given: object) -> dict[str, object]:
    return settings_of(BY_KEY[operation], given)  # type: ignore[arg-type, return-value]


def _refusal(model: str, operation: str | None = None, **changes: object) -> AppError:
    with pytest.raises(ProviderRejected) as raised:
        _form(model, operation, **changes)
    assert (raised.value.facts["billed"], raised.value.facts["vendor"]) == (False, "wavespeed")
    return raised.value


def _pixels(data: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.asarray(Image.open(io.BytesIO(data)))


def test_margins_on_both_sides_are_painted_by_the_inpainter_around_the_picture() -> None:
    form = _form("z-image-turbo-inpaint", "outpaint", image=a_source(4), expand=Margins(64, 16, 8, 32))
    assert form.fields["size"] == "1232*912"
    assert form.mask is not None
    canvas, mask = _pixels(form.images[0].data), _pixels(form.mask.data)
    assert (canvas.shape, mask.shape) == ((296, 400, 3), (296, 400))
    assert np.array_equal(canvas[8:264, 64:384], _pixels(a_source(4).png))
    assert not mask[8:264, 64:384].any()
    mask_outside = mask.copy()
    mask_outside[8:264, 64:384] = 255
    assert (mask_outside == 255).all()


def test_a_large_picture_is_sent_smaller_and_its_margins_with_it() -> None:
    large = a_source(4, (6_000, 2_000))
    form = _form("z-image-turbo-inpaint", "outpaint", image=large, expand=Margins(left=2_000, down=1))
    assert form.mask is not None
    canvas, mask = _pixels(form.images[0].data), _pixels(form.mask.data)
    assert canvas.shape[:2] == mask.shape == (769, 3_072)
    assert (mask[:, :768] == 255).all()
    assert int((mask == 0).sum()) == 2_304 * 768


def test_a_canvas_to_be_extended_is_never_more_than_25_megapixels() -> None:
    large = given_of(Image.new("RGB", (5_000, 4_000), (9, 9, 9)))
    form = _form("bria-expand", image=large, expand=Margins(left=1_000))
    assert form.fields["aspect_ratio"] == "16:9"
    height, width, _ = _pixels(form.images[0].data).shape
    assert 24_900_000 < height * height * 16 / 9 <= 25_000_000
    assert width / height == pytest.approx(5 / 4, rel=0.001)


def test_margins_are_cut_out_of_an_answer_of_any_scale() -> None:
    form = _form("bria-expand", image=a_source(1, (400, 400)), expand=Margins(left=90, right=10))
    assert form.extension is not None
    answer = np.zeros((200, 300, 3), np.uint8)  # at half the size, with 50 px on both sides
    answer[:, 50:250] = 200
    part = _pixels(cut_out(given_of(Image.fromarray(answer)).png, form.extension))
    assert (form.fields["aspect_ratio"], part.shape) == ("3:2", (200, 250, 3))
    assert (part[:, 45:245] == 200).all()
    assert not part[:, :45].any()


def test_an_answer_of_another_shape_and_one_that_is_no_picture_are_handed_on_as_they_are() -> None:
    form = _form("bria-expand", image=a_source(1, (400, 400)), expand=Margins(left=90))
    assert form.extension is not None
    for data in (a_source(1, (400, 400)).png, b"<html>"):
        assert cut_out(data, form.extension) == data


def test_the_margins_prompt_is_the_setting_else_that_the_picture_goes_on() -> None:
    told = _options("outpaint", prompt="more sand")
    assert _form("z-image-turbo-inpaint", "outpaint", options=told).fields["prompt"] == "more sand"
    assert "continues" in str(_form("z-image-turbo-inpaint", "outpaint").fields["prompt"])


@pytest.mark.parametrize(
    ("size", "sent"),
    [((1024, 768), "4:3"), ((1024, 1024), "1:1"), ((1010, 1000), "1:1"), ((320, 256), None), ((900, 100), None)],
)
def test_a_ratio_is_named_only_where_it_is_the_pictures_own(size: tuple[int, int], sent: str | None) -> None:
    form = _form("flux-kontext-pro", image=a_source(5, size))
    assert form.fields.get("aspect_ratio") == sent


@pytest.mark.parametrize(("wanted", "sent", "notes"), [(0.0, 1, 2), (7.5, 7.5, 1), (30.0, 20, 2)])
def test_guidance_is_held_between_1_and_20_and_a_change_is_told(wanted: float, sent: float, notes: int) -> None:
    form = _form("flux-kontext-pro", guidance_scale=wanted)
    assert (form.fields["guidance_scale"], len(form.notes)) == (sent, notes)


# ---- sentences


def test_a_model_without_masks_is_told_where_the_mask_is() -> None:
    told = _options("general_edit", grow_mask=0)
    form = _form("qwen-edit", "general_edit", prompt="Make it snow", mask=a_mask(), options=told)
    assert (form.fields["prompt"], form.mask) == (f"Make it snow. {REGION}", None)
    assert form.notes == (
        "Qwen Image Edit takes no mask: it was told the region in words, and what lies outside it was put back.",
    )
    options = _options("inpaint", grow_mask=0)
    form = _form("qwen-edit", "inpaint", prompt="a cat", mask=a_mask(), negative_prompt="dogs.", options=options)
    assert form.fields["prompt"] == (
        f"Paint this into the picture, in its light, perspective and style: a cat. {REGION}\n\nAvoid: dogs."
    )
    grown = _form("qwen-edit", "inpaint", prompt="a cat", mask=a_mask(), options=_options("inpaint", grow_mask=16))
    assert "from 26 % to 74 % of the picture's width" in str(grown.fields["prompt"])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"color": "teal"}, "a plain, even background of the colour teal"),
        ({"color": "#ff8800", "shadow": False}, "a plain, even background of the colour #ff8800"),
    ],
)
def test_a_plain_background_is_asked_for_in_words(options: dict[str, object], words: str) -> None:
    told = _options("replace_background", **options)
    assert _form("bria-generate-background", prompt=None, options=told).fields["prompt"] == words
    prompt = str(_form("qwen-edit", "replace_background", prompt=None, options=told).fields["prompt"])
    assert prompt.startswith("Keep the subject of the first picture exactly as it is")
    assert prompt.endswith(f"behind it with {words}." if "shadow" in options else f"behind it with {words}. {SHADOW}")


@pytest.mark.parametrize(
    ("model", "references", "number"),
    [("seedream-v4.5-edit", 0, 2), ("seedream-v4.5-edit", 2, 4), ("qwen-edit-plus", 2, 3)],
)
def test_a_background_picture_comes_last_and_is_never_left_out(model: str, references: int, number: int) -> None:
    more = tuple(a_source(seed) for seed in range(4, 4 + references))
    form = _form(model, "replace_background", prompt=None, background=a_source(3), references=more)
    assert f"replace everything behind it with the scene of picture {number}. {SHADOW}" in str(form.fields["prompt"])
    assert [file.data for file in form.images[1:]] == [*(one.png for one in more[: number - 2]), a_source(3).png]
    assert len(form.images) == number


@pytest.mark.parametrize("model", ["qwen-edit", "flux-kontext-pro", "bria-generate-background"])
def test_a_background_picture_is_refused_where_it_cannot_go_in(model: str) -> None:
    error = _refusal(model, "replace_background", background=a_source(3))
    assert (error.error_code, error.field) == ("provider_cannot", "background")
    assert "qwen-edit-plus" in error.detail


def test_references_go_in_as_many_as_are_taken_and_the_rest_is_told() -> None:
    references = tuple(a_source(seed) for seed in (2, 3, 4))
    form = _form("qwen-edit-plus", references=references)
    assert [file.data for file in form.images[1:]] == [references[0].png, references[1].png]
    assert form.notes == ("Qwen Image Edit Plus takes 2 pictures beside the first; the others were left out.",)
    alone = _form("qwen-edit", prompt="Make it snow", references=references)
    assert (len(alone.images), alone.fields["prompt"]) == (1, "Make it snow")


# ---- masks


def test_a_mask_is_sent_in_black_and_white_from_half_grey_on() -> None:
    for level, white in ((255, True), (128, True), (127, False)):
        mask = a_mask(level=level)
        if white:
            form = _form("ideogram-v3-turbo", mask=mask, options=_options("inpaint", grow_mask=0))
            assert form.mask is not None
            assert np.array_equal(_pixels(form.mask.data), np.where(_pixels(mask.png) > 0, 255, 0))
        else:
            assert _refusal("ideogram-v3-turbo", mask=mask, options=_options("inpaint", grow_mask=0)).field == "mask"


def test_a_sent_mask_is_a_grey_png_whose_bytes_do_not_change() -> None:
    form = _form("image-eraser", mask=a_mask(), options=_options("erase", grow_mask=0))
    assert form.mask is not None
    picture = Image.open(io.BytesIO(form.mask.data))
    assert (picture.format, picture.mode, picture.size) == ("PNG", "L", SOURCE_PX)
    assert set(np.unique(np.asarray(picture)).tolist()) == {0, 255}
    assert form.mask.data == a_mask().png


def test_the_setting_widens_the_mask_that_is_sent() -> None:
    found = [_form("image-eraser", options=_options("erase", grow_mask=grow)).mask for grow in (0, 5, 20)]
    white = [int((_pixels(mask.data) == 255).sum()) for mask in found if mask is not None]
    assert white[0] == 128 * 128
    assert white == sorted(set(white))


def test_without_a_mask_what_is_transparent_is_painted_else_all_of_it() -> None:
    form = _form(
        "z-image-turbo-inpaint", image=a_source(7, alpha=True), mask=None, options=_options("inpaint", grow_mask=0)
    )
    assert form.mask is not None
    assert int((_pixels(form.mask.data) == 255).sum()) == 64 * 128
    form = _form("z-image-turbo-inpaint", mask=None)
    assert form.mask is not None
    assert (_pixels(form.mask.data) == 255).all()
    assert form.notes[0] == "There was no mask, so the whole picture was painted anew."
    assert _form("ideogram-v3-turbo", mask=None).mask is None


def test_an_empty_mask_and_one_that_leaves_nothing_reach_no_vendor() -> None:
    everything = given_of(Image.new("L", SOURCE_PX, 255))
    nothing = given_of(Image.new("L", SOURCE_PX, 0))
    assert _refusal("image-eraser", mask=everything).field == "mask"
    assert _refusal("image-eraser", mask=nothing).field == "mask"
    assert _refusal("z-image-turbo-inpaint", mask=nothing).field == "mask"
    assert _form("z-image-turbo-inpaint", mask=everything).mask is not None


# ---- pictures


def test_a_picture_is_sent_as_it_is_and_a_transparent_one_on_white() -> None:
    source, clear = a_source(7), a_source(7, alpha=True)
    assert _form("qwen-edit", image=source).images[0].data == source.png
    form = _form("qwen-edit", image=clear)
    assert _pixels(form.images[0].data)[128, 200].tolist() == [255, 255, 255]
    assert form.notes == ("Qwen Image Edit was sent the transparent parts of the picture as white.",)


def test_a_picture_of_more_bytes_than_are_taken_is_sent_as_a_jpeg() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (2_700, 2_700, 3), dtype=np.uint8)
    [file] = _form("image-background-remover", image=given_of(Image.fromarray(noise))).images
    assert (file.kind, file.name.endswith(".jpeg"), len(file.data) < 20_000_000) == ("jpeg", True, True)


def test_settings_that_no_model_reads_are_told() -> None:
    options = _options("remove_background", subject=[0.1, 0.1, 0.9, 0.9])
    assert _form("image-background-remover", options=options).notes == (
        "Background Remover has no setting «subject»; it was ignored.",
    )
    notes = _form("ideogram-v3-turbo", mask=a_mask(), negative_prompt="fog", steps=9, guidance_scale=3.0).notes
    assert notes == (
        "Ideogram V3 Turbo takes no negative prompt; it was ignored.",
        "Ideogram V3 Turbo has no seed; the same seed will not repeat this picture.",
        "The number of steps cannot be chosen for Ideogram V3 Turbo; it was ignored.",
        "Guidance cannot be chosen for Ideogram V3 Turbo; it was ignored.",
    )

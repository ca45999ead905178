"""Edit by instruction: what is understood, what is not, and that the steps are done in the order of the sentence."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.errors import ProviderRejected
from libs.common.providers.local.colour import to_lab
from libs.common.providers.local.edits import effects, general_edit, horizon, shape
from libs.common.providers.local.edits.elsewhere import VARIABLES, variables_for
from libs.common.providers.local.edits.grammar import STEPS_MAX, understood
from libs.common.providers.local.edits.grammar_steps import Step
from libs.common.providers.local.edits.inks import ink_of
from libs.common.providers.vendors import variables
from tests.unit.providers.local.edits.asks import Pixels, a_photo, an_ask, corners, plain

PHRASES: tuple[tuple[str, str], ...] = (
    ("brighter", "brightness +0.35"),
    ("Make the image a bit brighter, please.", "brightness +0.17"),
    ("could you please brighten this photo a little", "brightness +0.17"),
    ("much darker", "brightness -0.63"),
    ("as dark as possible", ""),
    ("extremely dark", "brightness -1.00"),
    ("make it brighter!!!", "brightness +0.35"),
    ("more contrast", "contrast +0.35"),
    ("a lot less contrast", "contrast -0.63"),
    ("increase the contrast by 20%", "contrast +0.20"),
    ("reduce saturation by 30 %", "saturation -0.30"),
    ("brightness +20", "brightness +0.20"),
    ("contrast −10", "contrast -0.10"),
    ("increase contrast by 300%", "contrast +1.00"),
    ("increase brightness, contrast and saturation by 15%", "brightness +0.15; contrast +0.15; saturation +0.15"),
    ("more contrast and saturation", "contrast +0.35; saturation +0.35"),
    ("less contrast, saturation", "contrast -0.35; saturation -0.35"),
    ("a bit warmer", "warmth +0.17"),
    ("make it cooler", "warmth -0.35"),
    ("warm up the colours", "warmth +0.35"),
    ("more vivid", "saturation +0.35"),
    ("less colourful", "saturation -0.35"),
    ("desaturate", "saturation -0.35"),
    ("black and white", "saturation -1.00"),
    ("Convert to black & white", "saturation -1.00"),
    ("turn it into a B&W photo", "saturation -1.00"),
    ("make it grayscale and sharper", "saturation -1.00; sharpness +0.35"),
    ("high contrast black and white", "saturation -1.00; contrast +0.45"),
    ("remove the colour", "saturation -1.00"),
    ("sepia", "sepia +0.85"),
    ("add a light sepia tone", "sepia +0.42"),
    ("sharpen", "sharpness +0.35"),
    ("soften it slightly", "sharpness -0.17"),
    ("more clarity", "clarity +0.35"),
    ("lift the shadows a bit and reduce the highlights", "shadows +0.17; highlights -0.35"),
    ("shadows +20", "shadows +0.20"),
    ("fade", "fade +0.45"),
    ("add a subtle vignette", "vignette +0.25"),
    ("darken the corners", "vignette +0.50"),
    ("add some film grain", "grain +0.45"),
    ("invert the colours", "invert"),
    ("pixelate", "pixelate +0.35"),
    ("blur", "blur +0.35"),
    ("blur the background", "blur background +0.50"),
    ("make the background much more blurry", "blur background +0.90"),
    ("remove the background", "remove background"),
    ("with a transparent background", "remove background"),
    ("cut out the subject", "remove background"),
    ("white background", "backdrop white"),
    ("change the background to #ff8800", "backdrop #ff8800"),
    ("place the product on a pale blue background", "backdrop pale blue"),
    ("remove the white background", "remove background"),
    ("replace the white background with a plain light blue", "backdrop light blue"),
    ("make the grey background white", "backdrop white"),
    ("crop to 4:5", "ratio +0.80"),
    ("make it 16 by 9", "ratio +1.78"),
    ("1.91:1", "ratio +1.91"),
    ("crop to a square", "ratio +1.00"),
    ("make it square", "ratio +1.00"),
    ("cut off the top 20%", "trim +0.20 top"),
    ("trim 5% from all sides", "trim +0.05 all"),
    ("zoom in by 20%", "trim +0.10 all"),
    ("rotate left", "turn +270.00"),
    ("rotate 90 degrees clockwise", "turn +90.00"),
    ("rotate 90° counter-clockwise", "turn +270.00"),
    ("rotate -90 degrees", "turn +270.00"),
    ("turn it upside down", "turn +180.00"),
    ("rotate 3 degrees to the left", "level -3.00"),
    ("straighten", "horizon"),
    ("straighten by 2.5 degrees", "level +2.50"),
    ("flip", "flip horizontal"),
    ("mirror the picture", "flip horizontal"),
    ("flip it vertically", "flip vertical"),
    ("add a thin black border", "border +0.01 black"),
    ("bluer", "tint +0.35 blue"),
    ("a bit less yellow", "tint -0.17 yellow"),
    ("make the sky bluer", "recolour sky blue"),
    ("make the red car blue", "recolour red car blue"),
    ("change the color of the blue shirt to dark green", "recolour blue shirt dark green"),
    ("vintage look", "fade +0.50; warmth +0.25; saturation -0.15; grain +0.30; vignette +0.30"),
    ("much warmer with a soft vignette", "warmth +0.63; vignette +0.50"),
    ("Brighter. Warmer; sharper\nsquare", "brightness +0.35; warmth +0.35; sharpness +0.35; ratio +1.00"),
    ("crop to 4:5, then make it warmer", "ratio +0.80; warmth +0.35"),
)
"""An instruction and its steps; no steps where it must not be understood."""

TEXTS = (
    ('add text "SALE" top right in red', ("SALE", "top right", "sans", 0.08, (255, 0, 0), None)),
    ("write 'Hello world' at the bottom in white", ("Hello world", "bottom", "sans", 0.08, (255, 255, 255), None)),
    (
        "Add “Grand Opening” in the center, large, in a serif font",
        ("Grand Opening", "center", "serif", 0.13, None, None),
    ),
    (
        'put "50% off" in the top left corner on a yellow plate',
        ("50% off", "top left", "sans", 0.08, None, (255, 255, 0)),
    ),
    ('add a caption saying "Don\'t panic" in the middle', ("Don't panic", "center", "sans", 0.08, None, None)),
    (
        '"A & B, and C; then D." at the left in a handwritten font',
        ("A & B, and C; then D.", "left", "hand", 0.08, None, None),
    ),
    ("write «Été» in the lower right hand corner", ("Été", "bottom right", "sans", 0.08, None, None)),
)

NOT_UNDERSTOOD = (
    "add a dog",
    "heller",
    "make it look like a Van Gogh painting",
    "remove the person on the left",
    "make him smile",
    "make it night",
    "not brighter",
    "don't crop",
    "crop to 400:1",
    "rotate 70 degrees",
    "add text SALE",
    'replace "A" with "B"',
    "make the dress darker",
    "remove the shadows",
    "contrast",
    "trim 95% from the left",
    "make it brighter than the sun",
    "crop the dog",
)


def told(prompt: str) -> str:
    return "; ".join(
        " ".join(word for word in (step.act, f"{step.size:+.2f}" if step.size else "", step.name, step.colour) if word)
        for step in understood(prompt).steps
    )


def edited(prompt: str, pixels: Pixels, **fields: object) -> Pixels:
    return general_edit.edit(replace(an_ask("general_edit", pixels, prompt=prompt), **fields)).pixels  # type: ignore[arg-type]


@pytest.mark.parametrize(("prompt", "steps"), PHRASES)
def test_a_phrase_means_its_steps(prompt: str, steps: str) -> None:
    assert told(prompt) == steps
    assert bool(understood(prompt).unknown) is (steps == "")


@pytest.mark.parametrize(("prompt", "wanted"), TEXTS)
def test_quoted_words_are_set_as_the_clause_says(prompt: str, wanted: tuple[object, ...]) -> None:
    plan = understood(prompt)
    [step] = plan.steps
    found = step.writing
    assert found is not None
    assert (found.text, found.position, found.typeface, found.size, found.ink, found.plate) == wanted
    assert plan.unknown == ()


@pytest.mark.parametrize("prompt", NOT_UNDERSTOOD)
def test_a_clause_with_one_word_too_many_is_not_understood(prompt: str) -> None:
    plan = understood(prompt)
    assert plan.unknown
    assert plan.steps == ()


def test_what_was_understood_and_what_was_not_are_told_apart() -> None:
    plan = understood('brighter, add a dog and write "Woof" at the top')
    assert plan.understood == ("brighter", "write “Woof” at the top")
    assert plan.unknown == ("add a dog",)


def test_a_part_that_is_not_understood_stops_the_whole() -> None:
    with pytest.raises(ProviderRejected) as raised:
        edited("brighter and add a dog", a_photo())
    detail = raised.value.detail
    assert "understood «brighter», but not «add a dog», so nothing was changed" in detail
    assert "WAVESPEED_API_KEY" in detail
    assert "GEMINI_API_KEY" in detail
    assert raised.value.facts["billed"] is False
    assert raised.value.field == "prompt"


@pytest.mark.parametrize("prompt", ["make me a sandwich", "please", "", "...", "§0", "add text SALE"])
def test_when_nothing_is_understood_the_refusal_says_what_would_be(prompt: str) -> None:
    with pytest.raises(ProviderRejected, match="It does: brighter, darker") as raised:
        edited(prompt, a_photo())
    assert ("quotation marks" in raised.value.detail) is ("text" in prompt)


def test_a_refusal_of_a_long_prompt_is_short() -> None:
    with pytest.raises(ProviderRejected) as raised:
        edited("brighter, " + "paint a dog " * 300 + ", dance" * 50, a_photo())
    assert len(raised.value.detail) < 900


def test_more_steps_than_the_bound_are_not_taken() -> None:
    plan = understood(", ".join(["brighter"] * (STEPS_MAX + 1)))
    assert len(plan.steps) == STEPS_MAX
    assert plan.unknown


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=80) | st.lists(st.sampled_from([one for one, _ in PHRASES]), max_size=4).map(" and ".join))
def test_any_text_is_a_plan_whose_steps_can_be_carried_out(prompt: str) -> None:
    plan = understood(prompt)
    assert len(plan.steps) <= STEPS_MAX
    for step in plan.steps:
        assert step.act in {*general_edit.ACTS, *general_edit.GRADES, "tint"}


@pytest.mark.parametrize(
    "prompt", ["a " * 2_000, "'" * 4_000, '"a" ' * 1_000, "1:" * 2_000, "crop " * 800, "more " * 800]
)
def test_long_and_odd_instructions_are_read_in_no_time(prompt: str) -> None:
    assert not understood(prompt).steps


@pytest.mark.parametrize("step", [Step(act) for act in ("ratio", "trim", "turn", "level", "horizon")])
def test_every_step_that_changes_the_outline_is_known_as_one(step: Step) -> None:
    assert step.act in general_edit.RESHAPES


def test_steps_are_done_in_the_order_of_the_sentence() -> None:
    first = edited("rotate right and flip", corners())
    other = edited("flip and rotate right", corners())
    assert tuple(first[0, 0]) == (255, 0, 0)
    assert tuple(other[0, 0]) == (255, 255, 255)


def test_the_notes_say_what_was_done() -> None:
    notes = general_edit.edit(an_ask("general_edit", a_photo(), prompt="a bit warmer and crop to 4:5")).notes
    assert notes == ("Done in this order, without a trained model: warmth +18%, crop to 4:5.",)


def test_a_crop_has_the_ratio_it_was_told() -> None:
    height, width = edited("crop to 4:5", a_photo(200, 120)).shape[:2]
    assert (width, height) == (96, 120)


def test_a_trim_takes_off_the_side_it_says() -> None:
    out = edited("cut off the left 50%", corners())
    assert out.shape == (20, 15, 3)
    assert tuple(out[0, 0]) == (0, 255, 0)


def test_a_tint_moves_greys_to_its_hue_and_less_of_it_away() -> None:
    grey = plain(40, 40, (128, 128, 128))
    more, less = (
        to_lab(edited(words, grey).reshape(-1, 3).T / 255).mean(axis=1) for words in ("more blue", "less blue")
    )
    assert more[2] < -0.02
    assert less[2] > 0.02
    assert more[0] == pytest.approx(less[0], abs=0.01)


def test_a_vignette_darkens_the_corners_and_not_the_middle() -> None:
    out = edited("strong vignette", plain(100, 60, (200, 200, 200)))
    assert out[30, 50, 0] >= 195
    assert out[0, 0, 0] < 120
    assert abs(int(out[0, 0, 0]) - int(out[-1, -1, 0])) <= 1


def test_grain_is_the_same_for_the_same_seed_and_leaves_the_mean_alone() -> None:
    grey = plain(300, 300, (128, 128, 128))
    one, again, other = (edited("add grain", grey, seed=seed) for seed in (5, 5, 6))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)
    assert float(one.mean()) == pytest.approx(128, abs=0.5)
    assert float(one[..., 0].std()) > 3


def test_an_inverted_picture_is_inverted_back() -> None:
    pixels = a_photo(alpha=True)
    assert np.array_equal(edited("invert", edited("invert", pixels)), pixels)


def test_a_border_lies_inside_the_picture() -> None:
    out = edited("add a thick red border", a_photo(200, 100))
    assert out.shape == (100, 200, 3)
    assert (out[:6] == (255, 0, 0)).all()
    assert (out[:, -6:] == (255, 0, 0)).all()


def test_the_background_is_blurred_and_the_subject_is_not() -> None:
    pixels = a_photo(320, 240)
    pixels[::2, ::2] //= 2  # fine detail everywhere
    pixels[60:200, 110:210] = (230, 30, 30)
    pixels[60:200:4, 110:210] = (120, 0, 0)
    out = edited("blur the background a lot", pixels)
    inside, outside = (slice(90, 170), slice(130, 190)), (slice(0, 40), slice(0, 80))
    assert np.abs(out[inside].astype(int) - pixels[inside]).mean() < 8
    assert np.diff(out[outside].astype(int), axis=1).std() < 0.4 * np.diff(pixels[outside].astype(int), axis=1).std()


def test_the_subject_lends_a_blurred_background_no_colour() -> None:
    pixels, alpha = plain(200, 200, (0, 160, 0)), np.zeros((200, 200), np.float32)
    pixels[60:140, 60:140], alpha[60:140, 60:140] = (255, 0, 0), 1
    out = effects.defocused(pixels, alpha, 1.0)
    assert out[100, 50, 0] <= 20
    assert (out[100, 100] == (255, 0, 0)).all()


def test_other_operations_are_used_where_they_are_asked_for() -> None:
    pixels = plain(200, 160, (235, 235, 232))
    pixels[50:120, 60:140] = (200, 30, 40)
    assert edited("remove the background", pixels).shape == (160, 200, 4)
    green = edited("change the background to #00ff00", pixels)
    assert np.abs(green[5, 5].astype(int) - (0, 255, 0)).max() <= 12
    blue = edited("make the red box blue", pixels)
    assert blue[85, 100, 2] > blue[85, 100, 0]
    assert np.abs(blue[5, 5].astype(int) - pixels[5, 5]).max() <= 6


@pytest.mark.parametrize("angle", [-4.0, 2.5])
def test_a_leaning_horizon_is_found_and_straightened(angle: float) -> None:
    level = plain(900, 700, (90, 140, 200))
    level[380:] = (40, 60, 50)
    leaning = shape.straightened(level, angle)
    assert horizon.lean(leaning) == pytest.approx(angle, abs=0.2)
    left = horizon.lean(edited("straighten", leaning))
    assert left == pytest.approx(0, abs=0.25)


def test_a_picture_without_straight_lines_is_not_turned_by_a_guess() -> None:
    with pytest.raises(ProviderRejected, match="straighten by 2 degrees"):
        edited("straighten", a_photo(400, 300))


def test_with_a_mask_the_outline_must_stay() -> None:
    mask = an_ask("inpaint", plain(96, 64, (255, 255, 255))).image
    with pytest.raises(ProviderRejected, match="With a mask"):
        edited("crop to a square", a_photo(), mask=mask)
    assert edited("brighter", a_photo(), mask=mask).shape == (64, 96, 3)


@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("size", [(16, 16), (16, 700)])
def test_every_step_takes_odd_pictures(size: tuple[int, int], *, alpha: bool) -> None:
    """Whatever needs a subject, straight lines or room for letters may refuse; nothing may break."""
    pixels = a_photo(*size, alpha=alpha)
    one_each = {tuple(step.act for step in understood(prompt).steps): prompt for prompt, _ in PHRASES}
    for acts, prompt in one_each.items():
        if acts and not {"recolour", "backdrop", "blur background", "remove background"} & {*acts}:
            try:
                out = edited(prompt, pixels)
            except ProviderRejected as error:
                assert error.detail.endswith(".")  # noqa: PT017 -- a refusal is a good outcome too
            else:
                assert out.dtype == np.uint8
                assert out.shape[2] == pixels.shape[2]
                assert min(out.shape[:2]) >= 1


@pytest.mark.parametrize(
    ("text", "ink"),
    [
        ("#0a0", (0, 170, 0)),
        ("Light Blue", (173, 216, 230)),
        ("lightblue", (173, 216, 230)),
        ("dusty  rose", (201, 139, 144)),
    ],
)
def test_a_colour_is_read_by_digits_by_css_and_by_everyday_names(text: str, ink: tuple[int, int, int]) -> None:
    assert ink_of(text) == ink
    assert ink_of(f"{text} ish") is None


def test_the_variables_named_in_refusals_are_those_that_set_vendors_up() -> None:
    assert set(VARIABLES.values()) <= set(variables())
    assert variables_for("general_edit").count("_") >= 3
    assert variables_for("remove_background") == "STABILITY_API_KEY or WAVESPEED_API_KEY"

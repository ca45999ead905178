"""The offline engine: repeatable, composed at any size, moved by words, seeds and styles."""

import asyncio
import math

import cv2
import numpy as np
import pytest

from libs.common.errors import ProviderBusy, ProviderRejected
from libs.common.ids import AttemptId
from libs.common.providers.base import Call, GenerateAsk, Made
from libs.common.providers.local.canvas import Dice, Frame, Plan
from libs.common.providers.local.colour import Floats, Lab, from_hex, into_gamut, to_lab
from libs.common.providers.local.engine import Ask, Composition, compose
from libs.common.providers.local.palettes import TABLE as PALETTES
from libs.common.providers.local.palettes import Palette, branded, shifted
from libs.common.providers.local.provider import LocalGenerates
from libs.common.providers.local.scenes.table import TABLE as SCENES
from libs.common.providers.local.styles import TABLE as STYLES
from libs.common.providers.local.vocabulary.colours import COLOURS
from libs.common.providers.local.vocabulary.subjects import SCENES as SUBJECTS

ATTEMPT = AttemptId("00000000-0000-7000-8000-000000000001")
PNG_MAX_BYTES = 2_500_000


def picture(prompt: str, *, style: str | None = None, seed: int = 1, size: tuple[int, int] = (96, 72)) -> Composition:
    return compose(Ask(prompt, seed, size[0], size[1], style))


def thumb(made: Composition) -> Floats:
    """What is left of a picture when all grain and detail is gone."""
    return np.asarray(cv2.resize(made.pixels, (12, 12), interpolation=cv2.INTER_AREA), np.float64)


def mean_lab(made: Composition) -> Lab:
    flat = made.pixels.reshape(-1, 3).T / 255
    return Lab(*(float(v) for v in to_lab(flat).mean(axis=1)))


@pytest.mark.parametrize("style", [None, "watercolor", "low-poly", "stained-glass"])
def test_the_same_ask_gives_the_same_bytes(style: str | None) -> None:
    first, second = (picture("mountains at sunset", style=style, seed=7) for _ in range(2))
    assert first.pixels.tobytes() == second.pixels.tobytes()


@pytest.mark.parametrize("scene", sorted(SCENES))
def test_another_seed_is_another_composition_and_not_only_other_grain(scene: str) -> None:
    prompt = f"{SUBJECTS[scene].split(', ')[0]} at sunset"
    thumbs = [thumb(picture(prompt, seed=seed)) for seed in (1, 2, 3)]
    gaps = [float(np.abs(thumbs[a] - thumbs[b]).mean()) for a, b in ((0, 1), (0, 2), (1, 2))]
    assert min(gaps) > 3.0, gaps


@pytest.mark.parametrize("size", [(64, 64), (640, 64), (64, 640), (101, 257), (400, 209), (333, 334)])
def test_sizes_are_exact(size: tuple[int, int]) -> None:
    made = picture("city skyline", size=size)
    assert made.pixels.shape == (size[1], size[0], 3)
    assert made.pixels.dtype == np.uint8


@pytest.mark.parametrize("scene", sorted(SCENES))
@pytest.mark.parametrize("size", [(300, 30), (30, 300), (40, 40)])
def test_scenes_paint_extreme_formats_with_finite_values(scene: str, size: tuple[int, int]) -> None:
    planes = SCENES[scene](Plan(Frame(*size), PALETTES["night"], Dice("extreme")))
    assert planes.shape == (3, size[1], size[0])
    assert np.isfinite(planes).all()
    assert float(planes.std()) > 0.01


def test_the_largest_picture_is_painted_and_enlarged() -> None:
    made = picture("abstract gradient", size=(4096, 1024))
    assert made.pixels.shape == (1024, 4096, 3)


@pytest.mark.parametrize("size", [(63, 640), (4097, 640), (641, 64), (64, 641)])
def test_sizes_out_of_bounds_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="offline engine paints"):
        picture("sea", size=size)


@pytest.mark.parametrize("colour", ["red", "orange", "green", "blue", "purple", "pink", "#1a9e8f"])
@pytest.mark.parametrize("subject", ["waves", "product podium", "abstract"])
def test_a_colour_word_moves_the_mean_hue(colour: str, subject: str) -> None:
    wanted = from_hex(colour if colour[0] == "#" else next(k for k, v in COLOURS.items() if colour in v.split(", ")))
    got = mean_lab(picture(f"{colour} {subject}"))
    assert abs(math.remainder(got.hue - wanted.hue, math.tau)) < 0.75


def test_black_darkens_and_white_lightens() -> None:
    black, white = (mean_lab(picture(f"{tone} product podium")) for tone in ("black", "white"))
    assert white.lightness > black.lightness + 0.3


@pytest.mark.parametrize("style", sorted(STYLES))
def test_every_style_changes_the_picture(style: str) -> None:
    plain, styled = picture("forest at dawn"), picture("forest at dawn", style=style)
    assert plain.pixels.shape == styled.pixels.shape
    assert float(np.abs(plain.pixels.astype(int) - styled.pixels.astype(int)).mean()) > 0.5


@pytest.mark.parametrize("style", [None, "no-such-style", ""])
def test_unknown_styles_are_neutral(style: str | None) -> None:
    assert picture("sea", style=style).pixels.tobytes() == picture("sea").pixels.tobytes()


def test_pixel_art_has_few_colours_and_line_art_little_colour() -> None:
    pixel = picture("city at night", style="pixel-art", size=(256, 256)).pixels.reshape(-1, 3)
    assert len(np.unique(pixel // 8, axis=0)) < 120
    line = picture("city at night", style="line-art", size=(256, 256))
    assert mean_lab(line).lightness > mean_lab(picture("city at night", size=(256, 256))).lightness + 0.15


def contrast(first: Lab, second: Lab) -> float:
    """WCAG 2 contrast ratio."""
    rgb = into_gamut(np.array([first, second]).T)
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    bright = sorted(float(v) for v in np.array([0.2126, 0.7152, 0.0722]) @ linear)
    return (bright[1] + 0.05) / (bright[0] + 0.05)


WANTED = [(), ("#d7263d",), ("#f7c915",), ("#16285e", "#d4a537"), ("#0d0d0e",), ("#fbfbfa",), ("#ffffff", "#000000")]


@pytest.mark.parametrize("palette", PALETTES.values(), ids=lambda row: row.name)
@pytest.mark.parametrize("wanted", WANTED, ids=lambda row: "+".join(row) or "own")
def test_every_palette_stays_readable(palette: Palette, wanted: tuple[str, ...]) -> None:
    moved = shifted(palette, [from_hex(text) for text in wanted])
    assert contrast(moved.deep, moved.light) >= 7.0
    assert moved.deep.lightness < min(moved.mid.lightness, moved.accent.lightness)
    assert moved.light.lightness > max(moved.mid.lightness, moved.accent.lightness)


@pytest.mark.parametrize("palette", PALETTES.values(), ids=lambda row: row.name)
def test_a_brands_own_colours_are_the_palette(palette: Palette) -> None:
    brand = [from_hex(text) for text in ("#0b3d91", "#ffffff", "#fc3d21", "#ffb81c")]
    moved = branded(palette, brand)
    assert contrast(moved.deep, moved.light) >= 7.0
    assert {moved.mid, moved.pop} <= set(brand)


def test_brand_colours_in_the_prompt_are_in_the_picture() -> None:
    made = picture("bauhaus pattern, palette #0b3d91 #ffffff #fc3d21", style="minimalist", size=(256, 256))
    flat = to_lab(made.pixels[::4, ::4].reshape(-1, 3).T / 255)
    for text in ("#0b3d91", "#fc3d21"):
        wanted = np.array(from_hex(text))[:, None]
        near = np.hypot(*(flat[1:] - wanted[1:])) < 0.09
        assert float(near.mean()) > 0.02, text


def test_what_cannot_be_depicted_is_said_in_a_sentence() -> None:
    assert any("people or animals" in note for note in picture("portrait of a woman with a dog").notes)
    assert any("a desk from above" in note for note in picture("a businesswoman in an office").notes)
    assert picture("mountains").notes == ()
    assert "no subject" in picture("xyzzy").notes[0]


def test_no_note_repeats_the_prompt() -> None:
    made = picture('a secretword dog "日本語" "another"')
    assert len(made.notes) == 2
    assert not any("secretword" in note or "日本" in note for note in made.notes)


def test_a_negative_prompt_takes_subjects_and_things_away() -> None:
    assert compose(Ask("mountains and a city", 1, 96, 72, negative="mountains")).scene == "city"
    assert compose(Ask("sea, no clouds, no sun", 1, 96, 72)).pixels.tobytes() != picture("sea").pixels.tobytes()


@pytest.mark.parametrize("weather", ["rain", "storm", "fog", "blizzard"])
def test_weather_changes_an_outdoor_scene(weather: str) -> None:
    calm, wild = picture("city skyline at night"), picture(f"city skyline at night, {weather}")
    assert wild.scene == "city"
    assert float(np.abs(calm.pixels.astype(int) - wild.pixels.astype(int)).mean()) > 2


ODD = [
    "",
    " ",
    "🙂",
    "日本の山",
    "'" * 50,
    "#zzzzzz",
    "a" * 4000,
    "\x00",
    '"' * 4000,
    "« » “ ” ‘ ’",
    "\u202eمرحبا بالعالم\u202c",
]


@pytest.mark.parametrize("prompt", [*ODD, "'a " * 1300, '"👩‍👩‍👧 \u0000 \ud800"', "#fff #000 #abc" * 200])
def test_odd_prompts_are_painted(prompt: str) -> None:
    assert picture(prompt).scene in SCENES


def ask(**changes: object) -> GenerateAsk:
    values: dict[str, object] = {"prompt": "sea", "model": "local", "width": 96, "height": 64, "seed": 5}
    return GenerateAsk(**(values | changes))  # type: ignore[arg-type]


async def run(wanted: GenerateAsk, told: list[float], timeout_s: float = 20.0) -> Made:
    """The one picture of one call."""
    provider = LocalGenerates(threads=1)

    async def progress(share: float) -> None:
        told.append(share)

    try:
        (made,) = await provider.generate(wanted, Call(ATTEMPT, timeout_s, progress))
        return made
    finally:
        await provider.aclose()


def test_the_provider_answers_a_png_its_seed_and_progress() -> None:
    told: list[float] = []
    made = asyncio.run(run(ask(negative_prompt="people", steps=30), told))
    pixels = cv2.imdecode(np.frombuffer(made.data, np.uint8), cv2.IMREAD_COLOR)
    assert made.data.startswith(b"\x89PNG")
    assert pixels is not None
    assert pixels.shape == (64, 96, 3)
    assert made.seed == 5
    assert any("steps" in note for note in made.notes)
    assert told == sorted(told)
    assert len(told) >= 3
    assert told[-1] == 1.0
    expected = compose(Ask("sea", 5, 96, 64, negative="people")).pixels
    assert np.array_equal(pixels[:, :, ::-1], expected)


def test_the_provider_refuses_sizes_out_of_bounds() -> None:
    with pytest.raises(ProviderRejected, match="4096"):
        asyncio.run(run(ask(width=5000), []))


def test_the_provider_is_busy_when_time_is_up() -> None:
    with pytest.raises(ProviderBusy):
        asyncio.run(run(ask(width=1024, height=1024), [], timeout_s=0.001))


def test_a_square_of_one_megapixel_is_a_small_png() -> None:
    made = asyncio.run(run(ask(prompt="stars in space", style_preset="photographic", width=1024, height=1024), []))
    assert len(made.data) < PNG_MAX_BYTES

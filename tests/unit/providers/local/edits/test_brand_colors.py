"""Brand colours: hues move to the palette, light, greys and skin stay."""

import numpy as np
import pytest
from pydantic import JsonValue

from libs.common.errors import ProviderRejected
from libs.common.providers.local.colour import Lab, from_hex
from libs.common.providers.local.edits.brand_colors import edit
from libs.common.providers.local.edits.colour_cube import lab_of
from libs.common.providers.local.edits.colour_difference import ciede2000, cielab
from libs.common.providers.local.edits.palette_match import matched, on_line
from tests.unit.providers.local.edits.asks import a_photo, an_ask, plain
from tests.unit.providers.local.edits.test_erase import a_mask
from tests.unit.providers.local.edits.test_search_recolor import a_scene

PALETTE: list[JsonValue] = ["#e4572e", "#17bebb"]
LINES: tuple[Lab, ...] = (from_hex("#e4572e"), from_hex("#17bebb"))


@pytest.mark.parametrize("delta_e", [2.0, 6.0, 20.0])
def test_what_wholly_changed_lies_within_the_distance(delta_e: float) -> None:
    done, share = matched(a_scene(), LINES, delta_e, None, skin=True)

    wholly = share.ravel() > 0.999
    away = on_line(lab_of(done).reshape(3, -1)[:, wholly], LINES).min(axis=0)
    assert wholly.mean() > 0.2
    assert float(np.quantile(away, 0.99)) <= delta_e


def test_lightness_stays() -> None:
    pixels = a_scene()

    done, _ = matched(pixels, LINES, 6.0, None, skin=True)

    assert np.abs(lab_of(done)[0] - lab_of(pixels)[0]).max() < 0.02


def test_greys_stay_bit_for_bit() -> None:
    pixels = a_scene()
    grey = (pixels == 140).all(axis=2)

    done = edit(an_ask("brand_colors", pixels, {"palette": PALETTE})).pixels

    assert (done[grey] == pixels[grey]).all()
    assert (done[~grey] != pixels[~grey]).any()


def test_skin_stays_unless_told_otherwise() -> None:
    pixels = a_scene()
    for place, skin in enumerate([(233, 196, 172), (198, 140, 108), (141, 92, 66), (92, 60, 46)]):
        pixels[:10, 10 * place : 10 * place + 10] = skin

    kept = edit(an_ask("brand_colors", pixels, {"palette": ["#3d1f9e"]})).pixels
    moved = edit(an_ask("brand_colors", pixels, {"palette": ["#3d1f9e"], "protect_skin": False})).pixels

    assert np.abs(kept[:10, :40].astype(int) - pixels[:10, :40]).max() <= 12
    assert (np.abs(moved[:10, :40].astype(int) - pixels[:10, :40]).max(axis=2) > 15).all()


def test_nothing_outside_the_mask_changes() -> None:
    pixels = a_scene()

    done = edit(an_ask("brand_colors", pixels, {"palette": PALETTE}, mask=a_mask(pixels, 0, 0, 80, 90))).pixels

    assert (done[:, 80:] == pixels[:, 80:]).all()
    assert (done[:, :80] != pixels[:, :80]).any()


def test_alpha_stays_and_names_are_colours_too() -> None:
    pixels = a_photo(alpha=True)

    done = edit(an_ask("brand_colors", pixels, {"palette": ["teal", "dusty rose"]})).pixels

    assert (done[..., 3] == pixels[..., 3]).all()


def test_a_picture_of_greys_is_told_to_have_nothing_to_move() -> None:
    pixels = plain(16, 16, (90, 90, 90))

    changed = edit(an_ask("brand_colors", pixels, {"palette": PALETTE}))

    assert (changed.pixels == pixels).all()
    assert "only greys" in changed.notes[0]


@pytest.mark.parametrize("palette", [["#000000"], ["#808080", "#ffffff"]])
def test_a_palette_of_greys_takes_colour_out(palette: list[JsonValue]) -> None:
    done = edit(an_ask("brand_colors", a_scene(), {"palette": list(palette), "delta_e": 2.0})).pixels

    assert float(np.quantile(np.ptp(done[30:60, 100:130].astype(int), axis=2), 0.9)) < 20


@pytest.mark.parametrize(("palette", "says"), [(None, "options.palette"), (["shiny"], "no colour")])
def test_no_palette_and_no_colours_are_refused(palette: list[JsonValue] | None, says: str) -> None:
    with pytest.raises(ProviderRejected, match=says):
        edit(an_ask("brand_colors", a_scene(), {"palette": palette}))


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, -1.3802, -84.2814), (50.0, 0.0, -82.7485), 1.0000),
        ((50.0, 2.5, 0.0), (50.0, 0.0, -2.5), 4.3065),
        ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_the_colour_difference_is_that_of_the_published_table(
    one: tuple[float, ...], other: tuple[float, ...], apart: float
) -> None:
    """Pairs of Sharma, Wu and Dalal (2005)."""
    found = ciede2000(np.array(one)[:, None], np.array(other)[:, None])

    assert float(found[0]) == pytest.approx(apart, abs=1e-4)


def test_white_and_black_are_where_they_belong() -> None:
    assert pytest.approx(np.array([[0.0, 0, 0], [100.0, 0, 0]]), abs=1e-3) == cielab(np.array([[0.0, 1.0]] * 3)).T

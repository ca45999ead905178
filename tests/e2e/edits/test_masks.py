"""A mask means the same for every vendor: white changes, black keeps, and outside of it not one pixel is another."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np
import pytest
from PIL import Image

from libs.common.catalogue.operations import OPERATIONS
from libs.common.imaging.masks import grown
from libs.common.providers.edit_table import EDITS
from libs.common.providers.table import LOCAL, Row
from tests.e2e.edits.ordering import (
    HOLE,
    REPLACEMENT,
    SHADES,
    SIZE,
    SOFT,
    WHITE,
    b64,
    differing,
    edited,
    grow_of,
    hole,
    made,
    picture_of,
    still_life,
    untouched,
    wish_for,
)
from tests.support.desk import Desk, Json
from tests.support.house import House
from tests.support.pictures import file_of
from tests.support.verified import verified

MASKED: Final = tuple(one.key for one in OPERATIONS if one.masked)


def _pairs() -> Iterator[tuple[Row, str]]:
    """Every masked operation at every provider: by the first row that reads masks, and the first that does not."""
    found: dict[tuple[str, str, bool], tuple[Row, str]] = {}
    for row in EDITS:
        for operation in (one for one in MASKED if row.serves(one)):
            found.setdefault((row.provider, operation, row.masks), (row, operation))
    yield from found.values()


PAIRS: Final = tuple(_pairs())


@pytest.fixture(scope="module")
def results(house: House) -> Mapping[tuple[str, str], Json]:
    """The answers to every pair with the soft mask, the providers side by side."""
    return asyncio.run(_results(house))


async def _results(house: House) -> Mapping[tuple[str, str], Json]:
    async def lane(pairs: Sequence[tuple[Row, str]]) -> dict[tuple[str, str], Json]:
        async with house.desk(await house.workspace()) as desk:
            return {(row.key, operation): await _with_soft_mask(desk, row, operation) for row, operation in pairs}

    async with asyncio.TaskGroup() as group:
        names = dict.fromkeys(row.provider for row, _ in PAIRS)
        lanes = [group.create_task(lane([pair for pair in PAIRS if pair[0].provider == name])) for name in names]
    return {key: told for done in lanes for key, told in done.result().items()}


async def _with_soft_mask(desk: Desk, row: Row, operation: str) -> Json:
    more = REPLACEMENT if (row.provider, operation) == (LOCAL, "search_replace") else {}
    wish = {**wish_for(operation), **more, "mask_base64": b64(SOFT)}
    return await made(desk, operation=operation, provider=row.provider, model=row.model, **wish)


@pytest.mark.parametrize(("row", "operation"), [pytest.param(*pair, id=f"{pair[0].key}-{pair[1]}") for pair in PAIRS])
def test_outside_the_grown_mask_not_one_pixel_changes_and_inside_something_does(
    results: Mapping[tuple[str, str], Json], row: Row, operation: str
) -> None:
    told = results[row.key, operation]
    apart = differing(still_life(), picture_of(told))
    reach = grown(SHADES, grow_of(operation))

    assert apart[reach == 0].max() == 0
    assert apart[SHADES == WHITE].max() > 0
    assert told["metadata"]["provider"] == row.provider


@pytest.mark.parametrize("provider", ["stability", "wavespeed", LOCAL])
async def test_what_is_transparent_outside_the_mask_stays_so(desk: Desk, provider: str) -> None:
    source = still_life().convert("RGBA")
    source.putalpha(Image.linear_gradient("L").resize(SIZE))

    told = await made(desk, operation="erase", provider=provider, image_base64=b64(source), mask_base64=b64(SOFT))

    picture = picture_of(told)
    reach = grown(SHADES, grow_of("erase"))
    assert picture.mode == "RGBA"
    assert differing(source, picture, "RGBA")[reach == 0].max() == 0
    assert differing(source, picture, "RGBA")[SHADES == WHITE].max() > 0


BLACK, ALL_WHITE = Image.new("L", SIZE, 0), Image.new("L", SIZE, WHITE)
TAKEN_WITHOUT: Final = [one for one in MASKED if one not in ("erase", "inpaint")]


@pytest.mark.parametrize("operation", TAKEN_WITHOUT)
async def test_a_black_mask_is_left_out_with_a_note(desk: Desk, operation: str) -> None:
    provider = "stability" if operation.startswith("search") else LOCAL
    told = await made(
        desk, **{**wish_for(operation), "operation": operation, "provider": provider, "mask_base64": b64(BLACK)}
    )

    assert "The mask marks nothing, so it was left out." in told["metadata"]["notes"]
    job = await desk.job(told["job_id"])
    assert job["request"]["masked"] is False


@pytest.mark.parametrize(
    ("operation", "mask", "sentence"),
    [
        ("erase", BLACK, "Erase object needs a mask that marks something in white."),
        ("erase", None, "Erase object needs a mask that marks something in white."),
        ("erase", ALL_WHITE, "Erase object needs a mask that leaves something to go by: this one covers everything."),
        ("inpaint", BLACK, "Inpaint and fix needs a mask that marks something in white."),
        ("inpaint", None, "Inpaint and fix needs a mask that marks something in white."),
    ],
)
async def test_an_operation_that_needs_a_place_refuses_a_mask_that_tells_none(
    desk: Desk, operation: str, mask: Image.Image | None, sentence: str
) -> None:
    more = {} if mask is None else {"mask_base64": b64(mask)}

    answer = await edited(desk, operation=operation, prompt="a door", **more)

    assert (answer.status_code, answer.json()["detail"]) == (400, sentence)
    assert answer.json()["facts"]["field"] == "mask"
    assert await untouched(desk)


@pytest.mark.parametrize("operation", ["inpaint", "erase"])
@pytest.mark.parametrize("provider", ["stability", LOCAL])
async def test_without_a_mask_the_transparent_part_says_where(desk: Desk, operation: str, provider: str) -> None:
    source = still_life().convert("RGBA")
    source.putalpha(Image.fromarray(WHITE - np.asarray(hole())))
    wish = {"image_base64": b64(source), "prompt": "continue the background"}

    told = await made(desk, operation=operation, provider=provider, **wish)

    picture = picture_of(told).convert("RGBA")
    reach = grown(np.asarray(hole()), grow_of(operation))
    assert differing(source, picture, "RGBA")[reach == 0].max() == 0
    left, top, right, bottom = HOLE
    assert np.asarray(picture)[top:bottom, left:right, 3].min() == WHITE, "what was missing is there now"


async def test_a_mask_goes_with_the_picture_when_that_is_scaled_down(desk: Desk) -> None:
    """Stability takes at most 9,437,184 pixels for this; the white part of the mask stays the middle."""
    source = Image.linear_gradient("L").resize((4_000, 2_500)).convert("RGB")
    mask = hole((4_000, 2_500), (1_000, 625, 3_000, 1_875))
    wish = {"image_base64": b64(source), "mask_base64": b64(mask), "fit_input": True}

    told = await made(desk, operation="erase", provider="stability", **wish)

    picture = picture_of(told)
    size = picture.size
    assert size[0] * size[1] <= 9_437_184
    small = np.asarray(mask.resize(size, Image.Resampling.NEAREST))
    kept = np.asarray(grown(small, grow_of("erase"))) == 0
    apart = differing(source.resize(size, Image.Resampling.LANCZOS), picture)
    assert apart[kept].max() <= 8, "resampled, and nothing else"
    assert apart[small == WHITE].mean() > 20


async def test_a_mask_in_a_file_and_a_mask_that_is_an_asset_do_the_same(desk: Desk) -> None:
    kept = await made(desk, operation="adjust", image_base64=b64(SOFT.convert("RGB")))
    wish = {"operation": "erase", "provider": LOCAL, "seed": 5}
    files = {
        "image": ("a.png", file_of(still_life()), "image/png"),
        "mask": ("mask.png", file_of(SOFT), "image/png"),
    }

    by_asset = await made(desk, mask_asset_id=kept["asset_id"], **wish)
    answer = await desk.http.post(
        "/api/image-studio/edit", files=files, data={name: str(value) for name, value in wish.items()}
    )

    assert answer.status_code == 200, answer.text
    assert picture_of(answer.json()).tobytes() == picture_of(by_asset).tobytes()


async def test_the_verifier_finds_nothing_to_say(house: House, results: Mapping[tuple[str, str], Json]) -> None:
    assert len(results) == len(PAIRS)
    verdict = await asyncio.to_thread(verified, house)
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr

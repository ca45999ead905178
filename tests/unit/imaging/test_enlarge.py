"""Enlarging: exact sizes, no seams, nothing shifted, nothing invented where nothing is; better than Lanczos."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from PIL import Image

from libs.common.imaging import enlarge, learned
from libs.common.imaging.enlarge import ALONE, CONSERVATIVE, CREATIVE, FAST, MODES, Pixels, Work

PHOTO: Final = Path(__file__).resolve().parents[3] / "docs" / "quality" / "photos" / "sheep.jpg"
"""Not one of those that the filters were learned from."""


def photo(width: int, height: int) -> Pixels:
    with Image.open(PHOTO) as picture:
        return np.asarray(picture.convert("RGB").crop((300, 200, 300 + width, 200 + height)))


def reduced(pixels: Pixels, factor: int) -> Pixels:
    height, width = pixels.shape[:2]
    return np.asarray(Image.fromarray(pixels).resize((width // factor, height // factor), Image.Resampling.BICUBIC))


def error(one: Pixels, other: Pixels) -> float:
    return float(np.mean((one.astype(np.float64) - other) ** 2))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size", [(64, 48), (65, 97), (128, 96), (200, 96), (256, 192), (400, 300)], ids=str)
def test_the_result_has_exactly_the_asked_pixels(mode: str, size: tuple[int, int]) -> None:
    for channels in (3, 4):
        source = np.full((48, 64, channels), 90, np.uint8)
        assert enlarge.enlarge(source, *size, mode).shape == (size[1], size[0], channels)


@pytest.mark.parametrize("mode", [FAST, CONSERVATIVE])
@pytest.mark.parametrize(("factor", "most"), [(2, 0.88), (4, 0.96)])
def test_it_comes_closer_to_the_truth_than_lanczos(mode: str, factor: int, most: float) -> None:
    truth = photo(320, 320)
    small = reduced(truth, factor)
    lanczos = np.asarray(Image.fromarray(small).resize((320, 320), Image.Resampling.LANCZOS))
    assert error(enlarge.enlarge(small, 320, 320, mode), truth) < most * error(lanczos, truth)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("width", [1_240, 900])
def test_tiles_leave_no_seam(mode: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    small = photo(310, 64)
    whole = enlarge.enlarge(small, width, 256, mode)
    monkeypatch.setattr(enlarge, "TILE_PX", 128)
    tiled = enlarge.enlarge(small, width, 256, mode)
    assert np.abs(whole.astype(int) - tiled).max() <= 1


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("factor", [1.5, 2, 3, 4, 6])
def test_nothing_is_shifted(mode: str, factor: float) -> None:
    disc = np.hypot(*np.mgrid[-31.5:32, -31.5:32]) < 20
    source = np.repeat((disc * 200).astype(np.uint8)[..., None], 3, axis=2)
    side = round(64 * factor)
    result = enlarge.enlarge(source, side, side, mode)[..., 1].astype(float)
    for axis in (0, 1):
        weights = result.sum(axis=axis)
        assert abs((weights * np.arange(side)).sum() / weights.sum() - (side - 1) / 2) < 0.3


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("level", [0, 1, 77, 254, 255])
def test_an_even_picture_stays_even(mode: str, level: int) -> None:
    source = np.full((40, 40, 3), level, np.uint8)
    assert set(np.unique(enlarge.enlarge(source, 160, 160, mode))) == {level}


@pytest.mark.parametrize("mode", MODES)
def test_what_is_invisible_does_not_darken_what_is_seen(mode: str) -> None:
    source = np.zeros((40, 40, 4), np.uint8)
    source[10:30, 10:30] = (250, 240, 230, 255)  # white on invisible black
    result = enlarge.enlarge(source, 160, 160, mode)
    seen = result[result[..., 3] > 0]
    assert seen[:, :3].min() >= 225
    assert result[:30, :30, 3].max() == 0
    assert not result[result[..., 3] == 0].any()


def test_an_opaque_picture_with_alpha_looks_like_the_one_without() -> None:
    source = photo(60, 50)
    opaque = np.dstack([source, np.full((50, 60), 255, np.uint8)])
    result = enlarge.enlarge(opaque, 240, 200, FAST)
    assert result[..., 3].min() == 255
    assert np.array_equal(result[..., :3], enlarge.enlarge(source, 240, 200, FAST))


def test_a_smaller_result_is_scaled_down_plainly_and_the_same_size_is_left_alone() -> None:
    source = photo(64, 64)
    assert np.array_equal(enlarge.enlarge(source, 64, 64, CREATIVE), source)
    lanczos = np.asarray(Image.fromarray(source).resize((30, 40), Image.Resampling.LANCZOS))
    assert np.array_equal(enlarge.enlarge(source, 30, 40, FAST), lanczos)


def test_a_pool_makes_the_same_picture_and_tells_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enlarge, "TILE_PX", 64)
    source, told = photo(64, 48), list[float]()
    with ThreadPoolExecutor(2) as pool:
        pooled = enlarge.enlarge(source, 256, 192, CONSERVATIVE, work=Work(pool, told.append))
    assert np.array_equal(pooled, enlarge.enlarge(source, 256, 192, CONSERVATIVE, work=ALONE))
    assert told == sorted(told)
    assert (len(told), told[-1]) == (12, 1.0)


class Remembering(ThreadPoolExecutor):
    """Keeps what it was given to do."""

    def __init__(self) -> None:
        super().__init__(1)
        self.tasks: list[Future[object]] = []

    def submit(self, fn: Callable[..., object], /, *args: object, **kwargs: object) -> Future[object]:  # type: ignore[override]
        task = super().submit(fn, *args, **kwargs)
        self.tasks.append(task)
        return task


def test_whoever_is_told_can_end_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    def enough(_: float) -> None:
        raise InterruptedError

    monkeypatch.setattr(enlarge, "TILE_PX", 32)
    with Remembering() as pool:
        with pytest.raises(InterruptedError):
            enlarge.enlarge(photo(200, 200), 800, 800, CONSERVATIVE, work=Work(pool, enough))
        assert len(pool.tasks) == 625
        assert sum(task.cancelled() for task in pool.tasks) > 500


def test_more_creativity_changes_more() -> None:
    source = photo(64, 64)
    plain = enlarge.enlarge(source, 256, 256, CONSERVATIVE)
    changes = [error(enlarge.enlarge(source, 256, 256, CREATIVE, creativity=c), plain) for c in (0, 0.1, 0.3, 0.5)]
    assert changes == sorted(changes)
    assert changes[0] < 0.5
    assert changes[1] > 0.5


@pytest.mark.parametrize(("width", "height", "mode"), [(0, 5, FAST), (10_000, 5_001, FAST), (99, 99, "auto")])
def test_what_cannot_be_made_is_refused(width: int, height: int, mode: str) -> None:
    with pytest.raises(ValueError, match=r"px is not made|no way to enlarge"):
        enlarge.enlarge(np.zeros((16, 16, 3), np.uint8), width, height, mode)


def test_the_stored_filters_are_small_and_keep_the_brightness() -> None:
    assert learned.FILE.stat().st_size < 400_000
    for filters in learned.learned().values():
        for one in (filters.everywhere, filters.kinds):
            assert np.abs(one.sum(axis=-2) - 1).max() < 1e-4

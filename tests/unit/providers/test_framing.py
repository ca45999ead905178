"""A picture in a frame of another shape, and the same part of the answer."""

import io
import random

import numpy as np
import pytest
from PIL import Image

from libs.common.imaging.decode import BadPicture
from libs.common.providers import gemini_facts, huggingface_facts
from libs.common.providers.base import Given
from libs.common.providers.framing import Box, Frame, changed_part, packed, png, transparent_where_changed, within
from libs.common.providers.instructions import Region
from libs.common.providers.openai_compatible_dialects import nearest_size
from libs.common.providers.ratios import nearest_ratio


def _given(picture: Image.Image) -> Given:
    return Given(png(picture), *picture.size, alpha=picture.mode == "RGBA")


def _sized(width: int, height: int) -> Given:
    return Given(b"", width, height)


def _drawn(width: int, height: int) -> list[tuple[int, int]]:
    return [
        gemini_facts.SIZES_PX[nearest_ratio(gemini_facts.SIZES_PX, width, height)],
        huggingface_facts.nearest_size(width, height, side_max_px=1_536),
        nearest_size(width, height),
        (512, 512),
    ]


def test_any_picture_lies_in_its_frame_as_large_as_it_fits_in_its_own_shape_and_in_the_middle() -> None:
    drawn = random.Random(1)  # noqa: S311 -- sizes, no secrets
    for _ in range(2_000):
        width, height = (round(16 * 512 ** drawn.random()) for _ in range(2))
        for size_px in _drawn(width, height):
            frame = Frame.of(_sized(width, height), size_px)
            box, (across, down) = frame.inside, frame.inner_px
            assert 0 <= box.left <= box.right <= size_px[0]
            assert 0 <= box.top <= box.bottom <= size_px[1]
            assert across == size_px[0] or down == size_px[1]
            assert abs((size_px[0] - box.right) - box.left) <= 1
            assert abs((size_px[1] - box.bottom) - box.top) <= 1
            assert min(across, down) >= 1
            scale = min(size_px[0] / width, size_px[1] / height)
            assert abs(across - width * scale) <= 1
            assert abs(down - height * scale) <= 1


def test_what_is_left_over_has_the_colours_of_the_edges_and_never_changes() -> None:
    picture = Image.new("RGB", (200, 100), (10, 20, 30))
    picture.paste((200, 0, 0), (0, 0, 200, 50))
    given = _given(picture)
    frame = Frame.of(given, (400, 400))
    sent, mask = np.asarray(frame.picture(given)), np.asarray(frame.mask(_given(Image.new("L", (200, 100), 255))))
    assert frame.inside == Box(0, 100, 400, 300)
    assert (sent[:100] == (200, 0, 0)).all()
    assert (sent[300:] == (10, 20, 30)).all()
    assert (mask[100:300] == 255).all()
    assert not mask[:100].any()
    assert not mask[300:].any()


@pytest.mark.parametrize("times", [0.5, 1.0, 4.0])
def test_of_an_answer_of_any_resolution_the_pictures_own_part_is_taken(times: float) -> None:
    given = _given(Image.new("RGB", (300, 100), (1, 2, 3)))
    frame = Frame.of(given, (600, 600))
    answer = Image.new("RGB", (round(600 * times), round(600 * times)), (9, 9, 9))
    answer.paste((7, 8, 9), tuple(round(side * times) for side in (0, 200, 600, 400)))  # type: ignore[arg-type]
    taken = Image.open(io.BytesIO(frame.taken(png(answer))))
    assert taken.size == (round(600 * times), round(200 * times))
    assert taken.getcolors() == [(taken.width * taken.height, (7, 8, 9))]


def test_an_answer_that_fits_is_not_touched_and_neither_is_one_of_another_shape() -> None:
    snug = Frame.of(_sized(300, 300), (600, 600))
    assert snug.taken(b"anything") == b"anything"
    wide, square = Frame.of(_sized(300, 100), (600, 600)), png(Image.new("RGB", (640, 480)))
    assert wide.taken(square) is square
    with pytest.raises(BadPicture):
        wide.taken(b"no picture")


def test_a_picture_made_larger_is_not_told_of_and_one_made_smaller_is() -> None:
    small, large = _sized(300, 300), _sized(900, 600)
    assert Frame.of(small, (600, 600)).notes(small, "X") == ()
    assert Frame.of(large, (600, 600)).notes(large, "X") == (
        "The picture of 900 x 600 px was scaled down to 600 x 400 for X; finer detail is drawn anew.",
    )


def test_what_hides_under_transparent_pixels_does_not_bleed_into_what_is_sent() -> None:
    picture = Image.new("RGBA", (64, 64), (255, 0, 0, 0))
    picture.paste((0, 0, 255, 255), (0, 0, 32, 64))
    given = _given(picture)
    for sent in (Frame.of(given, (48, 48)).picture(given), within(given, 40)):
        pixels = np.asarray(sent).astype(int)
        assert sent.mode == "RGB"
        assert (pixels[:, -4:] == 255).all()
        assert not ((pixels[..., 0] > pixels[..., 1] + 8) & (pixels[..., 0] > pixels[..., 2] + 8)).any()


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "P", "1"])
def test_a_picture_of_any_mode_becomes_rgb(mode: str) -> None:
    given = _given(Image.new(mode, (20, 30)))
    assert Frame.of(given, (40, 40)).picture(given).mode == "RGB"


def test_a_mask_is_widened_by_the_same_share_of_the_picture_whatever_its_frame() -> None:
    mask = Image.new("L", (400, 400))
    mask.paste(255, (100, 100, 300, 300))
    for side_px in (200, 400, 1_000):
        frame = Frame.of(_sized(400, 400), (side_px, side_px))
        boxes = [frame.mask(_given(mask), grow_px).getbbox() for grow_px in (0, 40)]
        assert boxes[0] is not None
        assert boxes[1] is not None
        assert abs((boxes[0][0] - boxes[1][0]) / side_px - 0.1) < 0.01


def test_a_mask_is_clear_where_it_changes_and_nothing_between() -> None:
    mask = Image.fromarray(np.array([[0, 1, 127, 128, 254, 255]], np.uint8))
    sent = np.asarray(Image.open(io.BytesIO(transparent_where_changed(mask))))
    assert sent[0, :, 3].tolist() == [255, 255, 255, 0, 0, 0]


def test_the_part_that_changes_is_the_smallest_box_and_nothing_when_there_is_none() -> None:
    mask = Image.new("L", (100, 50), 127)
    assert changed_part(mask) is None
    mask.paste(128, (10, 20, 30, 40))
    part = changed_part(mask)
    assert part == Box(10, 20, 30, 40)
    assert str(Region(part, mask.size)) == (
        "the region from 10 % to 30 % of the picture's width, counted from the left, "
        "and from 40 % to 80 % of its height, counted from the top"
    )


def test_a_picture_too_long_as_png_becomes_the_best_jpeg_that_is_short_enough() -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (200, 200, 3), dtype=np.uint8))
    whole, short, shortest = (packed(noise, bytes_max) for bytes_max in (200_000, 40_000, 1))
    assert (whole.mime_type, short.mime_type, shortest.mime_type) == ("image/png", "image/jpeg", "image/jpeg")
    assert len(shortest.data) < len(short.data) <= 40_000 < len(whole.data)
    assert short.data_uri.startswith("data:image/jpeg;base64,/9j/")
    assert (whole.file_name, short.file_name) == ("picture.png", "picture.jpeg")

"""How a vendor's picture becomes the customer's."""

import io

import pytest
from PIL import Image

from libs.common.contracts.edits import EditAsk, Source
from libs.common.contracts.pictures import BlobRef
from libs.common.ids import AssetId
from libs.common.jobs.order import Ready
from libs.common.providers.base import Given, Made
from libs.common.providers.edit_table import EDITS
from libs.common.providers.table import Row
from services.edit.domain import Pictures
from services.edit.operations.retouch import OTHER_SHAPE, Retouching
from tests.support.pictures import file_of

SIZE = (64, 48)
BLOB = BlobRef(sha256="0" * 64, size=1, mime="image/png")


def _row(provider: str) -> Row:
    return next(row for row in EDITS if row.provider == provider and row.serves("general_edit"))


async def _ready(
    made: Image.Image, *, provider: str = "gemini", mask: Image.Image | None = None, kind: str = "png"
) -> Ready:
    source = Source(blob=BLOB, width=SIZE[0], height=SIZE[1], asset_id=AssetId("0" * 36))
    wish = EditAsk.model_validate(
        {"operation": "general_edit", "source": source, "mask": BLOB if mask else None, "output_format": kind}
    )
    given = Given(file_of(Image.new("RGB", SIZE, "teal")), *SIZE)
    pictures = Pictures(given, None if mask is None else Given(file_of(mask), *SIZE))
    return await Retouching(wish, pictures, {}).ready(_row(provider), Made(file_of(made), seed=1))


async def test_what_is_transparent_becomes_white_in_a_format_without_transparency() -> None:
    """Every invisible pixel has some colour, which nobody ever meant to be seen."""
    invisible = Image.new("RGBA", SIZE, (250, 0, 0, 0))

    ready = await _ready(invisible, kind="jpeg")

    with Image.open(io.BytesIO(ready.data)) as picture:
        assert picture.format == "JPEG"
        assert picture.getpixel((30, 20)) == (255, 255, 255)


@pytest.mark.parametrize(("size", "told"), [((64, 64), (OTHER_SHAPE,)), ((128, 96), ())])
async def test_a_mask_that_could_not_be_kept_to_is_told(size: tuple[int, int], told: tuple[str, ...]) -> None:
    ready = await _ready(Image.new("RGB", size, "red"), mask=Image.new("L", SIZE, 0))

    assert ready.notes == told
    assert (ready.width, ready.height) == (size if told else SIZE)

"""Each vendor is told of a mask in its own way, and every form of one means the same: seen in the vendors' own logs,
byte for byte."""

import asyncio
import hashlib
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pytest
from PIL import Image

from libs.common.imaging.masks import encode_mask, grown
from tests.e2e.edits.ordering import (
    SHADES,
    SIZE,
    SOFT,
    WHITE,
    Pixels,
    b64,
    differing,
    grow_of,
    hole,
    made,
    picture_of,
    speaking,
    still_life,
    wish_for,
)
from tests.simulators.kit.books import Seen
from tests.simulators.kit.control import plain_client
from tests.simulators.kit.given import bytes_of
from tests.support.desk import Desk
from tests.support.house import House
from tests.support.pictures import file_of


def _rubbed_out() -> Image.Image:
    """As ALwrity's editor makes it: strokes of white, with what was rubbed out transparent and still white below."""
    mask = Image.new("RGBA", SIZE, (255, 255, 255, 0))
    mask.putalpha(SOFT)
    return mask


def _painted_on_black() -> Image.Image:
    """The strokes' grey, wholly opaque but for a corner that is white and transparent."""
    mask = Image.merge("RGBA", (SOFT, SOFT, SOFT, Image.new("L", SIZE, WHITE)))
    mask.paste((255, 255, 255, 0), (0, 0, 12, 12))
    return mask


def _deep() -> Image.Image:
    """The same in 16 bits of grey."""
    return Image.fromarray(SHADES.astype(np.uint16) * 257)


def _half() -> Image.Image:
    """Half the size in both directions."""
    return Image.fromarray(np.ascontiguousarray(SHADES[::2, ::2]))


FORMS: Final[Mapping[str, tuple[Callable[[], bytes], Pixels]]] = {
    "soft edges": (lambda: file_of(SOFT), SHADES),
    "black and white in one bit": (lambda: file_of(hole().convert("1")), np.asarray(hole())),
    "grey as RGB": (lambda: file_of(SOFT.convert("RGB")), SHADES),
    "sixteen bits": (lambda: file_of(_deep()), SHADES),
    "strokes rubbed out to transparency": (lambda: file_of(_rubbed_out()), SHADES),
    "transparent white in a corner": (lambda: file_of(_painted_on_black()), SHADES),
    "WebP": (lambda: file_of(SOFT.convert("RGB"), "WEBP", lossless=True), SHADES),
    "three times as large": (lambda: file_of(SOFT.resize((288, 240), Image.Resampling.NEAREST)), SHADES),
    "half as large": (lambda: file_of(_half()), SHADES[::2, ::2].repeat(2, axis=0).repeat(2, axis=1)),
}
"""Each as it is sent, and the shades that it means."""


@pytest.mark.parametrize("form", FORMS)
async def test_every_form_of_a_mask_comes_to_the_vendor_as_the_same_bytes(house: House, desk: Desk, form: str) -> None:
    sent, meant = FORMS[form]
    since = len(await house.vendor("stability").requests())

    told = await made(
        desk, **{**wish_for("inpaint"), "operation": "inpaint", "provider": "stability", "mask_base64": b64(sent())}
    )

    [seen] = (await house.vendor("stability").requests())[since:]
    part = seen.part("mask")
    assert part is not None
    assert part.sha256 == _sha256(encode_mask(np.ascontiguousarray(meant)))
    assert differing(still_life(), picture_of(told))[grown(meant.copy(), grow_of("inpaint")) == 0].max() == 0


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("model", ["ideogram-v3-turbo", "z-image-turbo-inpaint", "image-eraser"])
async def test_wavespeed_gets_a_file_of_black_and_white(house: House, desk: Desk, model: str) -> None:
    """Nobody says what these models make of a soft edge, so it is drawn where it is half."""
    operation = "erase" if model == "image-eraser" else "inpaint"
    vendor = house.vendor("wavespeed")
    since = len(await vendor.requests())

    wish = {**wish_for(operation), "mask_base64": b64(SOFT)}
    await made(desk, operation=operation, provider="wavespeed", model=model, **wish)

    [submit] = [seen for seen in (await vendor.requests())[since:] if "mask_image" in seen.fields]
    async with plain_client() as client:
        sent = (await client.get(str(submit.fields["mask_image"]))).raise_for_status().content
    hard = np.where(grown(SHADES, grow_of(operation)) >= WHITE // 2 + 1, WHITE, 0).astype(np.uint8)
    assert sent == encode_mask(hard)


@dataclass(frozen=True, slots=True)
class Own:
    """How one kind of own server is told of a mask: how large a picture it draws, and what it saw."""

    side_px: int
    saw: Callable[[Seen], str]
    """SHA-256 of the mask's bytes."""
    meant: Callable[[Pixels], Image.Image]
    """The mask that the shades mean for it."""


def _part(seen: Seen) -> str:
    part = seen.part("mask")
    assert part is not None
    return part.sha256


def _field(seen: Seen) -> str:
    data = bytes_of(seen.fields["mask_image"])
    assert data is not None
    return _sha256(data)


def _see_through(shades: Pixels) -> Image.Image:
    """Transparent where it changes, black elsewhere, nothing between."""
    pixels = np.zeros((*shades.shape, 4), np.uint8)
    pixels[..., 3] = np.where(shades >= WHITE // 2 + 1, 0, WHITE)
    return Image.fromarray(pixels)


OWN: Final = {
    "vllm_omni": Own(512, _field, Image.fromarray),
    "localai": Own(512, _part, Image.fromarray),
    "openai": Own(1_024, _part, _see_through),
}


@pytest.mark.parametrize("dialect", OWN)
async def test_each_kind_of_own_server_gets_the_mask_in_its_own_polarity(
    house: House, desk: Desk, dialect: str
) -> None:
    own, vendor = OWN[dialect], house.vendor("openai_compatible")
    size = own.side_px, own.side_px
    mask = hole(size, (100, 120, 300, 360))
    usual = house.processes["edit"].env
    await _restarted(house, speaking(house, "edit", dialect))
    since = len(await vendor.requests())
    wish = {"prompt": "a red door", "image_base64": b64(still_life(size)), "mask_base64": b64(mask)}

    try:
        told = await made(desk, operation="inpaint", provider="openai_compatible", **wish)
    finally:
        await _restarted(house, usual)

    [seen] = [one for one in (await vendor.requests())[since:] if one.method == "POST"]
    reach = grown(np.asarray(mask), grow_of("inpaint"))
    assert own.saw(seen) == _sha256(_png(own.meant(reach)))
    apart = differing(still_life(size), picture_of(told))
    assert (apart[reach == 0].max(), apart[np.asarray(mask) == WHITE].max() > 0) == (0, True)


async def _restarted(house: House, env: Mapping[str, str]) -> None:
    if house.processes["edit"].env == env:
        return
    house.processes["edit"].env = env
    house.kill("edit")
    await asyncio.to_thread(house.again, "edit")


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=2)
    return out.getvalue()


@pytest.mark.parametrize("provider", ["gemini", "huggingface"])
async def test_a_vendor_without_masks_gets_the_picture_alone_and_the_customer_is_told(
    house: House, desk: Desk, provider: str
) -> None:
    vendor = house.vendor(provider)
    since = len(await vendor.requests())

    told = await made(desk, operation="general_edit", provider=provider, prompt="a red door", mask_base64=b64(SOFT))

    said = [str(seen.fields) for seen in (await vendor.requests())[since:] if seen.method == "POST"]
    assert len(said) == 1
    assert "Leave everything outside it exactly as it is" in said[0]
    assert said[0].count("inlineData") <= 1
    assert "mask" not in {*said[0].split("'")}
    assert any("takes no mask" in note for note in told["metadata"]["notes"])

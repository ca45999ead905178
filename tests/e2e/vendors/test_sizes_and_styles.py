"""Every template with every provider gives exactly its pixels, unstretched; every style is accepted by all."""

import asyncio
import io
import struct
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
import pytest
from PIL import Image, ImageOps

from libs.common.catalogue.styles import STYLES
from libs.common.catalogue.templates import TEMPLATES, Template
from libs.common.providers import stability_facts
from tests.e2e.vendors.table import BEHAVIOURS
from tests.simulators.kit.pictures import PixelSize, picture
from tests.support.desk import Desk
from tests.support.house import House

LOCAL: Final = "local"
PROVIDERS: Final = (*BEHAVIOURS, LOCAL)
AT_ONCE: Final = 3
SEED: Final = 7
CREDITS: Final = 10_000
CREATE: Final = "/api/image-studio/create"
HEADER_BYTES: Final = 24
SAME_MAX: Final = 1.0
"""Mean difference of two pictures' values, of 255, that rounding and another filter make."""
STRETCHED_MIN: Final = 3.0
"""What stretching makes of these pictures at least."""


Wish = tuple[str, str, dict[str, object]]
"""Provider, name, and the fields that the order is about."""
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Delivered:
    """What was told of a picture, and what the stored file says itself."""

    told: PixelSize
    stored: PixelSize
    provider: str


@pytest.fixture(scope="module")
def delivered(house: House) -> Mapping[tuple[str, str], Delivered]:
    """A picture of every template by every provider."""
    wishes: list[Wish] = [
        (name, template.id, {"template_id": template.id}) for name in PROVIDERS for template in TEMPLATES
    ]
    return asyncio.run(_all(house, wishes, _measured))


@pytest.fixture(scope="module")
def styled(house: House) -> Mapping[tuple[str, str], int]:
    """The status of an order in every style at every provider."""
    small = {"width": 64, "height": 64}
    wishes: list[Wish] = [
        (name, style.name, {"style_preset": style.name, **small}) for name in PROVIDERS for style in STYLES
    ]
    return asyncio.run(_all(house, wishes, _status))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.id)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_template_with_a_provider_gives_exactly_its_pixels(
    delivered: Mapping[tuple[str, str], Delivered], provider: str, template: Template
) -> None:
    size = (template.width, template.height)
    assert delivered[provider, template.id] == Delivered(told=size, stored=size, provider=provider)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_style_is_accepted(styled: Mapping[tuple[str, str], int], provider: str) -> None:
    assert {style.name: styled[provider, style.name] for style in STYLES} == {style.name: 200 for style in STYLES}
    assert len(STYLES) == 46


@pytest.mark.parametrize(
    ("provider", "size"),
    [
        ("stability", (1456, 180)),
        ("stability", (1500, 500)),
        ("stability", (250, 1000)),
        ("openai_compatible", (1456, 180)),
        ("openai_compatible", (180, 1456)),
    ],
    ids=str,
)
async def test_a_picture_is_cut_and_never_stretched(house: House, provider: str, size: PixelSize) -> None:
    """The vendor drew another ratio: what comes is the middle of its picture, scaled alike in both directions."""
    async with house.desk(await house.workspace()) as desk:
        width, height = size
        answer = await desk.create(
            f"a disc, {size}", provider=provider, width=width, height=height, seed=SEED, response_format="url"
        )
        made = answer.json()
        got = (await desk.http.get(made["results"][0]["file_url"])).content
    drawn = Image.open(io.BytesIO(picture(SEED, await _asked(house, provider))))
    assert drawn.width * size[1] != drawn.height * size[0]

    whole = Image.open(io.BytesIO(got))

    assert whole.size == size
    assert _difference(whole, ImageOps.fit(drawn, size, Image.Resampling.BICUBIC)) < SAME_MAX
    assert _difference(whole, drawn.resize(size)) > STRETCHED_MIN


async def _asked(house: House, provider: str) -> PixelSize:
    """The size of what the vendor drew for its last request."""
    seen = (await house.vendor(provider).requests())[-1]
    if provider == "stability":
        return stability_facts.CORE.sizes_px[seen.form["aspect_ratio"]]
    width, _, height = str(seen.fields["size"]).partition("x")
    return int(width), int(height)


def _difference(one: Image.Image, other: Image.Image) -> float:
    first, second = (np.asarray(each.convert("RGB"), dtype=np.float32) for each in (one, other))
    return float(np.abs(first - second).mean())


async def _all(
    house: House, wishes: Sequence[Wish], ask: Callable[[Desk, dict[str, object]], Awaitable[Answer]]
) -> dict[tuple[str, str], Answer]:
    """Every wish asked, a few at once of each provider, and what came of it."""
    places = {name: asyncio.Semaphore(AT_ONCE) for name in PROVIDERS}
    async with AsyncExitStack() as stack:
        desks = {
            name: await stack.enter_async_context(house.desk(await house.workspace(credits=CREDITS)))
            for name in PROVIDERS
        }

        async def asked(provider: str, name: str, fields: dict[str, object]) -> Answer:
            body = {"prompt": f"a disc, {name}", "provider": provider, "seed": SEED, "response_format": "url", **fields}
            async with places[provider]:
                return await ask(desks[provider], body)

        async with asyncio.TaskGroup() as group:
            tasks = {wish[:2]: group.create_task(asked(*wish)) for wish in wishes}
    return {key: task.result() for key, task in tasks.items()}


async def _status(desk: Desk, body: dict[str, object]) -> int:
    return (await desk.http.post(CREATE, json=body)).status_code


async def _measured(desk: Desk, body: dict[str, object]) -> Delivered:
    answer = await desk.http.post(CREATE, json=body)
    assert answer.status_code == 200, answer.text
    [told] = answer.json()["results"]
    stored = await _size_in_file(desk, told["file_url"])
    return Delivered((told["width"], told["height"]), stored, told["provider"])


async def _size_in_file(desk: Desk, url: str) -> PixelSize:
    """From the file's own header, which alone is read."""
    start = b""
    async with desk.http.stream("GET", url) as file:
        async for piece in file.aiter_bytes():
            start += piece
            if len(start) >= HEADER_BYTES:
                break
    assert start[:8] + start[12:16] == b"\x89PNG\r\n\x1a\nIHDR"
    width, height = struct.unpack(">II", start[16:24])
    return width, height

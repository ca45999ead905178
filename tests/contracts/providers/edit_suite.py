"""What every `Edits` and every `Upscales` promises, as suites: subclass one, give it the provider's name and a `stand`.

What they are asked for comes from the provider's own rows: each model with each operation or mode that its row names.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType
from typing import ClassVar, Final

import numpy as np
import pytest
from PIL import Image
from pydantic import JsonValue

from libs.common.catalogue.operations import BY_KEY, settings_of
from libs.common.providers.base import EditAsk, Given, Margins, UpscaleAsk
from libs.common.providers.edit_table import EDITS
from libs.common.providers.table import Row
from libs.common.providers.upscale_table import UPSCALES
from tests.contracts.providers.suite import PROMPT, PaidSuite, ProviderSuite, Stand, a_seed, made, opened

SOURCE_PX: Final = (320, 256)
"""Every vendor takes it, whatever its limits."""
TIMES: Final = 4
"""How much larger the suite wants a picture."""
SUBJECT: Final = (96, 64, 224, 192)
"""Left, top, right, bottom of what the source shows, and of what the mask covers."""
OPTIONS: Final[Mapping[str, dict[str, JsonValue]]] = MappingProxyType(
    {"brand_colors": {"palette": ["#cc0033", "#ffffff"]}, "overlay": {"text": "Sale"}, "adjust": {"brightness": 0.2}}
)
"""Settings without which an operation would have nothing to do."""
LITTLE_WITHOUT_A_MASK: Final = frozenset({"inpaint"})
"""Without a mask it takes the transparent parts of a picture, and the source has none."""
WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {"prompt": PROMPT, "search_prompt": "the red box", "select_prompt": "the red box", "negative_prompt": "fog"}
)


def given_of(image: Image.Image) -> Given:
    """The picture as an adapter gets it."""
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=1)
    return Given(out.getvalue(), image.width, image.height, alpha=image.mode == "RGBA")


@lru_cache(maxsize=256)
def a_source(seed: int, size_px: tuple[int, int] = SOURCE_PX, *, alpha: bool = False) -> Given:
    """A soft gradient with a red box before it, told by its bytes from every other seed's; with `alpha` the box's
    right half is transparent."""
    width, height = size_px
    drawn = np.random.default_rng(seed)
    corners = drawn.integers(30, 220, size=(3, 3)).astype(np.float32)
    across = np.linspace(0, 1, width, dtype=np.float32)[None, :, None]
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    pixels = corners[0] * (1 - across) + corners[1] * across * (1 - down) + corners[2] * across * down
    left, top, right, bottom = SUBJECT
    pixels[top:bottom, left:right] = (200, 40, 30)
    image = Image.fromarray(pixels.astype(np.uint8))
    if alpha:
        image.putalpha(Image.new("L", size_px, 255))
        image.paste((200, 40, 30, 0), ((left + right) // 2, top, right, bottom))
    return given_of(image)


@lru_cache(maxsize=8)
def a_mask(size_px: tuple[int, int] = SOURCE_PX, *, level: int = 255) -> Given:
    """White, or this grey, where the source's box is; black everywhere else."""
    image = Image.new("L", size_px, 0)
    image.paste(level, SUBJECT)
    return given_of(image)


def row_of(table: Sequence[Row], model: str) -> Row | None:
    """The model's row, when it has one."""
    return next((row for row in table if row.model == model), None)


def kinds(row: Row) -> tuple[str, ...]:
    """The operations or modes that it does."""
    return (*row.automatic, *row.also)


def models_of(table: Sequence[Row], provider: str) -> tuple[str, ...]:
    """The provider's models."""
    return tuple(row.model for row in table if row.provider == provider)


def an_edit(model: str, operation: str | None = None, **changes: object) -> EditAsk:
    """A valid ask with a seed, a picture and a prompt of its own: of the model's first operation when none is named.
    It has what the operation's form shows; a mask where the operation can do little without one."""
    seed = a_seed()
    row = row_of(EDITS, model)
    found = BY_KEY[operation or (kinds(row)[0] if row is not None else "inpaint")]
    words: dict[str, object] = {name: text for name, text in WORDS.items() if name in found.fields}
    if "prompt" in words:
        words["prompt"] = f"{PROMPT} {seed}"
    ask = EditAsk(
        operation=found.key,
        model=model,
        image=a_source(seed),
        seed=seed,
        mask=a_mask() if "mask" in found.needs or found.key in LITTLE_WITHOUT_A_MASK else None,
        background=a_source(seed + 1) if found.key == "relight" else None,
        expand=Margins(left=64, down=32) if "expansion" in found.needs else Margins(),
        options=settings_of(found, OPTIONS.get(found.key, {})),
    )
    return replace(ask, **{**words, **changes})  # type: ignore[arg-type]


def an_upscale(model: str, mode: str | None = None, **changes: object) -> UpscaleAsk:
    """A valid ask with a seed and a picture of its own: in the model's first mode when none is named."""
    seed = a_seed()
    row = row_of(UPSCALES, model)
    width, height = SOURCE_PX
    ask = UpscaleAsk(
        mode=mode or (kinds(row)[0] if row is not None else "fast"),
        model=model,
        image=a_source(seed),
        width=TIMES * width,
        height=TIMES * height,
        seed=seed,
        prompt=f"{PROMPT} {seed}",
    )
    return replace(ask, **changes)  # type: ignore[arg-type]


class EditsSuite(ProviderSuite):
    """Holds for everybody who changes pictures. `models` are those of the provider's rows unless they are named."""

    provider: ClassVar[str]

    def __init_subclass__(cls) -> None:
        """Take the models from the table."""
        super().__init_subclass__()
        if "provider" in vars(cls) and "models" not in vars(cls):
            cls.models = models_of(EDITS, cls.provider)

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Besides, one test for each operation of each model."""
        super().pytest_generate_tests(metafunc)
        if "operation" in metafunc.fixturenames:
            rows = [row for row in EDITS if row.provider == self.provider and row.model in self.models]
            pairs = [pytest.param(row, kind, id=f"{row.model}-{kind}") for row in rows for kind in kinds(row)]
            metafunc.parametrize(("served", "operation"), pairs)

    def ask(self, model: str, **changes: object) -> EditAsk:
        """The model's first operation."""
        return replace(an_edit(model), **changes)  # type: ignore[arg-type]

    async def test_every_operation_of_a_row_makes_a_picture(self, stand: Stand, served: Row, operation: str) -> None:
        assert opened(await made(stand, an_edit(served.model, operation))).size

    async def test_every_operation_with_a_mask_makes_a_picture(self, stand: Stand, served: Row, operation: str) -> None:
        if BY_KEY[operation].masked:
            assert opened(await made(stand, an_edit(served.model, operation, mask=a_mask()))).size

    async def test_a_transparent_picture_is_taken_too(self, stand: Stand, served: Row, operation: str) -> None:
        ask = an_edit(served.model, operation)
        assert opened(await made(stand, replace(ask, image=a_source(ask.seed, alpha=True)))).size

    async def test_an_operation_it_does_not_do_is_refused(self, stand: Stand, model: str) -> None:
        """The router never sends one; if it did, nothing must be paid."""
        row = row_of(EDITS, model)
        assert row is not None
        others = [key for key in BY_KEY if not row.serves(key)]
        for operation in others[:1]:
            await self.refused(stand, an_edit(model, operation))


class PaidEditsSuite(PaidSuite, EditsSuite):
    """Holds for those of them whose work is billed on the other side of a wire."""

    async def test_every_operation_is_one_request_and_one_bill(self, stand: Stand, served: Row, operation: str) -> None:
        assert stand.counterpart is not None
        ask = an_edit(served.model, operation)
        await made(stand, ask)
        assert (await stand.counterpart.requests(ask), await stand.counterpart.bills(ask)) == (1, 1)


class UpscalesSuite(ProviderSuite):
    """Holds for everybody who enlarges pictures. `models` are those of the provider's rows unless they are named."""

    provider: ClassVar[str]
    odd: ClassVar[Mapping[str, object]] = {"creativity": 1.0, "style_preset": "no-such-style", "negative_prompt": "fog"}

    def __init_subclass__(cls) -> None:
        """Take the models from the table."""
        super().__init_subclass__()
        if "provider" in vars(cls) and "models" not in vars(cls):
            cls.models = models_of(UPSCALES, cls.provider)

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Besides, one test for each mode of each model."""
        super().pytest_generate_tests(metafunc)
        if "mode" in metafunc.fixturenames:
            rows = [row for row in UPSCALES if row.provider == self.provider and row.model in self.models]
            pairs = [pytest.param(row, kind, id=f"{row.model}-{kind}") for row in rows for kind in kinds(row)]
            metafunc.parametrize(("served", "mode"), pairs)

    def ask(self, model: str, **changes: object) -> UpscaleAsk:
        """The model's first mode."""
        return replace(an_upscale(model), **changes)  # type: ignore[arg-type]

    async def test_every_mode_of_a_row_makes_a_larger_picture(self, stand: Stand, served: Row, mode: str) -> None:
        ask = an_upscale(served.model, mode)
        width, height = opened(await made(stand, ask)).size
        assert width > ask.image.width
        assert width / height == pytest.approx(ask.width / ask.height, rel=0.02)
        if stand.exact_size:
            assert (width, height) == (ask.width, ask.height)

    async def test_without_words_it_enlarges_as_well(self, stand: Stand, served: Row, mode: str) -> None:
        assert (await made(stand, an_upscale(served.model, mode, prompt=None))).data

    async def test_a_transparent_picture_is_taken_too(self, stand: Stand, served: Row, mode: str) -> None:
        ask = an_upscale(served.model, mode)
        assert opened(await made(stand, replace(ask, image=a_source(ask.seed, alpha=True)))).size


class PaidUpscalesSuite(PaidSuite, UpscalesSuite):
    """Holds for those of them whose work is billed on the other side of a wire."""

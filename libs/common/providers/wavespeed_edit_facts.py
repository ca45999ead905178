"""The models of WaveSpeed AI that change and enlarge pictures: which fields each takes, as data that the adapters and
the simulator both read. Names for people and costs stand in the tables of rows.

Source: the vendor's model pages, read in autumn 2026. No field for a safety checker is documented for them.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from libs.common.providers.edit_table import EDITS
from libs.common.providers.table import Row
from libs.common.providers.upscale_table import UPSCALES
from libs.common.providers.wavespeed_facts import BOTH_FLAGS, IDEOGRAM, NINE_RATIOS, Model, Need, Sizes

FORMATS: Final = ("jpeg", "png", "webp")
QWEN_SIZES: Final = Sizes(256, 1_536, area_min_px=1_024 * 1_024)
SEEDREAM_SIZES: Final = Sizes(1_024, 4_096, area_min_px=2_560 * 1_440)
BRIA_RATIOS: Final = ("1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9")
BANANA_RATIOS: Final = ("1:1", "3:2", "2:3", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9")

RESOLUTION_FIELD: Final = "resolution"
TARGET_FIELD: Final = "target_resolution"
TARGETS: Final[Mapping[str, int]] = MappingProxyType({"2k": 2_048, "4k": 4_096, "8k": 8_192})
"""Longest sides in px. The vendor names no pixels; these are what the names usually stand for, and a result of another
size is only scaled."""

EDIT_ROWS: Final[Mapping[str, Row]] = MappingProxyType({row.model: row for row in EDITS if row.provider == "wavespeed"})
"""Our models there that change pictures."""
_ROWS: Final = {**EDIT_ROWS, **{row.model: row for row in UPSCALES if row.provider == "wavespeed"}}


def _model(name: str, vendor_name: str, **takes: object) -> Model:
    row: Row = _ROWS[name]
    given = {"shape": (), "flags": BOTH_FLAGS, "picture": Need.MUST, **takes}
    return Model(name, row.name, vendor_name, row.cost, **given)  # type: ignore[arg-type]


def _by_name(models: Iterable[Model]) -> Mapping[str, Model]:
    return MappingProxyType({model.name: model for model in models})


BACKGROUND_REMOVER: Final = _model(
    "image-background-remover", "wavespeed-ai/image-background-remover", prompt=Need.NO, usual="png"
)
ERASER: Final = _model(
    "image-eraser", "wavespeed-ai/image-eraser", prompt=Need.MAY, mask=Need.MAY, output_formats=FORMATS
)
Z_INPAINT: Final = _model(
    "z-image-turbo-inpaint", "wavespeed-ai/z-image/turbo-inpaint", mask=Need.MUST, shape=QWEN_SIZES
)
BRIA_EXPAND: Final = _model("bria-expand", "bria/expand", prompt=Need.NO, shape=BRIA_RATIOS, usual="png")
BRIA_BACKGROUND: Final = _model("bria-generate-background", "bria/generate-background", usual="png")
QWEN_EDIT: Final = _model(
    "qwen-edit", "wavespeed-ai/qwen-image/edit", shape=QWEN_SIZES, seeded=True, output_formats=FORMATS
)
QWEN_EDIT_PLUS: Final = _model(
    "qwen-edit-plus",
    "wavespeed-ai/qwen-image/edit-plus",
    shape=QWEN_SIZES,
    seeded=True,
    output_formats=FORMATS,
    pictures_max=3,
)
BANANA_ULTRA: Final = _model(
    "nano-banana-pro-edit-ultra",
    "google/nano-banana-pro/edit-ultra",
    shape=BANANA_RATIOS,
    output_formats=("png", "jpeg"),
    pictures_max=14,
    resolution=(RESOLUTION_FIELD, ("4k", "8k")),
)
SEEDREAM_EDIT: Final = _model(
    "seedream-v4.5-edit", "bytedance/seedream-v4.5/edit", shape=SEEDREAM_SIZES, pictures_max=10
)
KONTEXT_EDIT: Final = _model(
    "flux-kontext-pro", "wavespeed-ai/flux-kontext-pro", shape=NINE_RATIOS, guidance=(1.0, 20.0)
)

EDIT_MODELS: Final = _by_name(
    (
        BACKGROUND_REMOVER,
        IDEOGRAM,
        Z_INPAINT,
        ERASER,
        BRIA_EXPAND,
        BRIA_BACKGROUND,
        QWEN_EDIT,
        QWEN_EDIT_PLUS,
        BANANA_ULTRA,
        SEEDREAM_EDIT,
        KONTEXT_EDIT,
    )
)
INSTRUCTED: Final = frozenset(
    model.name for model in (QWEN_EDIT, QWEN_EDIT_PLUS, BANANA_ULTRA, SEEDREAM_EDIT, KONTEXT_EDIT)
)
"""They take the whole picture and a sentence that says what to change; none of them reads a mask."""


def _upscaler(name: str) -> Model:
    return _model(
        name,
        f"wavespeed-ai/{name}",
        prompt=Need.NO,
        output_formats=FORMATS,
        resolution=(TARGET_FIELD, tuple(TARGETS)),
    )


UPSCALE_MODELS: Final = _by_name((_upscaler("image-upscaler"), _upscaler("ultimate-image-upscaler")))

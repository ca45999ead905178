"""How long each local edit takes: one photograph at two sizes, processor time of the whole process."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Final, Protocol, cast

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import JsonValue

from libs.common.catalogue.operations import BY_KEY, settings_of
from libs.common.imaging.masks import encode_mask
from libs.common.providers.base import EditAsk, Given, Margins
from libs.common.providers.local.edit_provider import EDITS_PACKAGE
from libs.common.providers.local.edits.changed import Changed, encoded, given_of
from scripts.quality.report import Section

PHOTO: Final = "sheep.jpg"
SIZES: Final = (1.0, 12.0)
"""Megapixels."""
HOLE: Final = (0.35, 0.3, 0.67, 0.62)
"""Left, top, right, bottom: about a tenth of the picture."""
SEED: Final = 7

_TEXT: Final = (
    "One photograph enlarged to each size. Milliseconds of processor time, whatever else the machine did, with reading "
    "the picture and without writing the result as PNG, which stands in the last row."
)


@dataclass(frozen=True, slots=True)
class Sample:
    """One edit as it is measured."""

    name: str
    operation: str
    options: dict[str, JsonValue] = field(default_factory=dict)
    prompt: str | None = None
    select_prompt: str | None = None
    masked: bool = False
    outward: bool = False
    """A fifth of each side is added at every side."""


SAMPLES: Final = (
    Sample("adjust: four sliders", "adjust", {"brightness": 0.2, "contrast": 0.2, "warmth": 0.3, "saturation": 0.2}),
    Sample("adjust: sharpness", "adjust", {"sharpness": 0.5}),
    Sample("text and its shade", "overlay", {"text": "SUMMER SALE"}),
    Sample("«brighter and warmer»", "general_edit", prompt="brighter and warmer"),
    Sample("remove background", "remove_background"),
    Sample("blur background", "blur_background"),
    Sample("replace background by a colour", "replace_background", {"color": "teal"}),
    Sample("relight from the left", "relight", {"light_direction": "left"}),
    Sample("erase a tenth", "erase", masked=True),
    Sample("outpaint a fifth", "outpaint", outward=True),
    Sample("recolour «the green grass»", "search_recolor", prompt="sand", select_prompt="the green grass"),
    Sample("brand colours", "brand_colors", {"palette": ["#0b3d91", "sand"]}),
)


class Operation(Protocol):
    """What a module of a local operation offers."""

    def edit(self, ask: EditAsk) -> Changed:
        """The changed picture."""
        ...


def sections(photos: Path) -> Iterator[Section]:
    """The one table."""
    with Image.open(photos / PHOTO) as file:
        photo = np.asarray(file.convert("RGB"))
    pictures = [_enlarged(photo, size) for size in SIZES]
    rows = [(sample.name, *(f"{_ms(sample, pixels):.0f}" for pixels in pictures)) for sample in SAMPLES]
    writing = tuple(f"{_measured(partial(encoded, pixels)):.0f}" for pixels in pictures)
    head = ("Edit", *(f"{size:g} MP, ms" for size in SIZES))
    yield Section("Time of each edit", _TEXT, (head, *rows, ("writing PNG", *writing)))


def _enlarged(photo: NDArray[np.uint8], megapixels: float) -> NDArray[np.uint8]:
    height, width = photo.shape[:2]
    scale = (megapixels * 1_000_000 / (width * height)) ** 0.5
    return np.asarray(cv2.resize(photo, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_CUBIC))


def _ms(sample: Sample, pixels: NDArray[np.uint8]) -> float:
    height, width = pixels.shape[:2]
    ask = EditAsk(
        sample.operation,
        "local",
        given_of(pixels),
        SEED,
        prompt=sample.prompt,
        select_prompt=sample.select_prompt,
        options=settings_of(BY_KEY[sample.operation], sample.options),
    )
    if sample.masked:
        left, top, right, bottom = HOLE
        mask = np.zeros((height, width), np.uint8)
        mask[int(top * height) : int(bottom * height), int(left * width) : int(right * width)] = 255
        ask = replace(ask, mask=Given(encode_mask(mask), width, height))
    if sample.outward:
        ask = replace(ask, expand=Margins(width // 5, width // 5, height // 5, height // 5))
    operation = cast("Operation", import_module(f"{EDITS_PACKAGE}.{sample.operation}"))
    return _measured(partial(operation.edit, ask))


def _measured(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return (time.process_time() - started) * 1_000

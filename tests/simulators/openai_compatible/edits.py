"""What each kind of server takes to change or enlarge a picture, and what it refuses."""

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

import numpy as np
from PIL import Image
from pydantic import JsonValue

from tests.simulators.kit.books import Part, Seen
from tests.simulators.kit.given import bytes_of, opened, share_of, typed
from tests.simulators.openai_compatible.modes import Mode, Refused, Wish, faults_in, wish
from tests.simulators.openai_compatible.refusals import ErrorObject

EDITS, INPAINTING, UPSCALE = "edits", "inpainting", "upscale"
IMAGES_MAX: Final = 16
IMAGE_MAX_BYTES: Final = 50_000_000
MASK_MAX_BYTES: Final = 4_000_000
INPAINTING_PX: Final = (512, 512)
FACTOR: Final = 4
"""Of the only model that enlarges."""
NOTE: Final = "(mask)"
"""The field of the log that says how a mask was understood."""
WHOLE: Final = frozenset({"n", "seed", "num_inference_steps", "steps", "scale", "upscaling_scale"})
Complaints = Iterator[Refused]


def numbered(fields: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """A form's texts as the numbers that they stand for."""
    found = dict(fields)
    for name in WHOLE & found.keys():
        text = str(found[name])
        found[name] = int(text) if text.lstrip("-").isdigit() else text
    if "guidance_scale" in found:
        found["guidance_scale"] = float(str(found["guidance_scale"]))
    return found


@dataclass(frozen=True, slots=True)
class Order:
    """One request that brings a picture along."""

    seen: Seen
    mode: Mode

    @property
    def fields(self) -> dict[str, JsonValue]:
        """With numbers in place of their texts."""
        return numbered({name: value for name, value in self.seen.fields.items() if name != NOTE})

    @property
    def images(self) -> list[Part]:
        """The pictures, under either name."""
        return [part for part in self.seen.parts if part.name in {"image", "image[]"}]

    def refused(self, field: str, text: str) -> Refused:
        """This complaint in the server's form."""
        return self.mode.refused(field, text)


def edit_faults(order: Order) -> Complaints:
    """Of the common address."""
    fields, mode = order.fields, order.mode
    plain = {name: value for name, value in fields.items() if name != "input_fidelity"}
    yield from faults_in(plain, mode)
    if not 1 <= len(order.images) <= IMAGES_MAX:
        yield order.refused("image", "Field 'image' or 'url' is required")
    if len(order.images) > 1 and any(part.name == "image" for part in order.images):
        yield order.refused("image", "Duplicate parameter: 'image'. Use the array syntax 'image[]'.")
    for part in order.images:
        if part.size_bytes > IMAGE_MAX_BYTES or typed(part.data, part.content_type) is None:
            yield order.refused("image", "Invalid image file or mode for image.")
    mask = order.seen.part("mask")
    if mask is not None and mode.only:
        yield from _alpha_faults(order, mask)
    if "mask_image" in fields and not mode.only and bytes_of(fields["mask_image"]) is None:
        yield order.refused("mask_image", "mask_image could not be decoded")


def _alpha_faults(order: Order, mask: Part) -> Complaints:
    found, first = opened(mask.data), opened(order.images[0].data) if order.images else None
    if found is None or found.format != "PNG" or "A" not in found.getbands() or mask.size_bytes >= MASK_MAX_BYTES:
        yield order.refused("mask", "Invalid mask image format - mask must be a PNG with an alpha channel below 4 MB.")
    elif first is not None and found.size != first.size:
        yield order.refused("mask", "Invalid mask image size - mask and image must have the same size.")


def inpainting_faults(order: Order) -> Complaints:
    """Of LocalAI's address for a region."""
    yield from _needed(order, ("model", "prompt"), ("image", "mask"))


def upscale_faults(order: Order) -> Complaints:
    """Of LocalAI's address for enlarging."""
    yield from _needed(order, ("model",), ("image",))
    if order.fields.get("scale") != FACTOR:
        yield ErrorObject(500, 500, f"could not load model: the model's own scale is {FACTOR}")


def _needed(order: Order, texts: tuple[str, ...], files: tuple[str, ...]) -> Complaints:
    for name in texts:
        if not order.fields.get(name):
            yield ErrorObject(400, 400, f"missing form field: {name}")
    for name in files:
        part = order.seen.part(name)
        if part is None or typed(part.data, part.content_type) is None:
            yield ErrorObject(400, 400, f"missing or unreadable file: {name}")


def edit_wish(order: Order) -> Wish:
    """The first picture, drawn over in the size that was asked for; enlarged afterwards when that was asked for too."""
    found = wish(order.fields, order.mode)
    source = order.images[0].data
    if order.fields.get("size", "auto") == "auto":
        picture = opened(source)
        found = replace(found, size_px=picture.size if picture is not None else found.size_px)
    if order.mode.enlarges and order.seen.fields.get("enable_upscaling") == "true":
        scale = order.fields.get("upscaling_scale", FACTOR)
        times = scale if isinstance(scale, int) else FACTOR
        found = replace(found, size_px=(found.size_px[0] * times, found.size_px[1] * times))
    return replace(found, source=source)


def inpainting_wish(order: Order) -> Wish:
    """Always of the same size."""
    return Wish(str(order.fields["model"]), None, 1, INPAINTING_PX, "url", order.images[0].data)


def upscale_wish(order: Order) -> Wish:
    """Four times as wide and high."""
    source = order.images[0].data
    picture = opened(source)
    width, height = picture.size if picture is not None else (1, 1)
    return Wish(str(order.fields["model"]), None, 1, (width * FACTOR, height * FACTOR), "url", source)


@dataclass(frozen=True, slots=True)
class Address:
    """One address below /images that takes pictures."""

    faults: Callable[[Order], Complaints]
    wish: Callable[[Order], Wish]
    there: Callable[[Mode], bool]
    """Which kinds of server have it."""


ADDRESSES: Final[Mapping[str, Address]] = MappingProxyType(
    {
        EDITS: Address(edit_faults, edit_wish, lambda mode: mode.edits),
        INPAINTING: Address(inpainting_faults, inpainting_wish, lambda mode: mode.own),
        UPSCALE: Address(upscale_faults, upscale_wish, lambda mode: mode.own),
    }
)


def begun_from(seen: Seen, mode: Mode) -> bytes | None:
    """The picture that a drawing begins from, at a server that knows this; empty when it cannot be read."""
    text = seen.fields.get("file")
    if not mode.own or text is None:
        return None
    try:
        data = base64.b64decode(str(text), validate=True)
    except ValueError:
        return b""
    return data if opened(data) is not None else b""


def noted(seen: Seen, mode: Mode) -> Seen:
    """The request with a sentence how its mask was understood, if it has one."""
    said = _understood(seen, mode)
    return replace(seen, fields={**seen.fields, NOTE: said}) if said is not None else seen


def _understood(seen: Seen, mode: Mode) -> str | None:
    part, field = seen.part("mask"), seen.fields.get("mask_image")
    if mode.only and part is not None:
        return _said("transparent", _transparent(opened(part.data)))
    if mode.own and part is not None:
        return _said("white", opened(part.data))
    if part is not None:
        return "ignored"
    data = bytes_of(field) if field is not None and not mode.enlarges else None
    return _said("white", opened(data)) if data is not None else None


def _transparent(mask: Image.Image | None) -> Image.Image | None:
    if mask is None or "A" not in mask.getbands():
        return None
    return Image.fromarray(255 * (np.asarray(mask.getchannel("A")) == 0).astype(np.uint8))


def _said(what: str, mask: Image.Image | None) -> str:
    if mask is None:
        return "unreadable"
    return f"{what} = change: {100 * share_of(mask):.1f} % of {mask.width}x{mask.height}"

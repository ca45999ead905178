"""Forms for what Stability AI makes of pictures: fields, files within its bound, and what could not be carried."""

import io
from dataclasses import dataclass, field
from typing import Final

from PIL import Image

from libs.common.providers import stability_facts as facts
from libs.common.providers.base import Given
from libs.common.providers.framing import flat, opened, packed
from libs.common.providers.stability_edit_facts import REFERENCE_TAKES, Endpoint
from libs.common.providers.wire import File

FIELDS_MAX_BYTES: Final = 256 * 1024
"""Room for words and frames beside the files, within what the vendor takes in one request."""
FILES_MAX_BYTES: Final = facts.REQUEST_MAX_BYTES - FIELDS_MAX_BYTES
REFERENCE_SIDE_MAX_PX: Final = 2_048
"""Of a background or a light: more would be reduced there anyway."""
WEBP_QUALITIES: Final = (95, 85, 70)
"""Tried in turn for a picture with alpha that is too long as PNG; the last is taken whatever it makes."""
COMPRESSED: Final = "The picture was compressed for Stability AI, which takes 10 MiB at most."


@dataclass(frozen=True, slots=True)
class Picture:
    """A file to be sent: `keeps_alpha` when its transparency means something to the vendor, `reference` when it only
    shows something, so that any size of it will do."""

    part: str
    given: Given
    keeps_alpha: bool = False
    reference: bool = False


@dataclass(slots=True)
class Form:
    """What one request says. `notes` are sentences for the customer on what it cannot say."""

    endpoint: Endpoint
    fields: dict[str, str]
    pictures: list[Picture]
    notes: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, endpoint: Endpoint, image: Given, *, seed: int, keeps_alpha: bool = False) -> "Form":
        """With the picture, and a seed where it takes one."""
        fields = {"output_format": "png"}
        if endpoint.seeded:
            fields["seed"] = str(seed)
        return cls(endpoint, fields, [Picture(endpoint.picture, image, keeps_alpha)])

    def text(self, name: str, words: str | None) -> None:
        """Words, when there are any."""
        if words:
            self.fields[name] = words

    def slider(self, name: str, value: float | None) -> None:
        """A number, held within what the vendor takes; without one the vendor's own default holds."""
        if value is None:
            return
        row = self.endpoint.sliders[name]
        sent = min(max(value, row.low), row.high)
        self.fields[name] = f"{round(sent)}" if row.whole else f"{sent:g}"
        if sent != value:
            spoken = name.replace("_", " ").capitalize()
            self.notes.append(f"{spoken} {value:g} is outside what {self.endpoint.model} takes; {sent:g} was used.")

    def negative(self, words: str | None) -> None:
        """What to avoid, where that can be said."""
        if words and "negative_prompt" not in self.endpoint.texts:
            self.notes.append(f"What to avoid cannot be said to {self.endpoint.model}; it was ignored.")
        else:
            self.text("negative_prompt", words)

    def style(self, preset: str | None) -> None:
        """One of the vendor's presets; the words of any other style stand in the prompt already."""
        if preset not in facts.STYLE_PRESETS:
            return
        if self.endpoint.styled:
            self.fields["style_preset"] = str(preset)
        else:
            self.notes.append(f"A style cannot be chosen for {self.endpoint.model}; it was ignored.")

    def files(self) -> tuple[tuple[str, File], ...]:
        """The pictures as they are sent: their own bytes where those will do. Takes time: it belongs into a thread."""
        found = [(one, _file(one)) for one in self.pictures]
        if sum(len(file.data) for _, file in found) > FILES_MAX_BYTES:
            share = FILES_MAX_BYTES // len(found)
            found = [(one, file if len(file.data) <= share else _compressed(one, share)) for one, file in found]
            self.notes.append(COMPRESSED)
        return tuple((one.part, file) for one, file in found)


def _file(one: Picture) -> File:
    size_px = reference_px(one.given.width, one.given.height) if one.reference else None
    flattened = one.given.alpha and not one.keeps_alpha
    if not flattened and size_px in {None, (one.given.width, one.given.height)}:
        return File(one.given.png, f"{one.part}.png")
    return File(_png(_shown(one)), f"{one.part}.png")


def _compressed(one: Picture, bytes_max: int) -> File:
    image = _shown(one)
    if image.mode == "RGBA":
        return _webp(one.part, image, bytes_max)
    parcel = packed(image, bytes_max)
    return File(parcel.data, f"{one.part}.{parcel.mime_type.partition('/')[2]}", parcel.mime_type)


def _shown(one: Picture) -> Image.Image:
    image = opened(one.given)
    image = image if one.keeps_alpha else flat(image)
    return image.resize(reference_px(*image.size), Image.Resampling.LANCZOS) if one.reference else image


def reference_px(width: int, height: int) -> tuple[int, int]:
    """The size at which a background or a light is sent: its own, or what is bearable and large enough for the vendor.
    An extreme shape is stretched, for of such a picture only the colours count."""
    scale = min(1.0, REFERENCE_SIDE_MAX_PX / max(width, height))
    least = REFERENCE_TAKES.side_min_px
    return max(least, round(width * scale)), max(least, round(height * scale))


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=1)
    return out.getvalue()


def _webp(part: str, image: Image.Image, bytes_max: int) -> File:
    data = b""
    for quality in WEBP_QUALITIES:
        out = io.BytesIO()
        image.save(out, "WEBP", quality=quality, method=2, exact=True)
        data = out.getvalue()
        if len(data) <= bytes_max:
            break
    return File(data, f"{part}.webp", "image/webp")

"""One job that makes a picture from a picture: what is refused before it, and the picture."""

import io
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image, ImageFilter

from libs.common.providers import stability_edit_facts as edit_facts
from libs.common.providers import stability_facts as facts
from libs.common.providers.table import Limits
from tests.simulators.kit.books import Part, Seen
from tests.simulators.kit.pictures import BLUR_RADIUS_PX
from tests.simulators.stability.behaviours import Behaviour
from tests.simulators.stability.painting import Canvas, NotAPicture, opened, painted
from tests.simulators.stability.rules import a_number, a_text, one_of


@dataclass(frozen=True, slots=True)
class Order:
    """One accepted request."""

    endpoint: edit_facts.Endpoint
    seen: Seen
    seed: int

    @classmethod
    def of(cls, endpoint: edit_facts.Endpoint, seen: Seen) -> "Order":
        """With a seed of the vendor's own where none came."""
        asked = int(seen.form.get("seed", facts.SEED_RANDOM)) if endpoint.seeded else facts.SEED_RANDOM
        return cls(endpoint, seen, asked or 1 + secrets.randbelow(facts.SEED_MAX))

    @property
    def file_format(self) -> str:
        """png, jpeg or webp."""
        return self.seen.form.get("output_format", "png")

    def data(self, behaviour: Behaviour) -> bytes:
        """The picture, encoded. Takes time."""
        endpoint, mask = self.endpoint, self.seen.part("mask")
        image = opened(self._part(endpoint.picture))
        # Without a seed of the customer's the same picture makes the same picture.
        seed = self.seed if endpoint.seeded else int(self._part(endpoint.picture).sha256[:8], 16)
        fields = {name: text for name, text in self.seen.form.items() if name in endpoint.sliders}
        made = painted(endpoint, Canvas(image, opened(mask) if mask is not None else None, fields, seed))
        return _encoded(_spoilt(made, behaviour), self.file_format)

    def _part(self, name: str) -> Part:
        part = self.seen.part(name)
        if part is None:
            raise LookupError(name)
        return part


def faults_in(endpoint: edit_facts.Endpoint, seen: Seen) -> list[str]:
    """Every complaint, each starting with the field's name and a colon; unknown fields are let pass."""
    return [
        *_words(endpoint, seen),
        *_numbers(endpoint, seen),
        *_rules_of_its_own(endpoint, seen),
        *_files(endpoint, seen),
    ]


def _words(endpoint: edit_facts.Endpoint, seen: Seen) -> Iterator[str]:
    for name in endpoint.needs:
        yield from a_text(seen.form, name, required=True)
    for name in endpoint.texts:
        yield from a_text(seen.form, name, required=False)
    for name, allowed in endpoint.choices.items():
        yield from one_of(seen.form, name, allowed)
    yield from one_of(seen.form, "output_format", endpoint.output_formats)
    if endpoint.styled:
        yield from one_of(seen.form, "style_preset", tuple(sorted(facts.STYLE_PRESETS)))


def _numbers(endpoint: edit_facts.Endpoint, seen: Seen) -> Iterator[str]:
    if endpoint.seeded:
        yield from a_number(seen.form, "seed", 0, facts.SEED_MAX, whole=True)
    for name, row in endpoint.sliders.items():
        yield from a_number(seen.form, name, row.low, row.high, whole=row.whole)


def _rules_of_its_own(endpoint: edit_facts.Endpoint, seen: Seen) -> Iterator[str]:
    if endpoint is edit_facts.OUTPAINT and not any(seen.form.get(name, "0").strip("0") for name in edit_facts.MARGINS):
        yield "left: at least one of left, right, up, down must be larger than 0"
    if endpoint is edit_facts.RELIGHT:
        if not seen.form.get("background_prompt") and "background_reference" not in seen.files:
            yield "background_prompt: is required when there is no background_reference"
        lit = "light_reference" in seen.files or "light_source_direction" in seen.form
        if "light_source_strength" in seen.form and not lit:
            yield "light_source_strength: needs light_reference or light_source_direction"


def _files(endpoint: edit_facts.Endpoint, seen: Seen) -> Iterator[str]:
    if endpoint.picture not in seen.files:
        yield f"{endpoint.picture}: is required"
    for part in seen.parts:
        if part.name == endpoint.picture:
            yield from _picture(part, endpoint.takes)
        elif part.name in endpoint.files:
            yield from _picture(part, None if part.name == "mask" else edit_facts.REFERENCE_TAKES)


def _picture(part: Part, takes: Limits | None) -> Iterator[str]:
    try:
        size = opened(part).size
    except NotAPicture:
        yield f"{part.name}: must be a valid image in jpeg, png or webp"
        return
    problem = takes.problem(*size) if takes is not None else None
    if problem is not None:
        yield f"{part.name}: {problem}"


def _spoilt(image: Image.Image, behaviour: Behaviour) -> Image.Image:
    if behaviour is Behaviour.FILTERED:
        return image.filter(ImageFilter.BoxBlur(BLUR_RADIUS_PX))
    if behaviour is Behaviour.OTHER_SIZE:
        return image.resize((max(1, image.width // 2), max(1, image.height // 2)))
    return image


def _encoded(image: Image.Image, file_format: str) -> bytes:
    out = io.BytesIO()
    if file_format == "png":
        image.save(out, "PNG", compress_level=1)
    else:
        image.convert("RGB" if file_format == "jpeg" else image.mode).save(out, file_format.upper(), quality=85)
    return out.getvalue()

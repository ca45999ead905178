"""What each kind of server of OpenAI's image API understands, and which pictures are asked of all of them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Protocol

from libs.common.providers.instructions import avoiding

GUIDANCE: Final = (0.0, 20.0)
STEPS: Final = (1, 150)
SIDE_STEP_PX: Final = 16
SIDE_MIN_PX: Final = 256
SIDE_MAX_PX: Final = 1_536
PIXELS_MIN: Final = 512 * 512
PIXELS_MAX: Final = 1_024 * 1_024
"""What open models are trained on; above it they repeat themselves, and their servers run out of memory."""

PixelSize = tuple[int, int]
"""Width and height in pixels."""
Fields = dict[str, str | float | int]
"""Of one request, by their names."""


class Negative(StrEnum):
    """How a server is told what to avoid."""

    FIELD = "field"  # in a field of its own
    BAR = "bar"  # in the prompt, after a vertical bar
    WORDS = "words"  # in the prompt, as a sentence


class Masks(StrEnum):
    """How a server is told where to change a picture."""

    NONE = "none"  # not at all: it leaves a mask unread
    ALPHA = "alpha"  # in a part of the form, a PNG that is transparent there
    FIELD = "field"  # in a field `mask_image`, white there
    INPAINTING = "inpainting"  # in a part of the form at an address of its own, white there


class Enlarging(StrEnum):
    """How a server enlarges a picture."""

    ENDPOINT = "endpoint"  # at an address of its own
    AFTER_DRAWING = "after_drawing"  # as the last step of a drawing


@dataclass(frozen=True, slots=True)
class Dialect:
    """What one kind of server understands beyond the common fields: the names of its own, or none."""

    negative: Negative = Negative.WORDS
    steps: str | None = None
    guidance: str | None = None
    seed: str | None = None
    same_seed_for_all: bool = False
    """Several pictures of one call get the very same seed, so that they would be the same picture."""
    sizes: tuple[PixelSize, ...] = ()
    """The only sizes it draws; without any, every multiple of 16 within bounds."""
    always: tuple[tuple[str, str], ...] = (("response_format", "b64_json"),)
    """Fields that every request carries."""
    masks: Masks = Masks.NONE
    enlarges: Enlarging | None = None
    """How it enlarges a picture, if it does."""


_DIFFUSERS: Final = Dialect(Negative.FIELD, "num_inference_steps", "guidance_scale", "seed")
# Source: the servers' own documents and request models, read in autumn 2026.
DIALECTS: Final[Mapping[str, Dialect]] = MappingProxyType(
    {
        "vllm_omni": replace(_DIFFUSERS, masks=Masks.FIELD),
        "sglang": replace(_DIFFUSERS, enlarges=Enlarging.AFTER_DRAWING),
        "localai": Dialect(
            Negative.BAR,
            steps="step",
            seed="seed",
            same_seed_for_all=True,
            masks=Masks.INPAINTING,
            enlarges=Enlarging.ENDPOINT,
        ),
        "openai": Dialect(
            sizes=((1024, 1024), (1536, 1024), (1024, 1536)),
            masks=Masks.ALPHA,
            always=(("quality", "medium"), ("output_format", "png")),  # left to itself, a picture may cost 0.2 USD
        ),
    }
)


class Settled(Protocol):
    """The settings that every ask for a picture has."""

    @property
    def negative_prompt(self) -> str | None:
        """What to avoid."""

    @property
    def seed(self) -> int:
        """The first picture's."""

    @property
    def guidance_scale(self) -> float | None:
        """How closely to follow the words."""

    @property
    def steps(self) -> int | None:
        """How long to work."""


def tell(ask: Settled, words: str, dialect: Dialect, *, count: int = 1) -> tuple[Fields, tuple[str, ...]]:
    """The words and settings in the server's own fields, and a sentence for each one that it cannot take as it is."""
    notes: list[str] = []
    body: Fields = {"prompt": words}
    _negative(ask.negative_prompt, dialect, body, notes)
    _seed(ask.seed, count, dialect, body, notes)
    _slider(ask.guidance_scale, GUIDANCE, dialect.guidance, "Guidance", body, notes)
    _slider(ask.steps, STEPS, dialect.steps, "The number of steps", body, notes)
    return body, tuple(notes)


def nearest_size(width_px: int, height_px: int, only: Sequence[PixelSize] = ()) -> PixelSize:
    """The size to ask for: of the nearest ratio by the distance of logarithms, and then the largest."""
    wanted = math.log(width_px / height_px)
    choices = only or _around(width_px, height_px)
    return min(choices, key=lambda size: (abs(math.log(size[0] / size[1]) - wanted), -size[0] * size[1]))


def _around(width_px: int, height_px: int) -> list[PixelSize]:
    """Multiples of 16 next to the size, brought between half a thousand and a thousand pixels square."""
    pixels = width_px * height_px
    scale = math.sqrt(min(max(pixels, PIXELS_MIN), PIXELS_MAX) / pixels)
    scale = min(scale, SIDE_MAX_PX / max(width_px, height_px))
    widths, heights = (_multiples(side * scale) for side in (width_px, height_px))
    return [(width, height) for width in widths for height in heights if width * height <= PIXELS_MAX]


def _multiples(side: float) -> set[int]:
    steps = side / SIDE_STEP_PX
    return {min(max(whole * SIDE_STEP_PX, SIDE_MIN_PX), SIDE_MAX_PX) for whole in (math.floor(steps), math.ceil(steps))}


def _negative(avoided: str | None, dialect: Dialect, body: Fields, notes: list[str]) -> None:
    words = str(body["prompt"])
    if dialect.negative is Negative.BAR:
        body["prompt"] = words = words.replace("|", ",")  # else its own bar would begin what to avoid
    if not avoided:
        return
    if dialect.negative is Negative.FIELD:
        body["negative_prompt"] = avoided
    elif dialect.negative is Negative.BAR:
        body["prompt"] = f"{words}|{avoided.replace('|', ',')}"
    else:
        body["prompt"] = avoiding(words, avoided)
        notes.append("Your own server has no negative prompt; what to avoid was said in the prompt.")


def _seed(seed: int, count: int, dialect: Dialect, body: Fields, notes: list[str]) -> None:
    if dialect.seed is not None and not (dialect.same_seed_for_all and count > 1):
        body[dialect.seed] = seed
    elif dialect.seed is None:
        notes.append("Your own server takes no seed, so its pictures cannot be made again.")
    else:
        notes.append("Your own server draws the seeds of several pictures itself, so these cannot be made again.")


def _slider(
    wanted: float | None,
    span: tuple[float, float],
    field: str | None,
    what: str,
    body: Fields,
    notes: list[str],
) -> None:
    if wanted is None:
        return
    if field is None:
        notes.append(f"{what} cannot be chosen for your own server; it was ignored.")
        return
    body[field] = sent = min(max(wanted, span[0]), span[1])
    if sent != wanted:
        notes.append(f"{what} {wanted:g} is outside what your own server takes; {sent:g} was used.")

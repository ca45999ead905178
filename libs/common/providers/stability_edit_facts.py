"""What Stability AI takes to change and to enlarge pictures, as data that the adapters and their simulator both read.

Source: the vendor's OpenAPI description and its price page in force since 1 August 2025, read in autumn 2026.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from libs.common.providers import stability_facts as facts
from libs.common.providers.table import Limits

_EDIT: Final = "/v2beta/stable-image/edit/"
_UPSCALE: Final = "/v2beta/stable-image/upscale/"

RESULT_PATH: Final = "/v2beta/results/{task}"
RESULT_KEPT_S: Final = 24 * 3_600
POLL_MIN_S: Final = 10.0
"""The vendor asks for no more than one look at a task in so many seconds."""
IN_PROGRESS: Final = "in-progress"

MARGIN_MAX_PX: Final = 2_000
RESULT_PIXELS_MAX: Final = 4 * 1_024 * 1_024
"""What the vendor calls 4 megapixels."""
FAST_TIMES: Final = 4
LONG_SIDE_4K_PX: Final = 3_840
"""The vendor says «4K» and no more; inferred. Nothing of ours may depend on it."""
MARGINS: Final = ("left", "right", "up", "down")
DIRECTIONS: Final = ("left", "right", "above", "below")


@dataclass(frozen=True, slots=True)
class Slider:
    """A number in a form: its bounds, and what the vendor takes when it is left out."""

    low: float
    high: float
    default: float
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One way to change or enlarge a picture. It always takes `output_format`."""

    model: str
    """Its name in our tables."""
    path: str
    millicredits: int
    """List price of one delivered picture, in thousandths of a vendor credit (1 credit = 0.01 USD)."""
    takes: Limits
    picture: str = "image"
    """The part that the picture comes in."""
    needs: tuple[str, ...] = ()
    """Texts that must be there."""
    texts: tuple[str, ...] = ()
    """Texts that may be there."""
    sliders: Mapping[str, Slider] = field(default_factory=dict)
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    """Pictures that may go with the first."""
    styled: bool = False
    """It takes the style presets."""
    seeded: bool = True
    """It takes a seed."""
    asynchronous: bool = False
    """It names a task, and the picture is fetched later."""
    output_formats: tuple[str, ...] = facts.OUTPUT_FORMATS


_PLAIN: Final = Limits(64, 16_384, 4_096, 9_437_184)
_SHAPED: Final = Limits(64, 16_384, 4_096, 9_437_184, 2.5)
_FOUR_MEGAPIXELS: Final = Limits(64, 16_384, 4_096, 4_194_304)
_ONE_MEGAPIXEL: Final = Limits(64, 16_384, 4_096, 1_048_576)

REFERENCE_TAKES: Final = _PLAIN
"""Of the pictures of a background and of a light."""

_GROW: Final = Slider(0, 20, 5, whole=True)
_GROW_FOUND: Final = Slider(0, 20, 3, whole=True)
_SHARE: Final = Slider(0, 1, 0.5)
_MARGIN: Final = Slider(0, MARGIN_MAX_PX, 0, whole=True)

REMOVE_BACKGROUND: Final = Endpoint(
    "stability-remove-background",
    f"{_EDIT}remove-background",
    5_000,
    _FOUR_MEGAPIXELS,
    seeded=False,
    output_formats=("png", "webp"),
)
# The vendor's description lists a prompt as required here, and has no such field.
ERASE: Final = Endpoint(
    "stability-erase", f"{_EDIT}erase", 5_000, _PLAIN, sliders={"grow_mask": _GROW}, files=("mask",)
)
INPAINT: Final = Endpoint(
    "stability-inpaint",
    f"{_EDIT}inpaint",
    5_000,
    _PLAIN,
    needs=("prompt",),
    texts=("negative_prompt",),
    sliders={"grow_mask": Slider(0, 100, 5, whole=True)},
    files=("mask",),
    styled=True,
)
OUTPAINT: Final = Endpoint(
    "stability-outpaint",
    f"{_EDIT}outpaint",
    4_000,
    _SHAPED,
    texts=("prompt",),
    sliders={"creativity": _SHARE, **dict.fromkeys(MARGINS, _MARGIN)},
    styled=True,
)
SEARCH_REPLACE: Final = Endpoint(
    "stability-search-replace",
    f"{_EDIT}search-and-replace",
    5_000,
    _SHAPED,
    needs=("prompt", "search_prompt"),
    texts=("negative_prompt",),
    sliders={"grow_mask": _GROW_FOUND},
    styled=True,
)
SEARCH_RECOLOR: Final = Endpoint(
    "stability-search-recolor",
    f"{_EDIT}search-and-recolor",
    5_000,
    _SHAPED,
    needs=("prompt", "select_prompt"),
    texts=("negative_prompt",),
    sliders={"grow_mask": _GROW_FOUND},
    styled=True,
)
RELIGHT: Final = Endpoint(
    "stability-relight",
    f"{_EDIT}replace-background-and-relight",
    8_000,
    _SHAPED,
    picture="subject_image",
    texts=("background_prompt", "foreground_prompt", "negative_prompt"),
    sliders={
        "preserve_original_subject": Slider(0, 1, 0.6),
        "original_background_depth": _SHARE,
        "light_source_strength": Slider(0, 1, 0.3),
    },
    choices={"keep_original_background": ("true", "false"), "light_source_direction": DIRECTIONS},
    files=("background_reference", "light_reference"),
    asynchronous=True,
)

FAST: Final = Endpoint("stability-fast", f"{_UPSCALE}fast", 2_000, Limits(32, 1_536, 1_024, 1_048_576), seeded=False)
CONSERVATIVE: Final = Endpoint(
    "stability-conservative",
    f"{_UPSCALE}conservative",
    40_000,
    _SHAPED,
    needs=("prompt",),
    texts=("negative_prompt",),
    sliders={"creativity": Slider(0.2, 0.5, 0.35)},
)
CREATIVE: Final = Endpoint(
    "stability-creative",
    f"{_UPSCALE}creative",
    60_000,
    _ONE_MEGAPIXEL,
    needs=("prompt",),
    texts=("negative_prompt",),
    sliders={"creativity": Slider(0.1, 0.5, 0.3)},
    styled=True,
    asynchronous=True,
)

EDITING: Final = (REMOVE_BACKGROUND, ERASE, INPAINT, OUTPAINT, SEARCH_REPLACE, SEARCH_RECOLOR, RELIGHT)
ENLARGING: Final = (FAST, CONSERVATIVE, CREATIVE)
BY_PATH: Final[Mapping[str, Endpoint]] = MappingProxyType({one.path: one for one in (*EDITING, *ENLARGING)})
MASKED_AS: Final[Mapping[str, str]] = MappingProxyType(
    {SEARCH_REPLACE.model: INPAINT.model, SEARCH_RECOLOR.model: INPAINT.model}
)
"""Models that take no mask, and the one that a call with a mask goes to instead and is billed as."""
BY_MODEL: Final[Mapping[str, Endpoint]] = MappingProxyType({one.model: one for one in (*EDITING, *ENLARGING)})

"""What the Edit Studio can do to a picture: one row an operation, with its form, its settings and its price."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from pydantic import JsonValue

from libs.common.catalogue.colours import known
from libs.common.errors import InvalidInput

TEXT_MAX_CHARS: Final = 400
COLOURS_MAX: Final = 12
COLOUR_MAX_CHARS: Final = 40


@dataclass(frozen=True, slots=True)
class Option:
    """One setting of an operation. `kind`: number, integer, flag, choice, text, colour, colours (a list of them) or box
    (left, top, right, bottom as shares of the picture, 0 to 1)."""

    kind: str
    default: JsonValue = None
    low: float = 0.0
    high: float = 1.0
    choices: tuple[str, ...] = ()
    what: str = ""
    """A sentence for people."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One kind of edit. `fields` are the parts of a request that its form shows, `needs` those it cannot do without;
    a group joined with `|` needs one of them. The price is in millicredits a picture."""

    key: str
    label: str
    description: str
    price: int
    source: str
    fields: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    options: Mapping[str, Option] = field(default_factory=dict)
    keeps_size: bool = True
    """The result has exactly the pixels of the source."""
    masked: bool = False
    """With a mask, nothing outside it changes."""
    by_provider: str = "stability"
    """The provider that ALwrity's matrix names; which ones can run is told beside."""
    asynchronous: bool = False


FIELDS: Final = (
    "prompt",
    "mask",
    "negative_prompt",
    "search_prompt",
    "select_prompt",
    "background",
    "lighting",
    "expansion",
    "overlay",
    "references",
)
"""Parts of a form. The first eight are ALwrity's."""

_GUIDE: Final = "ALwrity cost guide; the value its worked examples force"
_RANGE: Final = "ALwrity cost guide; the value chosen from its range"
_UNLISTED: Final = "ours: the guide has no figure; priced like removing a background, the cheapest edit"
_SAME_CALL: Final = "ours: the guide has no figure; priced like relighting, which is the same vendor call"
_LOCAL: Final = "ours: free, for it runs on the operator's own machines"

_GROW: Final = Option("integer", 5, 0, 100, what="Pixels by which the mask is widened and softened.")
_GROW_SEARCH: Final = Option("integer", 3, 0, 20, what="Pixels by which what was found is widened and softened.")
_CREDITS: Final = 1_000

_SIGNED: Final = (-1.0, 1.0)
_POSITIONS: Final = (
    "top left",
    "top",
    "top right",
    "left",
    "center",
    "right",
    "bottom left",
    "bottom",
    "bottom right",
)
_DIRECTIONS: Final = ("none", "left", "right", "above", "below")
_TYPEFACES: Final = ("sans", "serif", "display", "slab", "hand", "rounded")


def _signed(what: str) -> Option:
    return Option("number", 0.0, *_SIGNED, what=what)


OPERATIONS: Final = (
    Operation(
        "remove_background",
        "Remove background",
        "Cut out the subject; the rest becomes transparent.",
        3 * _CREDITS,
        _GUIDE,
        fields=(),
        options={"subject": Option("box", None, what="Where the subject is; found by itself when left out.")},
    ),
    Operation(
        "inpaint",
        "Inpaint and fix",
        "Paint a region anew from a description.",
        4 * _CREDITS,
        _GUIDE,
        fields=("prompt", "mask", "negative_prompt"),
        needs=("prompt",),
        options={"grow_mask": _GROW},
        masked=True,
    ),
    Operation(
        "outpaint",
        "Outpaint",
        "Extend the picture beyond its edges.",
        4 * _CREDITS,
        _GUIDE,
        fields=("negative_prompt", "expansion"),
        needs=("expansion",),
        options={
            "prompt": Option(
                "text",
                None,
                what="What the new parts show. (The form has no prompt: one left over from"
                " another operation would be painted.)",
            ),
            "creativity": Option("number", 0.5, what="How freely the new parts are invented."),
        },
        keeps_size=False,
    ),
    Operation(
        "search_replace",
        "Search and replace",
        "Find an object by its name and put another in its place.",
        4 * _CREDITS,
        _GUIDE,
        fields=("prompt", "mask", "search_prompt"),
        needs=("prompt", "search_prompt"),
        options={"grow_mask": _GROW_SEARCH},
        masked=True,
    ),
    Operation(
        "search_recolor",
        "Search and recolour",
        "Find an object by its name and give it another colour.",
        4 * _CREDITS,
        _GUIDE,
        fields=("prompt", "mask", "select_prompt"),
        needs=("prompt", "select_prompt"),
        options={"grow_mask": _GROW_SEARCH},
        masked=True,
    ),
    Operation(
        "relight",
        "Replace background and relight",
        "Put the subject before another background and light it to match.",
        6 * _CREDITS,
        _RANGE,
        fields=("background", "lighting"),
        needs=("background|lighting|light_direction|light_color",),
        options={
            "light_direction": Option("choice", "none", choices=_DIRECTIONS, what="Where the light comes from."),
            "light_strength": Option("number", 0.3, what="How strong that light is."),
            "light_color": Option("colour", None, what="The light's colour."),
            "preserve_subject": Option("number", 0.6, what="1 leaves the subject's pixels as they are."),
            "keep_background": Option("flag", default=False, what="Only the light changes."),
        },
        asynchronous=True,
    ),
    Operation(
        "general_edit",
        "Edit by instruction",
        "Say in words what is to change.",
        4 * _CREDITS,
        _GUIDE,
        fields=("prompt", "mask", "negative_prompt"),
        needs=("prompt",),
        options={"grow_mask": _GROW},
        keeps_size=False,
        masked=True,
        by_provider="huggingface",
    ),
    Operation(
        "erase",
        "Erase object",
        "Remove what the mask covers, and close the gap.",
        3 * _CREDITS,
        _UNLISTED,
        fields=("mask",),
        needs=("mask",),
        options={"grow_mask": Option("integer", 5, 0, 20, what="Pixels by which the mask is widened and softened.")},
        masked=True,
    ),
    Operation(
        "replace_background",
        "Replace background",
        "Keep the subject; another picture, a colour, or a described scene comes behind it.",
        6 * _CREDITS,
        _SAME_CALL,
        fields=("prompt", "negative_prompt", "background"),
        needs=("prompt|background|color",),
        options={
            "color": Option("colour", None, what="A plain background of this colour."),
            "subject": Option("box", None, what="Where the subject is; found by itself when left out."),
            "shadow": Option("flag", default=True, what="A soft shadow where the subject stands."),
        },
    ),
    Operation(
        "adjust",
        "Adjust",
        "Brightness, contrast, warmth, saturation, sharpness; crop, turn, flip and straighten.",
        0,
        _LOCAL,
        options={
            "brightness": _signed("−1 darkest to 1 brightest."),
            "contrast": _signed("−1 flat to 1 hard."),
            "warmth": _signed("−1 cold to 1 warm."),
            "saturation": _signed("−1 grey to 1 vivid."),
            "sharpness": _signed("−1 soft to 1 sharp."),
            "crop": Option("box", None, what="The part to keep."),
            "rotate": Option("choice", "0", choices=("0", "90", "180", "270"), what="Degrees, clockwise."),
            "straighten": Option("number", 0.0, -45.0, 45.0, what="Degrees, clockwise; empty corners are cut off."),
            "flip": Option("choice", "none", choices=("none", "horizontal", "vertical"), what="Mirror."),
        },
        keeps_size=False,
        by_provider="local",
    ),
    Operation(
        "blur_background",
        "Blur background",
        "Keep the subject sharp; all else goes out of focus.",
        0,
        _LOCAL,
        options={
            "amount": Option("number", 0.5, what="How far out of focus."),
            "subject": Option("box", None, what="Where the subject is; found by itself when left out."),
        },
        by_provider="local",
    ),
    Operation(
        "brand_colors",
        "Brand colours",
        "Bring the picture's colours to a palette; skin and greys stay.",
        0,
        _LOCAL,
        fields=("mask",),
        needs=("palette",),
        options={
            "palette": Option("colours", None, what="The brand's colours."),
            "delta_e": Option("number", 6.0, 1.0, 30.0, what="The largest distance from the palette, CIEDE2000."),
            "protect_skin": Option("flag", default=True, what="Leave skin as it is."),
        },
        masked=True,
        by_provider="local",
    ),
    Operation(
        "overlay",
        "Text and logo",
        "Set text in a real typeface, put a logo on, or both.",
        0,
        _LOCAL,
        fields=("overlay",),
        needs=("text|overlay",),
        options={
            "text": Option("text", None, what="What to write; a line break starts a new line."),
            "position": Option("choice", "bottom", choices=_POSITIONS, what="Where the text stands."),
            "typeface": Option("choice", "sans", choices=_TYPEFACES, what="The kind of letters."),
            "size": Option("number", 0.08, 0.01, 0.5, what="Height of a line as a share of the picture's height."),
            "color": Option("colour", None, what="The letters' colour; chosen for contrast when left out."),
            "plate": Option("colour", None, what="A plate of this colour behind the text."),
            "opacity": Option("number", 1.0, what="Of text and logo."),
            "logo_position": Option("choice", "top right", choices=_POSITIONS, what="Where the logo stands."),
            "logo_size": Option("number", 0.18, 0.02, 1.0, what="The logo's width as a share of the picture's width."),
            "margin": Option("number", 0.04, 0.0, 0.3, what="Distance to the edge as a share of the shorter side."),
        },
        by_provider="local",
    ),
)
BY_KEY: Final[Mapping[str, Operation]] = MappingProxyType({row.key: row for row in OPERATIONS})


def settings_of(operation: Operation, given: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """The operation's settings, checked, with every default filled in. Raises InvalidInput naming `options.<name>`."""
    unknown = next((name for name in given if name not in operation.options), None)
    if unknown is not None:
        known = ", ".join(operation.options) or "none"
        raise _bad(
            unknown[:COLOUR_MAX_CHARS], f"is no setting of {operation.key}; there are: {known}.", "unknown_field"
        )
    return {
        name: option.default if given.get(name) is None else _checked(name, option, given[name])
        for name, option in operation.options.items()
    }


def _checked(name: str, option: Option, value: JsonValue) -> JsonValue:
    checked = _KINDS[option.kind](option, value)
    if checked is None:
        raise _bad(name, _ASKS[option.kind].format(option=option, choices=", ".join(option.choices)))
    return checked


def _number(option: Option, value: JsonValue) -> JsonValue:
    fits = isinstance(value, (int, float)) and not isinstance(value, bool) and option.low <= value <= option.high
    return float(value) if fits else None  # type: ignore[arg-type]


def _integer(option: Option, value: JsonValue) -> JsonValue:
    fits = isinstance(value, int) and not isinstance(value, bool) and option.low <= value <= option.high
    return value if fits else None


def _flag(_: Option, value: JsonValue) -> JsonValue:
    return value if isinstance(value, bool) else None


def _choice(option: Option, value: JsonValue) -> JsonValue:
    return value if isinstance(value, str) and value in option.choices else None


def _text(_: Option, value: JsonValue) -> JsonValue:
    return value if isinstance(value, str) and value.strip() and len(value) <= TEXT_MAX_CHARS else None


def _colour(_: Option, value: JsonValue) -> JsonValue:
    return known(value) if isinstance(value, str) and len(value) <= COLOUR_MAX_CHARS else None


def _colours(option: Option, value: JsonValue) -> JsonValue:
    if not isinstance(value, list) or not 1 <= len(value) <= COLOURS_MAX:
        return None
    found = [_colour(option, one) for one in value]
    return None if None in found else found


def _box(_: Option, value: JsonValue) -> JsonValue:
    if not isinstance(value, list) or len(value) != 4:  # noqa: PLR2004 -- left, top, right, bottom
        return None
    if not all(isinstance(one, (int, float)) and not isinstance(one, bool) and 0 <= one <= 1 for one in value):
        return None
    left, top, right, bottom = (float(one) for one in value)  # type: ignore[arg-type]
    return [left, top, right, bottom] if left < right and top < bottom else None


_KINDS: Final = {
    "number": _number,
    "integer": _integer,
    "flag": _flag,
    "choice": _choice,
    "text": _text,
    "colour": _colour,
    "colours": _colours,
    "box": _box,
}
_ASKS: Final[Mapping[str, str]] = {
    "number": "must be a number from {option.low:g} to {option.high:g}.",
    "integer": "must be a whole number from {option.low:g} to {option.high:g}.",
    "flag": "must be true or false.",
    "choice": "must be one of: {choices}.",
    "text": f"must be a text of 1 to {TEXT_MAX_CHARS} characters.",
    "colour": "must be a colour: #rrggbb, or a name such as «teal».",
    "colours": f"must be a list of 1 to {COLOURS_MAX} colours: #rrggbb, or names such as «teal».",
    "box": "must be [left, top, right, bottom] as shares of the picture: 0 to 1, left before right, top before bottom.",
}


def _bad(name: str, sentence: str, code: str = "invalid_input") -> InvalidInput:
    return InvalidInput(f"options.{name} {sentence}", code=code, field=f"options.{name}")

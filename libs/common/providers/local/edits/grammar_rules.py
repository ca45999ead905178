"""What one clause can say: every rule is a pattern for the whole of it, and the steps that it means."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from libs.common.providers.local.edits.grammar_steps import COLOUR, DOWN, UP, Heard, Step

RATIO_MAX: Final = 10.0
TRIM_MAX: Final = 0.9

_NOUNS: Final[Mapping[str, str]] = {
    "brightness": "brightness|exposure|light|lightness|luminosity",
    "contrast": "contrast",
    "warmth": "warmth|temperature|color temperature|white balance temperature",
    "saturation": "saturation|color|colors|vibrance|vibrancy|vividness|color intensity|color saturation",
    "sharpness": "sharpness|sharpening|detail|details|crispness",
    "clarity": "clarity|local contrast|definition|structure",
}
_ADJECTIVES: Final[Mapping[tuple[str, int], str]] = {
    ("brightness", 1): "bright|brighter|brighten|brighten up|light|lighter|lighten|lighten up|brightened",
    ("brightness", -1): "dark|darker|darken|dim|dimmer|darkened|underexposed",
    ("contrast", 1): "contrasty|contrasted|punchy|punchier|contrastier",
    ("contrast", -1): "flat|flatter|flatten|softer contrast",
    ("warmth", 1): "warm|warmer|warm up|warm up colors|warmer colors|warm colors|warmer light|warm light|golden",
    (
        "warmth",
        -1,
    ): "cool|cooler|cool down|cold|colder|cooler colors|cool down colors|cool colors|cool light|cooler light",
    (
        "saturation",
        1,
    ): "vivid|vibrant|colorful|saturated|saturate|rich|richer|richer colors|vivid colors|vibrant colors",
    (
        "saturation",
        -1,
    ): "muted|dull|duller|desaturate|desaturated|pale|paler|pastel|muted colors|mute|mute colors|washed-out",
    ("sharpness", 1): "sharp|sharper|sharpen|sharpened|crisp|crisper|sharpen up|sharpen details",
    ("sharpness", -1): "soft|softer|soften|softened|smooth|smoother|unsharp",
    ("blur", 1): "blur|blurry|blurred|blurrier",
    ("clarity", 1): "clear|clearer",
}
_LOOKS: Final[Mapping[str, tuple[Step, ...]]] = {
    "vintage|retro|old|nostalgic|aged|old film|analog|polaroid": (
        Step("fade", 0.5),
        Step("warmth", 0.25),
        Step("saturation", -0.15),
        Step("grain", 0.3),
        Step("vignette", 0.3),
    ),
    "cinematic|movie|film|filmic": (
        Step("contrast", 0.25),
        Step("saturation", -0.12),
        Step("cinema", 0.5),
        Step("vignette", 0.3),
    ),
    "moody|gloomy": (
        Step("brightness", -0.2),
        Step("contrast", 0.25),
        Step("saturation", -0.3),
        Step("vignette", 0.4),
    ),
    "dramatic|epic": (Step("contrast", 0.4), Step("clarity", 0.6), Step("vignette", 0.35)),
    "pop|colors pop|pop colors": (Step("contrast", 0.25), Step("saturation", 0.35), Step("clarity", 0.4)),
    "enhance|auto|auto enhance|auto levels|auto contrast|improve|better|fix colors|auto correct|touch up": (
        Step("levels", 1.0),
        Step("saturation", 0.12),
        Step("clarity", 0.2),
        Step("sharpness", 0.2),
    ),
    "cosy|cozy": (Step("brightness", 0.12), Step("warmth", 0.4)),
    "dreamy": (Step("glow", 0.6), Step("brightness", 0.1), Step("contrast", -0.1)),
    "noir|film noir": (Step("saturation", -1.0), Step("contrast", 0.5), Step("grain", 0.25), Step("vignette", 0.4)),
}
_HUES: Final = {
    "red": "redder|reddish",
    "orange": "more orange|orangish",
    "yellow": "yellower|yellowish",
    "green": "greener|greenish",
    "teal": "tealer",
    "cyan": "more cyan",
    "blue": "bluer|bluish",
    "purple": "more purple|purplish",
    "magenta": "more magenta",
    "pink": "pinker|pinkish",
}
_BORDERS: Final = {"thin": 0.012, "narrow": 0.012, "thick": 0.07, "wide": 0.07}
_SIDES: Final = {"left": "left", "right": "right", "top": "top", "bottom": "bottom"}
_VERBS: Final = re.compile(r"^(?:turn|convert|change|set|go|switch|transform|render|add|put|create|add more|more)\b ?")
_OF_IT: Final = r"(?:make|turn|color|paint|change|recolor|dye|set)"

Build = Callable[[re.Match[str], Heard], tuple[Step, ...]]


def steps_of(heard: Heard, direction: str) -> tuple[Step, ...]:
    """The steps of a clause, or none when no rule takes all of it. `direction` is that of the clause before, for one
    that only names a thing: «…, contrast»."""
    if found := _recolour(heard):
        return found
    shorter = _VERBS.sub("", heard.rest)
    for text in dict.fromkeys((heard.rest, shorter)):
        for pattern, build in _RULES:
            match = pattern.fullmatch(text)
            if match is not None and (steps := build(match, heard)):
                return steps
    bare = next((act for act, words in _NOUNS.items() if re.fullmatch(words, heard.rest)), None)
    if bare is None:
        return ()
    way = heard.sign or {"up": 1, "down": -1}.get(direction, 0)
    return (Step(bare, way * heard.sized()),) if way else ()


def _slider(act: str, sign: int) -> Build:
    def build(match: re.Match[str], heard: Heard) -> tuple[Step, ...]:
        less = bool(match.groupdict().get("less"))
        return (Step(act, (-sign if less else sign) * heard.sized()),)

    return build


def _signed(act: str) -> Build:
    return lambda _, heard: (Step(act, heard.sign * heard.sized()),) if heard.sign else ()


def _effect(act: str, usual: float, name: str = "") -> Build:
    return lambda _, heard: (Step(act, heard.sized(usual), name),)


def _fixed(*steps: Step) -> Build:
    return lambda _, heard: steps if heard.share is None else ()


def _look(steps: tuple[Step, ...]) -> Build:
    def build(_: re.Match[str], heard: Heard) -> tuple[Step, ...]:
        share = heard.share if heard.share is not None else min(heard.times, 1.8)
        return tuple(replace(step, size=max(-1.0, min(1.0, step.size * share))) for step in steps)

    return build


def _ratio(match: re.Match[str], heard: Heard) -> tuple[Step, ...]:
    wide, high = float(match["wide"]), float(match["high"])
    fits = heard.share is None and min(wide, high) > 0 and max(wide, high) <= RATIO_MAX * min(wide, high)
    return (Step("ratio", wide / high),) if fits else ()


def _trim(match: re.Match[str], heard: Heard) -> tuple[Step, ...]:
    share = heard.share
    side = next((name for word, name in _SIDES.items() if word in match["side"]), "all")
    most = TRIM_MAX / 2 if side == "all" else TRIM_MAX
    return (Step("trim", share, side),) if share is not None and 0 < share <= most else ()


def _turned(match: re.Match[str], heard: Heard) -> tuple[Step, ...]:
    given = match["degrees"]
    degrees = float(given) if given else 90.0
    if heard.share is not None or (not given and "side" in match.groupdict() and not match["side"]):
        return ()
    if match["side"] == "left":
        degrees = -degrees
    if degrees % 90 == 0 and abs(degrees) <= 360:
        return (Step("turn", degrees % 360),)
    return (Step("level", degrees),) if abs(degrees) <= 45 else ()


def _closer(_: re.Match[str], heard: Heard) -> tuple[Step, ...]:
    return (Step("trim", min(TRIM_MAX, heard.sized(0.1)) / 2, "all"),)


def _backdrop(match: re.Match[str], _: Heard) -> tuple[Step, ...]:
    return (Step("backdrop", colour=match["colour"]),)


def _hue(name: str, sign: int) -> Build:
    return lambda _, heard: (Step("tint", sign * heard.sized(), colour=name),)


def _border(match: re.Match[str], heard: Heard) -> tuple[Step, ...]:
    width = _BORDERS.get((match["width"] or "").strip(), 0.035)
    colour = match["one"] or match["two"] or "white"
    return (Step("border", heard.share if heard.share is not None else width, colour=colour),)


def _recolour(heard: Heard) -> tuple[Step, ...]:
    """«make the red car blue», «change the sky to teal», «make the sky bluer»."""
    if heard.share is not None:
        return ()
    said = _POLITE.sub("", heard.clause)
    match = _OBJECT.fullmatch(said)
    if match is None or _NO_OBJECT.search(match["what"]):
        return ()
    named = match["colour"]
    colour = named or next((name for name, words in _HUES.items() if re.fullmatch(words, match["hue"])), "")
    if re.search(rf"\b{_BACKGROUND}$", match["what"]):
        return (Step("backdrop", colour=colour),) if named else ()
    return (Step("recolour", name=match["what"], colour=colour),)


_ALL_HUES: Final = "|".join(_HUES.values())
_POLITE: Final = re.compile(
    r"^(?:please |can you |could you |would you |i want to |i'd like to |i want you to )+| please$"
)
_OBJECT: Final = re.compile(
    rf"{_OF_IT}(?: the color of)? (?:(?:the|my|her|his|its|their|this|that|all|all the|an?) )?"
    r"(?P<what>[a-z][a-z'-]*(?: [a-z][a-z'-]*){0,3}?)"
    r"(?: to| into| in| a| to be| look){0,2}(?: (?:much|more|slightly|a bit|a little|very))?"
    rf" (?:(?P<colour>{COLOUR})|(?P<hue>{_ALL_HUES}))"
)
_NO_OBJECT: Final = re.compile(
    r"\b(?:it|image|picture|photo|everything|all|this|that|colors?|text|border|frame|more|less|tones?|overall|into|to|in"
    r"|monochrome)\b"
)
_BACKGROUND: Final = r"(?:background|backdrop)"
_SUBJECT: Final = r"(?:subject|object|person|people|product|foreground|main subject|man|woman)"
_LIFT: Final = "lift|raise|brighten|lighten|open up|increase|boost|brighter"
_LOWER: Final = "deepen|darken|lower|reduce|decrease|crush|recover|tame|pull down"
_PLAIN: Final = "(?:plain |solid |pure )?"
_CROP: Final = r"(?:crop|cut|trim|reframe|format|aspect|ratio|recrop)"


def _rules() -> tuple[tuple[re.Pattern[str], Build], ...]:
    rows: list[tuple[str, Build]] = []
    for act, words in _NOUNS.items():
        rows += [
            (rf"(?:{UP}) (?:{words})|(?:{words}) (?:up|higher)|brighten (?:{words})", _slider(act, 1)),
            (rf"(?:{DOWN}) (?:{words})|(?:{words}) (?:down|lower)", _slider(act, -1)),
        ]
    for (act, sign), words in _ADJECTIVES.items():
        rows.append((rf"(?:more |(?P<less>less ))?(?:{words})", _slider(act, sign)))
    for words, steps in _LOOKS.items():
        rows.append((rf"(?:more )?(?:{words})", _look(steps)))
    for name, words in _HUES.items():
        rows += [(rf"{words}|more {name}|{name} tint|tint {name}", _hue(name, 1)), (f"less {name}", _hue(name, -1))]
    return tuple((re.compile(pattern), build) for pattern, build in (*_SPECIAL, *rows))


_AREAS: Final = (("shadows", "shadows|blacks|dark areas"), ("highlights", "highlights|whites|bright areas"))
_AMOUNT: Final = r"\d{1,4}(?:\.\d{1,4})?"
_DEGREES: Final = rf"(?P<degrees>-?{_AMOUNT})(?: degrees?)?"
_TURN: Final = r"(?:rotate|turn|spin)"
_SIDE: Final = r"(?P<side>left|right)"
_BLUR_BEHIND: Final = (
    rf"(?:more )?(?:blur(?:red|ry)?|defocus|unfocus) {_BACKGROUND}",
    rf"{_BACKGROUND} (?:more )?(?:blur(?:red|ry|rier)?|defocus)",
    rf"(?:add )?bokeh|portrait mode|shallow depth field|out focus {_BACKGROUND}|{_BACKGROUND} out focus",
)
_CUT_OUT: Final = (
    rf"(?:remove|delete|erase|strip|drop|clear|knock out|get rid) (?:(?:{COLOUR}) )?{_BACKGROUND}",
    rf"{_BACKGROUND} removal|no {_BACKGROUND}",
    rf"transparent {_BACKGROUND}|{_BACKGROUND} transparent|(?:replace|change) {_BACKGROUND} transparen(?:t|cy)",
    rf"cut ?out(?: {_SUBJECT})?|cut {_SUBJECT} out|(?:isolate|extract) {_SUBJECT}",
)
_BACKDROP: Final = (
    rf"(?:(?:put|place|replace|change|swap|set|add|use) )?(?:{_SUBJECT} )?{_PLAIN}(?P<colour>{COLOUR}) {_BACKGROUND}",
    (
        rf"(?:(?:replace|change|swap|set|turn|fill|paint) )?(?:(?:{COLOUR}) )?{_BACKGROUND} (?:color )?"
        rf"{_PLAIN}(?P<colour>{COLOUR})"
    ),
)
_SHAPED: Final = (
    rf"(?:{_CROP} )*(?P<wide>{_AMOUNT}) ?[:/x×] ?(?P<high>{_AMOUNT})"
    rf"(?: (?:{_CROP}|portrait|landscape|vertical|horizontal))*"
)
_TRIMMED: Final = (
    rf"(?:{_CROP}|remove)(?: off)?(?: from)?"
    r" (?P<side>left|right|top|bottom|all sides|each side|sides|edges)(?: side| edge)?"
)
_BORDERED: Final = (
    rf"(?:add |draw )?(?P<width>thin |thick |wide |narrow )?(?P<one>{COLOUR})? ?(?:border|frame)(?: (?P<two>{COLOUR}))?"
)

_SPECIAL: Final[tuple[tuple[str, Build], ...]] = (
    *((rf"(?:{_LIFT}) (?:{words})", _slider(act, 1)) for act, words in _AREAS),
    *((rf"(?:{_LOWER}) (?:{words})", _slider(act, -1)) for act, words in _AREAS),
    *((rf"(?:{words})", _signed(act)) for act, words in _AREAS),
    (r"monochrome(?: conversion)?|(?:remove|no|drop) (?:all )?colors?", _fixed(Step("saturation", -1.0))),
    (
        r"(?:high contrast|contrasty|punchy) monochrome|monochrome (?:high contrast|contrasty|punchy)",
        _fixed(Step("saturation", -1.0), Step("contrast", 0.45)),
    ),
    (r"sepia(?: tint| toned)?", _effect("sepia", 0.85)),
    (r"invert(?:ed)?(?: colors)?|negative(?: colors)?", _fixed(Step("invert"))),
    (r"(?:more )?(?:fade|faded|matte|faded colors|fade colors|wash(?:ed)? out)", _effect("fade", 0.45)),
    (r"(?:more |add )?(?:dark |soft )?(?:vignette|vignetting)|darken (?:corners|edges)", _effect("vignette", 0.5)),
    (r"(?:more |add )?(?:film )?(?:grain|noise)|grain(?:y|ier)", _effect("grain", 0.45)),
    (r"(?:more |add )?(?:glow|soft glow|soft focus|bloom)", _effect("glow", 0.6)),
    (r"pixelated?|mosaic|censor", _effect("pixelate", 0.35)),
    ("|".join(_BLUR_BEHIND), _effect("blur background", 0.5)),
    ("|".join(_CUT_OUT), _fixed(Step("remove background"))),
    *((pattern, _backdrop) for pattern in _BACKDROP),
    (_SHAPED, _ratio),
    (rf"(?:{_CROP} )*square(?: {_CROP})*", _fixed(Step("ratio", 1.0))),
    (rf"{_CROP} (?:portrait|vertical)(?: {_CROP})*", _fixed(Step("ratio", 0.8))),
    (rf"{_CROP} (?:landscape|horizontal)(?: {_CROP})*", _fixed(Step("ratio", 1.5))),
    (rf"{_CROP} (?:widescreen|wide)|widescreen", _fixed(Step("ratio", 16 / 9))),
    (_TRIMMED, _trim),
    (r"zoom in|crop in|crop tighter|tighter crop|closer|zoom", _closer),
    (r"(?:rotate|turn|flip) (?:upside down|around)|upside down", _fixed(Step("turn", 180.0))),
    (rf"{_TURN} {_SIDE}(?: {_DEGREES})?", _turned),
    (rf"{_TURN} {_DEGREES}(?: {_SIDE})?", _turned),
    (rf"(?:straighten|level|tilt)(?: horizon)? {_DEGREES}(?: {_SIDE})?", _turned),
    (r"(?:straighten|level)(?: up)?(?: horizon| lines)?|fix horizon", _fixed(Step("horizon"))),
    (
        r"(?:flip|mirror|mirrored|flipped)(?: horizontal(?:ly)?| sideways)?|horizontal flip|mirror image",
        _fixed(Step("flip", name="horizontal")),
    ),
    (r"(?:flip|mirror) vertical(?:ly)?|vertical flip", _fixed(Step("flip", name="vertical"))),
    (_BORDERED, _border),
)
_RULES: Final = _rules()

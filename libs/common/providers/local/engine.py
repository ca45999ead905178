"""The offline picture engine: words to a plan, a scene, a rendering, and a finish."""

import math
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from libs.common.providers.local.canvas import Dice, Frame, Plan, shade
from libs.common.providers.local.colour import BLACK, Planes, from_hex
from libs.common.providers.local.lettering.voices import ground_of, voice_of
from libs.common.providers.local.lettering.words import Wish, set_words
from libs.common.providers.local.palettes import BRAND_COLOURS_MIN, Palette, branded, shifted, varied
from libs.common.providers.local.palettes import TABLE as PALETTES
from libs.common.providers.local.scenes.table import FALLBACK
from libs.common.providers.local.scenes.table import TABLE as SCENES
from libs.common.providers.local.styles import Style, style_of
from libs.common.providers.local.vocabulary.moods import MOOD_SCENES
from libs.common.providers.local.vocabulary.names import NAMES
from libs.common.providers.local.vocabulary.reading import Reading, read
from libs.common.providers.local.vocabulary.subjects import SCENE_MOODS
from libs.common.providers.local.weather import OUTDOORS
from libs.common.providers.local.weather import TABLE as WEATHERS

SIDE_MIN_PX: Final = 64
SIDE_MAX_PX: Final = 4096
RATIO_MAX: Final = 10
PAINTED_MIN_PX: Final = 400_000
"""Smaller pictures are painted larger and reduced, so that fine lines stay fine."""
PAINTED_MAX_PX: Final = 4_500_000
"""Larger pictures are painted at this size and enlarged before grain; it bounds memory."""
GRAIN_TILE_PX: Final = 512


TURN_MAX: Final = 0.14
"""How far (radians) the second hues of two variations may lie apart from their palette."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What to paint. `negative` are words of things to leave out."""

    prompt: str
    seed: int
    width: int
    height: int
    style_preset: str | None = None
    negative: str = ""


@dataclass(frozen=True, slots=True)
class Composition:
    """A finished picture: (H, W, 3) bytes of sRGB, the scene's name, and sentences for the customer."""

    pixels: NDArray[np.uint8]
    scene: str
    notes: tuple[str, ...]


def compose(ask: Ask) -> Composition:
    """Paint the ask; the same ask always gives the same bytes. Raises ValueError outside the bounds."""
    if problem := size_problem(ask.width, ask.height):
        raise ValueError(problem)
    reading, style = read(ask.prompt, ask.negative), style_of(ask.style_preset)
    dice = Dice(f"{ask.seed}/{ask.prompt.strip()}")
    scene = _scene(reading, style)
    plan = _planned(ask, reading, style, scene, dice)
    planes = _painted(plan, style, scene, reading)
    if style.sized_first:
        planes, plan = _sized(planes, ask.width, ask.height), replace(plan, frame=Frame(ask.width, ask.height))
    planes = _sized(style.render(planes, plan), ask.width, ask.height)
    _vignette(planes, style)
    left_out = _lettered(planes, ask, reading, plan)
    return Composition(_finished(planes, style, dice), scene, (*_notes(reading, scene), *left_out))


def size_problem(width: int, height: int) -> str | None:
    """Why a size cannot be painted, as a sentence, or None."""
    if not all(SIDE_MIN_PX <= side <= SIDE_MAX_PX for side in (width, height)):
        return f"The offline engine paints sides of {SIDE_MIN_PX} to {SIDE_MAX_PX} pixels."
    if max(width, height) > RATIO_MAX * min(width, height):
        return f"The offline engine paints formats up to {RATIO_MAX} to 1."
    return None


def _planned(ask: Ask, reading: Reading, style: Style, scene: str, dice: Dice) -> Plan:
    frame = _painted_frame(ask.width, ask.height)
    palette = _palette(reading, style, scene, dice)
    words = reading.words | frozenset((ask.style_preset or "").split("-"))
    focus = _focus(frame, dice.named("focus")) if reading.quoted and not reading.silenced else None
    return Plan(frame, palette, dice, style.texture, words, reading.without, focus)


def _focus(frame: Frame, dice: Dice) -> float:
    """Where the subject goes when words need room: beside them in wide formats, below or above them in others."""
    if frame.width < frame.height * 1.2:
        return 0.5 + dice.between(-0.06, 0.06)
    return dice.pick((0.74, 0.74, 0.74, 0.26))


def _painted(plan: Plan, style: Style, scene: str, reading: Reading) -> Planes:
    planes: Planes = np.clip(SCENES[scene](plan), 0, 1).astype(np.float32)
    if reading.weather is not None and scene in OUTDOORS and style.texture > 0:
        WEATHERS[reading.weather](planes, plan, 1.0)
    return planes


def _lettered(planes: Planes, ask: Ask, reading: Reading, plan: Plan) -> tuple[str, ...]:
    """Set the quoted text; the answer are sentences about what was left out."""
    if not reading.quoted:
        return ()
    if reading.silenced:
        return ("The prompt quotes text and rules text out, so the offline engine set none.",)
    style = (ask.style_preset or "").strip().lower()
    voice = voice_of(style, plan.palette.name, reading.words)
    wish = Wish(reading.quoted, voice, ground_of(style), plan.palette)
    return set_words(planes, wish, plan.dice.named("words"))


def _scene(reading: Reading, style: Style) -> str:
    """The prompt's own subject, else what suits its unpaintable one, its season, or the style."""
    suited = next((kind.scene for kind in reading.beyond if kind.scene is not None), None)
    timely = MOOD_SCENES.get(reading.mood or "")
    return reading.scene or suited or timely or style.scene or FALLBACK


def _palette(reading: Reading, style: Style, scene: str, dice: Dice) -> Palette:
    """The prompt's own colours first, then its mood, the style's, or one that suits the scene, varied a little."""
    chosen = reading.mood or style.palette or dice.named("palette").pick(SCENE_MOODS[scene])
    if style.palette == "mono":
        chosen = "mono"
    wanted = [from_hex(text) for text in reading.colours]
    if len(wanted) >= BRAND_COLOURS_MIN:
        return branded(PALETTES[chosen], wanted)
    if wanted:
        return shifted(PALETTES[chosen], wanted)
    own = dice.named("variation")
    return varied(PALETTES[chosen], own.between(-TURN_MAX, TURN_MAX), own.between(-0.015, 0.015))


def _painted_frame(width: int, height: int) -> Frame:
    """The size to paint at: that of the picture, unless it is very small or very large."""
    area = width * height
    if area < PAINTED_MIN_PX:
        factor = min(4.0, math.ceil(math.sqrt(PAINTED_MIN_PX / area)))
    else:
        factor = min(1.0, math.sqrt(PAINTED_MAX_PX / area))
    return Frame(max(1, round(width * factor)), max(1, round(height * factor)))


def _sized(planes: Planes, width: int, height: int) -> Planes:
    if planes.shape[1:] == (height, width):
        return planes
    method = cv2.INTER_AREA if planes.shape[2] > width else cv2.INTER_CUBIC
    out = np.empty((3, height, width), np.float32)
    for target, plane in zip(out, planes, strict=True):
        cv2.resize(np.asarray(plane, np.float32), (width, height), dst=target, interpolation=method)
    return out


def _vignette(planes: Planes, style: Style) -> None:
    if style.vignette > 0:
        frame = Frame(planes.shape[2], planes.shape[1])
        across = (frame.x / frame.width * 2 - 1) ** 2
        down = (frame.y / frame.height * 2 - 1) ** 2
        shade(planes, np.clip((across + down - 0.55) * 0.7, 0, 1) ** 1.5 * np.float32(style.vignette), BLACK)


def _finished(planes: Planes, style: Style, dice: Dice) -> NDArray[np.uint8]:
    """Grain, then bytes."""
    frame = Frame(planes.shape[2], planes.shape[1])
    if style.grain > 0:
        planes += _grain(frame, style.grain, dice.named("grain"))
    bytes_of = [np.clip(plane * 255 + 0.5, 0, 255).astype(np.uint8) for plane in planes]
    return np.asarray(cv2.merge(bytes_of), np.uint8)


def _grain(frame: Frame, amount: float, dice: Dice) -> NDArray[np.float32]:
    """Film grain from one square of noise, laid like tiles; bounded work for any size."""
    square = dice.rng.normal(0, amount, (GRAIN_TILE_PX, GRAIN_TILE_PX)).astype(np.float32)
    down, across = (math.ceil(side / GRAIN_TILE_PX) for side in (frame.height, frame.width))
    return np.tile(square, (down, across))[: frame.height, : frame.width]


def _notes(reading: Reading, scene: str) -> tuple[str, ...]:
    """What the customer should know, one sentence each."""
    notes: list[str] = []
    if reading.beyond:
        names = _listed([kind.name for kind in reading.beyond])
        notes.append(f"The offline engine cannot depict {names}, so it painted a fitting background: {NAMES[scene]}.")
    elif reading.scene is None and scene != MOOD_SCENES.get(reading.mood or ""):
        notes.append(f"The offline engine knows no subject in this prompt and chose a background: {NAMES[scene]}.")
    return tuple(notes)


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"

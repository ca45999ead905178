"""The offline picture engine: words to a plan, a scene, a rendering, and a finish."""

import math
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from libs.common.providers.local.canvas import Dice, Frame, Plan, shade
from libs.common.providers.local.colour import BLACK, Planes, from_hex
from libs.common.providers.local.palettes import TABLE as PALETTES
from libs.common.providers.local.palettes import Palette, shifted
from libs.common.providers.local.scenes.table import FALLBACK
from libs.common.providers.local.scenes.table import TABLE as SCENES
from libs.common.providers.local.styles import Style, style_of
from libs.common.providers.local.words import MOOD_SCENES, SCENE_MOODS, Reading, read

SIDE_MIN_PX: Final = 64
SIDE_MAX_PX: Final = 4096
RATIO_MAX: Final = 10
PAINTED_MIN_PX: Final = 400_000
"""Smaller pictures are painted larger and reduced, so that fine lines stay fine."""
PAINTED_MAX_PX: Final = 4_500_000
"""Larger pictures are painted at this size and enlarged before grain; it bounds memory."""
GRAIN_TILE_PX: Final = 512


@dataclass(frozen=True, slots=True)
class Composition:
    """A finished picture: (H, W, 3) bytes of sRGB, the scene's name, and sentences for the customer."""

    pixels: NDArray[np.uint8]
    scene: str
    notes: tuple[str, ...]


def compose(prompt: str, *, style_preset: str | None, seed: int, width: int, height: int) -> Composition:
    """Paint the prompt; the same arguments always give the same bytes. Raises ValueError outside the bounds."""
    if problem := size_problem(width, height):
        raise ValueError(problem)
    reading, style = read(prompt), style_of(style_preset)
    dice = Dice(f"{seed}/{prompt.strip()}")
    scene = _scene(reading, style)
    frame = _painted_frame(width, height)
    plan = Plan(frame, _palette(reading, style, scene, dice), dice, style.texture, reading.words)
    planes: Planes = np.clip(SCENES[scene](plan), 0, 1).astype(np.float32)
    if style.sized_first:
        planes, plan = _sized(planes, width, height), replace(plan, frame=Frame(width, height))
    planes = _sized(style.render(planes, plan), width, height)
    planes = lettered(planes, reading.quoted, plan)
    return Composition(_finished(planes, style, dice), scene, _notes(reading, scene))


def size_problem(width: int, height: int) -> str | None:
    """Why a size cannot be painted, as a sentence, or None."""
    if not all(SIDE_MIN_PX <= side <= SIDE_MAX_PX for side in (width, height)):
        return f"The offline engine paints sides of {SIDE_MIN_PX} to {SIDE_MAX_PX} pixels."
    if max(width, height) > RATIO_MAX * min(width, height):
        return f"The offline engine paints formats up to {RATIO_MAX} to 1."
    return None


def lettered(planes: Planes, texts: tuple[str, ...], plan: Plan) -> Planes:
    """The place where quoted text will be set, after the rendering and before the grain; today it sets none."""
    del texts, plan
    return planes


def _scene(reading: Reading, style: Style) -> str:
    """The prompt's own subject, else what suits its unpaintable one, its season, or the style."""
    suited = next((kind.scene for kind in reading.beyond if kind.scene is not None), None)
    timely = MOOD_SCENES.get(reading.mood or "")
    return reading.scene or suited or timely or style.scene or FALLBACK


def _palette(reading: Reading, style: Style, scene: str, dice: Dice) -> Palette:
    chosen = reading.mood or style.palette or dice.named("palette").pick(SCENE_MOODS[scene])
    if style.palette == "mono":
        chosen = "mono"
    return shifted(PALETTES[chosen], [from_hex(text) for text in reading.colours])


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


def _finished(planes: Planes, style: Style, dice: Dice) -> NDArray[np.uint8]:
    """Vignette, then grain, then bytes."""
    frame = Frame(planes.shape[2], planes.shape[1])
    if style.vignette > 0:
        across = (frame.x / frame.width * 2 - 1) ** 2
        down = (frame.y / frame.height * 2 - 1) ** 2
        shade(planes, np.clip((across + down - 0.55) * 0.7, 0, 1) ** 1.5 * np.float32(style.vignette), BLACK)
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
        notes.append(f"The offline engine cannot depict {names}, so it painted a fitting background instead ({scene}).")
    elif reading.scene is None and scene != MOOD_SCENES.get(reading.mood or ""):
        notes.append(
            f"The offline engine knows no subject in this prompt and painted one of its own instead ({scene})."
        )
    if reading.quoted:
        notes.append("The offline engine does not set text yet; the words in quotes are not in the picture.")
    return tuple(notes)


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"

"""A table from straight above: a surface, light through a window, and things around an empty middle."""

import math
from typing import Final

import numpy as np

from libs.common.providers.local.canvas import Dice, Plan, blur, shade, smooth
from libs.common.providers.local.colour import BLACK, Lab, Planes, Ramp, from_hex, lit, mix
from libs.common.providers.local.easel import Easel
from libs.common.providers.local.noise import fbm, warp
from libs.common.providers.local.palettes import Light
from libs.common.providers.local.scenes import props, stationery
from libs.common.providers.local.scenes.props import Prop, Spot, Table

WOOD: Final = from_hex("#a67a52")
SIZES: Final[dict[Prop, float]] = {
    props.plate: 0.24,
    props.cup: 0.17,
    props.bowl: 0.18,
    props.citrus: 0.15,
    props.sprig: 0.2,
    props.napkin: 0.2,
    props.spoon: 0.2,
    props.beans: 0.14,
    props.petals: 0.14,
    props.pot: 0.15,
    stationery.laptop: 0.27,
    stationery.notebook: 0.19,
    stationery.pen: 0.17,
    stationery.phone: 0.16,
    stationery.notes: 0.14,
    stationery.plant: 0.19,
}
"""Half the width of each thing in units."""
MEAL: Final = (props.plate, props.cup, props.napkin, props.bowl, props.sprig, props.citrus, props.spoon)
COFFEE: Final = (props.cup, props.beans, props.napkin, props.spoon, props.sprig, props.plate, props.beans)
CARE: Final = (props.pot, props.sprig, props.petals, props.bowl, props.napkin, props.sprig)
WORK: Final = (
    stationery.laptop,
    stationery.notebook,
    props.cup,
    stationery.plant,
    stationery.pen,
    stationery.phone,
    stationery.notes,
)
COFFEE_WORDS: Final = ("coffee", "cafe", "espresso", "cappuccino", "latte", "tea", "roast", "croissant", "chocolate")
CARE_WORDS: Final = ("spa", "soap", "skincare", "cream", "cosmetics", "wellness", "herbal", "massage")


def meal(plan: Plan) -> Planes:
    """Food, coffee or care: crockery and greens, no dish."""
    kinds = COFFEE if plan.says(*COFFEE_WORDS) else CARE if plan.says(*CARE_WORDS) else MEAL
    return _laid(plan, kinds, plan.dice.named("table"))


def desk(plan: Plan) -> Planes:
    """A workplace."""
    return _laid(plan, WORK, plan.dice.named("desk"))


def _laid(plan: Plan, kinds: tuple[Prop, ...], dice: Dice) -> Planes:
    canvas = _surface(plan, dice.named("surface"))
    table = Table(Easel(canvas, plan.frame), plan, dice.named("props"))
    for kind, spot in _arranged(plan, kinds, dice.named("places")):
        kind(table, spot)
    _sunlight(canvas, plan, dice.named("sun"))
    return canvas


def _arranged(plan: Plan, kinds: tuple[Prop, ...], dice: Dice) -> list[tuple[Prop, Spot]]:
    """Things along the border, the first two the largest; the middle (or the side for words) stays free."""
    frame, unit = plan.frame, plan.frame.unit
    order = [kinds[0], *dice.rng.permutation(np.array(kinds[1:], dtype=object)).tolist()]
    scale = dice.between(0.95, 1.25) * (1.25 if max(frame.shape) < 1.25 * min(frame.shape) else 1.1)
    area = frame.width * frame.height / unit**2
    order = (order * math.ceil(1 + area / 2))[: round(6 + 3.0 * area)]
    roomy = plan.focus is not None and abs(plan.focus - 0.5) < 0.1
    quiet = (
        frame.width * 0.5
        if roomy
        else (1 - plan.focus) * frame.width
        if plan.focus is not None
        else frame.width * dice.pick((0.5, 0.5, 0.32, 0.68))
    )
    taken: list[Spot] = []
    out: list[tuple[Prop, Spot]] = []
    for kind in order:
        size = SIZES[kind] * unit * scale * dice.between(0.9, 1.1)
        spot = _free(plan, dice, size, (quiet, 1.3 if roomy else 1.0 if plan.focus is None else 1.15), taken)
        if spot is not None:
            taken.append(spot)
            out.append((kind, spot))
    return out


def _free(plan: Plan, dice: Dice, size: float, quiet: tuple[float, float], taken: list[Spot]) -> Spot | None:
    """A place near a border that touches nothing else; it may run out of the picture."""
    frame, unit = plan.frame, plan.frame.unit
    best: tuple[float, Spot] | None = None
    for _ in range(60):
        x, y = dice.between(-0.04, 1.04) * frame.width, dice.between(-0.06, 1.06) * frame.height
        apart = min((math.hypot(x - a, y - b) - (size + c) * 0.98 for a, b, c, _ in taken), default=unit)
        reach = (0.3 * frame.width + 0.5 * size) * quiet[1], (0.34 * frame.height + 0.6 * size) * quiet[1]
        calm = math.hypot((x - quiet[0]) / reach[0], (y - frame.height / 2) / reach[1])
        if apart < 0 or calm < 0.95:
            continue
        edge = min(x, y, frame.width - x, frame.height - y) / unit
        score = abs(edge - size / unit * 0.45) + 0.2 * abs(calm - 1.15) + 0.06 * min(apart / unit, 0.6)
        if best is None or score < best[0]:
            best = score, (x, y, size, dice.pick((0.0, -0.3, 0.35, 1.4, -0.9)) + dice.between(-0.15, 0.15))
    return best[1] if best else None


def _surface(plan: Plan, dice: Dice) -> Planes:
    if plan.texture <= 0:
        return _cloth(plan, dice)
    if plan.says("wood", "wooden", "rustic", "oak", "walnut") or (
        plan.palette.name in {"coffee", "autumn"} and dice.chance(0.7)
    ):
        return _planks(plan, dice)
    if plan.says("marble", "luxury", "elegant") or dice.chance(0.3):
        return _marble(plan, dice)
    return _cloth(plan, dice)


def _ground(plan: Plan) -> Lab:
    palette = plan.palette
    if palette.light_kind is Light.NIGHT:
        return lit(mix(palette.deep, palette.mid, 0.2), 0.02)
    return mix(palette.light, palette.accent, 0.28)


def _cloth(plan: Plan, dice: Dice) -> Planes:
    """Painted board with a very fine grain."""
    frame, unit = plan.frame, plan.frame.unit
    ground = _ground(plan)
    fine = fbm(frame.shape, unit * 0.5, dice, octaves=3) * np.float32(0.25)
    grain = dice.rng.normal(0, 0.05, frame.shape).astype(np.float32) * np.float32(plan.texture)
    return Ramp((lit(ground, -0.035), ground, lit(ground, 0.02))).paint(fine + grain + np.float32(0.5))


def _planks(plan: Plan, dice: Dice) -> Planes:
    """Boards with grain along them, each a little different."""
    frame, unit = plan.frame, plan.frame.unit
    wood = mix(WOOD, mix(plan.palette.mid, plan.palette.deep, 0.25), 0.45)
    if plan.palette.light_kind is Light.DAY and plan.says("white", "bright", "airy", "scandinavian"):
        wood = mix(wood, plan.palette.light, 0.7)
    width = unit * dice.between(0.17, 0.24)
    row = np.floor(frame.y / np.float32(width))
    table = dice.rng.uniform(-1, 1, int(row.max()) + 2).astype(np.float32)
    tone = np.take(table, row.astype(np.intp))
    grain = fbm(frame.shape, unit * 0.012, dice.named("grain"), octaves=4, wide=22, gain=0.6)
    rings = fbm(frame.shape, unit * 0.07, dice.named("rings"), octaves=3, wide=7)
    bands = np.sin((frame.y / np.float32(unit) * 60 + rings * 6 + tone * 9).astype(np.float32)) * np.float32(0.12)
    canvas = Ramp((lit(wood, -0.13), lit(wood, -0.03), wood, lit(wood, 0.07))).paint(
        np.float32(0.5) + grain * np.float32(0.22) + bands + tone * np.float32(0.13)
    )
    seam = np.abs(frame.y / np.float32(width) - np.rint(frame.y / np.float32(width))) * np.float32(width)
    shade(
        canvas, np.repeat(np.exp(-((seam / np.float32(unit * 0.0028)) ** 2)) * np.float32(0.62), frame.width, 1), BLACK
    )
    return canvas


def _marble(plan: Plan, dice: Dice) -> Planes:
    """Pale stone with veins that run one way."""
    frame, unit = plan.frame, plan.frame.unit
    night = plan.palette.light_kind is Light.NIGHT
    stone = mix(plan.palette.deep, plan.palette.mid, 0.12) if night else mix(plan.palette.light, plan.palette.mid, 0.06)
    bend = fbm(frame.shape, unit * 0.4, dice.named("bend"), octaves=4) * np.float32(unit * 0.16)
    turn = dice.between(0.4, 1.1)
    slant = (frame.x * np.float32(math.cos(turn)) + frame.y * np.float32(math.sin(turn))) / np.float32(unit)
    field = warp(np.asarray(slant, np.float32), bend, -bend)
    cloud = fbm(frame.shape, unit * 0.3, dice.named("cloud"), octaves=5, gain=0.55)
    canvas = Ramp((lit(stone, -0.05), stone, lit(stone, 0.02))).paint(cloud * np.float32(0.35) + np.float32(0.55))
    vein = mix(plan.palette.accent, plan.palette.mid, 0.5) if night else mix(plan.palette.mid, plan.palette.deep, 0.35)
    for rate, thin, strength in ((1.7, 0.02, 0.4), (4.1, 0.035, 0.16)):
        place = field * np.float32(rate) + cloud * np.float32(0.14)
        away = np.abs(place - np.rint(place))
        fade = smooth(-0.4, 0.7, fbm(frame.shape, unit * 0.25, dice.named(f"fade{rate}"), octaves=2))
        mask = np.exp(-(away / np.float32(thin)) * np.float32(0.9)) * fade * np.float32(strength)
        shade(canvas, mask, mix(vein, BLACK, 0.1)) if not night else _vein(canvas, vein, mask)
    return canvas


def _vein(canvas: Planes, colour: Lab, mask: np.ndarray) -> None:
    canvas += (Ramp((colour, colour)).paint(np.zeros((1, 1), np.float32)) - canvas) * mask


def _sunlight(canvas: Planes, plan: Plan, dice: Dice) -> None:
    """Shadows of leaves or of a window's bars across everything, soft."""
    if plan.texture <= 0 or dice.chance(0.25):
        return
    frame, unit = plan.frame, plan.frame.unit
    slant = dice.between(0.3, 0.6) * dice.pick((-1, 1))
    u = (frame.x + frame.y * np.float32(slant)) / np.float32(unit)
    if dice.chance(0.4):
        bars = smooth(0.07, 0.13, np.abs((u * np.float32(1.5)) % 1 - 0.5))
        across = smooth(0.05, 0.1, np.abs((frame.y / np.float32(unit) * np.float32(1.1) + 0.2) % 1 - 0.5))
        dark = 1 - bars * across
    else:
        fronds = fbm(frame.shape, unit * 0.12, dice.named("fronds"), octaves=2, wide=2.4)
        dark = smooth(0.0, 0.35, fronds)
    dark = blur(np.asarray(dark, np.float32), unit * 0.02)
    shade(canvas, dark * np.float32(0.14), mix(plan.palette.deep, BLACK, 0.2))

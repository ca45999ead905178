"""A shore: sea to the horizon, lines of foam, wet and dry sand, and palm leaves from a corner."""

import math

import numpy as np

from libs.common.providers.local import sky
from libs.common.providers.local.canvas import Dice, Plan, over, shade, shine, smooth, tint
from libs.common.providers.local.colour import WHITE, Plane, Planes, Ramp, from_hex, lit, mix
from libs.common.providers.local.easel import Easel, Points, curve, placed, ribbon
from libs.common.providers.local.noise import fbm, line
from libs.common.providers.local.palettes import Light
from libs.common.providers.local.scenes.coast import SAND, above

LEAFLETS = 24


def paint(plan: Plan) -> Planes:
    """From the sky down to the sand, which climbs toward one side; now and then from straight above."""
    frame, dice = plan.frame, plan.dice.named("beach")
    aerial = dice.named("aerial").chance(0.3) and plan.palette.light_kind is Light.DAY
    if plan.says("aerial", "drone", "above") or (aerial and not plan.says("palm", "palms", "palm trees", "palm tree")):
        return above(plan)
    horizon = float(round(frame.height * dice.between(0.36, 0.48)))
    disc = sky.place_disc(plan, horizon, low=plan.palette.light_kind is Light.GLOW)
    canvas = sky.gradient(plan, horizon)
    if plan.palette.light_kind is Light.NIGHT:
        sky.stars(canvas, frame, plan.dice.named("stars"), floor=horizon)
    sky.halo(canvas, plan, disc)
    sky.sun(canvas, plan, disc)
    sky.clouds(canvas, plan, horizon, disc, amount=1.2)
    if dice.chance(0.6):
        _headland(canvas, plan, dice.named("headland"), horizon)
    shore = _shore(plan, dice, horizon)
    _sea(canvas, plan, dice, horizon, shore)
    _sand(canvas, plan, dice, shore)
    if plan.shows("palms", "palm", "trees") and (dice.chance(0.75) or plan.says("palm", "palms", "tropical")):
        _palms(canvas, plan, dice.named("palms"))
    return canvas


def _headland(canvas: Planes, plan: Plan, dice: Dice, horizon: float) -> None:
    frame, unit = plan.frame, plan.frame.unit
    centre = frame.width * dice.pick((0.05, 0.95))
    bump = np.exp(-(((frame.x[0] - centre) / (unit * 0.6)) ** 2))
    top = horizon - (line(frame.width, unit * 0.18, dice, octaves=5) * 0.4 + 0.8) * bump * unit * 0.1
    tint(
        canvas,
        mix(plan.palette.haze, plan.palette.deep, 0.4),
        np.clip(frame.y - top[None, :].astype(np.float32) + 0.5, 0, 1),
    )


def _shore(plan: Plan, dice: Dice, horizon: float) -> Plane:
    """The row where the water ends, for every column."""
    frame, unit = plan.frame, plan.frame.unit
    lean = dice.between(-0.16, 0.16) * frame.height
    middle = horizon + (frame.height - horizon) * dice.between(0.42, 0.6)
    wave = line(frame.width, unit * dice.between(0.45, 0.8), dice.named("shore"), octaves=3, gain=0.3) * unit * 0.05
    out: Plane = (middle + lean * (frame.x[0] / frame.width - 0.5) + wave)[None, :].astype(np.float32)
    return np.maximum(out, np.float32(horizon + unit * 0.12))


def _sea(canvas: Planes, plan: Plan, dice: Dice, horizon: float, shore: Plane) -> None:
    """Deep at the horizon, pale and clear where it runs out."""
    frame, unit, palette = plan.frame, plan.frame.unit, plan.palette
    depth = np.clip((frame.y - np.float32(horizon)) / np.maximum(shore - np.float32(horizon), 1), 0, 1)
    ripple = fbm(frame.shape, unit * 0.02, dice.named("ripple"), octaves=4, wide=5, gain=0.6)
    far = mix(palette.deep, palette.mid, 0.45)
    clear = mix(mix(palette.mid, palette.light, 0.6), SAND, 0.12)
    stops = (far, mix(far, palette.mid, 0.7), palette.mid, mix(palette.mid, clear, 0.55), clear)
    paint = Ramp(stops).paint(depth**0.8 + ripple * np.float32(0.05) * (0.4 + depth))
    over(canvas, paint, np.clip(frame.y - np.float32(horizon) + 0.5, 0, 1))
    for number, share in enumerate((0.55, 0.78, 0.92)):
        own = dice.named(f"breaker{number}")
        at = np.float32(horizon) + (shore - np.float32(horizon)) * np.float32(share)
        at = at + (line(frame.width, unit * 0.3, own, octaves=3) * unit * 0.012)[None, :].astype(np.float32)
        broken = line(frame.width, unit * 0.16, own.named("gaps"), octaves=2)[None, :].astype(np.float32)
        thick = np.float32(unit * (0.003 + 0.006 * share)) * (0.6 + 0.6 * np.clip(broken + 0.3, 0, 1))
        crest = np.exp(-(((frame.y - at) / thick) ** 2)) * smooth(-0.35, 0.2, broken)
        tint(canvas, mix(palette.light, WHITE, 0.7), np.clip(crest * (0.6 + 0.3 * ripple), 0, 1) * np.float32(0.85))
        shade(canvas, np.exp(-(((frame.y - at - thick * 2.4) / (thick * 1.6)) ** 2)) * np.float32(0.1), palette.mid)


def _sand(canvas: Planes, plan: Plan, dice: Dice, shore: Plane) -> None:
    """Foam at the edge, a dark wet strip behind it, then dry sand with soft dents."""
    frame, unit, palette = plan.frame, plan.frame.unit, plan.palette
    night = palette.light_kind is Light.NIGHT
    below = frame.y - shore
    dry = mix(SAND, palette.deep, 0.62) if night else mix(SAND, palette.light, 0.35)
    if palette.light_kind is Light.GLOW:
        dry = mix(mix(SAND, palette.accent, 0.3), palette.deep, 0.1)
    wet = mix(mix(dry, palette.deep, 0.3), palette.haze, 0.22)
    dents = fbm(frame.shape, unit * 0.09, dice.named("dents"), octaves=5, gain=0.55, wide=2.2)
    speck = dice.named("speck").rng.normal(0, 0.016, frame.shape).astype(np.float32)
    dryness = smooth(unit * 0.05, unit * 0.13, below + dents * np.float32(unit * 0.02))
    field = dryness * np.float32(0.74) + dents * np.float32(0.12) * (0.3 + dryness) + speck * plan.texture
    over(canvas, Ramp((wet, mix(wet, dry, 0.4), dry, lit(dry, 0.05))).paint(field), np.clip(below + 0.5, 0, 1))
    lace = fbm(frame.shape, unit * 0.018, dice.named("lace"), octaves=3, wide=1.8)
    for away, thick, strength in ((0.0, 0.008, 0.95), (-0.03, 0.02, 0.4), (0.02, 0.005, 0.35)):
        band = np.exp(
            -(((below - np.float32(away * unit) + lace * np.float32(unit * 0.006)) / np.float32(unit * thick)) ** 2)
        )
        tint(canvas, mix(palette.light, WHITE, 0.8), band * np.clip(0.75 + lace * 0.9, 0, 1) * np.float32(strength))
    shine(
        canvas,
        palette.haze,
        np.exp(-((below - unit * 0.035) ** 2) / np.float32((unit * 0.025) ** 2)) * np.float32(0.18),
    )


def _palms(canvas: Planes, plan: Plan, dice: Dice) -> None:
    """Fronds that hang in from an upper corner, and their shadow on the sand."""
    frame, unit = plan.frame, plan.frame.unit
    right = dice.chance(0.5) if plan.focus is None else plan.focus > 0.5
    x, y = (frame.width + unit * 0.06 if right else -unit * 0.06), -unit * dice.between(0.0, 0.1)
    easel = Easel(canvas, frame)
    dark = mix(lit(plan.palette.deep, -0.03), from_hex("#1c4a2c"), 0.35)
    for number in range(dice.count(3, 5)):
        turn = math.pi * (0.62 if right else 0.38) + (number - 1.5) * 0.26 + dice.between(-0.1, 0.1)
        leaves = _frond(x, y, unit * dice.between(0.42, 0.62), turn, droop=0.5 if right else -0.5)
        tone = lit(dark, 0.025 * number)
        ground = [leaflet * np.array([1.0, 0.25]) + np.array([0, frame.height * 0.86]) for leaflet in leaves]
        easel.soft(ground, mix(plan.palette.deep, SAND, 0.35), unit * 0.012, 0.16)
        easel.fill(leaves, tone)


def _frond(x: float, y: float, long: float, turn: float, *, droop: float) -> list[Points]:
    """A palm leaf: leaflets along a bent rib, as pixel outlines."""
    rib = placed(curve((0, 0), (0.5, -0.1 * droop), (1, droop * 0.8)), x, y, turn, long)
    slope = np.gradient(rib, axis=0)
    out: list[Points] = [ribbon(rib, np.linspace(long * 0.014, long * 0.003, len(rib)))]
    for number in range(LEAFLETS):
        share = 0.1 + 0.9 * number / LEAFLETS
        at = int(share * (len(rib) - 1))
        ahead = math.atan2(slope[at][1], slope[at][0])
        reach = long * 0.42 * math.sin(math.pi * min(share * 0.82 + 0.12, 1.0)) + long * 0.03
        for side in (-1, 1):
            t = np.linspace(0, 1, 9)
            spine = np.stack([t * reach, 0.22 * side * reach * t**2], 1)
            half = np.sin(math.pi * np.clip(t * 0.92 + 0.08, 0, 1)) * reach * 0.034
            shape = np.concatenate([spine + np.stack([0 * t, half], 1), (spine - np.stack([0 * t, half], 1))[::-1]])
            out.append(placed(shape, float(rib[at][0]), float(rib[at][1]), ahead + side * (0.95 - 0.5 * share)))
    return out

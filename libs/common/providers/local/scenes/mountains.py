"""Mountain ranges in true perspective: ridged rock, snow, haze, and a line of pines in front."""

import numpy as np

from libs.common.providers.local import sky, terrain
from libs.common.providers.local.canvas import Dice, Plan, over, smooth, tint
from libs.common.providers.local.colour import Lab, Plane, Planes, lit, mix, rgb
from libs.common.providers.local.noise import fbm, ridged
from libs.common.providers.local.palettes import Light, Palette
from libs.common.providers.local.scenes.water import mirror
from libs.common.providers.local.trees import pine_row

FAR = 11.0


def paint(plan: Plan) -> Planes:
    """The sky, the range, valley mist, and the pines."""
    frame, dice = plan.frame, plan.dice.named("mountains")
    horizon = frame.height * dice.between(0.5, 0.64)
    canvas = _view(plan, dice, horizon)
    if plan.shows("trees", "pines") and dice.chance(0.8):
        _pines(canvas, plan, dice)
    return canvas


def lake(plan: Plan) -> Planes:
    """The range above its own reflection."""
    frame, dice = plan.frame, plan.dice.named("lake")
    shore = round(frame.height * dice.between(0.56, 0.68))
    canvas = _view(plan, dice, shore - frame.unit * 0.02)
    dark = lit(mix(plan.palette.deep, plan.palette.haze, 0.25), -0.04)
    tint(canvas, dark, pine_row(frame, dice.named("far"), shore - frame.unit * 0.008, frame.unit * 0.05))
    mirror(canvas, plan, dice, shore, calm=dice.between(0.15, 0.6))
    return canvas


def _view(plan: Plan, dice: Dice, horizon: float) -> Planes:
    """The sky and the range."""
    frame = plan.frame
    disc = sky.place_disc(plan, horizon)
    canvas = sky.gradient(plan, horizon)
    if plan.palette.light_kind is Light.NIGHT:
        sky.stars(canvas, frame, plan.dice.named("stars"), density=0.8, floor=horizon)
    sky.halo(canvas, plan, disc)
    sky.sun(canvas, plan, disc)
    sky.clouds(canvas, plan, horizon * 0.95, disc)
    _range(canvas, plan, dice, horizon, sun_left=disc.x < frame.width / 2)
    return canvas


def _range(canvas: Planes, plan: Plan, dice: Dice, horizon: float, *, sun_left: bool) -> None:
    frame = plan.frame
    eye = terrain.Eye(dice.between(0.55, 0.9), FAR, 12.0, horizon, frame.unit * dice.between(0.95, 1.25))
    height = _heights(plan, dice, eye)
    light, slope = terrain.relief(height, eye, sun_left=sun_left, steep=dice.between(0.45, 0.7), soften=0.12)
    seen = terrain.look(frame, eye, height, light, slope)
    colours = _rock(plan, seen, float(height.max()), dice)
    land, mask = terrain.project(frame, eye, seen, colours)
    over(canvas, land, mask)


def _heights(plan: Plan, dice: Dice, eye: terrain.Eye) -> Plane:
    """Low hills near the eye, one leading peak on a third, lesser ones behind."""
    side = terrain.MAP_SIDE
    texel = eye.span / side
    octaves = 7 if plan.texture > 0 else 3
    rough = ridged((side, side), side * dice.between(0.2, 0.28), dice.named("rock"), octaves=octaves, gain=0.47)
    hills = fbm((side, side), side * 0.12, dice.named("hills"), octaves=4) * 0.12
    z = (np.arange(side, dtype=np.float32) * np.float32(texel))[:, None]
    x = (np.arange(side, dtype=np.float32) * np.float32(texel) - np.float32(eye.span / 2))[None, :]
    rise = smooth(2.2, dice.between(6.5, 8.0), z)
    lead_z, lead_x = dice.between(5.0, 6.5), _across(plan, dice) + dice.between(-0.5, 0.5)
    lead = np.exp(-(((x - lead_x) / 1.3) ** 2 + ((z - lead_z) / 1.3) ** 2))
    height = rough * (0.25 + rise * dice.between(1.9, 2.5) + lead * dice.between(0.8, 1.25)) + hills
    return (height - np.float32(0.15)).astype(np.float32)


def _across(plan: Plan, dice: Dice) -> float:
    """Where the leading peak stands, in world units."""
    if plan.focus is None or abs(plan.focus - 0.5) < 0.1:
        return dice.pick((-1.3, 1.3))
    return 1.5 if plan.focus > 0.5 else -1.5


def _rock(plan: Plan, seen: terrain.Seen, tallest: float, dice: Dice) -> Planes:
    """Shadow to sunlit rock, snow where it is high and not steep, distance last."""
    palette = plan.palette
    dark, bright = _rock_colours(palette)
    light = np.clip(seen.light * 1.2, 0, 1)
    planes = rgb(dark) + (rgb(bright) - rgb(dark)) * light
    meadow = smooth(1.0, 0.15, seen.height) * smooth(0.5, 0.2, seen.slope) * np.float32(0.7)
    grass = rgb(palette.deep) + (rgb(mix(palette.mid, palette.deep, 0.3)) - rgb(palette.deep)) * light
    planes = planes + (grass - planes) * meadow
    if dice.chance(0.75) or palette.name == "winter":
        line = tallest * (dice.between(0.3, 0.45) if palette.name != "winter" else 0.18)
        snow = smooth(line, line * 1.5, seen.height) * smooth(0.62, 0.35, seen.slope)
        bright_snow = mix(palette.light, palette.sun, 0.5)
        shadow_snow = mix(palette.light, palette.mid, 0.6)
        white = rgb(shadow_snow) + (rgb(bright_snow) - rgb(shadow_snow)) * light
        planes = planes + (white - planes) * snow
    fog = 1 - np.exp(-((seen.z / np.float32(FAR)) ** 1.7) * np.float32(1.5))
    valley = smooth(0.9, 0.0, seen.height) * smooth(1.5, 6.0, seen.z) * np.float32(0.75)
    amount = np.maximum(fog * 0.9, valley)
    out: Planes = (planes + (rgb(palette.haze) - planes) * amount).astype(np.float32)
    return out


def _rock_colours(palette: Palette) -> tuple[Lab, Lab]:
    match palette.light_kind:
        case Light.NIGHT:
            return lit(palette.deep, 0.02), mix(palette.mid, palette.accent, 0.5)
        case Light.GLOW:
            return mix(palette.deep, palette.mid, 0.25), mix(palette.accent, palette.light, 0.2)
        case Light.DAY:
            return mix(palette.deep, palette.mid, 0.15), mix(palette.accent, palette.light, 0.3)


def _pines(canvas: Planes, plan: Plan, dice: Dice) -> None:
    frame, own = plan.frame, dice.named("pines")
    for share, dark in ((0.09, 0.35), (0.045, 0.0)):
        base = frame.height - frame.unit * share * own.between(0.4, 1.3)
        size = frame.unit * (0.075 + 0.05 * (1 - dark))
        mask = pine_row(frame, own.named(str(share)), base, size)
        tint(canvas, lit(mix(plan.palette.deep, plan.palette.haze, dark), -0.05 + dark * 0.05), mask)

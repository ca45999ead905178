"""Sand dunes with sharp crests, wind ripples and long shadows."""

import numpy as np

from libs.common.providers.local import sky, terrain
from libs.common.providers.local.canvas import Dice, Plan, over, smooth
from libs.common.providers.local.colour import Plane, Planes, lit, mix, rgb
from libs.common.providers.local.noise import fbm, warp
from libs.common.providers.local.palettes import Light

FAR = 12.0


def paint(plan: Plan) -> Planes:
    """A large low sun over rows of dunes."""
    frame, dice = plan.frame, plan.dice.named("dunes")
    horizon = frame.height * dice.between(0.42, 0.56)
    disc = sky.place_disc(plan, horizon)
    canvas = sky.gradient(plan, horizon)
    if plan.palette.light_kind is Light.NIGHT:
        sky.stars(canvas, frame, plan.dice.named("stars"), floor=horizon)
    sky.halo(canvas, plan, disc)
    sky.sun(canvas, plan, disc)
    sky.clouds(canvas, plan, horizon, disc, amount=0.6)
    eye = terrain.Eye(dice.between(0.8, 1.15), FAR, 12.0, horizon, frame.unit * dice.between(1.0, 1.3))
    height = _heights(plan, dice, eye)
    light, slope = terrain.relief(height, eye, sun_left=disc.x < frame.width / 2, steep=0.28, soften=0.07)
    seen = terrain.look(frame, eye, height, light, slope)
    land, mask = terrain.project(frame, eye, seen, _sand(plan, seen, dice))
    over(canvas, land, mask)
    return canvas


def _heights(plan: Plan, dice: Dice, eye: terrain.Eye) -> Plane:
    """Waves of sand bent by noise, each with a gentle and a steep side."""
    side = terrain.MAP_SIDE
    texel = np.float32(eye.span / side)
    shift = fbm((side, side), side * 0.3, dice.named("bend"), octaves=3)
    x = (np.arange(side, dtype=np.float32) * texel)[None, :]
    z = (np.arange(side, dtype=np.float32) * texel)[:, None]
    turn = dice.between(-0.9, 0.9)
    phase = (x * np.float32(np.sin(turn)) + z * np.float32(np.cos(turn))) * np.float32(dice.between(0.38, 0.55)) + shift
    wave = phase - np.floor(phase)
    crest = np.float32(dice.between(0.62, 0.74))
    profile = np.where(wave < crest, smooth(0, 1, wave / crest) ** 0.9, 1 - smooth(0, 1, (wave - crest) / (1 - crest)))
    size = 0.45 + 0.55 * fbm((side, side), side * 0.3, dice.named("size"), octaves=2)
    height = profile * size * dice.between(0.65, 0.95) * smooth(0.5, 3.5, z)
    bumps = fbm((side, side), side * 0.05, dice.named("bumps"), octaves=3) * 0.015
    return (
        warp((height + bumps).astype(np.float32), shift * 8, shift * 12)
        if plan.texture > 0
        else height.astype(np.float32)
    )


def _sand(plan: Plan, seen: terrain.Seen, dice: Dice) -> Planes:
    palette = plan.palette
    night = palette.light_kind is Light.NIGHT
    dark = mix(palette.deep, palette.mid, 0.45)
    middle = mix(palette.mid, palette.accent, 0.55)
    bright = mix(palette.accent, palette.light, 0.15 if night else 0.5)
    light = np.clip(seen.light * 1.35, 0, 1)
    if plan.texture > 0:
        ripple = np.sin(
            (seen.z * 26 + np.sin(seen.across * 3.1) * 3 + seen.height * 30) * np.float32(dice.between(0.8, 1.2))
        )
        light = np.clip(light + ripple * smooth(5.0, 1.5, seen.z) * np.float32(0.035), 0, 1)
    low = rgb(dark) + (rgb(middle) - rgb(dark)) * smooth(0, 0.55, light)
    planes = low + (rgb(bright) - low) * smooth(0.4, 1.0, light)
    fog = (1 - np.exp(-((seen.z / np.float32(FAR)) ** 1.5) * np.float32(1.3))) * np.float32(0.9)
    out: Planes = (planes + (rgb(lit(palette.haze, -0.02)) - planes) * fog).astype(np.float32)
    return out

"""A wood in the mist: ranks of pines, each paler than the one before it, and light between them."""

import numpy as np

from libs.common.providers.local import sky
from libs.common.providers.local.canvas import Plan, shine, smooth, tint
from libs.common.providers.local.colour import Planes, lit, mix
from libs.common.providers.local.noise import fbm, line
from libs.common.providers.local.palettes import Light
from libs.common.providers.local.trees import pine_row


def paint(plan: Plan) -> Planes:
    """Back to front: sky, far hills, ranks of trees with mist at their feet, rays of light."""
    frame, dice = plan.frame, plan.dice.named("forest")
    horizon = frame.height * dice.between(0.62, 0.75)
    disc = sky.place_disc(plan, horizon)
    canvas = sky.gradient(plan, horizon)
    if plan.palette.light_kind is Light.NIGHT:
        sky.stars(canvas, frame, plan.dice.named("stars"), floor=horizon)
    sky.halo(canvas, plan, disc, 1.3)
    sky.sun(canvas, plan, disc)
    sky.clouds(canvas, plan, horizon, disc, amount=0.5)
    _hills(canvas, plan, horizon)
    ranks = dice.count(4, 6)
    for rank in range(ranks):
        near = rank / (ranks - 1)
        own = dice.named(f"rank{rank}")
        base = horizon + (frame.height - horizon) * (near**1.2 * 0.98 - 0.12)
        size = frame.unit * (0.1 + 0.3 * near**1.3)
        tone = mix(mix(plan.palette.haze, plan.palette.mid, 0.45), lit(plan.palette.deep, -0.05), near**0.8)
        tint(canvas, tone, pine_row(frame, own, base, size, gap=0.26 + 0.1 * near))
        if near < 1:
            _mist(
                canvas, plan, own.between(-0.02, 0.02) * frame.unit + base + size * 0.25, size, 0.75 - 0.45 * near, rank
            )
    _rays(canvas, plan, disc)
    return canvas


def _hills(canvas: Planes, plan: Plan, horizon: float) -> None:
    frame = plan.frame
    for layer in range(2):
        own = plan.dice.named(f"hill{layer}")
        top = (
            horizon
            - frame.unit * (0.16 - 0.07 * layer)
            - line(frame.width, frame.unit * 0.6, own, octaves=5) * frame.unit * 0.08
        )
        mask = np.clip(frame.y - top[None, :].astype(np.float32) + 0.5, 0, 1)
        tint(canvas, mix(plan.palette.haze, plan.palette.mid, 0.25 + 0.2 * layer), mask)


def _mist(canvas: Planes, plan: Plan, row: float, reach: float, amount: float, rank: int) -> None:
    frame = plan.frame
    top, bottom = max(0, int(row - reach * 1.6)), min(frame.height, int(row + reach * 1.6))
    if bottom - top < 2:
        return
    rows = slice(top, bottom)
    fog = fbm((bottom - top, frame.width), frame.unit * 0.16, plan.dice.named(f"mist{rank}"), octaves=3, wide=3)
    bank = np.exp(-(((frame.y[rows] - np.float32(row)) / np.float32(reach * 0.6)) ** 2))
    tint(canvas, plan.palette.haze, np.clip(bank * (0.75 + 0.45 * fog) * np.float32(amount), 0, 1), rows)


def _rays(canvas: Planes, plan: Plan, disc: sky.Disc) -> None:
    if plan.palette.light_kind is Light.NIGHT or plan.texture <= 0:
        return
    frame = plan.frame
    dx, dy = frame.x - np.float32(disc.x), frame.y - np.float32(disc.y)
    angle = np.arctan2(dx, np.maximum(dy, 1e-3))
    own = plan.dice.named("rays")
    wave = sum(np.sin(angle * np.float32(own.between(9, 40)) + np.float32(own.between(0, 6.28))) for _ in range(4))
    distance = np.sqrt(dx * dx + dy * dy) / np.float32(frame.unit)
    fall = np.exp(-distance * 1.7) * smooth(0.0, 0.15, distance) * smooth(0.1, 0.6, np.cos(angle))
    shine(canvas, plan.palette.light, (smooth(0.2, 2.2, np.asarray(wave, np.float32)) * fall * 0.38).astype(np.float32))

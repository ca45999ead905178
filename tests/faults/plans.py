"""What a chaos run will do: one seed gives the same orders, faults and kills at the same times."""

import random
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from tests.faults.customer import Order
from tests.faults.orders import CREATIVE, MARKED_SEARCH, PATHS, RELIGHT, WARES
from tests.simulators.stability.behaviours import Behaviour
from tests.simulators.wavespeed.behaviours import Behaviour as Task

KILL_EVERY_S: Final = 2.0
FIRST_KILL_S: Final = 2.0
ORDERS_PER_S: Final = 4.0
FEW: Final = 100
"""A run of fewer orders is slower, so that it too sees many kills, and nobody in it is told to wait for a minute."""
ORDERS_PER_S_OF_FEW: Final = 2.0
FAULT_EVERY_S: Final = 3.0
SERVICES: Final = {"create": 5, "edit": 3, "upscale": 2}
"""How often each is asked, against the others."""
MODELS: Final = ("stability-core", "sd3.5-medium", "stability-ultra")


class Target(StrEnum):
    """What is killed. A process is killed with -9; a database connection is ended, or its backend killed with -9."""

    GATEWAY = "gateway"
    BILLING = "billing"
    CREATE = "create"
    EDIT = "edit"
    UPSCALE = "upscale"
    ASSETS = "assets"
    NATS = "nats"
    OBJECT_STORE = "object-store"
    CONNECTION = "connection"
    BACKEND = "backend"
    POSTGRES = "postgres"


WEIGHTS: Final = {
    Target.GATEWAY: 14,
    Target.BILLING: 14,
    Target.CREATE: 12,
    Target.EDIT: 12,
    Target.UPSCALE: 10,
    Target.ASSETS: 14,
    Target.NATS: 10,
    Target.OBJECT_STORE: 8,
    Target.CONNECTION: 12,
    Target.BACKEND: 4,
    Target.POSTGRES: 2,
}
MOODS: Final[tuple[tuple[str, StrEnum, float], ...]] = (
    ("stability", Behaviour.SLOW, 3.0),
    ("stability", Behaviour.DELAYED_AND_BILLED, 2.0),
    ("stability", Behaviour.RATE_LIMITED, 0.0),
    ("stability", Behaviour.MODERATED, 0.0),
    ("stability", Behaviour.INTERNAL_ERROR, 0.0),
    ("stability", Behaviour.BAD_GATEWAY, 0.0),
    ("stability", Behaviour.CUT_BEFORE, 0.0),
    ("stability", Behaviour.CUT_AFTER, 0.0),
    ("stability", Behaviour.HTML_200, 0.0),
    ("stability", Behaviour.TRUNCATED, 0.0),
    ("stability", Behaviour.FILTERED, 0.0),
    ("wavespeed", Task.LONG, 3.0),
    ("wavespeed", Task.SLOW, 2.0),
    ("wavespeed", Task.CUT_BEFORE, 0.0),
    ("wavespeed", Task.CUT_AFTER, 0.0),
    ("wavespeed", Task.GATEWAY_TIMEOUT, 0.0),
    ("wavespeed", Task.HTML_200, 0.0),
    ("wavespeed", Task.FAILED, 0.0),
    ("wavespeed", Task.FAILED_1200, 0.0),
    ("wavespeed", Task.FLAGGED, 0.0),
    ("wavespeed", Task.RESULT_GONE, 0.0),
)
"""How the vendors misbehave, with seconds for those who wait."""


@dataclass(frozen=True, slots=True)
class Kill:
    """One kill; `pick` in [0, 1) chooses among the database's connections."""

    at_s: float
    target: Target
    pick: float


@dataclass(frozen=True, slots=True)
class Mood:
    """One misbehaviour of a vendor, for one request."""

    at_s: float
    vendor: str
    behaviour: StrEnum
    seconds: float


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole run."""

    seed: int
    orders: tuple[Order, ...]
    kills: tuple[Kill, ...]
    moods: tuple[Mood, ...]
    seconds: float


def plan(seed: int, *, jobs: int) -> Plan:
    """The run of this seed and size."""
    dice = random.Random(seed)  # noqa: S311 -- replayed, not secret
    seconds = jobs / (ORDERS_PER_S_OF_FEW if jobs < FEW else ORDERS_PER_S)
    choice = [mood for mood in MOODS if jobs >= FEW or mood[1] is not Behaviour.RATE_LIMITED]
    orders = tuple(_order(dice, number, seconds) for number in range(jobs))
    kills = tuple(
        Kill(FIRST_KILL_S + number * KILL_EVERY_S, _target(dice), dice.random())
        for number in range(int(seconds / KILL_EVERY_S))
    )
    moods = tuple(
        Mood(number * FAULT_EVERY_S, vendor, behaviour, waits_s)
        for number in range(int(seconds / FAULT_EVERY_S))
        for vendor, behaviour, waits_s in [dice.choice(choice)]
    )
    return Plan(seed, tuple(sorted(orders, key=lambda one: one.at_s)), kills, moods, seconds)


def _target(dice: random.Random) -> Target:
    return dice.choices(tuple(WEIGHTS), tuple(WEIGHTS.values()))[0]


def _order(dice: random.Random, number: int, seconds: float) -> Order:
    name = f"order-{number}"
    words = f"{name}: a harbour at dusk"
    service = dice.choices(tuple(SERVICES), tuple(SERVICES.values()))[0]
    if service == "create":
        path, body = PATHS[service], _picture(dice, words)
    else:
        ware = dice.choice([one for one in (*WARES, MARKED_SEARCH, RELIGHT, CREATIVE) if one.service == service])
        path, body = ware.path, ware.body(words)
    return Order(
        name,
        dice.random() * seconds,
        body,
        path,
        key=name if dice.random() < 0.8 else None,
        waits=dice.random() < 0.2,
        cancel_after_s=dice.random() * 2 if dice.random() < 0.08 else None,
    )


def _picture(dice: random.Random, words: str) -> dict[str, Any]:
    """A request for pictures from words."""
    body: dict[str, Any] = {"prompt": words, "response_format": "url"}
    kind = dice.random()
    if kind < 0.2:
        body |= {"provider": "wavespeed", "model": "qwen-image", "width": 512, "height": 512}
        body["num_variations"] = dice.randint(1, 2)
    elif kind < 0.45:
        body |= {"provider": "stability", "model": dice.choice(MODELS), "width": 512, "height": 512}
        body["num_variations"] = dice.randint(1, 3)
    elif kind < 0.85:
        body |= {"provider": "fake", "width": 256, "height": 256, "num_variations": dice.choice((1, 1, 2))}
    else:
        body |= {"provider": "local", "width": 128, "height": 128}
    return body

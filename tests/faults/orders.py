"""What is ordered in these tests, one row for each service and class of provider, and how a job of it may end.

«Paid» is a vendor that bills, answers in one piece and knows no key of ours; «task» is one that bills and names a task.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Final

from PIL import Image

from libs.common.contracts.studio import MAKERS
from tests.support.pictures import file_of, photo

PATHS: Final = {name: f"/api/image-studio/{name}" for name in MAKERS}
SIDE_PX: Final = 64
"""Of the pictures that are given: the least that every vendor takes."""


class Vendor(StrEnum):
    """The classes of provider."""

    FREE = "free"
    PAID = "paid"
    TASK = "task"


@dataclass(frozen=True, slots=True)
class End:
    """How a job ended: its own row, the ledger, the library, the vendor's bill, the attempts."""

    state: str
    code: str | None
    charged: int
    assets: int
    billed: int
    attempts: tuple[str, ...]
    reservation: str


@dataclass(frozen=True, slots=True)
class Ware:
    """One thing that can be ordered, of which each order is one picture."""

    service: str
    vendor: Vendor
    price: int
    """Millicredits of one picture."""
    wish: Mapping[str, Any]
    seeded: bool = True
    """The vendor takes a seed, by which its bill is compared with our attempts; else it is counted."""
    masked: bool = False

    @property
    def path(self) -> str:
        """Where it is ordered."""
        return PATHS[self.service]

    @property
    def name(self) -> str:
        """As a test is called."""
        return f"{self.service}-{self.vendor}"

    def at(self, point: str) -> str:
        """A step of its own service's work, as it is called there."""
        return f"{self.service}.{point}"

    def body(self, words: str) -> dict[str, Any]:
        """A request for it; `words` are the prompt, where it has one."""
        told: dict[str, Any] = {"prompt": words, "response_format": "url", **self.wish}
        if self.service != "create":
            told["image_base64"] = _given()
        return told | ({"mask_base64": _mask()} if self.masked else {})

    def delivered(self) -> End:
        """One picture, paid once, billed by the vendor once if it bills at all."""
        return End("succeeded", None, self.price, 1, int(self.vendor is not Vendor.FREE), ("stored",), "settled")


UNKNOWN: Final = "vendor_outcome_unknown"


def outcome_unknown(*, billed: int) -> End:
    """The answer died with the worker: not asked again, not charged."""
    return End("failed", UNKNOWN, 0, 0, billed, ("unknown",), "released")


REFUSED: Final = End("failed", "moderation_blocked", 0, 0, 0, ("refused",), "released")
WITHHELD: Final = End("failed", "moderation_output", 0, 0, 1, ("refused",), "released")
TASK_FAILED: Final = End("failed", "provider_broken", 0, 0, 0, ("failed",), "released")

_TO_SIZE: Final = {"target_width": 2 * SIDE_PX, "target_height": 2 * SIDE_PX}

WARES: Final = (
    Ware("create", Vendor.FREE, 4_000, {"provider": "fake", "width": 64, "height": 64}),
    Ware(
        "create",
        Vendor.PAID,
        3_000,
        {"provider": "stability", "model": "stability-core", "width": 256, "height": 256},
    ),
    Ware("create", Vendor.TASK, 2_000, {"provider": "wavespeed", "model": "qwen-image", "width": 256, "height": 256}),
    Ware("edit", Vendor.FREE, 0, {"operation": "adjust", "provider": "local", "options": {"brightness": 0.3}}),
    Ware("edit", Vendor.PAID, 4_000, {"operation": "inpaint", "provider": "stability"}, masked=True),
    Ware("edit", Vendor.TASK, 2_000, {"operation": "general_edit", "provider": "wavespeed", "model": "qwen-edit"}),
    Ware("upscale", Vendor.FREE, 0, {"mode": "fast", "provider": "local", **_TO_SIZE}),
    Ware("upscale", Vendor.PAID, 2_000, {"mode": "fast", "provider": "stability", **_TO_SIZE}, seeded=False),
    Ware("upscale", Vendor.TASK, 2_000, {"mode": "fast", "provider": "wavespeed", **_TO_SIZE}, seeded=False),
)
OF: Final = {(ware.service, ware.vendor): ware for ware in WARES}
CREATE: Final = {vendor: OF["create", vendor] for vendor in Vendor}
EDIT: Final = {vendor: OF["edit", vendor] for vendor in Vendor}
UPSCALE: Final = {vendor: OF["upscale", vendor] for vendor in Vendor}

# Vendors that name a task and never call: a name that was lost on the way is lost.
RELIGHT: Final = Ware(
    "edit",
    Vendor.TASK,
    6_000,
    {"operation": "relight", "provider": "stability", "options": {"light_direction": "left"}},
)
CREATIVE: Final = Ware("upscale", Vendor.TASK, 6_000, {"mode": "creative", "provider": "stability", **_TO_SIZE})
MARKED_SEARCH: Final = Ware(
    "edit",
    Vendor.PAID,
    4_000,
    {"operation": "search_replace", "search_prompt": "the boat", "provider": "stability"},
    masked=True,
)
"""Asked of one model and billed as another."""


@cache
def _given() -> str:
    return base64.b64encode(file_of(photo(SIDE_PX, SIDE_PX))).decode()


@cache
def _mask() -> str:
    mask = Image.new("L", (SIDE_PX, SIDE_PX), 0)
    mask.paste(255, (16, 16, 48, 48))
    return base64.b64encode(file_of(mask)).decode()

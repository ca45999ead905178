"""One row per vendor and model: the facts that routing, prices and limits are decided by."""

from dataclasses import dataclass, field
from typing import Final, NotRequired, TypedDict

from libs.common.providers.base import Handle

Span = tuple[float, float]
"""The lowest and the highest value that a model takes."""

CREATE, EDIT, UPSCALE = "create", "edit", "upscale"
"""Abilities: what a model does. Each has a table of rows, and its name begins the items of the price list."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Which pictures a model takes in, by their header; sides and areas in px, `ratio_max` long side to short side."""

    side_min_px: int = 1
    side_max_px: int = 16_384
    pixels_min: int = 1
    pixels_max: int = 50_000_000
    ratio_max: float = 16_384.0

    def problem(self, width: int, height: int) -> str | None:
        """What is wrong with a picture of this size, in words that follow «the picture»; nothing when it fits."""
        long, short, pixels = max(width, height), min(width, height), width * height
        if short < self.side_min_px or pixels < self.pixels_min:
            least = f"at least {self.side_min_px} a side and {self.pixels_min:,} in all are needed"
            return f"has {width} x {height} px: {least}"
        if long > self.side_max_px or pixels > self.pixels_max:
            most = f"at most {self.side_max_px:,} a side and {self.pixels_max:,} in all are taken"
            return f"has {width} x {height} px: {most}"
        if long > self.ratio_max * short:
            most = f"its long side may be at most {self.ratio_max:g} times the short one"
            return f"has the shape {width} x {height}: {most}"
        return None

    def fitted(self, width: int, height: int) -> tuple[int, int] | None:
        """The largest size of the same shape that is taken; nothing when scaling down does not help."""
        scale = min(1.0, self.side_max_px / max(width, height), (self.pixels_max / (width * height)) ** 0.5)
        size = max(1, int(width * scale)), max(1, int(height * scale))
        return size if self.problem(*size) is None else None


ANY_SIZE: Final = Limits()


@dataclass(frozen=True, slots=True)
class Row:
    """A model of a vendor. Amounts are millicredits a picture (1 credit = 1,000 = 0.01 USD)."""

    provider: str
    title: str
    """The vendor's name for people."""
    model: str
    name: str
    """The model's name for people."""
    handle: Handle
    price: int
    """What a customer who names this model pays."""
    cost: int
    """The vendor's own list price: what the house pays."""
    source: str
    """Where both figures come from."""
    read_on: str
    aliases: tuple[str, ...] = ()
    automatic: dict[str, int] = field(default_factory=dict)
    """Qualities, edit operations or upscale modes for which automatic choice may take this model, with its place in
    that order (the lowest is first)."""
    ability: str = CREATE
    also: tuple[str, ...] = ()
    """Operations that it does besides when it, or its provider, is asked for by name."""
    takes: Limits = ANY_SIZE
    """The pictures that can be given to it."""
    masks: bool = False
    """It reads a mask; with others the result is put together from the new picture inside and the old one outside."""
    references_max: int = 0
    """Further pictures that can go with the first."""
    native_styles: bool = False
    """The vendor understands Stability's style presets; others get every style as words."""
    negative_prompt: bool = False
    seeded: bool = True
    """The same seed makes the same picture."""
    guidance: Span | None = None
    steps: tuple[int, int] | None = None
    side_max_px: int = 1_024
    """The longest side that the model itself draws; larger pictures are scaled up from there."""
    pictures_max: int = 1
    """Pictures in one call."""
    timeout_s: float = 120.0
    """Bound of one whole attempt."""
    concurrency_max: int = 4
    """Attempts at once in one process."""
    rate: tuple[int, float] | None = None
    """So many calls in so many seconds, per vendor and process, below the vendor's own limit."""

    @property
    def billed(self) -> bool:
        """Whether a call may cost us money."""
        return self.handle is not Handle.NONE_NEEDED

    @property
    def item(self) -> str:
        """Its row in the price list when the customer asks for this model by name."""
        return f"{self.ability}.model.{self.model}"

    def serves(self, kind: str) -> bool:
        """Whether it does this operation or mode at all."""
        return kind in self.automatic or kind in self.also

    @property
    def key(self) -> str:
        """`provider/model`."""
        return f"{self.provider}/{self.model}"


_GUIDE: Final = "ALwrity cost guide, price of the model; equals the vendor's own list price"
_TEST_CASES: Final = "ALwrity's estimate (0.10 USD), as its worked sums have it; the vendor's model page for the cost"
_FREE_MODEL: Final = "ALwrity's estimate counts Hugging Face as free; about 0.025 USD a megapixel at the inference host"
PRICE_PAGE: Final = "the vendor's price page, rounded up to a whole credit"


class Account(TypedDict):
    """What holds for all rows of a vendor: its names, and what it allows an account like ours. A row says the rest."""

    provider: str
    title: str
    handle: NotRequired[Handle]
    concurrency_max: NotRequired[int]
    rate: NotRequired[tuple[int, float]]


class TimedAccount(Account):
    """One whose models all take as long."""

    timeout_s: float


class OwnMachine(Account):
    """One on which the operator has a single model, and pays nobody for it."""

    model: str
    name: str
    price: int
    cost: int
    source: str
    read_on: str


STABILITY: Final[Account] = {"provider": "stability", "title": "Stability AI", "rate": (100, 10.0)}
WAVESPEED: Final[TimedAccount] = {
    "provider": "wavespeed",
    "title": "WaveSpeed AI",
    "handle": Handle.TASK_ID,
    # What the vendor allows an account of its lowest level.
    "concurrency_max": 3,
    "rate": (10, 60.0),
    "timeout_s": 180.0,
}
HUGGING_FACE: Final[Account] = {"provider": "huggingface", "title": "Hugging Face", "handle": Handle.NOTHING}
GEMINI: Final[Account] = {"provider": "gemini", "title": "Google Gemini", "handle": Handle.NOTHING}
OWN_SERVER: Final[OwnMachine] = {
    "provider": "openai_compatible",
    "title": "Your own server",
    "model": "self-hosted",
    "name": "Your own image server",
    "handle": Handle.NOTHING,
    "price": 0,
    "cost": 0,
    "source": "ours: made on the operator's own machines",
    "read_on": "2026-11-21",
    "concurrency_max": 2,
}
OFFLINE_ENGINE: Final[OwnMachine] = {
    "provider": "local",
    "title": "Offline engine",
    "model": "local",
    "name": "Offline engine",
    "handle": Handle.NONE_NEEDED,
    "price": 0,
    "cost": 0,
    "source": "ours: made on the operator's own machines",
    "read_on": "2026-11-21",
    "concurrency_max": 2,
}


def _stability(model: str, name: str, price: int, **more: object) -> Row:
    facts = {**STABILITY, "native_styles": True, "negative_prompt": True, "side_max_px": 1_536, **more}
    return Row(
        model=model,
        name=name,
        handle=Handle.NOTHING,
        price=price,
        cost=price,
        source=_GUIDE,
        read_on="2026-08-14",
        **facts,  # type: ignore[arg-type]
    )


_CFG: Final = (1.0, 10.0)

TABLE: Final = (
    _stability(
        "stability-core",
        "Stable Image Core",
        3_000,
        aliases=("core",),
        automatic={"draft": 3, "standard": 1},
        side_max_px=1_920,
    ),
    _stability("stability-ultra", "Stable Image Ultra", 8_000, aliases=("ultra",), automatic={"premium": 1}),
    _stability(
        "sd3.5-large",
        "Stable Diffusion 3.5 Large",
        6_500,
        aliases=("sd3", "sd3.5"),
        automatic={"premium": 3},
        guidance=_CFG,
    ),
    _stability("sd3.5-large-turbo", "Stable Diffusion 3.5 Large Turbo", 4_000, guidance=_CFG),
    _stability("sd3.5-medium", "Stable Diffusion 3.5 Medium", 3_500, automatic={"standard": 3}, guidance=_CFG),
    _stability("sd3.5-flash", "Stable Diffusion 3.5 Flash", 2_500, automatic={"draft": 4}, guidance=_CFG),
    Row(
        **WAVESPEED,
        model="ideogram-v3-turbo",
        name="Ideogram V3 Turbo",
        price=10_000,
        cost=3_000,
        source=_TEST_CASES,
        read_on="2026-08-14",
        aliases=("ideogram", "ideogram-ai/ideogram-v3-turbo"),
        automatic={"standard": 2, "premium": 2},
        seeded=False,
    ),
    Row(
        **WAVESPEED,
        model="qwen-image",
        name="Qwen Image",
        price=2_000,
        cost=2_000,
        source=_GUIDE,
        read_on="2026-08-14",
        aliases=("qwen", "wavespeed-ai/qwen-image/text-to-image"),
        automatic={"draft": 1, "standard": 4},
        side_max_px=1_536,
    ),
    Row(
        **WAVESPEED,
        model="flux-kontext-pro",
        name="FLUX.1 Kontext Pro",
        price=4_000,
        cost=4_000,
        source=PRICE_PAGE,
        read_on="2026-10-01",
        aliases=("wavespeed-ai/flux-kontext-pro/text-to-image",),
        seeded=False,
        guidance=(1.0, 20.0),
    ),
    Row(
        **WAVESPEED,
        model="seedream-v4.5",
        name="Seedream 4.5",
        price=4_000,
        cost=4_000,
        source=PRICE_PAGE,
        read_on="2026-10-01",
        aliases=("seedream", "bytedance/seedream-v4.5"),
        seeded=False,
        side_max_px=4_096,
    ),
    Row(
        **HUGGING_FACE,
        model="black-forest-labs/FLUX.1-Krea-dev",
        name="FLUX.1 Krea",
        price=0,
        cost=2_500,
        source=_FREE_MODEL,
        read_on="2026-08-14",
        aliases=("flux", "FLUX.1-Krea-dev"),
        automatic={"draft": 2, "standard": 6},
        guidance=(0.0, 20.0),
        steps=(1, 50),
        side_max_px=1_536,
    ),
    Row(
        **HUGGING_FACE,
        model="black-forest-labs/FLUX.1-dev",
        name="FLUX.1 dev",
        price=3_000,
        cost=2_500,
        source=PRICE_PAGE,
        read_on="2026-10-01",
        aliases=("FLUX.1-dev",),
        guidance=(0.0, 20.0),
        steps=(1, 50),
        side_max_px=1_536,
    ),
    Row(
        **GEMINI,
        model="gemini-3.1-flash-lite-image",
        name="Nano Banana 2 Lite",
        price=4_000,
        cost=3_360,
        source=PRICE_PAGE,
        read_on="2026-10-07",
        aliases=("imagen-3.0", "imagen-3.0-generate-001"),
        automatic={"standard": 5},
        seeded=False,
        side_max_px=1_584,
    ),
    Row(
        **GEMINI,
        model="gemini-3.1-flash-image",
        name="Nano Banana 2",
        price=7_000,
        cost=6_700,
        source=PRICE_PAGE,
        read_on="2026-10-07",
        automatic={"premium": 4},
        seeded=False,
        side_max_px=1_584,
    ),
    Row(
        **GEMINI,
        model="gemini-nano-banana-2.1",
        name="Nano Banana 2.1",
        price=4_000,
        cost=3_360,
        source=PRICE_PAGE,
        read_on="2026-10-07",
        seeded=False,
        side_max_px=1_584,
    ),
    Row(
        **GEMINI,
        model="gemini-3-pro-image",
        name="Nano Banana Pro",
        price=14_000,
        cost=13_400,
        source=PRICE_PAGE,
        read_on="2026-10-07",
        seeded=False,
        side_max_px=1_584,
    ),
    Row(
        **OWN_SERVER,
        automatic={"draft": 0, "standard": 0, "premium": 0},
        negative_prompt=True,
        guidance=(0.0, 20.0),
        steps=(1, 150),
        side_max_px=1_536,
        pictures_max=10,
        timeout_s=300.0,
    ),
    Row(
        "fake",
        "Test provider",
        "fake",
        "Test pictures",
        Handle.NONE_NEEDED,
        price=4_000,
        cost=0,
        source="ours: a test provider, priced like a standard picture",
        read_on="2026-11-21",
        side_max_px=4_096,
        concurrency_max=256,
        timeout_s=30,
    ),
    Row(
        **OFFLINE_ENGINE,
        automatic={"draft": 9, "standard": 9, "premium": 9},
        native_styles=True,
        side_max_px=4_096,
        timeout_s=60,
    ),
)

AUTO: Final = "auto"
LOCAL: Final = "local"
PROVIDERS: Final = tuple(dict.fromkeys(row.provider for row in TABLE))

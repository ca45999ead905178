"""One row per vendor and model that enlarges pictures. The keys of `automatic` and `also` are modes."""

from typing import Final

from libs.common.providers.base import Handle
from libs.common.providers.table import OFFLINE_ENGINE, OWN_SERVER, STABILITY, UPSCALE, WAVESPEED, Limits, Row

FAST, CONSERVATIVE, CREATIVE = "fast", "conservative", "creative"
MODES: Final = (FAST, CONSERVATIVE, CREATIVE)
RESULT_PIXELS_MAX: Final = 50_000_000
LOCAL_TAKES: Final = Limits(16, 8_192, 256, 12_600_000)
_ANY_VENDOR_TAKES: Final = Limits(32, 8_192, 1_024, 16_800_000)

_GUIDE: Final = "ALwrity cost guide for the price; the vendor's price page for the cost"


def _stability(model: str, name: str, price: int, cost: int, automatic: dict[str, int], **more: object) -> Row:
    facts = {**STABILITY, "handle": Handle.NOTHING, **more}
    return Row(
        model=model,
        name=name,
        price=price,
        cost=cost,
        source=_GUIDE,
        read_on="2026-08-14",
        automatic=automatic,
        ability=UPSCALE,
        **facts,  # type: ignore[arg-type]
    )


def _wavespeed(model: str, name: str, price: int, cost: int, automatic: dict[str, int]) -> Row:
    return Row(
        **WAVESPEED,
        model=model,
        name=name,
        price=price,
        cost=cost,
        source=_GUIDE,
        read_on="2026-08-14",
        automatic=automatic,
        ability=UPSCALE,
        takes=_ANY_VENDOR_TAKES,
        seeded=False,
        side_max_px=8_192,
    )


UPSCALES: Final = (
    _stability(
        "stability-fast",
        "Fast Upscale",
        2_000,
        2_000,
        {FAST: 1},
        takes=Limits(32, 1_536, 1_024, 1_048_576),
        seeded=False,
    ),
    # Stability's conservative and creative modes cost the house 40 and 60 credits where the customer pays 6: they serve
    # after WaveSpeed, whose model costs those 6, and alone only where no other is set up.
    _stability(
        "stability-conservative",
        "Conservative Upscale",
        6_000,
        40_000,
        {CONSERVATIVE: 2},
        takes=Limits(64, 16_384, 4_096, 9_437_184, 2.5),
        negative_prompt=True,
    ),
    _stability(
        "stability-creative",
        "Creative Upscale",
        6_000,
        60_000,
        {CREATIVE: 2},
        takes=Limits(64, 16_384, 4_096, 1_048_576),
        negative_prompt=True,
        native_styles=True,
        handle=Handle.TASK_ID,
        timeout_s=240.0,
    ),
    _wavespeed("image-upscaler", "Image Upscaler", 2_000, 1_000, {FAST: 2}),
    _wavespeed("ultimate-image-upscaler", "Ultimate Image Upscaler", 6_000, 6_000, {CONSERVATIVE: 1, CREATIVE: 1}),
    Row(
        **OWN_SERVER,
        automatic={FAST: 0},
        ability=UPSCALE,
        # Its models enlarge four times and nothing else: more than this would make more than anybody opens again.
        takes=Limits(32, 1_536, 1_024, 1_048_576),
        seeded=False,
        side_max_px=6_144,
        timeout_s=300.0,
    ),
    Row(
        **OFFLINE_ENGINE,
        automatic=dict.fromkeys(MODES, 9),
        ability=UPSCALE,
        takes=LOCAL_TAKES,
        side_max_px=16_384,
        timeout_s=120,
    ),
)

"""One row per vendor and model that changes pictures. The keys of `automatic` and `also` are edit operations."""

from typing import Final

from libs.common.catalogue.operations import BY_KEY, OPERATIONS
from libs.common.providers.base import Handle
from libs.common.providers.table import (
    EDIT,
    GEMINI,
    HUGGING_FACE,
    OFFLINE_ENGINE,
    OWN_SERVER,
    PRICE_PAGE,
    STABILITY,
    WAVESPEED,
    Limits,
    Row,
)

STABILITY_TAKES: Final = Limits(64, 16_384, 4_096, 9_437_184)
STABILITY_TAKES_SHAPED: Final = Limits(64, 16_384, 4_096, 9_437_184, 2.5)
_CUT_OUT_TAKES: Final = Limits(64, 16_384, 4_096, 4_194_304)
_ANY_VENDOR_TAKES: Final = Limits(64, 8_192, 4_096, 25_000_000)
"""Ours: the vendors state none; what is larger takes longer to send than to paint."""
LOCAL_TAKES: Final = Limits(16, 16_384, 256, 25_000_000)

_VENDOR: Final = "the vendor's price page; the customer pays the operation's price"
_MODELS: Final = "ALwrity's list of edit models, in whole credits"


def _stability(model: str, name: str, cost: int, operations: tuple[str, ...], **more: object) -> Row:
    facts = {**STABILITY, "handle": Handle.NOTHING, "takes": STABILITY_TAKES_SHAPED, **more}
    return Row(
        model=model,
        name=name,
        price=BY_KEY[operations[0]].price,
        cost=cost,
        source=_VENDOR,
        read_on="2026-08-14",
        automatic=dict.fromkeys(operations, 1),
        ability=EDIT,
        native_styles=True,
        negative_prompt=True,
        **facts,  # type: ignore[arg-type]
    )


def _wavespeed(model: str, name: str, price: int, cost: int, automatic: dict[str, int], **more: object) -> Row:
    facts = {**WAVESPEED, "takes": _ANY_VENDOR_TAKES, **more}
    return Row(
        model=model,
        name=name,
        price=price,
        cost=cost,
        source=_MODELS,
        read_on="2026-08-14",
        automatic=automatic,
        ability=EDIT,
        **facts,  # type: ignore[arg-type]
    )


_IN_WORDS: Final = ("general_edit", "inpaint", "search_replace", "search_recolor", "replace_background")


def _gemini(model: str, name: str, price: int, cost: int, automatic: dict[str, int]) -> Row:
    return Row(
        **GEMINI,
        model=model,
        name=name,
        price=price,
        cost=cost,
        source=PRICE_PAGE,
        read_on="2026-10-07",
        automatic=automatic,
        ability=EDIT,
        also=tuple(operation for operation in _IN_WORDS if operation not in automatic),
        takes=_ANY_VENDOR_TAKES,
        seeded=False,
        references_max=3,
        side_max_px=1_584,
    )


EDITS: Final = (
    _stability(
        "stability-remove-background",
        "Remove Background",
        5_000,
        ("remove_background",),
        takes=_CUT_OUT_TAKES,
        seeded=False,
    ),
    _stability("stability-inpaint", "Inpaint", 5_000, ("inpaint",), takes=STABILITY_TAKES, masks=True),
    _stability("stability-erase", "Erase", 5_000, ("erase",), takes=STABILITY_TAKES, masks=True),
    _stability("stability-outpaint", "Outpaint", 4_000, ("outpaint",)),
    # With a mask of the customer's own both go to the vendor's inpainting, for they take none.
    _stability("stability-search-replace", "Search and Replace", 5_000, ("search_replace",), masks=True),
    _stability("stability-search-recolor", "Search and Recolor", 5_000, ("search_recolor",), masks=True),
    _stability(
        "stability-relight",
        "Replace Background and Relight",
        8_000,
        ("relight", "replace_background"),
        handle=Handle.TASK_ID,
        timeout_s=240.0,
    ),
    _wavespeed("image-background-remover", "Background Remover", 3_000, 400, {"remove_background": 2}, seeded=False),
    _wavespeed(
        "ideogram-v3-turbo",
        "Ideogram V3 Turbo",
        4_000,
        3_000,
        {"inpaint": 2},
        aliases=("ideogram", "ideogram-ai/ideogram-v3-turbo"),
        masks=True,
        seeded=False,
    ),
    _wavespeed(
        "z-image-turbo-inpaint",
        "Z-Image Turbo Inpaint",
        4_000,
        2_000,
        {"inpaint": 3, "outpaint": 2},
        masks=True,
        seeded=False,
        side_max_px=1_536,
    ),
    _wavespeed("image-eraser", "Image Eraser", 3_000, 2_500, {"erase": 2}, masks=True, seeded=False),
    _wavespeed("bria-expand", "Bria Expand", 4_000, 4_000, {"outpaint": 3}, seeded=False),
    _wavespeed("bria-generate-background", "Bria Background", 6_000, 4_000, {"replace_background": 2}, seeded=False),
    _wavespeed(
        "qwen-edit",
        "Qwen Image Edit",
        2_000,
        2_000,
        {"general_edit": 1, "search_replace": 2, "search_recolor": 2},
        aliases=("wavespeed-ai/qwen-image/edit",),
        also=("inpaint", "replace_background"),
        side_max_px=1_536,
    ),
    _wavespeed(
        "qwen-edit-plus",
        "Qwen Image Edit Plus",
        2_000,
        2_000,
        {"general_edit": 2},
        aliases=("wavespeed-ai/qwen-image/edit-plus",),
        also=("search_replace", "search_recolor", "replace_background"),
        side_max_px=1_536,
        references_max=2,
    ),
    _wavespeed(
        "nano-banana-pro-edit-ultra",
        "Nano Banana Pro Edit Ultra",
        15_000,
        15_000,
        {},
        aliases=("google/nano-banana-pro/edit-ultra",),
        also=("general_edit", "search_replace", "search_recolor", "replace_background"),
        side_max_px=8_192,
        seeded=False,
        references_max=3,
    ),
    _wavespeed(
        "seedream-v4.5-edit",
        "Seedream 4.5 Edit",
        4_000,
        4_000,
        {"general_edit": 5},
        aliases=("bytedance/seedream-v4.5/edit",),
        also=("search_replace", "search_recolor", "replace_background"),
        side_max_px=4_096,
        seeded=False,
        references_max=3,
    ),
    _wavespeed(
        "flux-kontext-pro",
        "FLUX.1 Kontext Pro",
        4_000,
        4_000,
        {"general_edit": 6},
        aliases=("wavespeed-ai/flux-kontext-pro",),
        also=("inpaint", "search_replace", "search_recolor", "replace_background"),
        side_max_px=2_048,
        seeded=False,
        guidance=(1.0, 20.0),
    ),
    Row(
        **HUGGING_FACE,
        model="black-forest-labs/FLUX.1-Kontext-dev",
        name="FLUX.1 Kontext dev",
        price=3_000,
        cost=2_500,
        source="about 0.025 USD a megapixel at the inference host, rounded up to a whole credit",
        read_on="2026-10-01",
        aliases=("FLUX.1-Kontext-dev",),
        automatic={"general_edit": 3},
        ability=EDIT,
        also=("search_replace", "search_recolor"),
        takes=_ANY_VENDOR_TAKES,
        guidance=(0.0, 20.0),
        steps=(1, 50),
        side_max_px=1_536,
    ),
    _gemini(
        "gemini-3.1-flash-lite-image", "Nano Banana 2 Lite", 4_000, 3_360, {"general_edit": 4, "search_replace": 3}
    ),
    _gemini("gemini-3.1-flash-image", "Nano Banana 2", 7_000, 6_700, {}),
    _gemini("gemini-3-pro-image", "Nano Banana Pro", 14_000, 13_400, {}),
    Row(
        **OWN_SERVER,
        automatic={"general_edit": 0, "inpaint": 0},
        ability=EDIT,
        also=("search_replace", "search_recolor", "erase"),
        takes=_ANY_VENDOR_TAKES,
        masks=True,
        references_max=3,
        negative_prompt=True,
        guidance=(0.0, 20.0),
        steps=(1, 150),
        side_max_px=1_536,
        timeout_s=300.0,
    ),
    Row(
        **OFFLINE_ENGINE,
        automatic={operation.key: 9 for operation in OPERATIONS},
        ability=EDIT,
        takes=LOCAL_TAKES,
        masks=True,
        side_max_px=16_384,
        timeout_s=120,
    ),
)

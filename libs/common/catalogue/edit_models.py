"""Models that change a picture by instruction, as people choose them: what each is good at, and its class.
Their wire, limits and prices stand in the providers' table."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

SOURCE: Final = "ALwrity's list of edit models (commit 394f91a0); the vendors' pages for those beside it"
READ_ON: Final = "2026-08-14"

BUDGET, MID, PREMIUM = "budget", "mid", "premium"
TIERS: Final = (BUDGET, MID, PREMIUM)


@dataclass(frozen=True, slots=True)
class EditModel:
    """One model. `cost_usd` is what a picture costs whoever names it."""

    id: str
    name: str
    description: str
    cost_usd: float
    tier: str
    side_max_px: int
    capabilities: tuple[str, ...]
    use_cases: tuple[str, ...]
    features: tuple[str, ...] = ()
    cost_8k_usd: float | None = None
    multi_image: bool = False
    controlnet: bool = False
    languages: tuple[str, ...] = ("en",)


EDIT_MODELS: Final = (
    EditModel(
        "qwen-edit",
        "Qwen Image Edit",
        "Good edits at a low price; changes text in the picture, in English and Chinese.",
        0.02,
        BUDGET,
        1_536,
        ("general_edit", "style_transfer", "text_edit"),
        ("Quick changes", "Lettering", "Another style"),
        ("Bilingual",),
        languages=("en", "zh"),
    ),
    EditModel(
        "qwen-edit-plus",
        "Qwen Image Edit Plus",
        "As Qwen Image Edit, with up to three pictures at once.",
        0.02,
        BUDGET,
        1_536,
        ("general_edit", "multi_image", "style_transfer", "text_edit"),
        ("Bringing pictures together", "Keeping a character", "Lettering"),
        ("Several pictures", "Bilingual"),
        multi_image=True,
        controlnet=True,
        languages=("en", "zh"),
    ),
    EditModel(
        "nano-banana-pro-edit-ultra",
        "Nano Banana Pro Edit Ultra",
        "The highest resolution, up to 8K, and the surest lettering.",
        0.15,
        PREMIUM,
        8_192,
        ("general_edit", "multi_image", "high_resolution", "typography"),
        ("Print", "Large displays", "Posters with text"),
        ("4K and 8K", "Up to fourteen pictures"),
        cost_8k_usd=0.18,
        multi_image=True,
    ),
    EditModel(
        "seedream-v4.5-edit",
        "Seedream 4.5 Edit",
        "Portraits, fashion and products, up to 4K, with up to ten pictures.",
        0.04,
        MID,
        4_096,
        ("general_edit", "multi_image", "portrait"),
        ("Portraits", "Fashion", "Products"),
        ("Up to ten pictures",),
        multi_image=True,
    ),
    EditModel(
        "flux-kontext-pro",
        "FLUX.1 Kontext Pro",
        "Follows instructions closely and sets clean type; takes guidance.",
        0.04,
        MID,
        2_048,
        ("general_edit", "typography"),
        ("Typography", "Exact instructions"),
        ("Guidance from 1 to 20",),
    ),
)
BY_ID: Final[Mapping[str, EditModel]] = MappingProxyType({one.id: one for one in EDIT_MODELS})

_TIER_BONUS: Final[Mapping[str, Mapping[str, float]]] = {
    "free": {BUDGET: 50.0, MID: 20.0},
    "pro": {PREMIUM: 50.0, MID: 30.0},
    "enterprise": {PREMIUM: 50.0, MID: 30.0},
}
ALTERNATIVES_MAX: Final = 3


def ranked(
    side_px: int, *, tier: str | None, cheap: bool, fine: bool, models: tuple[EditModel, ...] = EDIT_MODELS
) -> tuple[EditModel, ...]:
    """The models that draw a side of so many px, the best first; with none of them the first of the table alone.

    ALwrity's score: what the price saves, what the size gives, and a bonus for the plan's own class; ties keep the
    table's order.
    """
    able = [one for one in models if one.side_max_px >= side_px]
    if not able:
        return models[:1]
    bonus = _TIER_BONUS.get(tier or "", {})

    def score(one: EditModel) -> float:
        saved = (100 if cheap else 50) / one.cost_usd
        return saved + one.side_max_px / (10 if fine else 20) + bonus.get(one.tier, 0.0)

    return tuple(sorted(able, key=score, reverse=True))


def why(model: EditModel, *, cheap: bool, fine: bool) -> str:
    """Why it is recommended, in a sentence."""
    if cheap:
        return f"{model.name} costs {model.cost_usd:.2f} USD a picture, the best value for this."
    if fine:
        return f"{model.name} draws up to {model.side_max_px} px, the best quality for this."
    return f"{model.name} balances price ({model.cost_usd:.2f} USD) and size (up to {model.side_max_px} px)."

"""The price list: one row for each thing a customer can be charged for. A change of any row raises VERSION."""

from dataclasses import dataclass
from typing import Final

VERSION: Final = "2026-11-21.1"
"""Stored on every reservation, so that an old charge can be explained."""


@dataclass(frozen=True, slots=True)
class Price:
    """What one delivered picture costs, in millicredits, and where the figure comes from."""

    item: str
    title: str
    unit_price: int
    source: str
    read_on: str


_GUIDE: Final = "ALwrity cost guide; the value its worked examples force"
_MODELS: Final = "ALwrity cost guide, price of the model; equals the vendor's own list price"
_RANGE: Final = "ALwrity cost guide, upper end of its range"
_FREE_MODEL: Final = "ALwrity cost guide: free models; its estimate counts Hugging Face as 0"
_OURS: Final = "ours: made on our own machines"
_TEST: Final = "ours: a test provider, priced like a standard picture"

PRICES: Final = (
    # The model is chosen by us: the quality has a price, whichever model serves it.
    Price("create.draft", "Draft picture", 2_000, _GUIDE, "2026-08-14"),
    Price("create.standard", "Standard picture", 4_000, _GUIDE, "2026-08-14"),
    Price("create.premium", "Premium picture", 6_000, _GUIDE, "2026-08-14"),
    # The customer chose the model.
    Price("create.model.stability-ultra", "Stable Image Ultra", 8_000, _MODELS, "2026-08-14"),
    Price("create.model.stability-core", "Stable Image Core", 3_000, _MODELS, "2026-08-14"),
    Price("create.model.sd3.5-large", "Stable Diffusion 3.5 Large", 6_500, _MODELS, "2026-08-14"),
    Price("create.model.sd3.5-large-turbo", "Stable Diffusion 3.5 Large Turbo", 4_000, _MODELS, "2026-08-14"),
    Price("create.model.sd3.5-medium", "Stable Diffusion 3.5 Medium", 3_500, _MODELS, "2026-08-14"),
    Price("create.model.sd3.5-flash", "Stable Diffusion 3.5 Flash", 2_500, _MODELS, "2026-08-14"),
    Price("create.model.ideogram-v3-turbo", "Ideogram V3 Turbo", 6_000, _RANGE, "2026-08-14"),
    Price("create.model.qwen-image", "Qwen Image", 2_000, _RANGE, "2026-08-14"),
    # Hugging Face's included credits pay for these. Google's image models have no free tier and the one that the
    # guide calls free is shut down, so they have no row, and are refused, until their adapter brings a real price.
    Price("create.model.black-forest-labs/FLUX.1-Krea-dev", "FLUX.1 Krea", 0, _FREE_MODEL, "2026-08-14"),
    Price("create.model.local", "Local studio", 0, _OURS, "2026-11-21"),
    Price("create.model.fake", "Test provider", 4_000, _TEST, "2026-11-21"),
)

BY_ITEM: Final = {price.item: price for price in PRICES}

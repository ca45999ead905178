"""One row per vendor and model: the facts that routing, prices and limits are decided by."""

from dataclasses import dataclass
from typing import Final

from libs.common.providers.base import Ability, Handle


@dataclass(frozen=True, slots=True)
class Row:
    """A model of a vendor. `item` names its row in the price list when the customer asks for this model by name."""

    provider: str
    model: str
    name: str
    ability: Ability
    handle: Handle
    item: str
    aliases: tuple[str, ...] = ()
    automatic: tuple[str, ...] = ()
    """Qualities for which automatic choice may take this model."""
    native_styles: bool = False
    """The vendor understands style presets; others get the style as words."""
    side_max_px: int = 4096
    timeout_s: float = 120.0
    """Bound of one whole attempt."""
    concurrency_max: int = 4
    """Attempts at once in one process."""

    @property
    def billed(self) -> bool:
        """Whether a call may cost us money."""
        return self.handle is not Handle.NONE_NEEDED

    @property
    def key(self) -> str:
        """`provider/model`."""
        return f"{self.provider}/{self.model}"


TABLE: Final = (
    Row(
        "stability",
        "sd3.5-medium",
        "Stable Diffusion 3.5 Medium",
        Ability.GENERATE,
        Handle.NOTHING,
        "create.model.sd3.5-medium",
        automatic=("standard",),
        native_styles=True,
    ),
    Row(
        "stability",
        "stability-core",
        "Stable Image Core",
        Ability.GENERATE,
        Handle.NOTHING,
        "create.model.stability-core",
        aliases=("core",),
        automatic=("draft", "standard"),
        native_styles=True,
    ),
    Row(
        "stability",
        "stability-ultra",
        "Stable Image Ultra",
        Ability.GENERATE,
        Handle.NOTHING,
        "create.model.stability-ultra",
        aliases=("ultra",),
        automatic=("premium",),
        native_styles=True,
    ),
    Row(
        "stability",
        "sd3.5-large",
        "Stable Diffusion 3.5 Large",
        Ability.GENERATE,
        Handle.NOTHING,
        "create.model.sd3.5-large",
        aliases=("sd3", "sd3.5"),
        automatic=("premium",),
        native_styles=True,
    ),
    Row(
        "stability",
        "sd3.5-large-turbo",
        "Stable Diffusion 3.5 Large Turbo",
        Ability.GENERATE,
        Handle.NOTHING,
        "create.model.sd3.5-large-turbo",
        native_styles=True,
    ),
    Row(
        "stability",
        "sd3.5-flash",
        "Stable Diffusion 3.5 Flash",
        Ability.GENERATE,
        Handle.NOTHING,
        "create.model.sd3.5-flash",
        native_styles=True,
    ),
    Row(
        "fake",
        "fake",
        "Test pictures",
        Ability.GENERATE,
        Handle.NONE_NEEDED,
        "create.model.fake",
        concurrency_max=256,
        timeout_s=30,
    ),
    Row(
        "local",
        "local",
        "Offline engine",
        Ability.GENERATE,
        Handle.NONE_NEEDED,
        "create.model.local",
        automatic=("draft", "standard", "premium"),
        native_styles=True,
        concurrency_max=2,
        timeout_s=60,
    ),
)

AUTO: Final = "auto"
LOCAL: Final = "local"
PROVIDERS: Final = tuple(dict.fromkeys(row.provider for row in TABLE))

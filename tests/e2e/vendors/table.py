"""The one table: how an order ends for whatever a vendor does, with the figures written out in its rows."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from tests.e2e.vendors.ends import Endings, Row, Sold
from tests.e2e.vendors.rows import gemini, huggingface, openai_compatible, stability, wavespeed
from tests.e2e.vendors.rows.huggingface import COLD, REPLICATE, TOGETHER
from tests.simulators.gemini.behaviours import Behaviour as GeminiBehaviour
from tests.simulators.huggingface.behaviours import Behaviour as HuggingFaceBehaviour
from tests.simulators.openai_compatible.behaviours import Behaviour as OpenAIBehaviour
from tests.simulators.stability.behaviours import Behaviour as StabilityBehaviour
from tests.simulators.wavespeed.behaviours import Behaviour as WaveSpeedBehaviour

UNREACHABLE, UNANSWERED = "unreachable", "unanswered"
"""Nobody listens at the vendor's address; somebody does and never takes a connection."""
SETUPS: Final = ("", REPLICATE, TOGETHER, COLD, UNREACHABLE, UNANSWERED)
"""The usual one first."""


def _with_unsent(endings: Endings, rows: tuple[Row, ...]) -> tuple[Sold, tuple[Row, ...]]:
    """The rows, and those of an order that never left the house: nobody has it, so nobody bills it."""
    unreachable = endings.failed((), "provider_unreachable", setup=UNREACHABLE)
    unanswered = endings.failed((), "provider_unreachable", setup=UNANSWERED, hurried=True)
    return endings.sold, (*rows, unreachable, unanswered)


TABLE: Final = (
    _with_unsent(stability.AT, stability.ROWS),
    _with_unsent(wavespeed.AT, wavespeed.ROWS),
    _with_unsent(huggingface.AT, huggingface.ROWS),
    _with_unsent(gemini.AT, gemini.ROWS),
    _with_unsent(openai_compatible.AT, openai_compatible.ROWS),
)
BEHAVIOURS: Final[Mapping[str, type[StrEnum]]] = {
    "stability": StabilityBehaviour,
    "wavespeed": WaveSpeedBehaviour,
    "huggingface": HuggingFaceBehaviour,
    "gemini": GeminiBehaviour,
    "openai_compatible": OpenAIBehaviour,
}
_OF_PICTURES_FROM_PICTURES: Final = (
    StabilityBehaviour.OTHER_SIZE,
    StabilityBehaviour.SUBMIT_202,
    StabilityBehaviour.ODD_ID,
    StabilityBehaviour.LONG,
    StabilityBehaviour.NEVER,
    StabilityBehaviour.TASK_FAILED,
    StabilityBehaviour.TASK_MODERATED,
    StabilityBehaviour.TASK_EXPIRED,
    StabilityBehaviour.NOT_FOUND,
    StabilityBehaviour.STILL_WORKING,
)
EXCEPTIONS: Final[Mapping[str, Mapping[StrEnum, str]]] = {
    "stability": dict.fromkeys(
        _OF_PICTURES_FROM_PICTURES, "only edits and enlargements meet it: shown with their adapters in tests/contracts"
    ),
    "huggingface": {
        HuggingFaceBehaviour.MAPPING_EMPTY: "ends like MAPPING_NONE_LIVE, and the hub's list is kept for an hour",
    },
}
"""Behaviours without a row, and why."""

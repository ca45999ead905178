"""Stability AI, REST v2beta."""

from typing import Final

from libs.common.providers.stability_facts import BALANCE_PATH
from tests.simulators.kit.vendor import Simulated, Terms
from tests.simulators.stability.vendor import NAME, Stability

POLL_S: Final = 0.1
"""Simulated tasks take a tenth of a second, not ten, and nobody minds being looked at."""


def _env(base_url: str) -> dict[str, str]:
    return {"STABILITY_API_KEY": Terms().api_key, "STABILITY_BASE_URL": base_url, "STABILITY_POLL_S": str(POLL_S)}


SIMULATED: Final = Simulated(NAME, Stability, _env, BALANCE_PATH)

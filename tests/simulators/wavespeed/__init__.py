"""WaveSpeed AI, API v3."""

from typing import Final

from libs.common.providers.wavespeed_facts import BALANCE_PATH
from tests.simulators.kit.vendor import Simulated, Terms
from tests.simulators.wavespeed.vendor import NAME, WaveSpeed
from tests.simulators.wavespeed.webhooks import SECRET

POLL_S: Final = 0.1
"""Simulated tasks take a tenth of a second, not ten."""


def _env(base_url: str) -> dict[str, str]:
    return {
        "WAVESPEED_API_KEY": Terms().api_key,
        "WAVESPEED_BASE_URL": base_url,
        "WAVESPEED_WEBHOOK_SECRET": SECRET,
        "WAVESPEED_POLL_S": str(POLL_S),
    }


SIMULATED: Final = Simulated(NAME, WaveSpeed, _env, BALANCE_PATH)

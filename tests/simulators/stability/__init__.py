"""Stability AI, REST v2beta."""

from typing import Final

from libs.common.providers.stability_facts import BALANCE_PATH
from tests.simulators.kit.vendor import Simulated, Terms
from tests.simulators.stability.vendor import NAME, Stability


def _env(base_url: str) -> dict[str, str]:
    return {"STABILITY_API_KEY": Terms().api_key, "STABILITY_BASE_URL": base_url}


SIMULATED: Final = Simulated(NAME, Stability, _env, BALANCE_PATH)

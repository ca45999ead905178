"""Google's Gemini API, image models."""

from typing import Final

from libs.common.providers.gemini_facts import MODELS_PATH
from tests.simulators.gemini.vendor import NAME, Gemini
from tests.simulators.kit.vendor import Simulated, Terms


def _env(base_url: str) -> dict[str, str]:
    return {"GEMINI_API_KEY": Terms().api_key, "GEMINI_BASE_URL": base_url}


SIMULATED: Final = Simulated(NAME, Gemini, _env, MODELS_PATH)

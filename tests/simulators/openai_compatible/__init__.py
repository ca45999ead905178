"""Servers of the operator's own that speak OpenAI's image API: vLLM-Omni, SGLang, LocalAI, and OpenAI itself."""

from typing import Final

from tests.simulators.kit.vendor import Simulated, Terms
from tests.simulators.openai_compatible.vendor import MODEL_SERVED, NAME, OpenAICompatible

USUAL: Final = "vllm_omni"


def _env(base_url: str) -> dict[str, str]:
    return {
        "OPENAI_COMPATIBLE_BASE_URL": f"{base_url}/{USUAL}/v1",
        "OPENAI_COMPATIBLE_API_KEY": Terms().api_key,
        "OPENAI_COMPATIBLE_IMAGE_MODEL": MODEL_SERVED,
        "OPENAI_COMPATIBLE_DIALECT": USUAL,
    }


SIMULATED: Final = Simulated(NAME, OpenAICompatible, _env, f"/{USUAL}/v1/models")

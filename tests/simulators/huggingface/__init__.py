"""Hugging Face: the router with five hosts behind it, and the hub under /hub."""

from typing import Final

from libs.common.providers.huggingface_facts import MAPPING_PATH, NAME
from tests.simulators.huggingface.vendor import HuggingFace, token
from tests.simulators.kit.vendor import Simulated, Terms


def _env(base_url: str) -> dict[str, str]:
    return {"HF_TOKEN": token(Terms()), "HF_BASE_URL": base_url, "HF_HUB_URL": f"{base_url}/hub"}


SIMULATED: Final = Simulated(NAME, HuggingFace, _env, f"/hub{MAPPING_PATH}black-forest-labs/FLUX.1-dev")

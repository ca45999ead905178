"""Who else can do an operation: the settings that bring a vendor for it, for the sentences of a refusal."""

from collections.abc import Mapping
from typing import Final

from libs.common.providers.edit_table import EDITS

VARIABLES: Final[Mapping[str, str]] = {
    "stability": "STABILITY_API_KEY",
    "wavespeed": "WAVESPEED_API_KEY",
    "gemini": "GEMINI_API_KEY",
    "huggingface": "HF_TOKEN",
    "openai_compatible": "OPENAI_COMPATIBLE_BASE_URL",
}
"""The one variable of each vendor that sets it up."""


def variables_for(operation: str) -> str:
    """The variables of the vendors that do this operation, as words of a sentence: «A, B or C»."""
    names = dict.fromkeys(row.provider for row in EDITS if row.serves(operation) and row.provider in VARIABLES)
    *first, last = (VARIABLES[name] for name in names)
    return f"{', '.join(first)} or {last}" if first else last

"""Raises an error of the house that no provider may raise."""

from libs.common.errors import InvalidInput
from libs.common.providers.base import EditAsk
from libs.common.providers.local.edits.changed import Changed


def edit(ask: EditAsk) -> Changed:
    """Complain as a gateway would."""
    raise InvalidInput(f"no {ask.operation}")

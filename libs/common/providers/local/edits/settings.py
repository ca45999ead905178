"""An operation's settings with their types; what is left out has the default of its row."""

from pydantic import JsonValue

from libs.common.catalogue.operations import BY_KEY
from libs.common.providers.base import EditAsk

Box = tuple[float, float, float, float]
"""Left, top, right and bottom, as shares of the picture."""


def number_of(ask: EditAsk, name: str) -> float:
    """The setting as a number; 0 when it has none."""
    value = _value(ask, name)
    return float(value) if isinstance(value, (int, float)) else 0.0


def text_of(ask: EditAsk, name: str) -> str | None:
    """The setting as a text, a choice or a colour; nothing when it has none."""
    value = _value(ask, name)
    return value if isinstance(value, str) and value.strip() else None


def choice_of(ask: EditAsk, name: str) -> str:
    """The setting as one of its choices."""
    return text_of(ask, name) or str(BY_KEY[ask.operation].options[name].default)


def flag_of(ask: EditAsk, name: str) -> bool:
    """The setting as yes or no."""
    return _value(ask, name) is True


def box_of(ask: EditAsk, name: str) -> Box | None:
    """The setting as a box; nothing when it has none."""
    value = _value(ask, name)
    if not isinstance(value, (list, tuple)) or len(value) != 4:
        return None
    left, top, right, bottom = (float(one) for one in value if isinstance(one, (int, float)))
    return left, top, right, bottom


def _value(ask: EditAsk, name: str) -> JsonValue:
    given = ask.options.get(name)
    return BY_KEY[ask.operation].options[name].default if given is None else given

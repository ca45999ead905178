"""What a template decides: only what the customer left open."""

from libs.common.catalogue.styles import BY_NAME
from libs.common.catalogue.templates import Quality, Template
from libs.common.errors import InvalidInput


def resolve_quality(asked: str | None, template: Template | None) -> str:
    """The quality asked for, or the template's, or `standard`.

    None means that the field was absent: an explicit `standard` is a wish like any other.
    """
    if asked is not None:
        return asked
    return template.quality if template else Quality.STANDARD


def resolve_style(asked: str | None, template: Template | None) -> str | None:
    """The style asked for, or the template's, or none. Raises InvalidInput for a style that we do not know."""
    if asked is not None:
        _refuse_unknown(asked)
        return asked
    return template.style_preset if template else None


def _refuse_unknown(style: str) -> None:
    if style not in BY_NAME:
        raise InvalidInput(
            f"There is no style of this name; choose one of: {', '.join(BY_NAME)}.",
            code="style_unknown",
            field="style_preset",
        )

"""What a template decides: only what the customer left open."""

from libs.common.catalogue.templates import Quality, Template


def resolve_quality(asked: str | None, template: Template | None) -> str:
    """The quality asked for, or the template's, or `standard`.

    None means that the field was absent: an explicit `standard` is a wish like any other.
    """
    if asked is not None:
        return asked
    return template.quality if template else Quality.STANDARD


def resolve_style(asked: str | None, template: Template | None) -> str | None:
    """The style asked for, or the template's, or none."""
    if asked is not None:
        return asked
    return template.style_preset if template else None

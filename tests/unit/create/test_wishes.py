"""What may be kept on the shelf is the same over HTTP and between services."""

from typing import Final

import pytest
from pydantic import BaseModel, ValidationError

from libs.common.catalogue.colours import CSS_NAMES
from libs.common.contracts import studio
from libs.common.contracts.pictures import Persona
from libs.common.contracts.studio import TemplateWish
from libs.common.errors import InvalidInput
from libs.common.prompting.colours import NAMES
from services.create.api.wishes import checked_persona
from services.gateway.api.studio_bodies import PersonaBody, TemplateBody

COLOURS: Final = ("#ABC", "#0A8484", " Deep   Teal ", "RebeccaPurple", *sorted(CSS_NAMES | set(NAMES)))
NO_COLOURS: Final = ("#12345", "banana phone", "vert", "red;}", "<b>", "\x00", "a" * (studio.COLOUR_MAX_CHARS + 1))

BOUNDS: Final = (
    (Persona, PersonaBody, "name", studio.NAME_MAX_CHARS),
    (Persona, PersonaBody, "voice", studio.VOICE_MAX_CHARS),
    (Persona, PersonaBody, "palette", studio.PALETTE_MAX),
    (Persona, PersonaBody, "forbidden_words", studio.FORBIDDEN_WORDS_MAX),
    (Persona, PersonaBody, "negative_prompt", studio.WORDS_MAX_CHARS),
    (TemplateWish, TemplateBody, "name", studio.NAME_MAX_CHARS),
    (TemplateWish, TemplateBody, "description", studio.DESCRIPTION_MAX_CHARS),
    (TemplateWish, TemplateBody, "use_cases", studio.USE_CASES_MAX),
    (TemplateWish, TemplateBody, "prompt_prefix", studio.WORDS_MAX_CHARS),
    (TemplateWish, TemplateBody, "negative_prompt", studio.WORDS_MAX_CHARS),
)


@pytest.mark.parametrize("colour", COLOURS)
def test_a_colour_that_is_taken_over_http_is_taken_by_the_service_as_the_same(colour: str) -> None:
    body = PersonaBody(name="A brand", palette=(colour,))

    assert checked_persona(Persona(name="A brand", palette=(colour,))).palette == body.palette


@pytest.mark.parametrize("text", NO_COLOURS)
def test_a_text_that_is_no_colour_over_http_is_none_for_the_service(text: str) -> None:
    with pytest.raises(ValidationError):
        PersonaBody(name="A brand", palette=(text,))
    with pytest.raises(InvalidInput) as refused:
        checked_persona(Persona(name="A brand", palette=(text,)))
    assert refused.value.field == "palette"


def test_what_is_said_of_a_text_that_is_no_colour_is_the_same() -> None:
    with pytest.raises(ValidationError) as over_http:
        PersonaBody(name="A brand", palette=("banana phone",))
    with pytest.raises(InvalidInput) as by_service:
        checked_persona(Persona(name="A brand", palette=("banana phone",)))

    [told] = over_http.value.errors()
    assert (by_service.value.error_code, by_service.value.detail) == (told["type"], told["msg"])


@pytest.mark.parametrize(("message", "body", "field", "bound"), BOUNDS, ids=lambda part: str(part)[:40])
def test_a_field_has_one_bound(message: type[BaseModel], body: type[BaseModel], field: str, bound: int) -> None:
    for model in (message, body):
        assert _bound(model, field) == bound


def _bound(model: type[BaseModel], field: str) -> int:
    """The greatest length of a field in the model's schema, in characters or entries."""
    shape = model.model_json_schema()["properties"][field]
    shapes = shape.get("anyOf", [shape])
    [found] = [one[key] for one in shapes for key in ("maxLength", "maxItems") if key in one]
    return int(found)

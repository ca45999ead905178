"""What callers send about templates, brand profiles, prompts and prices: bounded, nothing unknown, nothing coerced."""

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from libs.common.catalogue.colours import UNKNOWN, known
from libs.common.catalogue.templates import Category, Platform
from libs.common.contracts.studio import (
    COLOUR_MAX_CHARS,
    DESCRIPTION_MAX_CHARS,
    FORBIDDEN_WORD_MAX_CHARS,
    FORBIDDEN_WORDS_MAX,
    NAME_MAX_CHARS,
    PALETTE_MAX,
    QUERY_MAX_CHARS,
    USE_CASE_MAX_CHARS,
    USE_CASES_MAX,
    VOICE_MAX_CHARS,
    WORDS_MAX_CHARS,
)
from libs.common.strict_json import clean_name
from services.gateway.api.bodies import Body, Name, Prompt, Side, Text

OPERATIONS_MAX: Final = 50
IMAGES_MAX: Final = 100
TOKENS_MAX: Final = 10_000_000
MAC_MAX_CHARS: Final = 200


def _colour(text: str) -> str:
    colour = known(text)
    if colour is None:
        raise PydanticCustomError("colour_unknown", UNKNOWN, {"text": clean_name(text)})
    return colour


Title = Annotated[str, Field(min_length=1, max_length=NAME_MAX_CHARS)]
Search = Annotated[str, Field(min_length=1, max_length=QUERY_MAX_CHARS)]
Words = Annotated[str, Field(max_length=WORDS_MAX_CHARS)]
Use = Annotated[str, Field(min_length=1, max_length=USE_CASE_MAX_CHARS)]
Forbidden = Annotated[str, Field(min_length=1, max_length=FORBIDDEN_WORD_MAX_CHARS)]
Colour = Annotated[str, Field(min_length=1, max_length=COLOUR_MAX_CHARS), AfterValidator(_colour)]
Images = Annotated[int, Field(ge=1, le=IMAGES_MAX)]


class TemplatesQuery(Body):
    """Which templates to list; both filters apply."""

    platform: Platform | None = None
    category: Category | None = None


class TemplateSearchQuery(Body):
    """Words that must all occur in a template's name, description or use cases."""

    query: Search


class TemplateAdviceQuery(Body):
    """What the picture is for, and where it will be shown."""

    use_case: Search
    platform: Platform | None = None


class TemplateBody(Body):
    """A template of the workspace's own, whole: a change replaces all of it."""

    name: Title
    category: Category
    platform: Platform | None = None
    width: Side
    height: Side
    style_preset: Name | None = None
    quality: Literal["draft", "standard", "premium"] = "standard"
    description: Annotated[str, Field(max_length=DESCRIPTION_MAX_CHARS)] = ""
    use_cases: Annotated[tuple[Use, ...], Field(max_length=USE_CASES_MAX)] = ()
    prompt_prefix: Words | None = None
    negative_prompt: Words | None = None
    shared: bool = True
    """Whether everybody in the workspace sees it, or its owner only."""


class PersonaBody(Body):
    """A brand profile, whole: a change replaces all of it."""

    name: Title
    voice: Annotated[str, Field(max_length=VOICE_MAX_CHARS)] = ""
    palette: Annotated[tuple[Colour, ...], Field(max_length=PALETTE_MAX)] = ()
    forbidden_words: Annotated[tuple[Forbidden, ...], Field(max_length=FORBIDDEN_WORDS_MAX)] = ()
    negative_prompt: Words = ""
    default: bool = False


class EnhancePromptBody(Body):
    """Better a prompt without making a picture."""

    prompt: Prompt
    style_preset: Name | None = None
    template_id: Name | None = None
    negative_prompt: Text | None = None
    use_persona: bool = False
    persona_id: Name | None = None
    enhancer: Literal["rules", "model"] = "rules"


class PreflightOperation(Body):
    """One operation that a screen is about to ask for, in ALwrity's words."""

    provider: Name
    operation_type: Name
    model: Name | None = None
    tokens_requested: Annotated[int, Field(ge=0, le=TOKENS_MAX)] | None = None
    """Taken and not used: pictures are not priced by tokens."""
    actual_provider_name: Name | None = None
    """Taken and not used: `provider` decides."""
    num_images: Images = 1


class PreflightBody(Body):
    """May these operations be run, and what would they cost together?"""

    operations: Annotated[tuple[PreflightOperation, ...], Field(min_length=1, max_length=OPERATIONS_MAX)]


class CallbackQuery(Body):
    """The signed part of an address that we gave to a vendor."""

    mac: Annotated[str, Field(max_length=MAC_MAX_CHARS)] | None = None

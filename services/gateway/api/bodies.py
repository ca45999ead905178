"""What callers send: every field bounded, nothing unknown, nothing coerced."""

import re
import unicodedata
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError, to_json

from libs.common.contracts.pictures import PROMPT_MAX_CHARS, SEED_MAX, VARIATIONS_MAX

TEXT_MAX_BYTES: Final = 4 * PROMPT_MAX_CHARS + 2
"""As JSON: four bytes for any character but a control character, which takes six. Events carry a text three times."""
CURSOR_PAGE_MAX: Final = 100

_INVISIBLE: Final = re.compile(r"[\s\u200b-\u200f\u2060\ufeff\u00ad\u180e]+")


def _prompt(text: str) -> str:
    if not _INVISIBLE.sub("", text):
        raise PydanticCustomError("prompt_empty", "Describe the picture in a few words.")
    return _normal(text)


def _normal(text: str) -> str:
    normal = unicodedata.normalize("NFC", text)
    if len(normal) > PROMPT_MAX_CHARS:  # a few letters of some scripts become two
        raise PydanticCustomError("invalid_text", "The text is too long once it is brought to its normal form.")
    if len(to_json(normal)) > TEXT_MAX_BYTES:
        raise PydanticCustomError("invalid_text", "The text has too many control characters.")
    return normal


Prompt = Annotated[str, Field(max_length=PROMPT_MAX_CHARS, json_schema_extra={"minLength": 1}), AfterValidator(_prompt)]
Text = Annotated[str, Field(max_length=PROMPT_MAX_CHARS), AfterValidator(_normal)]
Name = Annotated[str, Field(max_length=100)]
"""A name from one of our tables, which says itself what it does not hold: its sentence helps, a pattern's does not."""
Cursor = Annotated[str, Field(max_length=100)]
Side = Annotated[int, Field(ge=64, le=4_096)]


class Body(BaseModel):
    """The base of every body: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, protected_namespaces=())


class CreateBody(Body):
    """Make pictures from a prompt."""

    prompt: Prompt
    template_id: Name | None = None
    provider: Name = "auto"
    model: Name | None = None
    width: Side | None = None
    height: Side | None = None
    aspect_ratio: Annotated[str, Field(max_length=20)] | None = None
    style_preset: Name | None = None
    quality: Literal["draft", "standard", "premium"] | None = None
    negative_prompt: Text | None = None
    guidance_scale: Annotated[float, Field(ge=0, le=30)] | None = None
    steps: Annotated[int, Field(ge=1, le=200)] | None = None
    seed: Annotated[int, Field(ge=0, le=SEED_MAX)] | None = None
    num_variations: Annotated[int, Field(ge=1, le=VARIATIONS_MAX)] = 1
    enhance_prompt: bool = True
    use_persona: bool = False
    persona_id: Annotated[str, Field(max_length=100)] | None = None
    response_format: Literal["b64", "url"] = "b64"
    enhancer: Literal["rules", "model"] = "rules"
    """Who betters the prompt: our rules, or the language model where one is set up."""
    max_credits: Annotated[float, Field(ge=0, le=1_000_000)] | None = None
    """Refuse the request, before anything is reserved or sent, when it would cost more."""


class EstimateBody(Body):
    """What would pictures cost?"""

    provider: Name
    model: Name | None = None
    operation: Annotated[str, Field(max_length=40)] = "generate"
    num_images: Annotated[int, Field(ge=1, le=100)] = 1
    width: Annotated[int, Field(ge=1, le=16_384)] | None = None
    height: Annotated[int, Field(ge=1, le=16_384)] | None = None
    template_id: Name | None = None
    quality: Literal["draft", "standard", "premium"] | None = None
    """Left out: the template's, else standard; the dearest where an automatic choice stands in for a named model."""


class JobsQuery(Body):
    """A page of jobs, newest first; `cursor` is the `next_cursor` of the page before."""

    limit: Annotated[int, Field(ge=1, le=CURSOR_PAGE_MAX)] = 20
    cursor: Cursor | None = None
    state: Literal["accepted", "queued", "running", "succeeded", "failed", "canceled", "expired"] | None = None


class AssetsQuery(Body):
    """Filters of the asset list, as ALwrity's frontend sends them."""

    asset_type: Annotated[str, Field(max_length=40)] | None = None
    source_module: Annotated[str, Field(max_length=60)] | None = None
    search: Annotated[str, Field(max_length=500)] | None = None
    tags: Annotated[str, Field(max_length=500)] | None = None
    favorites_only: bool = False
    date_from: Annotated[str, Field(max_length=40)] | None = None
    date_to: Annotated[str, Field(max_length=40)] | None = None
    status: Annotated[str, Field(max_length=40)] | None = None
    provider: Annotated[str, Field(max_length=100)] | None = None
    model: Annotated[str, Field(max_length=100)] | None = None
    job_id: Annotated[str, Field(max_length=40)] | None = None
    sort_by: Annotated[str, Field(max_length=40)] = "created_at"
    sort_order: Annotated[str, Field(max_length=10)] = "desc"
    limit: Annotated[int, Field(ge=1, le=500)] = 100
    offset: Annotated[int, Field(ge=0, le=1_000_000)] = 0


class StatementQuery(Body):
    """A page of the statement, newest first."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Cursor | None = None


class FileQuery(Body):
    """The signed part of a file link."""

    kind: Annotated[str, Field(pattern=r"^[a-z0-9.+-]{1,40}$")]
    until: Annotated[int, Field(ge=0)]
    signature: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{22}$")]

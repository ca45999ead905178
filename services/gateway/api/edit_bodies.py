"""What callers send to change or enlarge a picture: every field bounded, nothing unknown, nothing coerced."""

from typing import Annotated, Final, Literal

from pydantic import Field, JsonValue

from libs.common.contracts.edits import EXPAND_MAX_PX, REFERENCES_MAX
from libs.common.contracts.pictures import SEED_MAX
from services.gateway.api.bodies import Body, Name, Text

PICTURE_MAX_CHARS: Final = 60 * 1024 * 1024
"""Of one picture in base64; what is too large for a picture is refused with its own sentence long before."""
URL_MAX_CHARS: Final = 2_048
ASSET_MAX_CHARS: Final = 40
BATCH_MAX: Final = 20
"""Pictures of one batch: each is a job of its own."""
OPTIONS_MAX: Final = 32
STEPS_PAGE_MAX: Final = 100

Picture = Annotated[str, Field(max_length=PICTURE_MAX_CHARS)]
Url = Annotated[str, Field(max_length=URL_MAX_CHARS)]
AssetName = Annotated[str, Field(min_length=1, max_length=ASSET_MAX_CHARS)]
"""An asset's id, or its whole number."""
Margin = Annotated[int, Field(ge=0, le=EXPAND_MAX_PX)]
Share = Annotated[float, Field(ge=0, le=1)]
Target = Annotated[int, Field(ge=64, le=16_384)]
FileType = Literal["png", "jpeg", "jpg", "webp"]


class InstructionBody(Body):
    """One change of a picture that is known already: what to do, and what goes into it."""

    operation: Name = "general_edit"
    prompt: Text | None = None
    negative_prompt: Text | None = None
    search_prompt: Text | None = None
    select_prompt: Text | None = None
    mask_base64: Picture | None = None
    mask_url: Url | None = None
    mask_asset_id: AssetName | None = None
    background_image_base64: Picture | None = None
    background_image_url: Url | None = None
    background_asset_id: AssetName | None = None
    lighting_image_base64: Picture | None = None
    lighting_image_url: Url | None = None
    lighting_asset_id: AssetName | None = None
    overlay_image_base64: Picture | None = None
    overlay_image_url: Url | None = None
    overlay_asset_id: AssetName | None = None
    reference_images: Annotated[list[Picture], Field(max_length=REFERENCES_MAX)] | None = None
    """Further pictures that the prompt speaks of: each as base64, as an https URL, or as an asset's id."""
    expand_left: Margin = 0
    expand_right: Margin = 0
    expand_up: Margin = 0
    expand_down: Margin = 0
    provider: Name | None = None
    model: Name | None = None
    style_preset: Name | None = None
    guidance_scale: Annotated[float, Field(ge=0, le=30)] | None = None
    steps: Annotated[int, Field(ge=1, le=200)] | None = None
    seed: Annotated[int, Field(ge=0, le=SEED_MAX)] | None = None
    output_format: FileType = "png"
    options: Annotated[dict[str, JsonValue], Field(max_length=OPTIONS_MAX)] | None = None
    fit_input: bool = False
    """Scale a picture down that is too large for who works on it; the answer says so."""
    first_frame: bool = False
    """Take the first frame of an animation."""
    response_format: Literal["b64", "url"] = "b64"
    max_credits: Annotated[float, Field(ge=0, le=1_000_000)] | None = None
    """Refuse the request, before anything is reserved or sent, when it would cost more."""


class EditBody(InstructionBody):
    """Change a picture, given as base64, as an https URL, or as an asset."""

    operation: Name
    image_base64: Picture | None = None
    image_url: Url | None = None
    asset_id: AssetName | None = None


class UpscaleBody(Body):
    """Enlarge a picture, given as base64, as an https URL, or as an asset."""

    image_base64: Picture | None = None
    image_url: Url | None = None
    asset_id: AssetName | None = None
    mode: Literal["fast", "conservative", "creative", "auto"] = "auto"
    preset: Literal["web", "print", "social"] | None = None
    target_width: Target | None = None
    target_height: Target | None = None
    prompt: Text | None = None
    negative_prompt: Text | None = None
    creativity: Share | None = None
    style_preset: Name | None = None
    provider: Name | None = None
    model: Name | None = None
    seed: Annotated[int, Field(ge=0, le=SEED_MAX)] | None = None
    fit_input: bool = False
    first_frame: bool = False
    response_format: Literal["b64", "url"] = "b64"
    max_credits: Annotated[float, Field(ge=0, le=1_000_000)] | None = None


class UpscaleBatchBody(Body):
    """Enlarge many assets alike: each is a job of its own, so that one that fails costs nothing and stops no other."""

    asset_ids: Annotated[list[AssetName], Field(min_length=1, max_length=BATCH_MAX)]
    mode: Literal["fast", "conservative", "creative", "auto"] = "auto"
    preset: Literal["web", "print", "social"] | None = None
    target_width: Target | None = None
    target_height: Target | None = None
    prompt: Text | None = None
    negative_prompt: Text | None = None
    creativity: Share | None = None
    provider: Name | None = None
    model: Name | None = None
    fit_input: bool = False
    max_credits: Annotated[float, Field(ge=0, le=1_000_000)] | None = None
    """Of each picture."""


class SessionBody(Body):
    """Begin a conversation about a picture."""

    image_base64: Picture | None = None
    image_url: Url | None = None
    asset_id: AssetName | None = None
    title: Annotated[str, Field(max_length=200)] | None = None
    first_frame: bool = False


class EditModelsQuery(Body):
    """Which models to list; both filters apply."""

    operation: Name | None = None
    tier: Literal["budget", "mid", "premium"] | None = None


class Resolution(Body):
    """A picture's size in px."""

    width: Annotated[int, Field(ge=1, le=16_384)]
    height: Annotated[int, Field(ge=1, le=16_384)]


class Preferences(Body):
    """What matters most."""

    prioritize_cost: bool = False
    prioritize_quality: bool = False


class RecommendBody(Body):
    """Which model suits an edit?"""

    operation: Name
    image_resolution: Resolution | None = None
    user_tier: Annotated[str, Field(max_length=40)] | None = None
    preferences: Preferences | None = None


class CompareQuery(Body):
    """Which part of both pictures to show, as shares of the picture, and how wide the sheet is, in px."""

    before: AssetName
    after: AssetName
    left: Share = 0.0
    top: Share = 0.0
    right: Share = 1.0
    bottom: Share = 1.0
    width: Annotated[int, Field(ge=200, le=4_096)] = 1_600


class SessionsQuery(Body):
    """A page of conversations, newest first."""

    limit: Annotated[int, Field(ge=1, le=STEPS_PAGE_MAX)] = 20

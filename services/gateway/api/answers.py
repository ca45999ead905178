"""What callers get, for the OpenAPI document alone: routes answer plain values, and a test holds the two together.

Every field is always there: null rather than missing.
"""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, JsonValue

from libs.common.contracts.pictures import VariationFailure
from services.gateway.domain import State


class Answer(BaseModel):
    """The base of every answer: nothing beside the named fields."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())


class Money(Answer):
    """An amount for people (credits), for ALwrity's fields (US dollars), and exact (millicredits)."""

    credits: float
    usd: float
    millicredits: int


class Quoted(Money):
    """The price that was fixed when the job was accepted."""

    item: str
    version: str


class Recipe(Answer):
    """What was asked for, with every default filled in."""

    prompt: str
    enhanced_prompt: str | None
    template_id: str | None
    template_name: str | None
    provider: str
    model: str | None
    dimensions: str
    """`<width>x<height>` in pixels."""
    quality: str
    num_variations: int
    style_preset: str | None
    negative_prompt: str | None
    seed: int
    persona_id: str | None
    why: str | None
    """Why this provider and model were taken."""
    notes: list[str]
    """What was left out, changed, or done otherwise than asked."""


class SourceAnswer(Answer):
    """The picture that was worked on. It was given in another size when it had to be scaled down."""

    asset_id: str
    width: int
    height: int
    given_width: int
    given_height: int
    uploaded: bool
    """It came with the request; the library has it now."""


class Expansion(Answer):
    """Pixels added at each side."""

    left: int
    right: int
    up: int
    down: int


class EditRecipe(Answer):
    """What was to be changed, with every default filled in."""

    operation: str
    provider: str
    model: str | None
    source: SourceAnswer
    masked: bool
    prompt: str | None
    negative_prompt: str | None
    search_prompt: str | None
    select_prompt: str | None
    expand: Expansion | None
    style_preset: str | None
    guidance_scale: float | None
    steps: int | None
    output_format: str
    options: dict[str, JsonValue]
    session_id: str | None
    seed: int
    why: str | None
    notes: list[str]


class UpscaleRecipe(Answer):
    """What was to be enlarged; `width` and `height` are the result's."""

    mode: str
    preset: str | None
    width: int
    height: int
    target_width: int | None
    target_height: int | None
    provider: str
    model: str | None
    source: SourceAnswer
    prompt: str | None
    negative_prompt: str | None
    creativity: float | None
    seed: int
    why: str | None
    notes: list[str]


class ResultMetadata(Answer):
    """Facts about the stored bytes of a picture."""

    mime_type: str
    file_size: int
    content_hash: str
    """SHA-256 in hexadecimal."""
    notes: list[str]
    why: str
    """Why this provider and model made it."""
    generation_time: float
    """Seconds."""
    credits: float


class Result(Answer):
    """One delivered picture. `file_url` loads by itself; `seed` makes it again."""

    variation: int
    asset_id: str
    file_url: str
    width: int
    height: int
    provider: str
    model: str
    seed: int
    metadata: ResultMetadata


class CreatedResult(Result):
    """One delivered picture, with its bytes unless `response_format` was `url`."""

    image_base64: str | None


class JobFailure(Answer):
    """Why a job ended without a picture; `detail` is a sentence for a person."""

    code: str
    detail: str


class JobLinks(Answer):
    """Where a job is looked at, followed and canceled."""

    self: str
    events: str
    cancel: str


class JobAnswer(Answer):
    """A job as it stands. `charged` is null until its reservation has closed; `failure` unless it ended so."""

    id: str
    workspace_id: str
    operation: str
    state: State
    stage: str | None
    percent: int
    created_at: AwareDatetime
    deadline: AwareDatetime
    finished_at: AwareDatetime | None
    cancel_requested: bool
    request: Recipe | EditRecipe | UpscaleRecipe
    quote: Quoted
    charged: Money | None
    results: list[Result]
    errors: list[VariationFailure]
    failure: JobFailure | None
    links: JobLinks


class JobsAnswer(Answer):
    """A page of jobs, newest first; `next_cursor` is null on the last page."""

    jobs: list[JobAnswer]
    next_cursor: str | None


class CreateAnswer(Answer):
    """A finished job in the shape that ALwrity's Create screen reads."""

    success: bool
    request: Recipe
    results: list[CreatedResult]
    errors: list[VariationFailure]
    total_generated: int
    total_failed: int
    job_id: str
    charged: Money


class AssetMetadata(Answer):
    """The part of an asset that ALwrity's frontend reads from `asset_metadata`."""

    status: str
    width: int | None
    height: int | None
    operation: str
    parent_asset_id: str | None
    content_hash: str
    credits: float
    chain_credits: float
    """With everything that it was made from."""
    job_id: str | None
    seed: int | None
    variation: int | None
    style_preset: str | None


class AssetAnswer(Answer):
    """An asset with ALwrity's fields (its `id` is a whole number), and ours."""

    id: int
    asset_id: str
    user_id: str
    asset_type: str
    source_module: str
    filename: str
    file_url: str
    file_path: str | None
    file_size: int
    mime_type: str
    title: str
    description: str | None
    prompt: str | None
    tags: list[str]
    asset_metadata: AssetMetadata
    provider: str | None
    model: str | None
    cost: float
    """US dollars."""
    generation_time: float | None
    """Seconds."""
    is_favorite: bool
    download_count: int
    share_count: int
    created_at: AwareDatetime
    updated_at: AwareDatetime
    status: str
    thumbnail_url: str | None
    placeholder: str | None
    job_id: str | None
    parent_asset_id: str | None
    credits: float
    recipe: dict[str, JsonValue]


class AssetsAnswer(Answer):
    """A page of assets, and how many match in all."""

    assets: list[AssetAnswer]
    total: int
    limit: int
    offset: int


class ExactBalance(Answer):
    """The balance in millicredits."""

    available: int
    reserved: int
    total: int


class BalanceAnswer(Answer):
    """Credits: what can be spent now, what is set aside for running jobs, and both together."""

    workspace_id: str
    plan: str
    currency: Literal["credits"]
    balance: float
    available: float
    reserved: float
    total: float
    exact: ExactBalance


class StatementEntry(Answer):
    """One entry of the account, with the balance after it."""

    id: int
    at: AwareDatetime
    kind: str
    amount: Money
    credits: float
    balance_after: float
    job_id: str | None
    operation: str | None
    item: str | None
    delivered: int | None


class StatementAnswer(Answer):
    """A page of the statement, newest first; `next_cursor` is null on the last page."""

    entries: list[StatementEntry]
    next_cursor: int | None


class HealthAnswer(Answer):
    """What ALwrity's frontend asks for before it shows the studio."""

    status: str
    service: str
    version: str
    modules: dict[str, str]

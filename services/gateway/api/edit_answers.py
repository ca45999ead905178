"""What callers of the Edit and Upscale studios get, for the OpenAPI document alone: routes answer plain values, and a
test holds the two together."""

from typing import Literal

from pydantic import AwareDatetime, Field, JsonValue

from services.gateway.api.answers import Answer, JobAnswer, Money
from services.gateway.domain import State


class Made(Answer):
    """A picture made from a picture, in the shape that ALwrity's screens read, and ours."""

    success: bool
    image_base64: str | None
    """A data URL, unless `response_format` was `url`."""
    file_url: str
    width: int
    height: int
    asset_id: str
    job_id: str
    charged: Money


class EditMetadata(Answer):
    """Facts about an edit."""

    width: int
    height: int
    operation: str
    style_preset: str | None
    provider: str
    model: str
    processing_time: float
    """Seconds."""
    parent_asset_id: str
    seed: int
    why: str
    notes: list[str]


class EditAnswer(Made):
    """A changed picture."""

    operation: str
    provider: str
    metadata: EditMetadata


class UpscaleMetadata(Answer):
    """Facts about an enlargement."""

    preset: str | None
    target_width: int | None
    target_height: int | None
    prompt: str | None
    original_width: int
    original_height: int
    upscale_factor: float
    """The result's longer side to the picture's as it was given."""
    provider: str
    model: str
    processing_time: float
    """Seconds."""
    parent_asset_id: str
    seed: int
    why: str
    notes: list[str]


class UpscaleAnswer(Made):
    """An enlarged picture."""

    mode: str
    metadata: UpscaleMetadata


class Refusal(Answer):
    """An asset of a batch that could not be taken; it costs nothing."""

    asset_id: str
    code: str
    detail: str


class BatchJob(JobAnswer):
    """The job of one asset of a batch."""

    asset_id: str


class UpscaleBatchAnswer(Answer):
    """A job for each asset that could be taken."""

    jobs: list[BatchJob]
    refused: list[Refusal]
    total: int


class Version(Answer):
    """One of two versions of a picture."""

    asset_id: str
    width: int | None
    height: int | None


class Part(Answer):
    """A part of a picture, as shares of it."""

    left: float
    top: float
    right: float
    bottom: float


class CompareAnswer(Answer):
    """A sheet with both versions."""

    file_url: str
    before: Version
    after: Version
    box: Part


class OptionAnswer(Answer):
    """One setting of an operation."""

    kind: str
    default: JsonValue
    low: float | None
    high: float | None
    choices: list[str]
    what: str


class OperationAnswer(Answer):
    """One kind of edit: its form, its settings, and who can do it here now."""

    label: str
    description: str
    provider: str
    async_: bool = Field(alias="async")
    fields: dict[str, bool]
    needs: list[str]
    options: dict[str, OptionAnswer]
    credits: float
    """What it costs here when the choice of the model is ours."""
    available: bool
    providers: list[str]
    models: list[str]


class OperationsAnswer(Answer):
    """Every operation by its key."""

    operations: dict[str, OperationAnswer]


class EditModelAnswer(Answer):
    """A model that edits by instruction; costs in US dollars."""

    id: str
    name: str
    description: str
    cost: float
    cost_8k: float | None
    tier: Literal["budget", "mid", "premium"]
    max_resolution: tuple[int, int]
    capabilities: list[str]
    use_cases: list[str]
    features: list[str]
    supports_multi_image: bool
    supports_controlnet: bool
    languages: list[str]


class EditModelsAnswer(Answer):
    """Models."""

    models: list[EditModelAnswer]
    total: int


class Alternative(Answer):
    """Another model that would do."""

    model_id: str
    name: str
    cost: float
    reason: str


class RecommendAnswer(Answer):
    """The model that suits best."""

    recommended_model: str
    reason: str
    alternatives: list[Alternative]


class SessionPicture(Answer):
    """A picture of a conversation. The first one is in the library as soon as something was made from it."""

    asset_id: str
    file_url: str
    width: int
    height: int


class SessionStep(Answer):
    """One instruction and what came of it."""

    job_id: str
    operation: str
    prompt: str | None
    state: State
    previous_job_id: str | None
    """The step that it worked on; null for the picture that the conversation began with."""
    picture: SessionPicture | None
    charged: Money | None
    current: bool
    """The conversation stands here."""


class SessionAnswer(Answer):
    """A conversation about a picture: every step is a version; going back is free."""

    id: str
    title: str
    created_at: AwareDatetime
    origin: SessionPicture
    current: SessionPicture
    steps: list[SessionStep]
    can_undo: bool
    can_redo: bool
    running: bool
    spent: Money


class SessionsAnswer(Answer):
    """Conversations, newest first."""

    sessions: list[SessionAnswer]


class SessionEditAnswer(EditAnswer):
    """A changed picture, and where the conversation now stands."""

    session: SessionAnswer

"""What travels about pictures: where the bytes lie, what was asked, what came out."""

from typing import Annotated, ClassVar, Final, Literal

from pydantic import AwareDatetime, Field

from libs.common.contracts.envelope import Event, Message
from libs.common.ids import PATTERN, AssetId, JobId
from libs.common.money import Millicredits

VARIATIONS_MAX: Final = 10
SIDE_MAX_PX: Final = 16_384
PROMPT_MAX_CHARS: Final = 4_000
SEED_MAX: Final = 2_147_483_647

IdText = Annotated[str, Field(pattern=PATTERN)]
Side = Annotated[int, Field(strict=True, ge=1, le=SIDE_MAX_PX)]
Count = Annotated[int, Field(strict=True, ge=0)]
Quality = Literal["draft", "standard", "premium"]


class BlobRef(Message):
    """Stored bytes by content: the key is made from workspace and hash."""

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    size: Annotated[int, Field(strict=True, ge=1)]
    mime: Annotated[str, Field(max_length=100)]


class CreateAsk(Message):
    """What the customer asked for, with every default filled in."""

    prompt: Annotated[str, Field(min_length=1, max_length=PROMPT_MAX_CHARS)]
    negative_prompt: str | None = None
    style_preset: str | None = None
    quality: Quality = "standard"
    provider: str = "auto"
    model: str | None = None
    width: Side = 1024
    height: Side = 1024
    seed: Annotated[int, Field(strict=True, ge=0, le=SEED_MAX)] = 0
    guidance_scale: float | None = None
    steps: int | None = None
    variations: Annotated[int, Field(strict=True, ge=1, le=VARIATIONS_MAX)] = 1
    enhance_prompt: bool = True
    template_id: str | None = None


class WorkCreate(Event):
    """Make pictures from a prompt. Work: kept until done, read by one worker."""

    subject: ClassVar[str] = "work.create"

    job_id: JobId
    deadline: AwareDatetime
    unit_price: Millicredits
    """What one delivered picture costs the customer: fixed when the job was accepted."""
    ask: CreateAsk


class Picture(Message):
    """One delivered picture."""

    asset_id: AssetId
    variation: Annotated[int, Field(strict=True, ge=1, le=VARIATIONS_MAX)]
    blob: BlobRef
    width: Side
    height: Side
    provider: str
    model: str
    seed: int
    price: Millicredits
    duration_ms: Count
    notes: tuple[str, ...] = ()


class VariationFailure(Message):
    """One variation that was not delivered, and why, for the customer."""

    variation: Annotated[int, Field(strict=True, ge=1, le=VARIATIONS_MAX)]
    code: str
    detail: str


class ImageCreated(Event):
    """The pictures are stored and readable. Billing charges for each of them; nothing more will come of this job."""

    subject: ClassVar[str] = "image.created"

    job_id: JobId
    ask: CreateAsk
    enhanced_prompt: str | None = None
    pictures: Annotated[tuple[Picture, ...], Field(min_length=1, max_length=VARIATIONS_MAX)]
    failures: tuple[VariationFailure, ...] = ()

"""What travels about pictures: where the bytes lie, what was asked, what came out."""

from typing import Annotated, ClassVar, Final, Literal

from pydantic import AwareDatetime, Field

from libs.common.contracts.envelope import Event, JsonObject, Message
from libs.common.ids import AssetId, JobId
from libs.common.money import Millicredits

VARIATIONS_MAX: Final = 10
SIDE_MAX_PX: Final = 16_384
PROMPT_MAX_CHARS: Final = 4_000
SEED_MAX: Final = 2_147_483_647

Side = Annotated[int, Field(strict=True, ge=1, le=SIDE_MAX_PX)]
Count = Annotated[int, Field(strict=True, ge=0)]
Quality = Literal["draft", "standard", "premium"]


class BlobRef(Message):
    """Stored bytes by content: the key is made from workspace and hash."""

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    size: Annotated[int, Field(strict=True, ge=1)]
    mime: Annotated[str, Field(max_length=100)]


class Persona(Message):
    """A brand profile as it stood when the request was accepted."""

    id: str = ""
    name: Annotated[str, Field(min_length=1, max_length=100)]
    voice: Annotated[str, Field(max_length=500)] = ""
    """How the brand looks and sounds, in a few words."""
    palette: Annotated[tuple[str, ...], Field(max_length=12)] = ()
    """Colours as `#rrggbb` or by name."""
    forbidden_words: Annotated[tuple[str, ...], Field(max_length=100)] = ()
    negative_prompt: Annotated[str, Field(max_length=1_000)] = ""


class PictureAsk(Message):
    """What every order of pictures has, whichever service carries it out."""

    provider: str = "auto"
    model: str | None = None
    seed: Annotated[int, Field(strict=True, ge=0, le=SEED_MAX)] = 0
    """Of the first variation; each further one has the next."""
    variations: Annotated[int, Field(strict=True, ge=1, le=VARIATIONS_MAX)] = 1


class CreateAsk(PictureAsk):
    """What the customer asked for, with every default filled in."""

    prompt: Annotated[str, Field(min_length=1, max_length=PROMPT_MAX_CHARS)]
    negative_prompt: str | None = None
    style_preset: str | None = None
    quality: Quality = "standard"
    width: Side = 1024
    height: Side = 1024
    guidance_scale: float | None = None
    steps: int | None = None
    enhance_prompt: bool = True
    enhancer: Literal["rules", "model"] = "rules"
    """Who betters the prompt: our rules, or a language model where one is set up."""
    template_id: str | None = None
    recommended_provider: str | None = None
    """What the template suggests; a wish of the customer's own beats it."""
    prompt_prefix: str | None = None
    """The template's own words."""
    template_negative: str | None = None
    """What the template wants left out."""
    persona: Persona | None = None


class Additive(Event):
    """A message whose later versions only added fields with defaults: an older body is read as it is."""

    @classmethod
    def upcast(cls, version: int, data: JsonObject) -> JsonObject:
        """An older body lacks fields that have defaults."""
        return data if version < cls.version else super().upcast(version, data)


class Work(Additive):
    """An order of pictures. Work: kept until done, read by one worker."""

    job_id: JobId
    deadline: AwareDatetime
    unit_price: Millicredits
    """What one delivered picture costs the customer: fixed when the job was accepted."""
    item: str | None = None
    """The row of the price list that this price is of: what serves another row is not what was sold."""
    ask: PictureAsk


class WorkCreate(Work):
    """Make pictures from a prompt."""

    subject: ClassVar[str] = "work.create"
    version: ClassVar[int] = 2

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
    why: str = ""
    """Why this provider and model, in a sentence for the customer."""


class VariationFailure(Message):
    """One variation that was not delivered, and why, for the customer."""

    variation: Annotated[int, Field(strict=True, ge=1, le=VARIATIONS_MAX)]
    code: str
    detail: str


class Delivered(Additive):
    """The pictures are stored and readable. Billing charges for each of them; nothing more will come of this job."""

    job_id: JobId
    ask: PictureAsk
    pictures: Annotated[tuple[Picture, ...], Field(min_length=1, max_length=VARIATIONS_MAX)]
    failures: tuple[VariationFailure, ...] = ()
    notes: tuple[str, ...] = ()
    """Sentences about the job as a whole, for the customer."""


class ImageCreated(Delivered):
    """Pictures were made from a prompt."""

    subject: ClassVar[str] = "image.created"
    version: ClassVar[int] = 2

    ask: CreateAsk
    enhanced_prompt: str | None = None

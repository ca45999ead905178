"""What travels about pictures that are made from pictures: edits and enlargements."""

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field, JsonValue

from libs.common.contracts.envelope import Message
from libs.common.contracts.pictures import PROMPT_MAX_CHARS, BlobRef, Delivered, PictureAsk, Side, Work
from libs.common.ids import AssetId, JobId

REFERENCES_MAX: Final = 3
EXPAND_MAX_PX: Final = 2_000

Words = Annotated[str, Field(max_length=PROMPT_MAX_CHARS)]
Margin = Annotated[int, Field(strict=True, ge=0, le=EXPAND_MAX_PX)]
FileType = Literal["png", "jpeg", "webp"]


class Source(Message):
    """A picture that was taken in: upright, sRGB, 8 bits a channel, stored as PNG without metadata."""

    blob: BlobRef
    width: Side
    height: Side
    alpha: bool = False
    asset_id: AssetId
    """The asset it is; of an upload the one that the archive makes of it."""
    uploaded: bool = False
    """It came with the request, so that the archive does not have it yet."""
    title: str = ""
    prompt: str | None = None
    """The words it was made from, if it was."""
    given_width: Side | None = None
    """Its width before it was scaled down for the operation; with `given_height`."""
    given_height: Side | None = None


class Margins(Message):
    """Pixels to add at each side."""

    left: Margin = 0
    right: Margin = 0
    up: Margin = 0
    down: Margin = 0


class EditAsk(PictureAsk):
    """What the customer asked for, with every default filled in; fields that the operation does not read are empty."""

    operation: str
    source: Source
    prompt: Words | None = None
    negative_prompt: Words | None = None
    search_prompt: Words | None = None
    select_prompt: Words | None = None
    mask: BlobRef | None = None
    """A grey PNG of the source's size: 255 = change, 0 = keep."""
    background: Source | None = None
    lighting: Source | None = None
    overlay: Source | None = None
    references: Annotated[tuple[Source, ...], Field(max_length=REFERENCES_MAX)] = ()
    expand: Margins = Margins()
    style_preset: str | None = None
    guidance_scale: float | None = None
    steps: int | None = None
    output_format: FileType = "png"
    options: dict[str, JsonValue] = Field(default_factory=dict)
    session_id: str | None = None
    """The conversation that it is a step of."""
    previous_job: JobId | None = None
    """The step of that conversation whose result it works on; without one, on the picture it began with."""
    notes: tuple[str, ...] = ()
    """What was changed or left out when the request was taken in."""


class UpscaleAsk(PictureAsk):
    """What the customer asked for: `mode` is fast, conservative or creative, never auto; the size is settled."""

    mode: Literal["fast", "conservative", "creative"]
    source: Source
    width: Side
    """Of the result, in px."""
    height: Side
    preset: str | None = None
    target_width: Side | None = None
    target_height: Side | None = None
    prompt: Words | None = None
    negative_prompt: Words | None = None
    creativity: float | None = None
    style_preset: str | None = None
    notes: tuple[str, ...] = ()


class WorkEdit(Work):
    """Change a picture."""

    subject: ClassVar[str] = "work.edit"

    ask: EditAsk


class WorkUpscale(Work):
    """Enlarge a picture."""

    subject: ClassVar[str] = "work.upscale"

    ask: UpscaleAsk


class ImageEdited(Delivered):
    """A picture was changed; the source is its parent."""

    subject: ClassVar[str] = "image.edited"

    ask: EditAsk


class ImageUpscaled(Delivered):
    """A picture was enlarged; the source is its parent."""

    subject: ClassVar[str] = "image.upscaled"

    ask: UpscaleAsk

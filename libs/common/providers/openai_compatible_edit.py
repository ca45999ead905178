"""Any server of OpenAI's image API as a changer of pictures. Each kind is told of a mask in its own way."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from libs.common.providers.base import Call, EditAsk, Made
from libs.common.providers.deadline import Deadline
from libs.common.providers.edit_table import EDITS
from libs.common.providers.framing import (
    Frame,
    Parcel,
    PixelSize,
    packed,
    png,
    transparent_where_changed,
    within,
)
from libs.common.providers.instructions import description, grow_px, instruction, region_of, unknown, without_a_mask
from libs.common.providers.openai_compatible import PATH, Settings, dialect_of, server_of
from libs.common.providers.openai_compatible_dialects import SIDE_MAX_PX, Dialect, Fields, Masks, nearest_size, tell
from libs.common.providers.openai_compatible_server import MODEL, VOICE, Part, Server
from libs.common.providers.vendors import Tools
from libs.common.providers.wire import File

EDITS_PATH: Final = "/images/edits"
INPAINTING_PATH: Final = "/images/inpainting"
INPAINTING_PX: Final = (512, 512)
"""What that address draws, whatever it is given."""
INPAINTING_STEPS: Final = 25
PICTURE_MAX_BYTES: Final = 8 * 1024 * 1024
"""Of each picture sent; the strictest server takes 50 MB."""

MASK_NAME: Final = "mask.png"
TITLE: Final = "your own server"
[ROW] = [row for row in EDITS if row.provider == VOICE.vendor]


def build(tools: Tools) -> "OpenAICompatibleEdit | None":
    """The provider, when it is set up."""
    settings = Settings()
    server = server_of(tools, settings, model=settings.openai_compatible_image_model)
    return OpenAICompatibleEdit(server, dialect_of(settings)) if server is not None else None


class OpenAICompatibleEdit:
    """One picture changed in one call."""

    def __init__(self, server: Server, dialect: Dialect) -> None:
        self._server = server
        self._dialect = dialect

    async def edit(self, ask: EditAsk, call: Call) -> tuple[Made | None, ...]:
        """One picture in the shape of the one given; what lies outside a mask may have changed.

        Raises as `Server.made` does.
        """
        if ask.model != MODEL:
            raise VOICE.no_such_model(ask.model)
        if not ROW.serves(ask.operation):
            raise unknown(VOICE, ask.operation)
        deadline = Deadline(call.timeout_s)
        letter = await asyncio.to_thread(translate, ask, self._dialect, self._server.model)
        path, fields, files = letter.path, letter.fields, letter.files
        post = self._server.form(path, fields, files) if files else self._server.json(path, fields)
        made = await self._server.framed(post, deadline, letter.frame, seed=ask.seed, notes=letter.notes)
        if made is None:
            raise VOICE.silent("no_pictures", status=200)
        return (made,)

    async def aclose(self) -> None:
        """Give back the connections of result links; the client belongs to the caller."""
        await self._server.aclose()


@dataclass(frozen=True, slots=True)
class Letter:
    """One request: a form when it has files, otherwise JSON; how the picture lies in it, and a sentence for each wish
    that it cannot carry as it is."""

    path: str
    fields: Mapping[str, object]
    files: tuple[Part, ...]
    frame: Frame
    notes: tuple[str, ...]


def translate(ask: EditAsk, dialect: Dialect, model: str | None) -> Letter:
    """The server's request for one ask. Takes a while: it encodes."""
    if dialect.masks is Masks.INPAINTING:
        return _inpainting(ask, dialect, model) if ask.mask is not None else _from_a_picture(ask, dialect, model)
    frame = _frame(ask, dialect)
    mask = frame.mask(ask.mask, grow_px(ask)) if ask.mask is not None and dialect.masks is not Masks.NONE else None
    fields, notes = _told(ask, dialect, model, frame, masked=ask.mask is not None)
    pictures = [packed(frame.picture(ask.image), PICTURE_MAX_BYTES), *_references(ask)]
    name = "image" if len(pictures) == 1 else "image[]"
    files = [_file(name, picture) for picture in pictures]
    if mask is not None and dialect.masks is Masks.ALPHA:
        files.append(("mask", File(transparent_where_changed(mask), MASK_NAME)))
    if mask is not None and dialect.masks is Masks.FIELD:
        fields["mask_image"] = Parcel(png(mask), "image/png").data_uri
    return Letter(EDITS_PATH, fields, tuple(files), frame, notes)


def _told(
    ask: EditAsk, dialect: Dialect, model: str | None, frame: Frame, *, masked: bool
) -> tuple[Fields, tuple[str, ...]]:
    """The fields but for pictures. Where no mask can be sent, its place is said in words."""
    unheard = masked and dialect.masks is Masks.NONE
    region = region_of(ask, frame) if unheard else None
    words = instruction(ask, region=region, marked=masked and not unheard)
    fields, notes = tell(ask, words, dialect)
    without = (without_a_mask(VOICE.title),) if unheard else ()
    width_px, height_px = frame.size_px
    fields |= {"n": 1, "size": f"{width_px}x{height_px}", **dict(dialect.always), **({"model": model} if model else {})}
    return fields, (*notes, *without, *frame.notes(ask.image, TITLE))


def _inpainting(ask: EditAsk, dialect: Dialect, model: str | None) -> Letter:
    """LocalAI's own address: it paints a region from a description, in 512 x 512 pixels."""
    frame = Frame.of(ask.image, INPAINTING_PX)
    mask = png(frame.mask(ask.mask, grow_px(ask))) if ask.mask is not None else b""
    told, notes = tell(ask, description(ask), dialect)
    fields = {"model": model or "", "prompt": told["prompt"], "steps": told.get(dialect.steps or "", INPAINTING_STEPS)}
    notes = (*notes, "Your own server paints by a mask in 512 x 512 px, and no such picture can be made again.")
    if ask.references:
        notes = (*notes, "Your own server takes no further pictures beside a mask; they were left out.")
    files = (
        _file("image", packed(frame.picture(ask.image), PICTURE_MAX_BYTES)),
        ("mask", File(mask, MASK_NAME)),
    )
    return Letter(INPAINTING_PATH, fields, files, frame, (*notes, *frame.notes(ask.image, TITLE)))


def _from_a_picture(ask: EditAsk, dialect: Dialect, model: str | None) -> Letter:
    """LocalAI without a mask: a drawing that begins from the picture."""
    frame = _frame(ask, dialect)
    fields, notes = _told(ask, dialect, model, frame, masked=False)
    body: dict[str, object] = {**fields, "file": packed(frame.picture(ask.image), PICTURE_MAX_BYTES).base64}
    if ask.references:
        body["ref_images"] = [reference.base64 for reference in _references(ask)]
    return Letter(PATH, body, (), frame, notes)


def _frame(ask: EditAsk, dialect: Dialect) -> Frame:
    size_px: PixelSize = nearest_size(ask.image.width, ask.image.height, dialect.sizes)
    return Frame.of(ask.image, size_px)


def _references(ask: EditAsk) -> list[Parcel]:
    return [packed(within(reference, SIDE_MAX_PX), PICTURE_MAX_BYTES) for reference in ask.references]


def _file(name: str, picture: Parcel) -> Part:
    return name, File(picture.data, picture.file_name, picture.mime_type)

"""The two servers of OpenAI's image API that can enlarge a picture: LocalAI, and SGLang after a drawing."""

import asyncio
from dataclasses import dataclass
from typing import Final

from libs.common.providers.base import Call, Made, UpscaleAsk
from libs.common.providers.deadline import Deadline
from libs.common.providers.framing import Frame, flat, opened, packed
from libs.common.providers.instructions import unknown
from libs.common.providers.openai_compatible import Settings, dialect_of, server_of
from libs.common.providers.openai_compatible_dialects import Dialect, Enlarging, nearest_size
from libs.common.providers.openai_compatible_edit import EDITS_PATH
from libs.common.providers.openai_compatible_server import MODEL, VOICE, Part, Server
from libs.common.providers.upscale_table import UPSCALES
from libs.common.providers.vendors import Tools
from libs.common.providers.wire import File

UPSCALE_PATH: Final = "/images/upscale"
SCALE: Final = 4
"""The factor of the models in use; each takes its own and refuses every other."""
PICTURE_MAX_BYTES: Final = 16 * 1024 * 1024
KEEP: Final = "The same picture again, unchanged in every detail."

[ROW] = [row for row in UPSCALES if row.provider == VOICE.vendor]


def build(tools: Tools) -> "OpenAICompatibleUpscale | None":
    """The provider, when a server is set up that can enlarge."""
    settings = Settings()
    dialect = dialect_of(settings)
    model = settings.openai_compatible_upscale_model or settings.openai_compatible_image_model
    server = server_of(tools, settings, model=model)
    if server is None or dialect.enlarges is None or (dialect.enlarges is Enlarging.ENDPOINT and not model):
        return None
    return OpenAICompatibleUpscale(server, dialect)


class OpenAICompatibleUpscale:
    """One picture, four times as wide and high."""

    def __init__(self, server: Server, dialect: Dialect) -> None:
        self._server = server
        self._dialect = dialect

    async def upscale(self, ask: UpscaleAsk, call: Call) -> tuple[Made | None, ...]:
        """One picture in the server's own size. Raises as `Server.made` does."""
        if ask.model != MODEL:
            raise VOICE.no_such_model(ask.model)
        if not ROW.serves(ask.mode):
            raise unknown(VOICE, ask.mode)
        deadline = Deadline(call.timeout_s)
        letter = await asyncio.to_thread(translate, ask, self._dialect, self._server.model)
        post = self._server.form(letter.path, letter.fields, letter.files)
        return (await self._server.framed(post, deadline, letter.frame, seed=ask.seed, notes=letter.notes),)

    async def aclose(self) -> None:
        """Give back the connections of result links; the client belongs to the caller."""
        await self._server.aclose()


@dataclass(frozen=True, slots=True)
class Letter:
    """One form, and a sentence for each wish that it cannot carry as it is."""

    path: str
    fields: dict[str, object]
    files: tuple[Part, ...]
    notes: tuple[str, ...]
    frame: Frame | None = None
    """How the picture lies in the one that is sent, when that has another size."""


def translate(ask: UpscaleAsk, dialect: Dialect, model: str | None) -> Letter:
    """The server's form for one ask. Takes a while: it encodes."""
    ignored = {"Creativity": ask.creativity, "A negative prompt": ask.negative_prompt, "A style": ask.style_preset}
    notes = [
        f"{what} means nothing to your own server here; it was left out." for what, told in ignored.items() if told
    ]
    named = {"model": model} if model else {}
    if dialect.enlarges is Enlarging.ENDPOINT:
        return Letter(UPSCALE_PATH, {**named, "scale": SCALE}, _files(ask, None), tuple(notes))
    frame = Frame.of(ask.image, nearest_size(ask.image.width, ask.image.height))
    notes.append("Your own server draws a picture once more before it enlarges it, so that small details may differ.")
    width_px, height_px = frame.size_px
    fields: dict[str, object] = {
        "prompt": ask.prompt or KEEP,
        "n": 1,
        "size": f"{width_px}x{height_px}",
        "seed": ask.seed,
        **dict(dialect.always),
        **named,
        "enable_upscaling": "true",
        "upscaling_scale": SCALE,
    }
    return Letter(EDITS_PATH, fields, _files(ask, frame), tuple(notes), frame)


def _files(ask: UpscaleAsk, frame: Frame | None) -> tuple[Part, ...]:
    picture = frame.picture(ask.image) if frame is not None else flat(opened(ask.image))
    parcel = packed(picture, PICTURE_MAX_BYTES)
    return (("image", File(parcel.data, parcel.file_name, parcel.mime_type)),)

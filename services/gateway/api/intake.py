"""Pictures that come with a request: as base64, by an https address, or as an asset; opened safely and stored."""

import asyncio
import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageChops

from libs.common import ids
from libs.common.blobs.store import Blobs
from libs.common.bus.broker import Broker
from libs.common.bus.rpc import ask
from libs.common.contracts.edits import Source
from libs.common.contracts.pictures import BlobRef
from libs.common.contracts.rpc import GET_ASSET, Asset
from libs.common.db.tx import Database
from libs.common.errors import AppError, InvalidInput, NotFound
from libs.common.ids import AssetId, WorkspaceId
from libs.common.imaging.decode import BYTES_MAX, MADE_BYTES_MAX
from libs.common.imaging.door import Door, Opened
from libs.common.imaging.fetch import Fetch
from libs.common.imaging.inline import picture_bytes
from services.gateway import store
from services.gateway.api.library import named

FitTo = Callable[[int, int], tuple[int, int] | None]
"""Width and height as given, in px → what to scale the picture down to, or nothing. Raises when it cannot be taken."""

PNG: Final = "image/png"
MODULE: Final = "image_studio"
UPLOAD: Final = "Upload"
OPAQUE: Final = 255
PNG_LEVEL: Final = 1
PIXELS_MAX: Final = 25_000_000
"""Of a picture that is kept as PNG: more would not fit into a blob in the worst case."""
_PNG_COLOUR_AT: Final = 25
_PNG_WITH_ALPHA: Final = (4, 6)
"""Colour types of the PNG header (RFC 2083, section 4.1.1)."""


def scaled_to_bound(width: int, height: int) -> tuple[int, int] | None:
    """For pictures that only go with another: what is larger than we keep is scaled down."""
    if width * height <= PIXELS_MAX:
        return None
    scale = (PIXELS_MAX / (width * height)) ** 0.5
    return max(1, int(width * scale)), max(1, int(height * scale))


def within_bound(width: int, height: int) -> None:
    """For pictures that are worked on. Raises InvalidInput for one that is larger than we keep."""
    if width * height > PIXELS_MAX:
        raise InvalidInput(
            f"The picture has {width} x {height} px; at most {PIXELS_MAX:,} in all are worked on. Send a smaller one.",
            code="picture_size",
            field="image",
            status=400,
        )


@dataclass(frozen=True, slots=True)
class Told:
    """How a request gives one picture: at most one of the three."""

    field: str
    """What the picture is called in errors."""
    base64: str | None = None
    url: str | None = None
    asset_id: str | None = None

    @property
    def given(self) -> bool:
        """Whether there is one at all."""
        return any(one is not None for one in (self.base64, self.url, self.asset_id))

    def check(self) -> None:
        """Raises InvalidInput when the picture is given in two ways at once."""
        if sum(one is not None for one in (self.base64, self.url, self.asset_id)) > 1:
            raise InvalidInput(
                f"{self.field} is given in several ways; send it as base64, as a URL or as an asset.",
                code="picture_twice",
                field=self.field,
            )


@dataclass(frozen=True, slots=True)
class Taken:
    """A picture that is in, and what was done to it on the way."""

    source: Source
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Intake:
    """Takes pictures in for one gateway process."""

    broker: Broker
    blobs: Blobs
    door: Door
    fetch: Fetch
    database: Database

    async def source(
        self,
        workspace: WorkspaceId,
        told: Told,
        *,
        fit: FitTo | None = None,
        first_frame: bool = False,
        title: str | None = None,
    ) -> Taken:
        """The picture, stored in the one form that is worked on. Raises InvalidInput naming the field, NotFound for an
        asset that the workspace has not."""
        told.check()
        if told.asset_id is not None:
            return await self._of_asset(workspace, told, fit, first_frame=first_frame)
        data, declared = await self._bytes(told)
        opened = await self._opened(told.field, data, declared, fit, first_frame=first_frame, bytes_max=BYTES_MAX)
        blob = await self._put(workspace, opened.png, told.field)
        source = _described(opened, blob, ids.of_content(workspace, blob.sha256), title=title or UPLOAD)
        return Taken(source.model_copy(update={"uploaded": True}), opened.notes)

    async def again(self, workspace: WorkspaceId, source: Source, fit: FitTo) -> Taken:
        """A picture that is in already, made small enough, and in the one form that is worked on where it was kept in
        another. Raises what `fit` raises."""
        if source.blob.mime == PNG and fit(source.width, source.height) is None:
            return Taken(source)
        data = await self._kept(workspace, source.blob.sha256, "image")
        opened = await self._opened("image", data, None, fit, first_frame=False)
        blob = await self._put(workspace, opened.png, "image")
        # What the archive does not have yet becomes the asset that the result is really made from.
        asset_id = ids.of_content(workspace, blob.sha256) if source.uploaded else source.asset_id
        made = _described(opened, blob, asset_id, title=source.title)
        return Taken(made.model_copy(update={"uploaded": source.uploaded, "prompt": source.prompt}), opened.notes)

    async def mask(self, workspace: WorkspaceId, told: Told, source: Source) -> tuple[BlobRef | None, bool]:
        """The mask in the source's size, and whether it covers everything; nothing for one that covers nothing."""
        told.check()
        if told.asset_id is not None:
            asset = await self._asset(workspace, told)
            data = await self._kept(workspace, asset.sha256, told.field)
        else:
            data, _ = await self._bytes(told)
        bytes_max = BYTES_MAX if told.asset_id is None else MADE_BYTES_MAX
        try:
            png = await self.door.mask(data, source.width, source.height, bytes_max=bytes_max)
        except AppError as error:
            raise _of_field(told.field, error) from error
        low, high = await asyncio.to_thread(_extremes, png)
        if high == 0:
            return None, False
        return await self._noted(workspace, png), low == high

    async def mask_of_alpha(self, workspace: WorkspaceId, source: Source) -> BlobRef | None:
        """The transparent part of a picture as a mask; nothing where all is opaque."""
        if not source.alpha:
            return None
        png = await self._kept(workspace, source.blob.sha256, "image")
        from_alpha = await asyncio.to_thread(_mask_of_alpha, png)
        return None if from_alpha is None else await self._noted(workspace, from_alpha)

    async def _of_asset(self, workspace: WorkspaceId, told: Told, fit: FitTo | None, *, first_frame: bool) -> Taken:
        asset = await self._asset(workspace, told)
        if asset.asset_type != "image":
            raise InvalidInput(
                f"The asset is no picture but {asset.asset_type}.", code="not_an_image", field=told.field, status=415
            )
        data = await self._kept(workspace, asset.sha256, told.field)
        size = None
        if asset.mime_type == PNG and asset.source_module == MODULE and asset.width and asset.height:
            size = fit(asset.width, asset.height) if fit else None
            if size is None:  # made here, and right as it is
                blob = BlobRef(sha256=asset.sha256, size=asset.file_size, mime=PNG)
                alpha = data[_PNG_COLOUR_AT] in _PNG_WITH_ALPHA
                source = Source(blob=blob, width=asset.width, height=asset.height, alpha=alpha, asset_id=asset.asset_id)
                return Taken(source.model_copy(update=_words(asset)))
        opened = await self._opened(told.field, data, None, fit, first_frame=first_frame)
        blob = await self._put(workspace, opened.png, told.field)
        source = _described(opened, blob, asset.asset_id, title=asset.title)
        return Taken(source.model_copy(update=_words(asset)), opened.notes)

    async def _asset(self, workspace: WorkspaceId, told: Told) -> Asset:
        try:
            return await ask(self.broker, GET_ASSET, named(workspace, told.asset_id or ""))
        except AppError as error:
            if error.status != NotFound.http_status:
                raise
            raise NotFound(f"There is no asset with this id: {told.field}.", field=told.field) from error

    async def _kept(self, workspace: WorkspaceId, sha256: str, field: str) -> bytes:
        """A file of ours. Raises NotFound naming the field when it is gone."""
        try:
            return await self.blobs.get(workspace, sha256)
        except NotFound as error:
            raise NotFound(f"The file of this picture is gone from the store: {field}.", field=field) from error

    async def _put(self, workspace: WorkspaceId, png: bytes, field: str) -> BlobRef:
        """The picture, stored. Raises InvalidInput for one of so much grain that what is made of it could not be."""
        if len(png) > MADE_BYTES_MAX:
            raise InvalidInput(
                f"Without loss the picture has {-(-len(png) >> 20)} MiB; at most {MADE_BYTES_MAX >> 20} are worked on. "
                "Send it with fewer pixels.",
                code="too_large",
                field=field,
                status=413,
            )
        return await self._noted(workspace, png)

    async def _noted(self, workspace: WorkspaceId, png: bytes) -> BlobRef:
        """The file, written down first: whatever becomes of the request, somebody knows of it."""
        digest = await asyncio.to_thread(lambda: hashlib.sha256(png).hexdigest())
        async with self.database.pool.acquire() as connection:
            await store.note_upload(connection, workspace, digest)
        return await self.blobs.put(workspace, png, PNG)

    async def _bytes(self, told: Told) -> tuple[bytes, str | None]:
        if told.base64 is not None:
            return await asyncio.to_thread(picture_bytes, told.base64, field=told.field)
        if told.url is not None:
            return await self.fetch.picture(told.url, told.field), None
        raise InvalidInput(f"{told.field} is missing.", code="picture_missing", field=told.field, status=400)

    async def _opened(
        self,
        field: str,
        data: bytes,
        declared: str | None,
        fit: FitTo | None,
        *,
        first_frame: bool,
        bytes_max: int = MADE_BYTES_MAX,
    ) -> Opened:
        try:
            return await self.door.open(data, declared=declared, first_frame=first_frame, fit=fit, bytes_max=bytes_max)
        except AppError as error:
            raise _of_field(field, error) from error


def _of_field(field: str, error: AppError) -> AppError:
    """The same refusal, naming the picture that it is about."""
    if error.field is None:
        error.field = field
        error.facts.setdefault("field", field)
    return error


def _described(opened: Opened, blob: BlobRef, asset_id: AssetId, *, title: str) -> Source:
    scaled = (opened.given_width, opened.given_height) != (opened.width, opened.height)
    return Source(
        blob=blob,
        width=opened.width,
        height=opened.height,
        alpha=opened.alpha,
        asset_id=asset_id,
        title=title,
        given_width=opened.given_width if scaled else None,
        given_height=opened.given_height if scaled else None,
    )


def _words(asset: Asset) -> dict[str, str | None]:
    return {"title": asset.title, "prompt": asset.prompt}


def _extremes(png: bytes) -> tuple[int, int]:
    """The darkest and the lightest grey of a mask of our own making."""
    with Image.open(io.BytesIO(png), formats=("PNG",)) as mask:
        low, high = mask.getextrema()
    return int(low), int(high)  # type: ignore[arg-type]


def _mask_of_alpha(png: bytes) -> bytes | None:
    with Image.open(io.BytesIO(png), formats=("PNG",)) as picture:
        alpha = picture.convert("RGBA").getchannel("A")
    if alpha.getextrema()[0] == OPAQUE:
        return None
    buffer = io.BytesIO()
    ImageChops.invert(alpha).save(buffer, "PNG", compress_level=PNG_LEVEL)
    return buffer.getvalue()

"""Facts of the archive."""

from typing import Annotated, ClassVar

from pydantic import Field

from libs.common.contracts.envelope import Message
from libs.common.contracts.pictures import Additive, BlobRef, Picture, VariationFailure
from libs.common.ids import AssetId, JobId


class ArchivedAsset(Message):
    """One row of the archive, as much as a reader needs to show it."""

    asset_id: AssetId
    asset_type: str
    source_module: str
    title: str
    blob: BlobRef | None = None
    picture: Picture | None = None


class AssetArchived(Additive):
    """Everything that one fact delivered is in the library."""

    subject: ClassVar[str] = "asset.archived"
    version: ClassVar[int] = 2

    job_id: JobId | None = None
    assets: Annotated[tuple[ArchivedAsset, ...], Field(min_length=1)]
    failures: tuple[VariationFailure, ...] = ()
    enhanced_prompt: str | None = None
    notes: tuple[str, ...] = ()

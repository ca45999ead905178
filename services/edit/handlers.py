"""What is edit's own in a job: its pictures are read from the store, and the result is told of with its parent. The
job's life is in `libs/common/jobs/worker.py`."""

from collections.abc import Mapping

from libs.common.blobs.store import Blobs
from libs.common.contracts.edits import ImageEdited, Source, WorkEdit
from libs.common.contracts.envelope import Envelope
from libs.common.contracts.pictures import BlobRef, Picture, VariationFailure
from libs.common.ids import WorkspaceId
from libs.common.providers.base import Edits, Given
from services.edit.domain import Pictures
from services.edit.operations.retouch import Retouching


class EditStudio:
    """Reads orders of edits, and tells of what was made."""

    def __init__(self, blobs: Blobs, editors: Mapping[str, Edits]) -> None:
        self._blobs = blobs
        self._editors = editors

    async def brief(self, work: Envelope[WorkEdit]) -> Retouching:
        """The order with its pictures. Raises NotFound when one of them is gone."""
        wish, workspace = work.data.ask, work.workspace_id
        pictures = Pictures(
            source=await self._given(workspace, wish.source),
            mask=await self._mask(workspace, wish.mask, wish.source) if wish.mask else None,
            background=await self._given(workspace, wish.background) if wish.background else None,
            lighting=await self._given(workspace, wish.lighting) if wish.lighting else None,
            overlay=await self._given(workspace, wish.overlay) if wish.overlay else None,
            references=tuple([await self._given(workspace, one) for one in wish.references]),
        )
        return Retouching(wish, pictures, self._editors)

    def delivered(
        self,
        work: Envelope[WorkEdit],
        brief: Retouching | None,
        pictures: tuple[Picture, ...],
        failures: tuple[VariationFailure, ...],
    ) -> ImageEdited:
        """The fact that tells of the picture."""
        return ImageEdited(
            workspace_id=work.workspace_id,
            job_id=work.data.job_id,
            ask=work.data.ask,
            pictures=pictures,
            failures=failures,
        )

    async def _given(self, workspace: WorkspaceId, source: Source) -> Given:
        png = await self._blobs.get(workspace, source.blob.sha256)
        return Given(png, source.width, source.height, source.alpha)

    async def _mask(self, workspace: WorkspaceId, mask: BlobRef, source: Source) -> Given:
        return Given(await self._blobs.get(workspace, mask.sha256), source.width, source.height)

"""What is upscale's own in a job: its picture is read from the store, and the result is told of with its parent. The
job's life is in `libs/common/jobs/worker.py`."""

from collections.abc import Mapping

from libs.common.blobs.store import Blobs
from libs.common.contracts.edits import ImageUpscaled, WorkUpscale
from libs.common.contracts.envelope import Envelope
from libs.common.contracts.pictures import Picture, VariationFailure
from libs.common.providers.base import Given, Upscales
from services.upscale.operations.enlarge import Enlarging


class UpscaleStudio:
    """Reads orders of enlargements, and tells of what was made."""

    def __init__(self, blobs: Blobs, upscalers: Mapping[str, Upscales]) -> None:
        self._blobs = blobs
        self._upscalers = upscalers

    async def brief(self, work: Envelope[WorkUpscale]) -> Enlarging:
        """The order with its picture. Raises NotFound when that is gone."""
        source = work.data.ask.source
        png = await self._blobs.get(work.workspace_id, source.blob.sha256)
        return Enlarging(work.data.ask, Given(png, source.width, source.height, source.alpha), self._upscalers)

    def delivered(
        self,
        work: Envelope[WorkUpscale],
        brief: Enlarging | None,
        pictures: tuple[Picture, ...],
        failures: tuple[VariationFailure, ...],
    ) -> ImageUpscaled:
        """The fact that tells of the picture."""
        return ImageUpscaled(
            workspace_id=work.workspace_id,
            job_id=work.data.job_id,
            ask=work.data.ask,
            pictures=pictures,
            failures=failures,
        )

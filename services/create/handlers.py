"""What is create's own in a job: the prompt is bettered once, and the pictures are told of. The job's life is in
`libs/common/jobs/worker.py`."""

from collections.abc import Mapping
from typing import Final

from pydantic import TypeAdapter

from libs.common.contracts.envelope import Envelope
from libs.common.contracts.pictures import ImageCreated, Picture, VariationFailure, WorkCreate
from libs.common.db.tx import Database
from libs.common.prompting.enhancer import Enhancer
from libs.common.prompting.rules import Enhanced, How
from libs.common.providers.base import Generates
from services.create.domain import bettered, wish_of, within_bounds
from services.create.operations.generate import Painting
from services.create.store import wishes

_KEPT: Final = TypeAdapter(Enhanced)


class CreateStudio:
    """Reads orders of pictures from words, and tells of what was made."""

    def __init__(self, database: Database, generators: Mapping[str, Generates], enhancer: Enhancer) -> None:
        self._database = database
        self._generators = generators
        self._enhancer = enhancer

    async def brief(self, work: Envelope[WorkCreate]) -> Painting:
        """The order with its bettered prompt."""
        return Painting(work.data.ask, await self._wish(work.data), self._generators)

    def delivered(
        self,
        work: Envelope[WorkCreate],
        brief: Painting | None,
        pictures: tuple[Picture, ...],
        failures: tuple[VariationFailure, ...],
    ) -> ImageCreated:
        """The fact that tells of the pictures."""
        ask, wish = work.data.ask, brief.wish if brief else None
        event = ImageCreated(
            workspace_id=work.workspace_id,
            job_id=work.data.job_id,
            ask=ask,
            enhanced_prompt=bettered(ask, wish),
            pictures=pictures,
            failures=failures,
            notes=wish.notes if wish else (),
        )
        return within_bounds(event)

    async def _wish(self, work: WorkCreate) -> Enhanced:
        """The bettered prompt. What a language model says is kept, so that a worker who takes over says the same."""
        ask = work.ask
        how = How(ask.enhancer) if ask.enhance_prompt else How.OFF
        if how is not How.MODEL:
            return await self._enhancer.enhance(wish_of(ask), how=how, style_preset=ask.style_preset)
        async with self._database.pool.acquire() as connection:
            kept = await wishes.kept(connection, work.job_id)
        if kept is None:
            made = await self._enhancer.enhance(wish_of(ask), how=how, style_preset=ask.style_preset)
            async with self._database.pool.acquire() as connection:
                kept = await wishes.keep(connection, work.job_id, _KEPT.dump_python(made, mode="json"))
        return _KEPT.validate_python(kept, strict=False)

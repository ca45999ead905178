"""What the archive does with facts: keeps every one, and makes a library row of every delivered picture."""

from collections.abc import Sequence, Set
from typing import Final, cast

from libs.common.bus.facts import Read
from libs.common.contracts.assets import ArchivedAsset, AssetArchived
from libs.common.contracts.edits import ImageEdited, ImageUpscaled
from libs.common.contracts.envelope import Envelope, Event
from libs.common.contracts.pictures import Delivered, ImageCreated
from libs.common.db.tx import Database, seal
from libs.common.errors import InvariantBroken
from libs.common.failpoints import reach
from libs.common.ids import EventId
from libs.common.telemetry import Telemetry
from services.assets import store
from services.assets.domain import name_of, rows_of
from services.assets.store import Said

KINDS: Final[tuple[type[Delivered], ...]] = (ImageCreated, ImageEdited, ImageUpscaled)


def bring_pictures(subjects: Set[str]) -> bool:
    """Whether somebody waits for one of these to be archived."""
    return not subjects.isdisjoint(kind.subject for kind in KINDS)


class Archiving:
    """Archives a batch of facts in one statement; facts that we do not understand are kept all the same."""

    def __init__(self, database: Database, telemetry: Telemetry) -> None:
        self._database = database
        self._telemetry = telemetry

    async def apply(self, reads: Sequence[Read]) -> set[EventId]:
        """Commit the batch; returns the ids of the facts that were new."""
        delivered = [_delivered(fact) for _, fact in reads if fact is not None]
        with self._telemetry.spans("archive", [fact.trace for fact in delivered]) as traces:
            assets = [row for fact in delivered for row in rows_of(fact)]
            said = [
                Said(seal(self._database.service, archived_of(fact), cause=fact.id, trace=trace), fact.id)
                for fact, trace in zip(delivered, traces, strict=True)
            ]
            reach("assets.before_commit")
            async with self._database.pool.acquire() as connection:
                fresh = await store.archive(connection, [raw for raw, _ in reads], assets, said)
        self._database.ring([one.row for one in said if one.cause in fresh])
        return fresh


def archived_of(fact: Envelope[Delivered]) -> AssetArchived:
    """The fact that the pictures are in the library."""
    name = name_of(fact.data)
    assets = tuple(
        ArchivedAsset(
            asset_id=picture.asset_id,
            asset_type="image",
            source_module="image_studio",
            title=name,
            blob=picture.blob,
            picture=picture,
        )
        for picture in fact.data.pictures
    )
    return AssetArchived(
        workspace_id=fact.workspace_id,
        job_id=fact.data.job_id,
        assets=assets,
        failures=fact.data.failures,
        enhanced_prompt=fact.data.enhanced_prompt if isinstance(fact.data, ImageCreated) else None,
        notes=fact.data.notes,
    )


def _delivered(fact: Envelope[Event]) -> Envelope[Delivered]:
    if not isinstance(fact.data, Delivered):
        raise InvariantBroken(f"the archive makes no assets of {fact.subject}")
    return cast("Envelope[Delivered]", fact)

"""What the archive does with facts: keeps every one, and makes a library row of every delivered picture."""

from collections.abc import Sequence
from typing import Final

from libs.common.bus.facts import on
from libs.common.contracts.assets import ArchivedAsset, AssetArchived
from libs.common.contracts.envelope import Envelope, Raw
from libs.common.contracts.pictures import ImageCreated
from libs.common.db.tx import Tx
from libs.common.failpoints import reach
from services.assets import store
from services.assets.domain import rows_of, title


async def archive(raws: Sequence[Raw], tx: Tx) -> None:
    """Every fact of every tool is kept, known or not."""
    await store.archive_events(tx.connection, raws)


async def on_image_created(batch: Sequence[Envelope[ImageCreated]], tx: Tx) -> None:
    """The pictures are in the library, and whoever waits for them is told."""
    await store.add(tx.connection, [row for fact in batch for row in rows_of(fact)])
    for fact in batch:
        name = title(fact.data.ask.prompt)
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
        event = AssetArchived(
            workspace_id=fact.workspace_id,
            job_id=fact.data.job_id,
            assets=assets,
            failures=fact.data.failures,
            enhanced_prompt=fact.data.enhanced_prompt,
        )
        tx.emit(event, cause=fact.id, trace=fact.trace)
    reach("assets.before_commit")


ROUTES: Final = (on(ImageCreated, on_image_created),)

"""What the gateway renders fits what its document promises: every field there, null rather than missing."""

import json
from collections.abc import AsyncIterator
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio
from pydantic import BaseModel

from libs.common.blobs.store import Blobs
from libs.common.contracts import envelope
from libs.common.contracts.assets import AssetArchived
from libs.common.contracts.envelope import Raw
from libs.common.contracts.pictures import WorkCreate
from libs.common.contracts.rpc import Asset
from libs.common.http.answers import json_response
from libs.common.ids import AssetId, JobId
from libs.common.settings import BlobSettings
from services.gateway.api import answers
from services.gateway.api.answers import AssetAnswer, CreateAnswer, JobAnswer
from services.gateway.api.views import Views
from services.gateway.domain import Job, Links, State

GOLDEN: Final = Path(envelope.__file__).with_name("golden")
NOON: Final = datetime(2026, 11, 20, 12, tzinfo=UTC)


def a_job(state: State) -> Job:
    """A job of the stored work message, as it stands in this state."""
    work = Raw.decode((GOLDEN / "work.create.v1.json").read_bytes()).open(WorkCreate).data
    archived = Raw.decode((GOLDEN / "asset.archived.v1.json").read_bytes()).open(AssetArchived).data
    values: dict[str, object] = dict.fromkeys((field.name for field in fields(Job)), None)
    values |= {
        "job_id": work.job_id,
        "workspace_id": work.workspace_id,
        "service": "create",
        "operation": "generate",
        "state": state,
        "ask": work.ask,
        "response_format": "url",
        "item": "create.standard",
        "unit_price": 4_000,
        "amount": 8_000,
        "price_version": "test",
        "percent": 40,
        "cancel_requested": False,
        "created_at": NOON,
        "deadline": NOON,
    }
    if state is State.SUCCEEDED:
        values |= {"archived": archived.model_dump(mode="json"), "charged": 4_000, "closed": "settled"}
    if state.terminal:
        values |= {"finished_at": NOON}
    return Job(**values)  # type: ignore[arg-type]


def an_asset() -> Asset:
    """A row of the archive that knows as little as a row can."""
    required = {
        "number": 1,
        "asset_id": AssetId("019a1c2b-3d4e-7005-8005-000000000005"),
        "workspace_id": "019a1c2b-3d4e-7001-8001-000000000001",
        "sha256": "0" * 64,
        "file_size": 1,
        "mime_type": "image/png",
        "cost": 0,
        "chain_cost": 0,
        "tags": (),
        "recipe": {},
        "is_favorite": False,
        "download_count": 0,
        "share_count": 0,
        "created_at": NOON,
        "updated_at": NOON,
    }
    texts = dict.fromkeys(("asset_type", "source_module", "operation", "status", "filename", "title"), "x")
    nothing = dict.fromkeys(Asset.model_fields, None)
    return Asset.model_validate({**nothing, **texts, **required})


@pytest_asyncio.fixture
async def views() -> AsyncIterator[Views]:
    """The gateway's own, over a store that is not asked."""
    blobs = Blobs(BlobSettings(endpoint="http://localhost:1", access_key="none", secret_key="none"))
    yield Views(Links("http://localhost", "secret", 60), blobs)
    await blobs.aclose()


def fits(model: type[BaseModel], value: object) -> BaseModel:
    """The value as it goes over the wire, read strictly as the promised model."""
    return model.model_validate_json(bytes(json_response(value).body), strict=True)


@pytest.mark.parametrize("state", State)
async def test_a_job_in_any_state_has_every_promised_field(views: Views, state: State) -> None:
    read = fits(JobAnswer, views.job(a_job(state)))

    assert isinstance(read, JobAnswer)
    assert (read.failure is not None) == (state in {State.FAILED, State.CANCELED, State.EXPIRED})


async def test_a_finished_job_has_every_promised_field(views: Views) -> None:
    read = fits(CreateAnswer, await views.created(a_job(State.SUCCEEDED)))

    assert isinstance(read, CreateAnswer)
    assert [result.image_base64 for result in read.results] == [None]


async def test_an_asset_that_knows_little_has_every_promised_field(views: Views) -> None:
    fits(AssetAnswer, views.asset(an_asset()))


async def test_an_asset_that_knows_all_has_every_promised_field(views: Views) -> None:
    known = {
        "job_id": JobId("019a1c2b-3d4e-7002-8002-000000000002"),
        "parent_id": AssetId("019a1c2b-3d4e-7006-8006-000000000006"),
        "thumbnail_sha256": "1" * 64,
        "width": 64,
        "height": 64,
        "seed": 1,
        "variation": 1,
        "generation_ms": 1_500,
        "recipe": {"style_preset": "photographic", "steps": None, "guidance_scale": 7.5},
        "cost": 6_500,
        "tags": ("a", "b"),
    }
    texts = dict.fromkeys(("description", "prompt", "negative_prompt", "provider", "model", "placeholder"), "x")
    fits(AssetAnswer, views.asset(an_asset().model_copy(update={**known, **texts})))


async def test_a_field_too_many_or_too_few_is_noticed(views: Views) -> None:
    shown = json.loads(bytes(json_response(views.job(a_job(State.QUEUED))).body))

    with pytest.raises(ValueError, match="surprise"):
        fits(JobAnswer, shown | {"surprise": 1})
    for name in shown:
        with pytest.raises(ValueError, match=name):
            fits(JobAnswer, {key: value for key, value in shown.items() if key != name})


def test_no_promised_field_may_be_missing() -> None:
    models = [one for one in vars(answers).values() if isinstance(one, type) and issubclass(one, answers.Answer)]
    optional = [
        f"{model.__name__}.{name}"
        for model in models
        for name, field in model.model_fields.items()
        if not field.is_required()
    ]
    assert optional == []


async def test_a_job_without_prices_in_whole_credits_still_fits(views: Views) -> None:
    fits(JobAnswer, views.job(replace(a_job(State.SUCCEEDED), charged=6_501, amount=1)))

"""The last fact of a job always fits into a message, whatever was written into the request."""

from datetime import UTC, datetime
from typing import cast

import pytest

from libs.common import ids
from libs.common.contracts.envelope import BODY_MAX_BYTES, Envelope
from libs.common.contracts.pictures import BlobRef, CreateAsk, ImageCreated, Persona, Picture, WorkCreate
from libs.common.db.tx import Database, seal
from libs.common.ids import AssetId, EventId, JobId, WorkspaceId
from libs.common.prompting.enhancer import Enhancer
from libs.common.prompting.rules import Enhanced, How, Wish, shape
from services.create.domain import wish_of
from services.create.handlers import CreateStudio
from services.create.operations.generate import Painting
from services.gateway.api.create import ASK_MAX_BYTES

STUDIO = CreateStudio(cast("Database", None), {}, Enhancer(None))
WIDE = "\U0001f600"
CONTROL = "\x01"


def work_for(ask: CreateAsk) -> Envelope[WorkCreate]:
    workspace = WorkspaceId(ids.mint())
    now = datetime.now(UTC)  # noqa: TID251 -- any instant
    data = WorkCreate(workspace_id=workspace, job_id=JobId(ids.mint()), deadline=now, unit_price=4_000, ask=ask)
    return Envelope(EventId(ids.mint()), "work.create", "x", "t", workspace, None, None, data)


def picture(variation: int) -> Picture:
    return Picture(
        asset_id=AssetId(ids.mint()),
        variation=variation,
        blob=BlobRef(sha256="a" * 64, size=50_000_000, mime="image/png"),
        width=4_096,
        height=4_096,
        provider="huggingface",
        model="black-forest-labs/FLUX.1-Krea-dev",
        seed=2_147_483_647,
        price=10_000,
        duration_ms=180_000,
        notes=("A sentence of some length that tells of a slider which was clamped to what the model takes.",) * 5,
        why="Stability AI cannot be asked now (its key is not accepted), so Hugging Face did.",
    )


@pytest.mark.parametrize("letters", [(WIDE, 4_000), (CONTROL, 2_600), ("ä", 4_000)])
def test_the_longest_words_and_ten_pictures_fit(letters: tuple[str, int]) -> None:
    letter, most = letters
    persona = Persona(id=ids.mint(), name="n" * 100, voice=WIDE * 500, negative_prompt="x" * 1_000)
    ask = CreateAsk(
        prompt=letter * most, negative_prompt="", variations=10, prompt_prefix=WIDE * 500, persona=persona,
        style_preset="food-photography", width=4_096, height=4_096,
    )  # fmt: skip
    room = ASK_MAX_BYTES - len(ask.model_dump_json().encode())
    ask = ask.model_copy(update={"negative_prompt": "y" * min(4_000, room - 100)})
    assert len(ask.model_dump_json().encode()) <= ASK_MAX_BYTES
    work = work_for(ask)

    brief = Painting(ask, shape(wish_of(ask)), {})
    event = STUDIO.delivered(work, brief, tuple(picture(number) for number in range(1, 11)), ())

    assert isinstance(event, ImageCreated)
    assert len(seal("create", event, cause=work.id, trace="0" * 55).body) <= BODY_MAX_BYTES


def test_a_job_that_is_given_up_delivers_what_is_stored() -> None:
    event = STUDIO.delivered(work_for(CreateAsk(prompt="a fox")), None, (picture(1),), ())

    assert isinstance(event, ImageCreated)
    assert event.enhanced_prompt is None


def test_the_wish_of_a_request_has_all_its_words() -> None:
    ask = CreateAsk(prompt="a", negative_prompt="b", prompt_prefix="c", template_negative="d")
    assert wish_of(ask) == Wish("a", "b", "c", "d", None)
    assert shape(wish_of(ask), enhancer=How.OFF) == Enhanced("c, a", "b, d", How.OFF)

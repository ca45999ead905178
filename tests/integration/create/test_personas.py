"""Brand profiles, their default one, and what they make of a prompt."""

from typing import Any

import pytest

from libs.common import ids
from libs.common.contracts.pictures import Persona
from libs.common.contracts.studio import (
    PERSONAS_MAX,
    EnhanceAsk,
    PersonaAsk,
    PersonaRow,
    PersonaWish,
)
from libs.common.errors import Conflict, NotFound
from libs.common.ids import WorkspaceId
from services.create.api.shelf import ShelfApi
from tests.integration.create.house import STRANGE_IDS, a_persona, a_template, at_once, names, refusal


async def test_a_brand_profile_is_kept_as_it_was_wished(shelf: ShelfApi, workspace: WorkspaceId) -> None:
    kept = await shelf.save_persona(
        a_persona(workspace, name=" Acme  Ltd ", palette=("#FFF", "Deep  Teal", "#ffffff"), forbidden_words=("A", "a "))
    )
    assert kept == PersonaRow(
        persona=Persona(
            id=kept.persona.id,
            name="Acme Ltd",
            voice="warm and calm",
            palette=("#ffffff", "deep teal"),
            forbidden_words=("A",),
            negative_prompt="neon",
        ),
        default=False,
    )
    assert await shelf.persona(PersonaAsk(workspace_id=workspace, persona_id=kept.persona.id)) == kept


async def test_a_brand_profile_can_be_changed_and_deleted(shelf: ShelfApi, workspace: WorkspaceId) -> None:
    kept = (await shelf.save_persona(a_persona(workspace))).persona
    changed = await shelf.save_persona(a_persona(workspace, id=kept.id, name="New", voice="", palette=(), default=True))
    assert (changed.persona.id, changed.persona.name, changed.persona.voice) == (kept.id, "New", "")
    assert await names(shelf, workspace) == [("New", True)]
    gone = PersonaAsk(workspace_id=workspace, persona_id=kept.id)
    await shelf.delete_persona(gone)
    assert isinstance(await refusal(shelf.delete_persona(gone)), NotFound)
    assert await names(shelf, workspace) == []


async def test_the_default_place_goes_to_who_asked_last_and_can_be_left(
    shelf: ShelfApi, workspace: WorkspaceId
) -> None:
    default = PersonaAsk(workspace_id=workspace)
    error = await refusal(shelf.persona(default))
    assert (error.status, error.error_code) == (404, "persona_not_found")
    assert "no default brand profile" in error.detail
    first = await shelf.save_persona(a_persona(workspace, name="A", default=True))
    second = await shelf.save_persona(a_persona(workspace, name="B", default=True))
    assert await shelf.persona(default) == second
    assert await names(shelf, workspace) == [("A", False), ("B", True)]
    await shelf.save_persona(PersonaWish(workspace_id=workspace, persona=first.persona, default=True))
    assert await names(shelf, workspace) == [("A", True), ("B", False)]
    await shelf.save_persona(PersonaWish(workspace_id=workspace, persona=first.persona))
    assert isinstance(await refusal(shelf.persona(default)), NotFound)


async def test_a_profile_that_is_not_there_takes_nobodys_place(shelf: ShelfApi, workspace: WorkspaceId) -> None:
    await shelf.save_persona(a_persona(workspace, default=True))
    error = await refusal(shelf.save_persona(a_persona(workspace, id=ids.mint(), name="Ghost", default=True)))
    assert isinstance(error, NotFound)
    assert await names(shelf, workspace) == [("Acme", True)]


async def test_however_many_want_the_default_place_at_once_one_has_it(
    shelf: ShelfApi, workspace: WorkspaceId, other: WorkspaceId
) -> None:
    await shelf.save_persona(a_persona(other, default=True))
    first = [await shelf.save_persona(a_persona(workspace, name=f"old {n}")) for n in range(6)]
    _, errors = await at_once(
        *(shelf.save_persona(a_persona(workspace, name=f"new {n}", default=True)) for n in range(6)),
        *(shelf.save_persona(PersonaWish(workspace_id=workspace, persona=row.persona, default=True)) for row in first),
    )
    assert errors == []
    found = await names(shelf, workspace)
    assert len(found) == 12
    assert sum(default for _, default in found) == 1
    assert await names(shelf, other) == [("Acme", True)]


async def test_however_many_profiles_come_at_once_there_are_never_more_than_the_bound(
    shelf: ShelfApi, workspace: WorkspaceId
) -> None:
    asked = [shelf.save_persona(a_persona(workspace, name=f"brand {n}")) for n in range(PERSONAS_MAX + 6)]
    kept, errors = await at_once(*asked)
    assert len(kept) == PERSONAS_MAX
    assert {(type(error), getattr(error, "error_code", None)) for error in errors} == {(Conflict, "shelf_full")}
    assert len(await names(shelf, workspace)) == PERSONAS_MAX


async def test_the_same_profile_twice_makes_one_and_another_of_that_name_is_refused(
    shelf: ShelfApi, workspace: WorkspaceId
) -> None:
    first = await shelf.save_persona(a_persona(workspace))
    assert await shelf.save_persona(a_persona(workspace)) == first
    error = await refusal(shelf.save_persona(a_persona(workspace, voice="loud")))
    assert (error.status, error.error_code) == (409, "name_taken")
    second = await shelf.save_persona(a_persona(workspace, name="B"))
    taken = await refusal(shelf.save_persona(a_persona(workspace, id=second.persona.id)))
    assert (taken.status, taken.error_code) == (409, "name_taken")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"palette": ("#12345",)}, "palette", id="no colour"),
        pytest.param({"palette": ("<b>",)}, "palette", id="markup"),
        pytest.param({"palette": ("banana phone",)}, "palette", id="words that are no colour"),
        pytest.param({"forbidden_words": ("x" * 61,)}, "forbidden_words", id="a long word"),
        pytest.param({"forbidden_words": ("!",)}, "forbidden_words", id="a word of marks"),
        pytest.param({"voice": "\x00"}, "voice", id="NUL"),
        pytest.param({"name": "\u200b "}, "name", id="an invisible name"),
    ],
)
async def test_a_profile_that_cannot_be_kept_is_refused_by_field(
    changes: dict[str, Any], field: str, shelf: ShelfApi, workspace: WorkspaceId
) -> None:
    error = await refusal(shelf.save_persona(a_persona(workspace, **changes)))
    assert (error.status, error.field) == (422, field)


async def test_a_profile_that_is_too_long_to_travel_is_refused(shelf: ShelfApi, workspace: WorkspaceId) -> None:
    words = tuple(f"{n:02}" + "ü" * 30 for n in range(90))
    error = await refusal(shelf.save_persona(a_persona(workspace, forbidden_words=words)))
    assert (error.status, error.facts["max_bytes"]) == (422, 4_000)


@pytest.mark.parametrize("persona_id", STRANGE_IDS[1:], ids=lambda text: text[:20])
async def test_a_profile_that_is_not_there_is_not_found(
    persona_id: str, shelf: ShelfApi, workspace: WorkspaceId
) -> None:
    ask = PersonaAsk(workspace_id=workspace, persona_id=persona_id)
    for asked in (
        shelf.persona(ask),
        shelf.delete_persona(ask),
        shelf.save_persona(a_persona(workspace, id=persona_id)),
    ):
        error = await refusal(asked)
        assert (error.status, error.error_code) == (404, "persona_not_found")


async def test_to_delete_a_profile_it_must_be_named(shelf: ShelfApi, workspace: WorkspaceId) -> None:
    await shelf.save_persona(a_persona(workspace, default=True))
    assert (await refusal(shelf.delete_persona(PersonaAsk(workspace_id=workspace)))).field == "persona_id"
    assert await names(shelf, workspace) == [("Acme", True)]


async def test_a_prompt_is_bettered_with_the_words_of_its_style(shelf: ShelfApi, workspace: WorkspaceId) -> None:
    template = await shelf.save_template(a_template(workspace))
    persona = (await shelf.save_persona(a_persona(workspace))).persona
    answer = await shelf.enhance(EnhanceAsk(prompt="a cheap mug", template=template, persona=persona))
    assert answer.prompt == (
        "Falling leaves, a mug, warm and calm, colour palette: deep teal (#004d4d), gold, "
        "translucent washes, bleeding edges, paper grain"
    )
    assert (answer.negative_prompt, answer.enhancer) == ("snow, neon", "rules")
    asked_for = await shelf.enhance(EnhanceAsk(prompt="a mug", template=template, style_preset="anime"))
    assert asked_for.prompt.endswith("cel shading, expressive lines")
    by_model = await shelf.enhance(EnhanceAsk(prompt="a mug", enhancer="model"))
    assert (by_model.prompt, by_model.enhancer) == ("a mug", "rules")
    assert "No language model is set up" in by_model.notes[0]
    error = await refusal(shelf.enhance(EnhanceAsk(prompt="a mug", style_preset="cubist")))
    assert (error.status, error.field) == (422, "style_preset")

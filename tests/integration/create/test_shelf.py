"""Templates: who sees what, who changes what, how much there may be; and two workspaces apart."""

from typing import Any

import asyncpg
import pytest

from libs.common import ids
from libs.common.catalogue.shelf import READY_MADE
from libs.common.catalogue.templates import TEMPLATES
from libs.common.contracts.studio import (
    PERSONAS_MAX,
    TEMPLATES_MAX,
    PersonaAsk,
    TemplateAsk,
    TemplateRow,
    TemplatesAsk,
)
from libs.common.db.pool import Connection
from libs.common.errors import AppError, Conflict, InvalidInput, NotFound
from libs.common.ids import WorkspaceId
from services.create.api.shelf import ShelfApi
from services.create.store.shelf import TEMPLATES_TEXT_MAX_KIB
from tests.integration.create.house import (
    ANN,
    BOB,
    STRANGE_IDS,
    a_persona,
    a_template,
    at_once,
    names,
    own,
    refusal,
    seen,
)


async def test_a_template_is_kept_as_it_was_wished(shelf: ShelfApi, workspace: WorkspaceId) -> None:
    kept = await shelf.save_template(a_template(workspace))
    assert kept == TemplateRow(
        id=kept.id,
        name="Autumn sale",
        category="ad_creative",
        platform="instagram",
        width=1200,
        height=628,
        ratio="1.91:1",
        ratio_label="Landscape",
        style_preset="watercolor",
        quality="premium",
        recommended_provider="ideogram",
        description="Leaves and a price.",
        use_cases=("autumn", "sale"),
        prompt_prefix="Falling leaves",
        negative_prompt="snow",
        own=True,
        shared=True,
        mine=True,
    )
    assert ids.is_id(kept.id)
    assert await seen(shelf, workspace, kept.id) == kept


async def test_a_list_has_the_ready_made_first_and_then_the_own_by_name(
    shelf: ShelfApi, workspace: WorkspaceId
) -> None:
    for name in ("zebra", "Apple", "mango"):
        await shelf.save_template(a_template(workspace, name=name))
    rows = (await shelf.templates(TemplatesAsk(workspace_id=workspace, owner=ANN))).rows
    assert rows[: len(TEMPLATES)] == READY_MADE
    assert [row.name for row in rows[len(TEMPLATES) :]] == ["Apple", "mango", "zebra"]


async def test_filters_search_and_recommendation_reach_own_templates_too(
    shelf: ShelfApi, workspace: WorkspaceId
) -> None:
    await shelf.save_template(a_template(workspace))
    ask = TemplatesAsk(workspace_id=workspace, owner=ANN)

    async def found(**filters: str) -> list[str]:
        return [row.name for row in (await shelf.templates(ask.model_copy(update=filters))).rows]

    assert await found(platform="instagram", category="ad_creative") == ["Autumn sale"]
    assert await found(query="LEAVES autumn") == ["Autumn sale"]
    assert await found(use_case="autumn", platform="instagram") == ["Autumn sale"]
    assert await found(use_case="autumn", platform="facebook") == []


@pytest.mark.parametrize(
    ("filters", "field", "says"),
    [
        ({"platform": "myspace"}, "platform", "choose one of: instagram, facebook"),
        ({"category": "Product"}, "category", "choose one of: social_media, blog_content"),
        ({"platform": ""}, "platform", "choose one of"),
        ({"query": "x" * 201}, "query", "at most 200"),
        ({"use_case": "x" * 201}, "use_case", "at most 200"),
    ],
)
async def test_a_filter_that_can_match_nothing_is_refused_with_what_there_is(
    filters: dict[str, str], field: str, says: str, shelf: ShelfApi, workspace: WorkspaceId
) -> None:
    error = await refusal(
        shelf.templates(TemplatesAsk.model_validate(filters | {"workspace_id": workspace, "owner": ANN}))
    )
    assert isinstance(error, InvalidInput)
    assert error.field == field
    assert says in error.detail


async def test_a_shared_template_is_seen_by_the_workspace_and_a_private_one_by_its_owner(
    shelf: ShelfApi, workspace: WorkspaceId
) -> None:
    await shelf.save_template(a_template(workspace, name="shared"))
    private = await shelf.save_template(a_template(workspace, name="private", shared=False))
    assert await own(shelf, workspace, ANN) == ["private", "shared"]
    assert await own(shelf, workspace, BOB) == ["shared"]
    assert not private.shared
    assert isinstance(await refusal(seen(shelf, workspace, private.id, BOB)), NotFound)


async def test_only_its_owner_changes_or_deletes_a_template(shelf: ShelfApi, workspace: WorkspaceId) -> None:
    shared = await shelf.save_template(a_template(workspace, name="shared"))
    private = await shelf.save_template(a_template(workspace, name="private", shared=False))
    assert not (await seen(shelf, workspace, shared.id, BOB)).mine

    async def tries(template_id: str, name: str) -> list[AppError]:
        wish = a_template(workspace, BOB, template_id=template_id, name=name)
        ask = TemplateAsk(workspace_id=workspace, owner=BOB, template_id=template_id)
        return [await refusal(shelf.save_template(wish)), await refusal(shelf.delete_template(ask))]

    for error in await tries(shared.id, "mine now"):
        assert (error.status, error.error_code) == (403, "not_yours")
    for error in await tries(private.id, "mine now"):
        assert (error.status, error.error_code) == (404, "template_not_found")
    assert await seen(shelf, workspace, shared.id) == shared
    assert await seen(shelf, workspace, private.id) == private


async def test_an_owner_changes_everything_of_a_template_but_its_id(shelf: ShelfApi, workspace: WorkspaceId) -> None:
    first = await shelf.save_template(a_template(workspace))
    changed = await shelf.save_template(
        a_template(
            workspace,
            template_id=first.id,
            name="Winter",
            category="product",
            platform=None,
            width=512,
            height=512,
            style_preset=None,
            quality="draft",
            description="",
            use_cases=(),
            prompt_prefix=None,
            negative_prompt=" ",
            shared=False,
        )
    )
    assert changed == TemplateRow(
        id=first.id,
        name="Winter",
        category="product",
        width=512,
        height=512,
        ratio="1:1",
        ratio_label="Square",
        quality="draft",
        recommended_provider="ideogram",
        own=True,
        shared=False,
        mine=True,
    )
    assert await own(shelf, workspace) == ["Winter"]


async def test_a_deleted_template_is_gone_and_its_name_free(shelf: ShelfApi, workspace: WorkspaceId) -> None:
    first = await shelf.save_template(a_template(workspace))
    ask = TemplateAsk(workspace_id=workspace, owner=ANN, template_id=first.id)
    await shelf.delete_template(ask)
    assert isinstance(await refusal(shelf.template(ask)), NotFound)
    assert isinstance(await refusal(shelf.delete_template(ask)), NotFound)
    again = await shelf.save_template(a_template(workspace, description="Another."))
    assert again.id != first.id


async def test_ready_made_templates_never_change(shelf: ShelfApi, workspace: WorkspaceId) -> None:
    wish = a_template(workspace, template_id="blog_header")
    ask = TemplateAsk(workspace_id=workspace, owner=ANN, template_id="blog_header")
    for error in (await refusal(shelf.save_template(wish)), await refusal(shelf.delete_template(ask))):
        assert isinstance(error, Conflict)
        assert "«blog_header» is a ready-made template" in error.detail
    assert (await shelf.template(ask)).name == "Blog Header"


@pytest.mark.parametrize("template_id", STRANGE_IDS, ids=lambda text: text[:20])
async def test_a_template_that_is_not_there_is_not_found(
    template_id: str, shelf: ShelfApi, workspace: WorkspaceId
) -> None:
    ask = TemplateAsk(workspace_id=workspace, owner=ANN, template_id=template_id)
    wish = a_template(workspace, template_id=template_id)
    for asked in (shelf.template(ask), shelf.delete_template(ask), shelf.save_template(wish)):
        error = await refusal(asked)
        assert (error.status, error.error_code) == (404, "template_not_found")
        assert len(error.detail) < 200


async def test_two_workspaces_do_not_see_each_others_shelves(
    shelf: ShelfApi, workspace: WorkspaceId, other: WorkspaceId
) -> None:
    template = await shelf.save_template(a_template(workspace))
    persona = (await shelf.save_persona(a_persona(workspace, default=True))).persona
    theirs = TemplateAsk(workspace_id=other, owner=ANN, template_id=template.id)
    for asked in (
        shelf.template(theirs),
        shelf.delete_template(theirs),
        shelf.save_template(a_template(other, template_id=template.id)),
        shelf.persona(PersonaAsk(workspace_id=other, persona_id=persona.id)),
        shelf.persona(PersonaAsk(workspace_id=other)),
        shelf.delete_persona(PersonaAsk(workspace_id=other, persona_id=persona.id)),
        shelf.save_persona(a_persona(other, id=persona.id, name="Stolen", default=True)),
    ):
        assert isinstance(await refusal(asked), NotFound)
    assert await own(shelf, other) == []
    assert await names(shelf, other) == []
    assert await seen(shelf, workspace, template.id) == template
    assert await names(shelf, workspace) == [("Acme", True)]


async def test_the_same_wish_twice_makes_one_and_another_of_that_name_is_refused(
    shelf: ShelfApi, workspace: WorkspaceId, other: WorkspaceId
) -> None:
    first = await shelf.save_template(a_template(workspace))
    assert await shelf.save_template(a_template(workspace)) == first
    error = await refusal(shelf.save_template(a_template(workspace, width=600)))
    assert (error.status, error.error_code, error.field) == (409, "name_taken", "name")
    second = await shelf.save_template(a_template(workspace, name="Second"))
    taken = await refusal(shelf.save_template(a_template(workspace, name="Autumn sale", template_id=second.id)))
    assert (taken.status, taken.error_code) == (409, "name_taken")
    await shelf.save_template(a_template(workspace, BOB, width=600))
    await shelf.save_template(a_template(other, width=600))


async def test_the_same_wish_many_times_at_once_makes_one(shelf: ShelfApi, workspace: WorkspaceId) -> None:
    kept, errors = await at_once(*(shelf.save_template(a_template(workspace)) for _ in range(12)))
    assert errors == []
    assert len({row.id for row in kept}) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"category": "memes"}, "category", id="category"),
        pytest.param({"platform": "myspace"}, "platform", id="platform"),
        pytest.param({"style_preset": "cubist"}, "style_preset", id="style"),
        pytest.param({"width": 63}, "width", id="too small"),
        pytest.param({"height": 4097}, "height", id="too large"),
        pytest.param({"width": 4000, "height": 399}, "width", id="too long"),
        pytest.param({"name": "  "}, "name", id="a name of spaces"),
        pytest.param({"name": "—!"}, "name", id="a name without a letter"),
        pytest.param({"name": "a\x00b"}, "name", id="NUL"),
        pytest.param({"name": "\u0958" * 100}, "name", id="longer once it is normal"),
        pytest.param({"description": "a\x1b[31m"}, "description", id="an escape"),
        pytest.param({"use_cases": ("x" * 61,)}, "use_cases", id="a long use case"),
        pytest.param({"use_cases": ("",)}, "use_cases", id="an empty use case"),
        pytest.param({"prompt_prefix": "\x07"}, "prompt_prefix", id="a bell"),
    ],
)
async def test_a_template_that_cannot_be_kept_is_refused_by_field(
    changes: dict[str, Any], field: str, shelf: ShelfApi, workspace: WorkspaceId
) -> None:
    error = await refusal(shelf.save_template(a_template(workspace, **changes)))
    assert isinstance(error, InvalidInput)
    assert (error.status, error.field) == (422, field)
    assert await own(shelf, workspace) == []


async def test_texts_are_kept_in_their_normal_form(shelf: ShelfApi, workspace: WorkspaceId) -> None:
    kept = await shelf.save_template(
        a_template(workspace, name="  Cafe\u0301 \n menu ", use_cases=("Menu ", " menu", "a  la carte"))
    )
    assert kept.name == "Café menu"
    assert kept.use_cases == ("Menu", "a la carte")


async def fill_templates(owner: Connection, workspace: WorkspaceId, count: int, text: str = "") -> None:
    await owner.execute(
        "insert into templates (id, workspace_id, owner, shared, name, category, width, height, quality,"
        " description, use_cases, prompt_prefix) select gen_random_uuid(), $1, 'ann', true, 'n' || n, 'product', 64,"
        " 64, 'draft', '', '{}', $3 from generate_series(1, $2) n",
        workspace,
        count,
        text,
    )


async def test_a_full_shelf_refuses_one_more_and_still_takes_changes(
    shelf: ShelfApi, owner: Connection, workspace: WorkspaceId, other: WorkspaceId
) -> None:
    await fill_templates(owner, workspace, TEMPLATES_MAX - 1)
    last = await shelf.save_template(a_template(workspace))
    error = await refusal(shelf.save_template(a_template(workspace, name="one more")))
    assert (error.status, error.error_code) == (409, "shelf_full")
    assert f"at most {TEMPLATES_MAX} templates" in error.detail
    assert len(await own(shelf, workspace)) == TEMPLATES_MAX
    assert (await shelf.save_template(a_template(workspace))).id == last.id
    assert (await shelf.save_template(a_template(workspace, template_id=last.id, name="changed"))).name == "changed"
    await shelf.save_template(a_template(other))


async def test_however_many_save_at_once_a_shelf_never_has_more_than_its_bound(
    shelf: ShelfApi, owner: Connection, workspace: WorkspaceId
) -> None:
    await fill_templates(owner, workspace, TEMPLATES_MAX - 3)
    kept, errors = await at_once(*(shelf.save_template(a_template(workspace, name=f"racer {n}")) for n in range(12)))
    assert len(kept) == 3
    assert {(type(error), getattr(error, "error_code", None)) for error in errors} == {(Conflict, "shelf_full")}
    assert len(await own(shelf, workspace)) == TEMPLATES_MAX


async def test_the_bound_holds_against_statements_that_take_no_lock(owner: Connection, workspace: WorkspaceId) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await fill_templates(owner, workspace, TEMPLATES_MAX + 1)
    with pytest.raises(asyncpg.CheckViolationError):
        await owner.execute(
            "insert into personas (id, workspace_id, name, voice, palette, forbidden_words, negative_prompt,"
            " is_default) select gen_random_uuid(), $1, 'n' || n, '', '{}', '{}', '', false"
            " from generate_series(1, $2) n",
            workspace,
            PERSONAS_MAX + 1,
        )


async def test_all_texts_of_a_shelf_fit_into_one_answer(
    shelf: ShelfApi, owner: Connection, workspace: WorkspaceId
) -> None:
    quotes = '"' * 1_000  # twice as long in JSON
    await fill_templates(owner, workspace, TEMPLATES_TEXT_MAX_KIB * 1024 // 1_010, quotes)
    error = await refusal(fill_up(shelf, workspace, quotes))
    assert (error.status, error.error_code) == (409, "shelf_full")
    assert f"{TEMPLATES_TEXT_MAX_KIB} KiB" in error.detail
    answer = await shelf.templates(TemplatesAsk(workspace_id=workspace, owner=ANN))
    assert 700 * 1024 < len(answer.model_dump_json()) < 1024 * 1024


async def fill_up(shelf: ShelfApi, workspace: WorkspaceId, text: str) -> None:
    for number in range(10):
        await shelf.save_template(a_template(workspace, name=f"more {number}", prompt_prefix=text))


async def test_another_service_sees_nothing_of_the_shelf(databases: dict[str, str]) -> None:
    connection = await asyncpg.connect(databases["gateway"])
    try:
        for table in ("templates", "personas"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetch(f'select * from "create".{table}')  # noqa: S608
    finally:
        await connection.close()

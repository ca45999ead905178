"""Wishes that are valid by default, and short ways to ask the shelf."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest

from libs.common.contracts.pictures import Persona
from libs.common.contracts.studio import (
    PersonasAsk,
    PersonaWish,
    TemplateAsk,
    TemplateRow,
    TemplatesAsk,
    TemplateWish,
)
from libs.common.errors import AppError
from libs.common.ids import WorkspaceId
from services.create.api.shelf import ShelfApi

ANN, BOB = "ann", "bob"
STRANGE_IDS = ("", "instagram", "x" * 5_000, "0' or 1=1", "00000000-0000-7000-8000-000000000000")


def a_template(workspace: WorkspaceId, owner: str = ANN, **changes: Any) -> TemplateWish:
    base: dict[str, object] = {
        "workspace_id": workspace,
        "owner": owner,
        "name": "Autumn sale",
        "category": "ad_creative",
        "platform": "instagram",
        "width": 1200,
        "height": 628,
        "style_preset": "watercolor",
        "quality": "premium",
        "description": "Leaves and a price.",
        "use_cases": ("autumn", "sale"),
        "prompt_prefix": "Falling leaves",
        "negative_prompt": "snow",
    }
    return TemplateWish.model_validate(base | changes)


def a_persona(workspace: WorkspaceId, *, default: bool = False, **changes: Any) -> PersonaWish:
    base: dict[str, object] = {
        "name": "Acme",
        "voice": "warm and calm",
        "palette": ("#004d4d", "gold"),
        "forbidden_words": ("cheap",),
        "negative_prompt": "neon",
    }
    return PersonaWish(workspace_id=workspace, persona=Persona.model_validate(base | changes), default=default)


async def own(shelf: ShelfApi, workspace: WorkspaceId, owner: str = ANN) -> list[str]:
    """The names of the workspace's own templates that this owner sees."""
    answer = await shelf.templates(TemplatesAsk(workspace_id=workspace, owner=owner))
    return [row.name for row in answer.rows if row.own]


async def seen(shelf: ShelfApi, workspace: WorkspaceId, template_id: str, owner: str = ANN) -> TemplateRow:
    return await shelf.template(TemplateAsk(workspace_id=workspace, owner=owner, template_id=template_id))


async def names(shelf: ShelfApi, workspace: WorkspaceId) -> list[tuple[str, bool]]:
    """The brand profiles and which of them is the default one."""
    answer = await shelf.personas(PersonasAsk(workspace_id=workspace))
    return [(row.persona.name, row.default) for row in answer.rows]


async def refusal(asked: Awaitable[object]) -> AppError:
    with pytest.raises(AppError) as refused:
        await asked
    return refused.value


async def at_once(*asked: Awaitable[Any]) -> tuple[list[Any], list[BaseException]]:
    """What came of calls made at the same time: answers, and errors."""
    results = await asyncio.gather(*asked, return_exceptions=True)
    return [one for one in results if not isinstance(one, BaseException)], [
        one for one in results if isinstance(one, BaseException)
    ]

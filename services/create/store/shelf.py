"""SQL of the shelf: a workspace's own templates and its brand profiles. The workspace is part of every statement.

Whatever adds or changes runs in a transaction and takes the shelf's lock first.
"""

from typing import Final

from asyncpg import CheckViolationError, Record, UniqueViolationError

from libs.common.catalogue.shelf import label_of, ratio_of
from libs.common.catalogue.templates import RECOMMENDED_PROVIDER
from libs.common.contracts.pictures import Persona
from libs.common.contracts.studio import PERSONAS_MAX, TEMPLATES_MAX, PersonaRow, TemplateRow, TemplateWish
from libs.common.db.pool import Connection
from libs.common.errors import Conflict
from libs.common.ids import WorkspaceId

TEMPLATES_TEXT_MAX_KIB: Final = 350
"""Of one workspace together: with them a list stays below the broker's 1 MiB, even when every character is escaped."""

LOCK: Final = "select lock_shelf($1)"
TEMPLATES: Final = """
select * from templates where workspace_id = $1 and (shared or owner = $2) order by lower(name), id limit $3
"""
TEMPLATE: Final = "select * from templates where workspace_id = $1 and (shared or owner = $2) and id = $3"
TEMPLATE_NAMED: Final = "select * from templates where workspace_id = $1 and owner = $2 and name = $3"
ADD_TEMPLATE: Final = """
insert into templates (workspace_id, owner, id, shared, name, category, platform, width, height, style_preset, quality,
                       description, use_cases, prompt_prefix, negative_prompt)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
returning *
"""
CHANGE_TEMPLATE: Final = """
update templates set shared = $4, name = $5, category = $6, platform = $7, width = $8, height = $9, style_preset = $10,
    quality = $11, description = $12, use_cases = $13, prompt_prefix = $14, negative_prompt = $15, updated_at = now()
where workspace_id = $1 and owner = $2 and id = $3
returning *
"""
DELETE_TEMPLATE: Final = "delete from templates where workspace_id = $1 and owner = $2 and id = $3 returning id"

PERSONAS: Final = "select * from personas where workspace_id = $1 order by lower(name), id limit $2"
PERSONA: Final = "select * from personas where workspace_id = $1 and id = $2"
DEFAULT_PERSONA: Final = "select * from personas where workspace_id = $1 and is_default"
PERSONA_NAMED: Final = "select * from personas where workspace_id = $1 and name = $2"
LEAVE_DEFAULT: Final = """
update personas set is_default = false, updated_at = now() where workspace_id = $1 and is_default and id <> $2
"""
ADD_PERSONA: Final = """
insert into personas (workspace_id, id, name, voice, palette, forbidden_words, negative_prompt, is_default)
values ($1, $2, $3, $4, $5, $6, $7, $8)
returning *
"""
CHANGE_PERSONA: Final = """
update personas set name = $3, voice = $4, palette = $5, forbidden_words = $6, negative_prompt = $7, is_default = $8,
    updated_at = now()
where workspace_id = $1 and id = $2
returning *
"""
DELETE_PERSONA: Final = "delete from personas where workspace_id = $1 and id = $2 returning id"

_NAMES: Final = (
    *("workspace_id", "owner", "id", "shared", "name", "category", "platform", "width", "height", "style_preset"),
    *("quality", "description", "use_cases", "prompt_prefix", "negative_prompt"),
)
_FULL: Final = {
    "templates_rows_max": f"A workspace keeps at most {TEMPLATES_MAX} templates of its own; delete one first.",
    "templates_bytes_max": (
        f"The templates of a workspace hold at most {TEMPLATES_TEXT_MAX_KIB} KiB of text together; shorten or delete one."
    ),
    "personas_rows_max": f"A workspace keeps at most {PERSONAS_MAX} brand profiles; delete one first.",
}


async def templates(connection: Connection, workspace: WorkspaceId, owner: str) -> list[TemplateRow]:
    """The workspace's own templates that this owner may see, by name."""
    return [_template(row, owner) for row in await connection.fetch(TEMPLATES, workspace, owner, TEMPLATES_MAX)]


async def template(connection: Connection, workspace: WorkspaceId, owner: str, template_id: str) -> TemplateRow | None:
    """One template of the workspace's own, if this owner may see it."""
    row = await connection.fetchrow(TEMPLATE, workspace, owner, template_id)
    return _template(row, owner) if row else None


async def add_template(connection: Connection, new_id: str, wish: TemplateWish) -> TemplateRow:
    """Keep a new template. The same wish again finds the first one: a lost answer makes no second.

    Raises Conflict when the owner has another template of this name, or the shelf is full.
    """
    await connection.execute(LOCK, wish.workspace_id)
    found = await connection.fetchrow(TEMPLATE_NAMED, wish.workspace_id, wish.owner, wish.name)
    if found is not None:
        if [found[name] for name in _NAMES] == _columns(wish, found["id"]):
            return _template(found, wish.owner)
        raise _name_taken(wish.name)
    try:
        row = await connection.fetchrow(ADD_TEMPLATE, *_columns(wish, new_id))
    except CheckViolationError as error:
        raise _full(error) from error
    return _template(_there(row), wish.owner)


async def change_template(connection: Connection, template_id: str, wish: TemplateWish) -> TemplateRow | None:
    """The template as it is now, or None when this owner has none of that id. Raises Conflict as `add_template` does."""
    await connection.execute(LOCK, wish.workspace_id)
    try:
        row = await connection.fetchrow(CHANGE_TEMPLATE, *_columns(wish, template_id))
    except UniqueViolationError as error:
        raise _name_taken(wish.name) from error
    except CheckViolationError as error:
        raise _full(error) from error
    return _template(row, wish.owner) if row else None


async def delete_template(connection: Connection, workspace: WorkspaceId, owner: str, template_id: str) -> bool:
    """Whether this owner had a template of that id; it is gone."""
    return await connection.fetchval(DELETE_TEMPLATE, workspace, owner, template_id) is not None


async def personas(connection: Connection, workspace: WorkspaceId) -> list[PersonaRow]:
    """The workspace's brand profiles by name."""
    return [_persona(row) for row in await connection.fetch(PERSONAS, workspace, PERSONAS_MAX)]


async def persona(connection: Connection, workspace: WorkspaceId, persona_id: str) -> PersonaRow | None:
    """One brand profile of the workspace."""
    row = await connection.fetchrow(PERSONA, workspace, persona_id)
    return _persona(row) if row else None


async def default_persona(connection: Connection, workspace: WorkspaceId) -> PersonaRow | None:
    """The brand profile that is taken when none is named."""
    row = await connection.fetchrow(DEFAULT_PERSONA, workspace)
    return _persona(row) if row else None


async def add_persona(connection: Connection, workspace: WorkspaceId, wish: PersonaRow) -> PersonaRow:
    """Keep a new brand profile under the id in the wish; the same wish again finds the first one.

    Raises Conflict when the workspace has another of this name, or as many as it may have.
    """
    await connection.execute(LOCK, workspace)
    row = await connection.fetchrow(PERSONA_NAMED, workspace, wish.persona.name)
    if row is not None:
        found = _persona(row)
        same = wish.persona.model_copy(update={"id": found.persona.id})
        if found == PersonaRow(persona=same, default=wish.default):
            return found
        raise _profile_name_taken(wish.persona.name)
    await _make_room(connection, workspace, wish)
    try:
        return _persona(_there(await connection.fetchrow(ADD_PERSONA, *_persona_columns(workspace, wish))))
    except CheckViolationError as error:
        raise _full(error) from error


async def change_persona(connection: Connection, workspace: WorkspaceId, wish: PersonaRow) -> PersonaRow | None:
    """The brand profile as it is now, or None when the workspace has none of that id. Raises Conflict for its name."""
    await connection.execute(LOCK, workspace)
    await _make_room(connection, workspace, wish)
    try:
        row = await connection.fetchrow(CHANGE_PERSONA, *_persona_columns(workspace, wish))
    except UniqueViolationError as error:
        raise _profile_name_taken(wish.persona.name) from error
    return _persona(row) if row else None


async def delete_persona(connection: Connection, workspace: WorkspaceId, persona_id: str) -> bool:
    """Whether the workspace had a brand profile of that id; it is gone."""
    return await connection.fetchval(DELETE_PERSONA, workspace, persona_id) is not None


async def _make_room(connection: Connection, workspace: WorkspaceId, wish: PersonaRow) -> None:
    if wish.default:
        await connection.execute(LEAVE_DEFAULT, workspace, wish.persona.id)


def _columns(wish: TemplateWish, template_id: str) -> list[object]:
    """In the order of ADD_TEMPLATE, CHANGE_TEMPLATE and _NAMES."""
    return [
        wish.workspace_id,
        wish.owner,
        template_id,
        wish.shared,
        wish.name,
        wish.category,
        wish.platform,
        wish.width,
        wish.height,
        wish.style_preset,
        wish.quality,
        wish.description,
        list(wish.use_cases),
        wish.prompt_prefix,
        wish.negative_prompt,
    ]


def _persona_columns(workspace: WorkspaceId, wish: PersonaRow) -> list[object]:
    """In the order of ADD_PERSONA and CHANGE_PERSONA."""
    own = wish.persona
    words = list(own.forbidden_words)
    return [workspace, own.id, own.name, own.voice, list(own.palette), words, own.negative_prompt, wish.default]


def _template(row: Record, owner: str) -> TemplateRow:
    width, height = row["width"], row["height"]
    return TemplateRow(
        id=row["id"],
        name=row["name"],
        category=row["category"],
        platform=row["platform"],
        width=width,
        height=height,
        ratio=ratio_of(width, height),
        ratio_label=label_of(width, height),
        style_preset=row["style_preset"],
        quality=row["quality"],
        recommended_provider=RECOMMENDED_PROVIDER,
        description=row["description"],
        use_cases=tuple(row["use_cases"]),
        prompt_prefix=row["prompt_prefix"],
        negative_prompt=row["negative_prompt"],
        own=True,
        shared=row["shared"],
        mine=row["owner"] == owner,
    )


def _persona(row: Record) -> PersonaRow:
    persona = Persona(
        id=row["id"],
        name=row["name"],
        voice=row["voice"],
        palette=tuple(row["palette"]),
        forbidden_words=tuple(row["forbidden_words"]),
        negative_prompt=row["negative_prompt"],
    )
    return PersonaRow(persona=persona, default=row["is_default"])


def _there(row: Record | None) -> Record:
    """The row that a statement with `returning` always has."""
    assert row is not None  # noqa: S101 -- an insert that did not raise returns its row
    return row


def _full(error: CheckViolationError) -> Conflict:
    """What a full shelf says; a check that is no bound of the shelf is a defect of ours and goes on as it is."""
    sentence = _FULL.get(str(error.constraint_name))
    if sentence is None:
        raise error
    return Conflict(sentence, code="shelf_full")


def _name_taken(name: str) -> Conflict:
    return Conflict(
        f"You have a template named «{name}» already; change that one, or choose another name.",
        code="name_taken",
        field="name",
    )


def _profile_name_taken(name: str) -> Conflict:
    return Conflict(
        f"The workspace has a brand profile named «{name}» already; change that one, or choose another name.",
        code="name_taken",
        field="name",
    )

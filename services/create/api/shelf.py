"""Templates, brand profiles and better prompts, for whoever asks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from libs.common import ids
from libs.common.bus.rpc import Endpoint
from libs.common.catalogue.choices import resolve_style
from libs.common.catalogue.shelf import READY_MADE, find, recommend
from libs.common.catalogue.templates import BY_ID
from libs.common.contracts.studio import (
    DELETE_PERSONA,
    DELETE_TEMPLATE,
    ENHANCE,
    GET_PERSONA,
    GET_TEMPLATE,
    LIST_PERSONAS,
    LIST_TEMPLATES,
    SAVE_PERSONA,
    SAVE_TEMPLATE,
    EnhanceAnswer,
    EnhanceAsk,
    Gone,
    PersonaAsk,
    PersonaRow,
    Personas,
    PersonasAsk,
    PersonaWish,
    TemplateAsk,
    TemplateRow,
    Templates,
    TemplatesAsk,
    TemplateWish,
)
from libs.common.db.pool import ACQUIRE_TIMEOUT_S, Connection
from libs.common.db.tx import Database
from libs.common.errors import AppError, Conflict, InvalidInput, NotFound
from libs.common.prompting.enhancer import Enhancer
from libs.common.prompting.rules import How, Wish, styled
from libs.common.strict_json import clean_name
from services.create.api.wishes import checked_filters, checked_persona, checked_template
from services.create.store import shelf as store

NOT_YOURS_STATUS: Final = 403


class ShelfApi:
    """The request/reply endpoints of the shelf.

    Templates: the ready-made ones belong to everybody and never change. A workspace's own one belongs to whoever made
    it; when it is shared, the others see and use it. What one may not see does not exist (404); what one may see and
    not change is refused as such (403, or 409 for a ready-made one). Brand profiles belong to the workspace.
    """

    def __init__(self, database: Database, enhancer: Enhancer) -> None:
        self._database = database
        self._enhancer = enhancer

    @property
    def endpoints(self) -> tuple[Endpoint[Any, Any], ...]:
        """The table of endpoints."""
        return (
            Endpoint(LIST_TEMPLATES, self.templates),
            Endpoint(GET_TEMPLATE, self.template),
            Endpoint(SAVE_TEMPLATE, self.save_template),
            Endpoint(DELETE_TEMPLATE, self.delete_template),
            Endpoint(LIST_PERSONAS, self.personas),
            Endpoint(GET_PERSONA, self.persona),
            Endpoint(SAVE_PERSONA, self.save_persona),
            Endpoint(DELETE_PERSONA, self.delete_persona),
            Endpoint(ENHANCE, self.enhance),
        )

    async def templates(self, ask: TemplatesAsk) -> Templates:
        """The templates that pass every filter: ready-made first, then own by name; with a use case the best first."""
        checked_filters(ask)
        async with self._reading() as connection:
            own = await store.templates(connection, ask.workspace_id, ask.owner)
        rows = find((*READY_MADE, *own), platform=ask.platform, category=ask.category, query=ask.query)
        return Templates(rows=rows if ask.use_case is None else recommend(rows, ask.use_case))

    async def template(self, ask: TemplateAsk) -> TemplateRow:
        """One template that the caller may see. Raises NotFound."""
        ready_made = next((row for row in READY_MADE if row.id == ask.template_id), None)
        found = ready_made or await self._own(ask)
        if found is None:
            raise _no_template(ask.template_id)
        return found

    async def save_template(self, wish: TemplateWish) -> TemplateRow:
        """The template as it is kept now. The same wish for a new one twice makes one.

        Raises InvalidInput, NotFound, or Conflict for a ready-made one, a taken name and a full shelf.
        """
        if wish.template_id in BY_ID:
            raise _ready_made(wish.template_id)
        kept = checked_template(wish)
        if wish.template_id is None:
            async with self._database.transaction() as tx:
                return await store.add_template(tx.connection, ids.mint(), kept)
        ask = TemplateAsk(workspace_id=wish.workspace_id, owner=wish.owner, template_id=wish.template_id)
        if ids.is_id(ask.template_id):
            async with self._database.transaction() as tx:
                changed = await store.change_template(tx.connection, ask.template_id, kept)
            if changed is not None:
                return changed
        raise await self._not_to_be_changed(ask)

    async def delete_template(self, ask: TemplateAsk) -> Gone:
        """The template is gone. Raises as `save_template` does."""
        if ask.template_id in BY_ID:
            raise _ready_made(ask.template_id)
        if ids.is_id(ask.template_id):
            async with self._reading() as connection:
                if await store.delete_template(connection, ask.workspace_id, ask.owner, ask.template_id):
                    return Gone()
        raise await self._not_to_be_changed(ask)

    async def personas(self, ask: PersonasAsk) -> Personas:
        """The brand profiles of the workspace by name."""
        async with self._reading() as connection:
            return Personas(rows=tuple(await store.personas(connection, ask.workspace_id)))

    async def persona(self, ask: PersonaAsk) -> PersonaRow:
        """The brand profile of this id, or the default one when none is named. Raises NotFound."""
        async with self._reading() as connection:
            if ask.persona_id is None:
                found = await store.default_persona(connection, ask.workspace_id)
            elif ids.is_id(ask.persona_id):
                found = await store.persona(connection, ask.workspace_id, ask.persona_id)
            else:
                found = None
        if found is None:
            raise _no_persona(ask.persona_id)
        return found

    async def save_persona(self, wish: PersonaWish) -> PersonaRow:
        """The brand profile as it is kept now; as the default one it takes that place from any other.

        Raises InvalidInput, NotFound, or Conflict for a taken name and a full shelf.
        """
        kept = checked_persona(wish.persona)
        if not kept.id:
            fresh = PersonaRow(persona=kept.model_copy(update={"id": ids.mint()}), default=wish.default)
            async with self._database.transaction() as tx:
                return await store.add_persona(tx.connection, wish.workspace_id, fresh)
        if not ids.is_id(kept.id):
            raise _no_persona(kept.id)
        async with self._database.transaction() as tx:
            changed = await store.change_persona(
                tx.connection, wish.workspace_id, PersonaRow(persona=kept, default=wish.default)
            )
            if changed is None:
                # Inside, so that the default profile keeps the place it would have lost to nobody.
                raise _no_persona(kept.id)
        return changed

    async def delete_persona(self, ask: PersonaAsk) -> Gone:
        """The brand profile is gone; jobs keep their copy of it. Raises NotFound, or InvalidInput without an id."""
        if ask.persona_id is None:
            raise InvalidInput("Name the brand profile that is to be deleted.", field="persona_id")
        if ids.is_id(ask.persona_id):
            async with self._reading() as connection:
                if await store.delete_persona(connection, ask.workspace_id, ask.persona_id):
                    return Gone()
        raise _no_persona(ask.persona_id)

    async def enhance(self, ask: EnhanceAsk) -> EnhanceAnswer:
        """The prompt as it would be sent to a model that knows no styles by name. Raises InvalidInput for the style."""
        template = ask.template
        style = resolve_style(ask.style_preset or (template.style_preset if template else None), None)
        wish = Wish(
            prompt=ask.prompt,
            negative_prompt=ask.negative_prompt,
            prompt_prefix=template.prompt_prefix if template else None,
            template_negative=template.negative_prompt if template else None,
            persona=ask.persona,
        )
        better = await self._enhancer.enhance(wish, how=How(ask.enhancer), style_preset=style)
        return EnhanceAnswer(
            prompt=styled(better.prompt, style, native=False),
            negative_prompt=better.negative_prompt,
            enhancer=better.enhancer.value,
            notes=better.notes,
        )

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[Connection]:
        """A connection for one statement."""
        async with self._database.pool.acquire(timeout=ACQUIRE_TIMEOUT_S) as connection:
            yield connection

    async def _own(self, ask: TemplateAsk) -> TemplateRow | None:
        if not ids.is_id(ask.template_id):
            return None
        async with self._reading() as connection:
            return await store.template(connection, ask.workspace_id, ask.owner, ask.template_id)

    async def _not_to_be_changed(self, ask: TemplateAsk) -> AppError:
        """Why this caller cannot change the template: it is somebody else's, or there is none that they may see."""
        found = await self._own(ask)
        if found is None:
            return _no_template(ask.template_id)
        return InvalidInput(
            f"The template «{found.name}» belongs to somebody else; save a copy under a name of your own.",
            code="not_yours",
            field="template_id",
            status=NOT_YOURS_STATUS,
        )


def _no_template(template_id: str) -> NotFound:
    return NotFound(f"Template not found: {clean_name(template_id)}", code="template_not_found", field="template_id")


def _ready_made(template_id: str | None) -> Conflict:
    return Conflict(
        f"«{template_id}» is a ready-made template and cannot be changed; save a copy without an id.",
        code="template_ready_made",
        field="template_id",
    )


def _no_persona(persona_id: str | None) -> NotFound:
    sentence = (
        "The workspace has no default brand profile; name one by its id, or make one the default."
        if persona_id is None
        else f"Brand profile not found: {clean_name(persona_id)}"
    )
    return NotFound(sentence, code="persona_not_found", field="persona_id")

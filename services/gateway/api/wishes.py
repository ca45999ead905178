"""What a request names and others keep: its template and its brand profile, looked up for the caller."""

from dataclasses import dataclass

from libs.common.bus.broker import Broker
from libs.common.bus.rpc import ask
from libs.common.catalogue.shelf import template_of
from libs.common.catalogue.templates import BY_ID, Template
from libs.common.contracts.pictures import Persona
from libs.common.contracts.studio import GET_PERSONA, GET_TEMPLATE, PersonaAsk, TemplateAsk
from libs.common.errors import AppError, InvalidInput, NotFound
from libs.common.ids import is_id
from libs.common.strict_json import clean_name
from services.gateway.domain import Caller


@dataclass(frozen=True, slots=True)
class Wishes:
    """Ready-made templates are known here; a workspace's own things are asked of the create service."""

    broker: Broker

    async def template(self, caller: Caller, template_id: str | None) -> Template | None:
        """The template of that id. Raises InvalidInput (400, as ALwrity does) for one that the caller cannot see."""
        if template_id is None:
            return None
        if template_id in BY_ID:
            return BY_ID[template_id]
        if is_id(template_id):
            question = TemplateAsk(workspace_id=caller.workspace_id, owner=caller.key_id, template_id=template_id)
            try:
                return template_of(await ask(self.broker, GET_TEMPLATE, question))
            except AppError as error:
                if error.status != NotFound.http_status:
                    raise
        raise InvalidInput(
            f"Template not found: {clean_name(template_id)}", code="template_not_found", field="template_id", status=400
        )

    async def persona(self, caller: Caller, *, use: bool, persona_id: str | None) -> Persona | None:
        """The brand profile, when one is to be used: the named one, or the workspace's default.

        Raises InvalidInput (400) when there is none.
        """
        if not use:
            return None
        try:
            if persona_id is None or is_id(persona_id):
                question = PersonaAsk(workspace_id=caller.workspace_id, persona_id=persona_id)
                return (await ask(self.broker, GET_PERSONA, question)).persona
        except AppError as error:
            if error.status != NotFound.http_status:
                raise
        raise InvalidInput(
            "There is no such brand profile."
            if persona_id
            else "This workspace has no default brand profile: make one, or name one in persona_id.",
            code="persona_not_found",
            field="persona_id",
            status=400,
        )

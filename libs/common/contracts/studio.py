"""What others may ask of the services that make pictures: providers, templates, brand profiles, better prompts."""

from typing import Annotated, Any, Final, Literal

from pydantic import Field

from libs.common.contracts.call import Call, Nothing
from libs.common.contracts.envelope import Message
from libs.common.contracts.pictures import PROMPT_MAX_CHARS, BlobRef, Persona, Quality, Side
from libs.common.ids import AttemptId, JobId, WorkspaceId

NAME_MAX_CHARS: Final = 100
OWNER_MAX_CHARS: Final = 100
QUERY_MAX_CHARS: Final = 200
DESCRIPTION_MAX_CHARS: Final = 500
WORDS_MAX_CHARS: Final = 1_000
"""Of words that go before every prompt, and of words that are kept out of it."""
USE_CASES_MAX: Final = 20
USE_CASE_MAX_CHARS: Final = 60
VOICE_MAX_CHARS: Final = 500
PALETTE_MAX: Final = 12
COLOUR_MAX_CHARS: Final = 60
FORBIDDEN_WORDS_MAX: Final = 100
FORBIDDEN_WORD_MAX_CHARS: Final = 60
TEMPLATES_MAX: Final = 500
"""Of one workspace; what has no bound cannot be listed in one answer."""
PERSONAS_MAX: Final = 100
CALLBACK_BODY_MAX_BYTES: Final = 32 * 1024

Name = Annotated[str, Field(min_length=1, max_length=NAME_MAX_CHARS)]
Owner = Annotated[str, Field(max_length=OWNER_MAX_CHARS)]
Words = Annotated[str, Field(max_length=WORDS_MAX_CHARS)]


class Provider(Message):
    """One model of one vendor: what it can do, and whether it can be asked now."""

    provider: str
    title: str
    """The vendor's name for people."""
    model: str
    name: str
    """The model's name for people."""
    item: str
    """Its row in the price list when it is asked for by name."""
    aliases: tuple[str, ...] = ()
    set_up: bool
    """Whether its key or address is configured. The router chooses among these."""
    closed_for_s: float = 0.0
    """How long it will not be asked: its vendor is locked, out of money, or keeps failing. 0 when it will."""
    why_closed: str | None = None
    native_styles: bool = False
    negative_prompt: bool = False
    seeded: bool = False
    guidance: tuple[float, float] | None = None
    steps: tuple[int, int] | None = None
    side_max_px: int
    """The longest side that the model itself draws; larger pictures are scaled."""
    count_max: int
    serves: tuple[str, ...] = ()
    """Qualities, edit operations or modes that it does."""
    masks: bool = False
    references_max: int = 0


class Providers(Message):
    """Every provider row, in order of preference; `writer` says whether a language model can better prompts."""

    rows: tuple[Provider, ...]
    writer: str | None = None


class CancelAsk(Message):
    """Take a job back from its worker if no provider was asked yet."""

    job_id: JobId
    workspace_id: WorkspaceId


class CancelAnswer(Message):
    """Whether the worker had not begun; otherwise it stops before its next variation."""

    taken_back: bool


class TemplateRow(Message):
    """A format to start from: ready-made, or a workspace's own (`own`)."""

    id: str
    name: Name
    category: str
    platform: str | None = None
    width: Side
    height: Side
    ratio: str
    ratio_label: str
    style_preset: str | None = None
    quality: Quality
    recommended_provider: str
    description: str = ""
    use_cases: tuple[str, ...] = ()
    prompt_prefix: str | None = None
    """Words that every picture of this template begins with."""
    negative_prompt: str | None = None
    own: bool = False
    shared: bool = True
    """Whether everybody in the workspace sees it, or its owner only."""
    mine: bool = False
    """Whether the caller is its owner."""


class TemplatesAsk(Message):
    """Which templates to list: all filters apply. `query` looks in names, descriptions and uses."""

    workspace_id: WorkspaceId
    owner: Owner
    platform: str | None = None
    category: str | None = None
    query: str | None = None
    use_case: str | None = None


class Templates(Message):
    """Templates: the ready-made first, then the workspace's own by name."""

    rows: tuple[TemplateRow, ...]


class TemplateAsk(Message):
    """One template that the caller may see, by its id."""

    workspace_id: WorkspaceId
    owner: Owner
    template_id: str


class TemplateWish(Message):
    """Keep a template of the workspace's own; without an id a new one, otherwise only its owner may change it."""

    workspace_id: WorkspaceId
    owner: Owner
    template_id: str | None = None
    name: Name
    category: str
    platform: str | None = None
    width: Side
    height: Side
    style_preset: str | None = None
    quality: Quality = "standard"
    description: Annotated[str, Field(max_length=DESCRIPTION_MAX_CHARS)] = ""
    use_cases: Annotated[tuple[str, ...], Field(max_length=USE_CASES_MAX)] = ()
    prompt_prefix: Words | None = None
    negative_prompt: Words | None = None
    shared: bool = True


class PersonaRow(Message):
    """A stored brand profile. `default`: taken when a request says use_persona and names none."""

    persona: Persona
    default: bool


class PersonasAsk(Message):
    """The brand profiles of a workspace."""

    workspace_id: WorkspaceId


class Personas(Message):
    """Brand profiles by name."""

    rows: tuple[PersonaRow, ...]


class PersonaAsk(Message):
    """One brand profile; without an id the workspace's default one."""

    workspace_id: WorkspaceId
    persona_id: str | None = None


class PersonaWish(Message):
    """Keep a brand profile. With an empty `persona.id` a new one; `default` takes that place from any other."""

    workspace_id: WorkspaceId
    persona: Persona
    default: bool = False


class Gone(Message):
    """What was named is not there any more."""


class EnhanceAsk(Message):
    """Better a prompt without making a picture."""

    prompt: Annotated[str, Field(min_length=1, max_length=PROMPT_MAX_CHARS)]
    negative_prompt: str | None = None
    style_preset: str | None = None
    template: TemplateRow | None = None
    persona: Persona | None = None
    enhancer: Literal["rules", "model"] = "rules"


class EnhanceAnswer(Message):
    """The bettered prompt, who bettered it, and sentences about what was left out or went wrong."""

    prompt: str
    negative_prompt: str | None
    enhancer: str
    notes: tuple[str, ...] = ()


class VendorCallback(Message):
    """A vendor's own call to our address, as it came; the adapter decides whether it is genuine."""

    provider: str
    attempt_id: AttemptId
    mac: Annotated[str, Field(max_length=200)]
    headers: dict[str, str]
    body: Annotated[str, Field(max_length=CALLBACK_BODY_MAX_BYTES)]


class VendorCallbackAnswer(Message):
    """Whether the call was genuine. A genuine one about nothing we know changes nothing."""

    genuine: bool


class CompareAsk(Message):
    """Two pictures side by side: the same part of both, at the same size."""

    workspace_id: WorkspaceId
    before: BlobRef
    after: BlobRef
    box: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)
    """Left, top, right and bottom as shares of the picture."""
    width_px: Annotated[int, Field(strict=True, ge=200, le=4_096)] = 1_600
    """Of the whole sheet."""


MAKERS: Final = ("create", "edit", "upscale")
"""Services that make pictures, each by the providers of a table of its own."""
PROVIDERS: Final = {name: Call(name, "providers", Nothing, Providers) for name in MAKERS}
CANCEL: Final = {name: Call(name, "cancel", CancelAsk, CancelAnswer) for name in MAKERS}
CALLBACK: Final = {name: Call(name, "callback", VendorCallback, VendorCallbackAnswer) for name in MAKERS}
LIST_TEMPLATES: Final = Call("create", "templates", TemplatesAsk, Templates)
GET_TEMPLATE: Final = Call("create", "template", TemplateAsk, TemplateRow)
SAVE_TEMPLATE: Final = Call("create", "save_template", TemplateWish, TemplateRow)
DELETE_TEMPLATE: Final = Call("create", "delete_template", TemplateAsk, Gone)
LIST_PERSONAS: Final = Call("create", "personas", PersonasAsk, Personas)
GET_PERSONA: Final = Call("create", "persona", PersonaAsk, PersonaRow)
SAVE_PERSONA: Final = Call("create", "save_persona", PersonaWish, PersonaRow)
DELETE_PERSONA: Final = Call("create", "delete_persona", PersonaAsk, Gone)
COMPARE: Final = Call("upscale", "compare", CompareAsk, BlobRef)
ENHANCE: Final = Call("create", "enhance", EnhanceAsk, EnhanceAnswer)

STUDIO_CALLS: Final[tuple[Call[Any, Any], ...]] = (
    *PROVIDERS.values(),
    *CANCEL.values(),
    *CALLBACK.values(),
    LIST_TEMPLATES,
    GET_TEMPLATE,
    SAVE_TEMPLATE,
    DELETE_TEMPLATE,
    LIST_PERSONAS,
    GET_PERSONA,
    SAVE_PERSONA,
    DELETE_PERSONA,
    ENHANCE,
    COMPARE,
)
"""Every endpoint of the services that make pictures."""

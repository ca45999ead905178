"""What callers get about templates, styles, providers, platforms, brand profiles and prices: as `answers.py`, for the
document alone."""

from typing import Literal

from services.gateway.api.answers import Answer, Money


class EstimateLine(Answer):
    """One line of an estimate: so many of an item of the price list."""

    item: str
    title: str
    count: int
    unit: Money
    total: Money


class EstimateRoute(Answer):
    """Who would do it, and why. Null where no provider is chosen for it."""

    provider: str | None
    model: str | None
    why: str


class EstimateAnswer(Answer):
    """What it would cost; an order never costs more. `available` is false for what could not be ordered here now."""

    provider: str
    model: str | None
    operation: str
    num_images: int
    resolution: str
    """`<width>x<height>` in pixels, or `default`."""
    cost_per_image: float
    """US dollars."""
    total_cost: float
    """US dollars."""
    currency: Literal["USD"]
    estimated: bool
    available: bool
    credits: Money
    items: list[EstimateLine]
    price_version: str
    route: EstimateRoute


class LimitInfo(Answer):
    """Credits of the account: set aside for running jobs, in all, and left."""

    current_usage: float
    limit: float
    remaining: float


class UsageSummary(Answer):
    """The same under the names that ALwrity's frontend has for the whole account."""

    current_calls: float
    limit: float
    remaining: float


class PreflightLine(Answer):
    """One operation; `message` says in a sentence why it may or may not be run."""

    provider: str
    operation_type: str
    cost: float
    """US dollars."""
    allowed: bool
    limit_info: LimitInfo | None
    message: str


class PreflightData(Answer):
    """Everything together; costs in US dollars. `can_proceed`: each is allowed, and the credits last for all."""

    can_proceed: bool
    estimated_cost: float
    operations: list[PreflightLine]
    total_cost: float
    usage_summary: UsageSummary | None
    cached: bool


class PreflightAnswer(Answer):
    """The answer in the shape that every ALwrity screen reads before its run button."""

    success: bool
    data: PreflightData


class AspectRatio(Answer):
    """A format: its shape as people write it, its exact pixels and a word for it."""

    ratio: str
    width: int
    height: int
    label: str


class TemplateAnswer(Answer):
    """A template. `own`: made in this workspace; `mine`: by this caller; `shared`: all of the workspace see it."""

    id: str
    name: str
    category: str
    platform: str | None
    aspect_ratio: AspectRatio
    description: str
    recommended_provider: str
    style_preset: str | None
    quality: str
    use_cases: list[str]
    prompt_prefix: str | None
    negative_prompt: str | None
    own: bool
    shared: bool
    mine: bool


class TemplatesAnswer(Answer):
    """Templates: the ready-made first, then the workspace's own."""

    templates: list[TemplateAnswer]
    total: int


class TemplateSearchAnswer(TemplatesAnswer):
    """The same, and what was looked for."""

    query: str


class TemplateAdviceAnswer(TemplatesAnswer):
    """The same, best first, and what it is for."""

    use_case: str


class StyleAnswer(Answer):
    """A style: the words it adds to a prompt, and the providers that know it by its name."""

    name: str
    fragment: str
    origin: str
    native_at: list[str]


class StylesAnswer(Answer):
    """Every style."""

    styles: list[StyleAnswer]
    total: int


class ModelLimits(Answer):
    """What a model takes; null where it has no such setting. `side_max_px`: what it draws itself, before scaling."""

    guidance: tuple[float, float] | None
    steps: tuple[int, int] | None
    negative_prompt: bool
    seeded: bool
    native_styles: bool
    side_max_px: int
    count_max: int
    """Pictures in one call."""


class ModelAnswer(Answer):
    """One model. `price` is for one picture when it is asked for by name; null when it is not for sale now."""

    model: str
    name: str
    aliases: list[str]
    item: str
    price: Money | None
    limits: ModelLimits
    available: bool
    retry_after_s: float | None
    """Seconds after which it will be asked again, when it is set up and yet not available."""


class ProviderAnswer(Answer):
    """One provider with its models. `available`: it is set up here and can be asked now; if not, `why_not` says why."""

    name: str
    models: list[str]
    capabilities: list[str]
    max_resolution: tuple[int, int]
    cost_range: str
    available: bool
    why_not: str | None
    models_detail: list[ModelAnswer]


class ProvidersAnswer(Answer):
    """Providers by their ids. `writer`: the language model that can better prompts, if there is one."""

    providers: dict[str, ProviderAnswer]
    writer: str | None


class FormatAnswer(Answer):
    """One format of a platform; `size` is `<width>x<height>`."""

    name: str
    ratio: str
    size: str


class PlatformAnswer(Answer):
    """What a platform takes."""

    name: str
    formats: list[FormatAnswer]
    file_types: list[str]
    max_file_size: str


class PersonaAnswer(Answer):
    """A brand profile. `default`: used where a request says `use_persona` and names none."""

    id: str
    name: str
    voice: str
    palette: list[str]
    forbidden_words: list[str]
    negative_prompt: str
    default: bool


class PersonasAnswer(Answer):
    """The workspace's brand profiles by name."""

    personas: list[PersonaAnswer]
    total: int


class EnhancedPromptAnswer(Answer):
    """A prompt as it came and as it would be sent, by whom it was bettered, and what was left out or went wrong."""

    prompt: str
    enhanced_prompt: str
    negative_prompt: str | None
    enhancer: str
    notes: list[str]

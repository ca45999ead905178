"""Any server of OpenAI's image API: the operator's own models (vLLM-Omni, SGLang, LocalAI) or OpenAI itself."""

from typing import Final, Literal

from pydantic_settings import BaseSettings, SettingsConfigDict

from libs.common.providers.base import Call, GenerateAsk, Made
from libs.common.providers.deadline import Deadline
from libs.common.providers.openai_compatible_dialects import DIALECTS, Dialect, nearest_size, tell
from libs.common.providers.openai_compatible_server import MODEL, VOICE, Server
from libs.common.providers.vendors import Tools

PATH: Final = "/images/generations"


class Settings(BaseSettings):
    """Where the server is and how it speaks. Without an address the provider is not offered."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    openai_compatible_base_url: str | None = None
    """Ends with the version: `http://127.0.0.1:8000/v1`."""
    openai_compatible_api_key: str | None = None
    openai_compatible_image_model: str | None = None
    openai_compatible_upscale_model: str | None = None
    """What enlarges pictures, where that is another one (LocalAI)."""
    openai_compatible_dialect: Literal["vllm_omni", "sglang", "localai", "openai"] = "vllm_omni"


def build(tools: Tools) -> "OpenAICompatibleGenerate | None":
    """The provider, when it is set up."""
    settings = Settings()
    server = server_of(tools, settings, model=settings.openai_compatible_image_model)
    return OpenAICompatibleGenerate(server, dialect_of(settings)) if server is not None else None


def server_of(tools: Tools, settings: Settings, *, model: str | None) -> Server | None:
    """The server of these settings, asked for this model of its own; nothing without an address."""
    base_url, api_key = settings.openai_compatible_base_url, settings.openai_compatible_api_key
    return Server(tools.client, base_url=base_url, api_key=api_key, model=model) if base_url else None


def dialect_of(settings: Settings) -> Dialect:
    """How it speaks."""
    return DIALECTS[settings.openai_compatible_dialect]


class OpenAICompatibleGenerate:
    """Text to image, several pictures in one call."""

    def __init__(self, server: Server, dialect: Dialect) -> None:
        self._server = server
        self._dialect = dialect

    async def generate(self, ask: GenerateAsk, call: Call) -> tuple[Made | None, ...]:
        """The asked pictures in the server's own size. Raises as `Server.made` does."""
        if ask.model != MODEL:
            raise VOICE.no_such_model(ask.model)
        body, notes = translate(ask, self._dialect, self._server.model)
        post = self._server.json(PATH, body)
        return await self._server.made(post, Deadline(call.timeout_s), seed=ask.seed, notes=notes, count=ask.count)

    async def aclose(self) -> None:
        """Give back the connections of result links; the client belongs to the caller."""
        await self._server.aclose()


def translate(ask: GenerateAsk, dialect: Dialect, model: str | None) -> tuple[dict[str, object], tuple[str, ...]]:
    """The server's JSON for one ask, and a sentence for each wish that it cannot carry as it is.

    A style preset is not sent and not told of: the prompt carries its words.
    """
    told, notes = tell(ask, ask.prompt, dialect, count=ask.count)
    width_px, height_px = nearest_size(ask.width, ask.height, dialect.sizes)
    size = {"n": ask.count, "size": f"{width_px}x{height_px}"}
    return {**told, **size, **dict(dialect.always), **({"model": model} if model else {})}, notes

"""Language models that better prompts. A writer translates one vendor's wire format and decides nothing."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Final, Literal, Protocol, Self, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, BeforeValidator, Field, JsonValue, SecretStr, ValidationError, model_validator
from pydantic_core import to_json
from pydantic_settings import BaseSettings, SettingsConfigDict

from libs.common.errors import AppError, Then

ANSWER_MAX_BYTES: Final = 64 * 1024
ANSWER_MAX_TOKENS: Final = 2_048
"""Room for a prompt of the greatest length, and for models that think aloud first."""
TEMPERATURE: Final = 0.7
CONNECT_SHARE: Final = 0.5
"""Of the time limit."""

M = TypeVar("M", bound=BaseModel)

_CUT_SHORT: Final = frozenset({"length", "content_filter", "MAX_TOKENS"})


class WriterFailed(AppError):
    """No usable answer came. `reason` tells which kind, `reached` whether the model was there at all."""

    code, http_status, then = "writer_failed", 502, Then.NEXT

    def __init__(self, reason: str, *, reached: bool, status: int | None = None) -> None:
        super().__init__("The language model gave no usable answer.", facts={"reason": reason, "status": status})
        self.reason = reason
        self.reached = reached


class Writer(Protocol):
    """A language model that is set up."""

    @property
    def name(self) -> str:
        """Vendor and model, for people and logs."""
        ...

    async def better(self, prompt: str, instructions: str, timeout_s: float) -> str:
        """What the model says to the prompt under these instructions, as it says it; nothing is asked twice.

        The prompt is material: it travels apart from the instructions. Raises only WriterFailed.
        """
        ...


def _set(value: object) -> object:
    """An empty variable is one that is not set."""
    return None if isinstance(value, str) and not value.strip() else value


Secret = Annotated[SecretStr | None, BeforeValidator(_set)]
Text = Annotated[str | None, BeforeValidator(_set)]


class WriterSettings(BaseSettings):
    """Which language model betters prompts, if any. The keys are those of the vendors' pictures."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    studio_writer: Literal["", "gemini", "huggingface", "openai_compatible"] = ""
    gemini_api_key: Secret = None
    gemini_base_url: str = "https://generativelanguage.googleapis.com"
    gemini_text_model: str = Field(default="gemini-flash-lite-latest", min_length=1, max_length=200)
    """A small quick model: a person waits for it."""
    hf_token: Secret = None
    hf_base_url: str = "https://router.huggingface.co"
    hf_text_model: str = Field(default="meta-llama/Llama-3.1-8B-Instruct", min_length=1, max_length=200)
    openai_compatible_base_url: Text = None
    openai_compatible_api_key: Secret = None
    openai_compatible_text_model: Text = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        needs: dict[str, dict[str, object]] = {
            "gemini": {"GEMINI_API_KEY": self.gemini_api_key},
            "huggingface": {"HF_TOKEN": self.hf_token},
            "openai_compatible": {
                "OPENAI_COMPATIBLE_BASE_URL": self.openai_compatible_base_url,
                "OPENAI_COMPATIBLE_TEXT_MODEL": self.openai_compatible_text_model,
            },
        }
        missing = [name for name, value in needs.get(self.studio_writer, {}).items() if value is None]
        if missing:
            raise ValueError(f"STUDIO_WRITER={self.studio_writer} needs {' and '.join(missing)}")
        return self


def writer_of(settings: WriterSettings, client: httpx.AsyncClient) -> Writer | None:
    """The writer that the settings name, or None; the client stays the caller's."""
    match settings.studio_writer:
        case "gemini":
            key = _revealed(settings.gemini_api_key)
            return GeminiWriter(client, settings.gemini_base_url, key, settings.gemini_text_model)
        case "huggingface":
            key = _revealed(settings.hf_token)
            return ChatWriter(client, "huggingface", settings.hf_base_url, key, settings.hf_text_model)
        case "openai_compatible":
            base, model = settings.openai_compatible_base_url or "", settings.openai_compatible_text_model or ""
            return ChatWriter(client, "openai_compatible", base, _revealed(settings.openai_compatible_api_key), model)
        case _:
            return None


def _revealed(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""


class _Message(BaseModel):
    content: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Chat(BaseModel):
    choices: list[_Choice] = Field(min_length=1)


class ChatWriter:
    """Chat completions as OpenAI, the Hugging Face router and most servers of one's own speak them."""

    def __init__(self, client: httpx.AsyncClient, vendor: str, base_url: str, key: str, model: str) -> None:
        self._client = client
        self._url = base_url.rstrip("/").removesuffix("/v1") + "/v1/chat/completions"
        self._headers = {"authorization": f"Bearer {key}"} if key else {}
        self._model = model
        self.name = f"{vendor}/{model}"

    async def better(self, prompt: str, instructions: str, timeout_s: float) -> str:
        """The text of the first choice."""
        body: JsonValue = {
            "model": self._model,
            "messages": [{"role": "system", "content": instructions}, {"role": "user", "content": prompt}],
            "max_tokens": ANSWER_MAX_TOKENS,
            "temperature": TEMPERATURE,
        }
        answer = _read(_Chat, await _post(self._client, self._url, self._headers, body, timeout_s))
        choice = answer.choices[0]
        return _whole(choice.message.content, choice.finish_reason)


class _Part(BaseModel):
    text: str = ""
    thought: bool = False


class _Content(BaseModel):
    parts: list[_Part] = []


class _Candidate(BaseModel):
    content: _Content = _Content()
    finish_reason: str | None = Field(default=None, alias="finishReason")


class _Generated(BaseModel):
    candidates: list[_Candidate] = Field(min_length=1)


class GeminiWriter:
    """Gemini's generateContent with an API key. A refused prompt has no candidates."""

    def __init__(self, client: httpx.AsyncClient, base_url: str, key: str, model: str) -> None:
        self._client = client
        name = quote(model.removeprefix("models/"), safe="")
        self._url = f"{base_url.rstrip('/')}/v1beta/models/{name}:generateContent"
        self._headers = {"x-goog-api-key": key}
        self.name = f"gemini/{model}"

    async def better(self, prompt: str, instructions: str, timeout_s: float) -> str:
        """The text of the first candidate without its thoughts."""
        body: JsonValue = {
            "systemInstruction": {"parts": [{"text": instructions}]},
            "contents": [{"role": "user", "parts": [{"text": prompt}]}],
            "generationConfig": {"maxOutputTokens": ANSWER_MAX_TOKENS, "temperature": TEMPERATURE},
        }
        answer = _read(_Generated, await _post(self._client, self._url, self._headers, body, timeout_s))
        candidate = answer.candidates[0]
        said = "".join(part.text for part in candidate.content.parts if not part.thought)
        return _whole(said, candidate.finish_reason)


async def _post(
    client: httpx.AsyncClient, url: str, headers: Mapping[str, str], body: JsonValue, timeout_s: float
) -> bytes:
    """The body of a 200 of at most ANSWER_MAX_BYTES within `timeout_s`."""
    try:
        # Uncompressed, so that the bound holds before anything is unpacked.
        # The connection gives up by itself: one that is cut off while it greets would never be closed.
        timeout = httpx.Timeout(None, connect=timeout_s * CONNECT_SHARE, pool=timeout_s * CONNECT_SHARE)
        wanted = {"content-type": "application/json", "accept": "application/json", "accept-encoding": "identity"}
        request = client.build_request(
            "POST", url, headers={**headers, **wanted}, content=to_json(body), timeout=timeout
        )
        async with asyncio.timeout(timeout_s):
            answer = await client.send(request, stream=True, follow_redirects=False)
            try:
                return await _bounded(answer)
            finally:
                await answer.aclose()
    except TimeoutError as error:
        raise WriterFailed("timeout", reached=False) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise WriterFailed("connection", reached=False) from error


async def _bounded(answer: httpx.Response) -> bytes:
    if answer.status_code != httpx.codes.OK:
        raise WriterFailed("status", reached=False, status=answer.status_code)
    if answer.headers.get("content-encoding", "identity").lower() != "identity":
        raise WriterFailed("compressed", reached=True)
    body = bytearray()
    async for piece in answer.aiter_raw():
        body += piece
        if len(body) > ANSWER_MAX_BYTES:
            raise WriterFailed("too_long", reached=True)
    return bytes(body)


def _read(kind: type[M], body: bytes) -> M:
    try:
        return kind.model_validate_json(body)
    except ValidationError:
        # Without its cause: the error's text would hold what the model said.
        raise WriterFailed("unreadable", reached=True) from None


def _whole(said: str | None, finish: str | None) -> str:
    """What was said to its end."""
    if finish in _CUT_SHORT:
        raise WriterFailed("cut_short", reached=True)
    if not said or not said.strip():
        raise WriterFailed("empty", reached=True)
    return said

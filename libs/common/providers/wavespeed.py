"""WaveSpeed AI's API v3 as a provider of pictures from words; what it does to pictures stands beside."""

from decimal import Decimal
from typing import Final

import httpx
from pydantic import BaseModel, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from libs.common.errors import ProviderSilent
from libs.common.providers import wavespeed_facts as facts
from libs.common.providers.base import Call, GenerateAsk, Made
from libs.common.providers.deadline import Deadline
from libs.common.providers.vendors import Tools
from libs.common.providers.wavespeed_errors import VOICE
from libs.common.providers.wavespeed_form import translate
from libs.common.providers.wavespeed_task import ANSWER_MAX_BYTES, Account, Pace, TaskProvider
from libs.common.providers.wire import get

HEALTH_TIMEOUT_S: Final = 10.0


class Settings(BaseSettings):
    """Our account there. Without a key the vendor is not offered; without a webhook secret it does not call us."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    wavespeed_api_key: str | None = None
    wavespeed_base_url: str = facts.BASE_URL
    wavespeed_webhook_secret: str | None = None
    wavespeed_poll_s: float = Field(default=2.0, ge=0.05, le=5.0)
    """The first pauses between two looks at a task; polls count against nothing that the vendor documents."""


def build(tools: Tools) -> "WaveSpeedGenerate | None":
    """The provider, when it is set up."""
    return of(tools, Settings())


def of(tools: Tools, settings: Settings) -> "WaveSpeedGenerate | None":
    """The provider of these settings, when they hold a key."""
    found = account_of(tools, settings)
    return WaveSpeedGenerate(tools.client, found[0], pace=found[1]) if found is not None else None


def account_of(tools: Tools, settings: Settings) -> tuple[Account, Pace] | None:
    """Our account and how often it is asked, as these settings have it; nothing when they hold no key."""
    if not settings.wavespeed_api_key:
        return None
    secret = settings.wavespeed_webhook_secret or None
    pause_s = settings.wavespeed_poll_s
    pace = Pace(poll_first_s=pause_s, heard_s=pause_s, heard_max_s=tools.callback_wait_max_s)
    return Account(settings.wavespeed_api_key, settings.wavespeed_base_url, secret, tools.callbacks_url), pace


class WaveSpeedGenerate(TaskProvider):
    """Text to image through the four models of our table; the caller owns the client."""

    async def generate(self, ask: GenerateAsk, call: Call) -> tuple[Made, ...]:
        """One picture in the vendor's own size, or in the nearest that it draws.

        Submits once at most, and not at all when `call.task` is there. Raises only ProviderRejected, ProviderBusy,
        ProviderBroken or ProviderSilent; after a submit their facts hold the task's id as `vendor_request_id`.
        """
        model = facts.MODELS.get(ask.model)
        if model is None:
            raise VOICE.no_such_model(ask.model)
        form, notes = translate(ask, model)

        async def body() -> bytes:
            return form

        task, data = await self._picture(model.path, body, call, Deadline(call.timeout_s))
        return (Made(data=data, seed=ask.seed, notes=notes, vendor_request_id=task),)

    async def health(self, *, timeout_s: float = HEALTH_TIMEOUT_S) -> Decimal:
        """Credits of 0.01 USD left on our account; a free call, so every failure is ProviderBroken or ProviderBusy.

        Failed tasks are given back within three hours, so the account may be low for a while.
        """
        door = self._door
        url = door.base_url + facts.BALANCE_PATH
        try:
            answer, body = await get(door.client, url, door.headers, timeout_s=timeout_s, max_bytes=ANSWER_MAX_BYTES)
        except (TimeoutError, httpx.RequestError) as error:
            raise VOICE.unreachable("health") from error
        return self._balance(answer, body)

    def _balance(self, answer: httpx.Response, body: bytes) -> Decimal:
        try:
            if answer.status_code == httpx.codes.OK:
                return _Balance.model_validate_json(body).data.balance * 100
        except ValidationError:
            pass  # also a refusal under a 200 has no balance
        refused = self._door.refused(answer, body)
        raise VOICE.unreachable("health") if isinstance(refused, ProviderSilent) else refused


class _Data(BaseModel):
    balance: Decimal


class _Balance(BaseModel):
    data: _Data

"""One `generateContent` call of Google's Gemini image models, and what each answer to it means."""

import asyncio
import base64
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

import httpx
from pydantic import BaseModel, Field, ValidationError

from libs.common.clock import Clock
from libs.common.errors import AppError, Fact, ProviderBroken, ProviderRejected
from libs.common.providers import gemini_facts as facts
from libs.common.providers.voice import RETRY_AFTER_MAX_S, Meaning, Voice, seconds_of
from libs.common.providers.wire import PICTURE_MAX_BYTES, REQUEST_ID_MAX_CHARS, PaidPost, is_picture

VOICE: Final = Voice("gemini", "Google Gemini")
KEY_INVALID: Final = "API_KEY_INVALID"
ANSWER_MAX_BYTES: Final = PICTURE_MAX_BYTES
"""Of the whole JSON: a few pictures of a few MiB, a third longer in base64."""

_KEY_INVALID_TEXT: Final = "api key not valid"
_NO_QUOTA_TEXT: Final = re.compile(r"\blimit: 0\b")
_NAME: Final = re.compile(r"[A-Z][A-Z_]{0,63}")
_DELAY: Final = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)s", re.ASCII)
_STANDARD: Final = str.maketrans("-_", "+/")
_JSON: Final = {"content-type": "application/json", "accept": "application/json", "accept-encoding": "identity"}


class Content:
    """The vendor's one paid call; the caller owns the client."""

    def __init__(self, client: httpx.AsyncClient, *, api_key: str, base_url: str, clock: Clock) -> None:
        self._client = client
        self._base_url = base_url.rstrip("/")
        self._headers = {"x-goog-api-key": api_key, **_JSON}
        self._clock = clock

    async def picture(self, model: facts.Model, body: bytes, timeout_s: float) -> tuple[bytes, str | None]:
        """The picture and the vendor's name for the answer.

        Raises only ProviderRejected, ProviderBusy, ProviderBroken or ProviderSilent. The attempt's id is not sent, for
        the vendor has no idempotency key, and no progress is told, for the vendor says nothing while it works.
        """
        post = PaidPost(VOICE, self._base_url + model.path, body, self._headers)
        answer, data = await post.send(self._client, timeout_s, max_bytes=ANSWER_MAX_BYTES)
        try:
            if answer.status_code != httpx.codes.OK:
                raise refusal(
                    answer.status_code, data, retry_after=answer.headers.get("retry-after"), now=self._clock.now()
                )
            picture, name = await asyncio.to_thread(picture_in, data)
        except AppError as error:
            raise post.named(error) from None
        return picture, name or post.request_id


class _Blob(BaseModel):
    data: str


class _Part(BaseModel):
    thought: bool = False
    blob: _Blob | None = Field(None, alias="inlineData")


class _Content(BaseModel):
    parts: list[_Part] = []


class _Candidate(BaseModel):
    content: _Content = _Content()
    finish: str = Field(facts.FINISH_STOP, alias="finishReason")


class _Feedback(BaseModel):
    block: str | None = Field(None, alias="blockReason")


class _Answer(BaseModel):
    candidates: list[_Candidate] = []
    feedback: _Feedback = Field(_Feedback(), alias="promptFeedback")
    name: str = Field("", alias="responseId")


def picture_in(body: bytes) -> tuple[bytes, str | None]:
    """The picture of a 200 and the vendor's name for the answer. Raises what any other 200 stands for.

    Every verdict of this vendor is a 200. One that holds neither a verdict nor a usable picture is ProviderSilent: the
    vendor has probably billed it, so repeating it blindly would pay twice.
    """
    try:
        answer = _Answer.model_validate_json(body)
    except ValidationError as error:
        raise VOICE.silent("unreadable_answer", status=200) from error
    if not answer.candidates:
        if answer.feedback.block:
            raise VOICE.says(VOICE.moderated, status=200, facts=_reason(answer.feedback.block))
        raise VOICE.silent("no_candidates", status=200)
    picture = _decoded(_final(answer.candidates[0]))
    if not is_picture(picture):
        raise VOICE.silent("not_a_picture", status=200)
    return picture, answer.name[:REQUEST_ID_MAX_CHARS] or None


def _final(candidate: _Candidate) -> str:
    """The last picture that is not a sketch made while thinking, still in base64."""
    finish = candidate.finish
    if finish in facts.OUTPUT_BLOCKS:
        raise VOICE.says(_WITHHELD, status=200, facts=_reason(finish))
    known = finish == facts.FINISH_STOP or finish in facts.NO_PICTURE
    pictures = [part for part in candidate.content.parts if part.blob is not None]
    final = next((part.blob for part in reversed(pictures) if not part.thought), None)
    if known and final is not None:
        return final.data
    if known and not pictures:
        raise VOICE.says(VOICE.broken, status=200, facts=_reason(finish, otherwise="no_picture"))
    raise VOICE.silent("sketches_only" if known else "unknown_finish_reason", status=200)


def _decoded(text: str) -> bytes:
    """Base64 in either alphabet, with or without the padding."""
    padded = text.translate(_STANDARD).rstrip("=")
    try:
        return base64.b64decode(padded + "=" * (-len(padded) % 4), validate=True)
    except ValueError as error:
        raise VOICE.silent("not_base64", status=200) from error


def _reason(word: str, *, otherwise: str = "unknown") -> dict[str, Fact]:
    """The vendor's word for it, if it is one, for operators."""
    return {"reason": word if _NAME.fullmatch(word) and word != facts.FINISH_STOP else otherwise}


_WITHHELD: Final = Meaning(
    ProviderRejected,
    "moderation_output",
    "The finished picture broke Google Gemini's content rules and was withheld; describe it differently.",
)
_GONE: Final = Meaning(ProviderBroken, "model_gone", "Google Gemini no longer has this model; nothing was made.")
_TOO_LARGE: Final = Meaning(ProviderRejected, "provider_rejected", "This request is too large for Google Gemini.")

# An absent name is the row for every other name of that status, and for a body that is not the vendor's own.
MEANINGS: Final[Mapping[tuple[int, str | None], Meaning]] = MappingProxyType(
    {
        (400, None): VOICE.rejected,
        (400, KEY_INVALID): VOICE.bad_key,
        (400, "FAILED_PRECONDITION"): VOICE.out_of_credit,
        (401, None): VOICE.bad_key,
        (402, None): VOICE.out_of_credit,
        (403, None): VOICE.bad_key,
        (404, None): _GONE,
        (413, None): _TOO_LARGE,
        (429, None): VOICE.busy,
    }
)


class _Violation(BaseModel):
    quota: str = Field("", alias="quotaId")
    value: str | None = Field(None, alias="quotaValue")


class _Detail(BaseModel):
    reason: str = ""
    delay: str = Field("", alias="retryDelay")
    violations: list[_Violation] = []


class _Status(BaseModel):
    status: str = ""
    message: str = ""
    details: list[_Detail] = []

    @property
    def name(self) -> str:
        """What the vendor calls it; a wrong key hides among the invalid arguments."""
        if any(one.reason == KEY_INVALID for one in self.details) or _KEY_INVALID_TEXT in self.message.lower():
            return KEY_INVALID
        return self.status

    @property
    def violations(self) -> list[_Violation]:
        """The quotas that are used up."""
        return [one for detail in self.details for one in detail.violations]

    @property
    def without_quota(self) -> bool:
        """Whether the account may make none at all: it has no billing."""
        return any(one.value == "0" for one in self.violations) or bool(_NO_QUOTA_TEXT.search(self.message))


class _Refused(BaseModel):
    error: _Status


def refusal(status: int, body: bytes, *, retry_after: str | None, now: datetime) -> AppError:
    """The error that an answer other than 200 stands for; never holds the vendor's own text."""
    told = _told(body)
    if httpx.codes.is_server_error(status) and (told is None or status == httpx.codes.GATEWAY_TIMEOUT):
        # Either a machine in between spoke, or the vendor gave up in the middle: the job may still be billed.
        return VOICE.silent("foreign_error_body" if told is None else "deadline_exceeded", status=status)
    if httpx.codes.is_success(status):
        return VOICE.silent("unexpected_success_status", status=status)
    told = told or _Status()
    known: dict[str, Fact] = {"vendor_error": told.name} if _NAME.fullmatch(told.name) else {}
    if status == httpx.codes.TOO_MANY_REQUESTS:
        return _too_many(told, known, retry_after=retry_after, now=now)
    meaning = MEANINGS.get((status, told.name)) or MEANINGS.get((status, None)) or VOICE.broken
    return VOICE.says(meaning, status=status, facts=known)


def _too_many(told: _Status, known: dict[str, Fact], *, retry_after: str | None, now: datetime) -> AppError:
    if told.without_quota:
        return VOICE.says(VOICE.out_of_credit, status=429, facts=known)
    if any(facts.DAY_QUOTA in one.quota for one in told.violations):
        wait_s = _until_midnight_s(now)
        known["reason"] = "daily_quota"
    else:
        delays = [float(found[1]) for detail in told.details if (found := _DELAY.fullmatch(detail.delay))]
        otherwise_s = min(max(delays, default=facts.RETRY_OTHERWISE_S), RETRY_AFTER_MAX_S)
        wait_s = seconds_of(retry_after, otherwise=otherwise_s)
    return VOICE.says(MEANINGS[429, None], status=429, facts=known, retry_after_s=wait_s)


def _until_midnight_s(now: datetime) -> float:
    """Seconds until the daily quotas open, at most a day."""
    opening = now.replace(hour=facts.MIDNIGHT_UTC_HOUR, minute=0, second=0, microsecond=0)
    return ((opening - now) % timedelta(days=1) or timedelta(days=1)).total_seconds()


def _told(body: bytes) -> _Status | None:
    try:
        return _Refused.model_validate_json(body).error
    except ValidationError:
        return None

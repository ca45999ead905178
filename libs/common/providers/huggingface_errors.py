"""What each refusal of Hugging Face's router, or of a host behind it, means for us.

The hosts' own error bodies pass through unchanged, so there are several forms. Words are only looked for; none of them
is ever repeated.
"""

import math
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

import httpx
from pydantic import JsonValue, TypeAdapter, ValidationError

from libs.common.errors import AppError, ProviderBroken, ProviderBusy, ProviderRejected
from libs.common.providers.huggingface_facts import LOADING_WAIT_MAX_S, NAME, WAIT_UNTOLD_S, Host
from libs.common.providers.voice import RETRY_AFTER_MAX_S, Meaning, Voice, seconds_of

VOICE: Final = Voice(NAME, "Hugging Face")

GATED: Final = Meaning(
    ProviderBroken, "provider_broken", "Hugging Face has not granted our account this model; nothing was made."
)
NO_ROUTE: Final = Meaning(
    ProviderBroken, "provider_broken", "Nobody serves this model at Hugging Face at present; nothing was made."
)
MODERATED_WORDS: Final = ("content_policy", "content policy", "content checker", "nsfw", "safety system", "moderation")

_TOO_LARGE: Final = Meaning(ProviderRejected, "provider_rejected", "This request is too large for Hugging Face.")
_RATE: Final = re.compile(r"\br=(\d{1,9})\s*;\s*t=(\d{1,9})\b")
_BODY: Final = TypeAdapter(dict[str, JsonValue])
_WORDED: Final = ("detail", "error", "errors", "message")

# The first row whose words are all there decides; a row without words is for the rest of that status.
MEANINGS: Final[Mapping[int, tuple[tuple[tuple[str, ...], Meaning], ...]]] = MappingProxyType(
    {
        400: (*(((word,), VOICE.moderated) for word in MODERATED_WORDS), (("not supported",), NO_ROUTE)),
        401: (((), VOICE.bad_key),),
        402: (((), VOICE.out_of_credit),),
        403: ((("gated",), GATED), (("restricted",), GATED), (("balance",), VOICE.out_of_credit), ((), VOICE.bad_key)),
        404: (((), NO_ROUTE),),
        413: (((), _TOO_LARGE),),
        422: (*(((word,), VOICE.moderated) for word in MODERATED_WORDS), (("not supported",), NO_ROUTE)),
        429: (((), VOICE.busy),),
    }
)
REROUTED: Final = frozenset({httpx.codes.BAD_REQUEST, httpx.codes.NOT_FOUND})
"""May mean that the list of hosts is out of date."""
_REFUSED: Final = frozenset({httpx.codes.BAD_REQUEST, httpx.codes.UNPROCESSABLE_ENTITY})
# Whoever says one of these has given up waiting for somebody else, who may still work and bill.
_GAVE_UP: Final = frozenset({httpx.codes.REQUEST_TIMEOUT, httpx.codes.BAD_GATEWAY, httpx.codes.GATEWAY_TIMEOUT})


def refusal(status: int, body: bytes, headers: Mapping[str, str], *, host: Host) -> AppError:
    """The error that an answer without a picture stands for; never holds the vendor's own text."""
    error = _refusal(status, body, headers)
    error.facts["inference_provider"] = host.value
    return error


def no_route(reason: str) -> AppError:
    """The hub knows the model, and nobody whom we speak with serves it."""
    return VOICE.says(NO_ROUTE, facts={"reason": reason})


def _refusal(status: int, body: bytes, headers: Mapping[str, str]) -> AppError:
    told = _told(body)
    if httpx.codes.is_success(status):
        return VOICE.silent("unexpected_success_status", status=status)
    if status in _GAVE_UP:
        return VOICE.silent("gave_up_waiting", status=status)
    if httpx.codes.is_server_error(status):
        return _server_error(status, told)
    meaning = _meaning(status, " ".join(_words(told)).lower())
    wait_s = _wait_s(headers) if meaning.error is ProviderBusy else None
    return VOICE.says(meaning, status=status, retry_after_s=wait_s)


def _server_error(status: int, told: dict[str, JsonValue] | None) -> AppError:
    if told is None:
        # A machine in between spoke, not the vendor: the job behind it may still run and be billed.
        return VOICE.silent("foreign_error_body", status=status)
    loading_s = told.get("estimated_time")
    if status == httpx.codes.SERVICE_UNAVAILABLE and isinstance(loading_s, (int, float)) and math.isfinite(loading_s):
        wait_s = min(max(float(loading_s), 0.0), LOADING_WAIT_MAX_S)
        return VOICE.says(VOICE.busy, status=status, facts={"reason": "model_loads"}, retry_after_s=wait_s)
    return VOICE.says(VOICE.broken, status=status)


def _meaning(status: int, words: str) -> Meaning:
    for wanted, meaning in MEANINGS.get(status, ()):
        if all(word in words for word in wanted):
            return meaning
    return VOICE.rejected if status in _REFUSED else VOICE.broken


def _wait_s(headers: Mapping[str, str]) -> float:
    """The time until a spent allowance is filled again; else `Retry-After`; else our own guess."""
    spent = [float(seconds) for left, seconds in _RATE.findall(headers.get("ratelimit", "")) if int(left) == 0]
    return (
        min(max(spent), RETRY_AFTER_MAX_S) if spent else seconds_of(headers.get("retry-after"), otherwise=WAIT_UNTOLD_S)
    )


def _told(body: bytes) -> dict[str, JsonValue] | None:
    """The error body in one of its forms: {"detail": …}, {"error": {…}}, {"error": "text"}, {"message": …}."""
    try:
        told = _BODY.validate_json(body)
    except ValidationError:
        return None
    return told if any(name in told for name in _WORDED) else None


def _words(value: JsonValue) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for one in value:
                yield from _words(one)
        case dict():
            for name, one in value.items():
                # fal repeats the customer's own words under `input`: they are no verdict.
                if name not in {"input", "prompt", "ctx"}:
                    yield from _words(one)
        case _:
            return

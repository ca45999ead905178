"""What each refusal, each failed task and each result that cannot be read of WaveSpeed AI means for us."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import httpx

from libs.common.egress import NotFetched
from libs.common.errors import AppError, ProviderBusy, ProviderRejected
from libs.common.providers import wavespeed_facts as facts
from libs.common.providers.voice import Meaning, Voice, seconds_of
from libs.common.providers.wavespeed_answers import Answer, Task, answer_of

VOICE: Final = Voice("wavespeed", "WaveSpeed AI")
WAIT_MIN_S: Final = 1.0

# The vendor tells an empty account in words and under changing numbers. A refusal may repeat the customer's prompt,
# so one word alone is no proof.
_NO_MONEY: Final = re.compile(
    r"(insufficient|not enough|not have enough|out of) (\w+ )?(balance|credits?|funds)"
    r"|(balance|credits?|funds) (is |are )?(insufficient|not enough|too low|exhausted|used up)",
    re.IGNORECASE,
)

MEANINGS: Final[Mapping[int, Meaning]] = MappingProxyType(
    {
        400: VOICE.rejected,
        401: VOICE.bad_key,
        402: VOICE.out_of_credit,
        403: VOICE.out_of_credit,
        413: Meaning(ProviderRejected, "provider_rejected", "This request is too large for WaveSpeed AI."),
        422: VOICE.rejected,
        429: VOICE.busy,
        facts.CODE_MODERATED: VOICE.moderated,
        **dict.fromkeys(facts.CODES_REJECTED, VOICE.rejected),
    }
)
_GONE: Final = frozenset({403, 404, 410})
"""What a link answers that has run out."""
_UNKNOWN_AFTER: Final = 408
"""A machine in between gave up waiting and does not know what became of the request."""


def refused(answer: httpx.Response, body: bytes, *, now_s: float) -> AppError:
    """The error that an answer stands for which is not what was asked for."""
    said, wait = answer_of(body), answer.headers.get("retry-after")
    return refusal(status_of(answer, said), said, retry_after=wait, now_s=now_s)


def status_of(answer: httpx.Response, said: Answer | None) -> int:
    """That of HTTP; a 200 may carry a refusal, whose own number then counts."""
    if answer.is_success and said is not None and said.code is not None:
        return said.code
    return answer.status_code


def refusal(status: int, said: Answer | None, *, retry_after: str | None, now_s: float) -> AppError:
    """The error that the answer to a submit stands for when it names no task; never holds the vendor's own text.

    `status` is that of HTTP, or the envelope's own number when it came under a 200.
    """
    meaning = _meaning(status, said)
    if meaning is None:
        return VOICE.silent("no_task_named", status=status)
    wait_s = seconds_of(retry_after, otherwise=_to_full_minute_s(now_s)) if meaning.error is ProviderBusy else None
    return VOICE.says(meaning, status=status, retry_after_s=wait_s)


def _meaning(status: int, said: Answer | None) -> Meaning | None:
    """None where nobody can tell whether a task was begun."""
    meaning = MEANINGS.get(status)
    if meaning in {None, VOICE.rejected} and said is not None and _NO_MONEY.search(said.message):
        return VOICE.out_of_credit
    refused = httpx.codes.is_redirect(status) or httpx.codes.is_client_error(status)
    return meaning or (VOICE.broken if refused and status != _UNKNOWN_AFTER else None)


def failed(task: Task) -> AppError:
    """The error of a task that ended without a picture; the vendor gives the money back."""
    told = {"vendor_code": task.code} if task.code is not None else {}
    if task.code == facts.CODE_MODERATED or any(task.flagged):
        return VOICE.says(VOICE.moderated, facts=told)
    return VOICE.says(VOICE.rejected if task.code in facts.CODES_REJECTED else VOICE.broken, facts=told)


def link_of(over: Task) -> str:
    """The first picture that may be delivered. It is made and billed, so what is wrong here stays wrong."""
    clean = over.clean()
    if not clean and any(over.flagged):
        raise VOICE.withheld()
    if not clean:
        raise VOICE.silent("no_outputs", billed=True)
    if not clean[0].isascii():
        raise VOICE.silent("result_address", billed=True)
    return clean[0]


def why_not_read(error: NotFetched) -> str:
    """A word for operators; raises when no further try can go better."""
    reason = error.facts.get("reason")
    if error.facts.get("status") in _GONE:
        raise VOICE.silent("result_gone", billed=True) from error
    if reason == "too_large":
        raise VOICE.silent("too_many_bytes", billed=True) from error
    return "timeout" if reason == "timeout" else "result_not_read"


def _to_full_minute_s(now_s: float) -> float:
    """Its limits are counted by the minute."""
    return max(WAIT_MIN_S, facts.RATE_WINDOW_S - now_s % facts.RATE_WINDOW_S)

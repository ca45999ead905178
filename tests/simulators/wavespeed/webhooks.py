"""Calls to the address that a submit named, signed as the vendor documents it."""

import asyncio
import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from hmac import new as hmac_new
from typing import Final

import httpx

from tests.simulators.kit.control import plain_client
from tests.simulators.kit.faults import Fault
from tests.simulators.wavespeed.behaviours import Behaviour
from tests.simulators.wavespeed.tasks import Task

SECRET: Final = "whsec_simulated-webhook-secret"
ANOTHER_SECRET: Final = "whsec_of-somebody-else"
RETRIES_MAX: Final = 3
BACK_OFF_S: Final = 0.1
OLD_S: Final = 3_600
TIMEOUT_S: Final = 5.0
TOLD: Final = ("id", "model", "status", "outputs", "error")


@dataclass(frozen=True, slots=True)
class Signed:
    """One call, ready to be sent any number of times."""

    headers: dict[str, str]
    body: bytes


def signed(body: bytes, at: datetime, *, secret: str = SECRET) -> Signed:
    """The three headers: HMAC-SHA256 in hex over id, timestamp and body, keyed with the text after `whsec_`."""
    webhook_id, timestamp = secrets.token_hex(16), str(int(at.timestamp()))
    message = f"{webhook_id}.{timestamp}.".encode() + body
    made = hmac_new(secret.removeprefix("whsec_").encode(), message, sha256).hexdigest()
    headers = {"webhook-id": webhook_id, "webhook-timestamp": timestamp, "webhook-signature": f"v3,{made}"}
    return Signed({**headers, "content-type": "application/json"}, body)


async def call(task: Task, url: str, fault: Fault[Behaviour], now: datetime) -> None:
    """Tell the address how the task ended, in the way told; a few times more when it does not answer well."""
    if fault.behaviour is Behaviour.WEBHOOK_MISSING:
        return
    if fault.behaviour is Behaviour.WEBHOOK_LATE:
        await asyncio.sleep(fault.seconds)
    data = task.body()
    told = spoilt(json.dumps({name: data[name] for name in TOLD}).encode(), now, fault.behaviour)
    for _ in range(2 if fault.behaviour is Behaviour.WEBHOOK_TWICE else 1):
        await _sent(url, told)


def spoilt(body: bytes, now: datetime, behaviour: Behaviour) -> Signed:
    """The call as it should be, or with the one thing wrong that makes it no proof."""
    if behaviour is Behaviour.WEBHOOK_OLD:
        return signed(body, datetime.fromtimestamp(now.timestamp() - OLD_S, now.tzinfo))
    right = signed(body, now, secret=ANOTHER_SECRET if behaviour is Behaviour.WEBHOOK_FORGED else SECRET)
    return Signed(right.headers, body + b" ") if behaviour is Behaviour.WEBHOOK_ALTERED else right


async def _sent(url: str, told: Signed) -> None:
    async with plain_client() as client:
        for attempt in range(RETRIES_MAX + 1):
            await asyncio.sleep(BACK_OFF_S * attempt)
            try:
                answer = await client.post(url, content=told.body, headers=told.headers, timeout=TIMEOUT_S)
            except httpx.HTTPError:
                continue
            if answer.is_success:
                return

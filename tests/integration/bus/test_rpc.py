"""Questions between services: an answer, the service's own error, or at once the news that nobody is there."""

import asyncio
import time
from typing import Any, Final

import pytest

from libs.common import ids
from libs.common.bus.rpc import Endpoint, ask, serve
from libs.common.contracts.call import Call, Nothing
from libs.common.contracts.envelope import Message
from libs.common.contracts.rpc import BALANCE, QUOTE, Balance, Quote, QuoteAsk, WorkspaceAsk
from libs.common.errors import AppError, InvariantBroken, NotEnoughCredits, NotFound, Then, TooMany, Unavailable
from libs.common.ids import WorkspaceId
from tests.integration.bus.house import TELEMETRY, Stand, Stands

HANDLER_S: Final = 0.02
AT_ONCE: Final = 32


class Strange(Message):
    """A question that the endpoint does not understand."""

    count: str = "many"


STRANGE: Final = Call(QUOTE.service, QUOTE.name, Strange, Quote)


async def quote(question: QuoteAsk) -> Quote:
    """A price."""
    return Quote(item=question.item, count=question.count, unit_price=1, amount=question.count, version="test")


async def offer(stand: Stand, *endpoints: Endpoint[Any, Any]) -> None:
    """Answer at these endpoints until the test ends."""
    service = await serve(stand.broker, TELEMETRY, "billing", endpoints)
    stand.stack.push_async_callback(service.stop)


async def refused(stand: Stand, error: Exception) -> AppError:
    """What a caller catches when the handler raises this."""

    async def handle(question: QuoteAsk) -> Quote:
        raise error

    await offer(stand, Endpoint(QUOTE, handle))
    with pytest.raises(AppError) as caught:
        await ask(stand.broker, QUOTE, QuoteAsk(item="x"))
    return caught.value


async def test_a_question_is_answered(stand: Stand) -> None:
    await offer(stand, Endpoint(QUOTE, quote))

    answer = await ask(stand.broker, QUOTE, QuoteAsk(item="create.standard", count=3))

    assert answer == Quote(item="create.standard", count=3, unit_price=1, amount=3, version="test")


@pytest.mark.parametrize(
    "error",
    [
        NotEnoughCredits("You need 4 credits.", facts={"needed": 4, "available": 1.5}),
        NotFound("There is no such thing."),
        TooMany("Later.", retry_after_s=7),
        InvariantBroken("The books do not add up.", code="books", facts={"rule": "I2"}),
    ],
    ids=lambda error: error.error_code,
)
async def test_an_error_of_the_service_arrives_as_it_was_raised(stand: Stand, error: AppError) -> None:
    heard = await refused(stand, error)

    assert (heard.error_code, heard.detail, heard.status) == (error.error_code, error.detail, error.status)
    assert (heard.then, heard.facts, heard.retry_after_s) == (error.then, error.facts, error.retry_after_s)


async def test_a_defect_is_told_at_once_and_without_its_words(stand: Stand) -> None:
    started = time.monotonic()
    heard = await refused(stand, ValueError("a secret of ours"))

    assert (heard.then, heard.status) == (Then.PARK, 500)
    assert "secret" not in heard.detail
    assert time.monotonic() - started < 1


async def test_a_database_that_is_away_is_said_to_be_worth_a_repeat(stand: Stand) -> None:
    heard = await refused(stand, OSError("connection refused"))

    assert (heard.then, heard.status) == (Then.RETRY, 503)
    assert heard.retry_after_s


async def test_a_question_in_another_form_is_refused_and_not_handled(stand: Stand) -> None:
    await offer(stand, Endpoint(QUOTE, quote))

    with pytest.raises(AppError) as caught:
        await ask(stand.broker, STRANGE, Strange())

    assert (caught.value.error_code, caught.value.status, caught.value.then) == ("invalid_input", 422, Then.REFUSE)


async def test_when_nobody_is_there_the_caller_hears_it_at_once(stand: Stand) -> None:
    started = time.monotonic()
    with pytest.raises(Unavailable) as caught:
        await ask(stand.broker, QUOTE, QuoteAsk(item="x"), timeout_s=5)

    assert time.monotonic() - started < 1
    assert caught.value.error_code == "service_unavailable"
    assert caught.value.facts == {"service": "billing"}
    assert caught.value.retry_after_s


async def test_when_the_answer_takes_too_long_the_caller_stops_waiting(stand: Stand) -> None:
    async def sleepy(question: QuoteAsk) -> Quote:
        await asyncio.sleep(1)
        return await quote(question)

    await offer(stand, Endpoint(QUOTE, sleepy))
    with pytest.raises(Unavailable):
        await ask(stand.broker, QUOTE, QuoteAsk(item="x"), timeout_s=0.1)


async def test_questions_are_answered_side_by_side(stand: Stand) -> None:
    here, most = 0, 0

    async def handle(question: QuoteAsk) -> Quote:
        nonlocal here, most
        here += 1
        most = max(most, here)
        await asyncio.sleep(HANDLER_S)
        here -= 1
        return await quote(question)

    await offer(stand, Endpoint(QUOTE, handle))
    await ask(stand.broker, QUOTE, QuoteAsk(item="warm"))
    started = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for number in range(AT_ONCE):
            group.create_task(ask(stand.broker, QUOTE, QuoteAsk(item=str(number))))
    elapsed = time.monotonic() - started

    assert most == AT_ONCE
    assert elapsed < AT_ONCE * HANDLER_S / 2, "one after the other would take 0.64 s"


async def test_a_slow_endpoint_does_not_hold_another(stand: Stand) -> None:
    asked, go = asyncio.Event(), asyncio.Event()

    async def slow(question: QuoteAsk) -> Quote:
        asked.set()
        await go.wait()
        return await quote(question)

    async def balance(question: WorkspaceAsk) -> Balance:
        return Balance(plan="free", concurrency=1, posted=1, held=0, available=1)

    await offer(stand, Endpoint(QUOTE, slow), Endpoint(BALANCE, balance))
    waiting = asyncio.create_task(ask(stand.broker, QUOTE, QuoteAsk(item="x")))
    await asked.wait()

    answer = await ask(stand.broker, BALANCE, WorkspaceAsk(workspace_id=WorkspaceId(ids.mint())))
    go.set()

    assert answer.plan == "free"
    assert (await waiting).item == "x"


async def test_replicas_share_the_questions(stands: Stands) -> None:
    first, second, caller = await stands.make(), await stands.make(), await stands.make()
    answered: list[str] = []

    def of(name: str) -> Endpoint[QuoteAsk, Quote]:
        async def handle(question: QuoteAsk) -> Quote:
            answered.append(name)
            return await quote(question)

        return Endpoint(QUOTE, handle)

    await offer(first, of("first"))
    await offer(second, of("second"))
    for _ in range(40):
        await ask(caller.broker, QUOTE, QuoteAsk(item="x"))

    assert len(answered) == 40
    assert set(answered) == {"first", "second"}


async def test_any_client_can_find_and_time_our_endpoints(stand: Stand) -> None:
    await offer(stand, Endpoint(QUOTE, quote))

    reply = await stand.broker.client.request("$SRV.STATS.studio-billing", b"", timeout=2)

    assert b'"rpc.billing.quote"' in reply.data


def test_every_call_has_its_own_subject_and_a_question_without_content_is_nothing() -> None:
    assert QUOTE.subject == "rpc.billing.quote"
    assert Nothing().model_dump_json() == "{}"

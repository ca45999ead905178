"""The loop for facts: one effect each, whatever the broker, the database or a neighbour does."""

import asyncio

import pytest

from libs.common import ids
from libs.common.bus.facts import on
from libs.common.contracts.assets import AssetArchived
from libs.common.contracts.credits import CreditsSettled
from libs.common.contracts.envelope import Envelope
from libs.common.contracts.streams import GATEWAY
from libs.common.db.tx import Tx
from libs.common.errors import InvariantBroken
from tests.integration.bus.house import Stand, Stands, a_settlement, body_of, eventually
from tests.support.servers import Broker


async def test_what_waits_is_handled_in_batches_each_fact_once(stand: Stand) -> None:
    sent = [await stand.publish(a_settlement()) for _ in range(40)]

    await stand.facts()
    await stand.has_said(*sent)
    await stand.nothing_left("EVENTS", GATEWAY.name)

    assert await stand.said() == dict.fromkeys(sent, 1)
    assert len(stand.batches) < len(sent)
    assert [one for batch in stand.batches for one in batch] == sent


async def test_a_repeat_has_no_effect_and_says_again_what_its_first_delivery_said(stand: Stand) -> None:
    await stand.listen()
    stand.run(stand.relay.run())
    await stand.facts()
    fact, event = ids.mint(), a_settlement()

    await stand.publish(event, fact)
    await eventually(lambda: _heard(stand, fact, 1))
    await stand.publish(event, fact)
    await eventually(lambda: _heard(stand, fact, 2))

    assert await stand.said() == {fact: 1}


async def _heard(stand: Stand, fact: str, times: int) -> bool:
    return stand.heard.count(fact) == times


@pytest.mark.parametrize("apart", [True, False], ids=["one after the other", "in one batch"])
async def test_of_two_facts_with_one_id_the_first_counts(stand: Stand, apart: bool) -> None:  # noqa: FBT001
    fact = ids.mint()
    if apart:
        await stand.facts()
    await stand.publish(a_settlement(charged=1), fact)
    if apart:
        await stand.has_said(fact)
    await stand.publish(a_settlement(charged=2), fact)
    if not apart:
        await stand.facts()

    await stand.has_said(fact)
    await stand.nothing_left("EVENTS", GATEWAY.name)

    amounts = await stand.pool.fetch("select convert_from(body, 'utf8')::jsonb -> 'data' ->> 'amount' as a from outbox")
    assert [row["a"] for row in amounts] == ["1"]


async def test_a_fact_that_cannot_be_handled_does_not_hold_its_neighbours_and_is_parked(stand: Stand) -> None:
    bad = a_settlement()
    stand.broken.add(bad.job_id)
    sent = [await stand.publish(a_settlement()) for _ in range(5)]
    poison = await stand.publish(bad)
    sent += [await stand.publish(a_settlement()) for _ in range(5)]

    await stand.facts(deliveries_max=2)
    await stand.has_said(*sent)
    await stand.nothing_left("EVENTS", GATEWAY.name)

    (letter,) = await stand.dead()
    assert (letter.subject, letter.consumer, letter.count) == ("credits.settled", "gateway", 2)
    assert letter.reason == "ValueError"
    assert letter.body == body_of(bad, poison)
    assert await stand.said() == dict.fromkeys(sent, 1)


async def test_an_error_that_knows_itself_is_parked_at_once_with_its_words(stand: Stand) -> None:
    async def refuse(batch: object, tx: object) -> None:
        raise InvariantBroken("the books say «no»")

    await stand.publish(a_settlement())
    await stand.facts(deliveries_max=6, routes=[on(CreditsSettled, refuse)])
    await stand.nothing_left("EVENTS", GATEWAY.name)

    (letter,) = await stand.dead()
    assert (letter.reason, letter.count) == ("invariant_broken: the books say «no»", 1)


@pytest.mark.parametrize("body", [b"", b"not json", b"{}", b"\xff" * 100], ids=repr)
async def test_bytes_that_are_no_message_are_parked_as_they_came(stand: Stand, body: bytes) -> None:
    await stand.broker.jetstream.publish("credits.settled", body, headers={"Status": "503"})
    good = await stand.publish(a_settlement())

    await stand.facts()
    await stand.has_said(good)
    await stand.nothing_left("EVENTS", GATEWAY.name)

    (letter,) = await stand.dead()
    assert (letter.body, letter.count) == (body, 1)
    assert letter.reason.startswith("undecodable: ")


async def test_a_fact_that_nobody_here_reads_is_parked(stand: Stand) -> None:
    async def nothing(batch: object, tx: object) -> None:
        """Reads asset.archived alone."""

    await stand.publish(a_settlement())
    await stand.facts(routes=[on(AssetArchived, nothing)])
    await stand.nothing_left("EVENTS", GATEWAY.name)

    assert [letter.reason for letter in await stand.dead()] == ["unsupported: nobody here reads credits.settled"]


async def test_a_fact_under_a_strange_subject_is_parked(stand: Stand) -> None:
    await stand.broker.jetstream.publish("credits.released", body_of(a_settlement(), ids.mint()))
    await stand.facts()
    await stand.nothing_left("EVENTS", GATEWAY.name)

    (letter,) = await stand.dead()
    assert letter.reason == "undecodable: type credits.settled was published on credits.released"


async def test_while_the_database_is_away_facts_wait_and_none_is_parked(stand: Stand) -> None:
    await stand.facts(deliveries_max=1)
    await stand.has_said(await stand.publish(a_settlement()))

    await stand.gate.shut()
    sent = [await stand.publish(a_settlement()) for _ in range(5)]
    await asyncio.sleep(1)  # long enough to fail more than once
    await stand.gate.open()

    await stand.has_said(*sent)
    await stand.nothing_left("EVENTS", GATEWAY.name)
    assert await stand.dead() == []


async def test_two_readers_share_the_facts_and_each_fact_has_one_effect(stands: Stands) -> None:
    first, second = await stands.make(), await stands.make()
    await first.facts()
    await second.facts()

    sent = [await first.publish(a_settlement()) for _ in range(60)]
    await first.has_said(*sent)

    assert await first.said() == dict.fromkeys(sent, 1)


async def test_a_reader_goes_on_after_the_broker_was_killed(broker: Broker, stand: Stand) -> None:
    await stand.facts()
    await stand.has_said(await stand.publish(a_settlement()))

    broker.kill()
    await broker.start()
    fact = ids.mint()
    await eventually(lambda: _published(stand, fact))

    await stand.has_said(fact)


async def _published(stand: Stand, fact: str) -> bool:
    try:
        await stand.publish(a_settlement(), fact)
    except Exception:  # noqa: BLE001 -- whatever says that it is not back yet
        return False
    return True


@pytest.mark.parametrize("what", ["consumer", "stream"])
async def test_a_reader_makes_its_deleted_consumer_again(stand: Stand, what: str) -> None:
    await stand.facts()
    await stand.has_said(await stand.publish(a_settlement()))

    if what == "consumer":
        await stand.broker.jetstream.delete_consumer("EVENTS", GATEWAY.name)
    else:
        await stand.broker.jetstream.delete_stream("EVENTS")
    fact = ids.mint()
    await eventually(lambda: _published(stand, fact))

    await stand.has_said(fact)


async def test_what_is_in_hand_when_a_service_stops_is_committed_and_the_rest_goes_to_others(stands: Stands) -> None:
    stand = await stands.make(ack_wait_s=30)
    begun, go = asyncio.Event(), asyncio.Event()

    async def slow(batch: "list[Envelope[CreditsSettled]]", tx: Tx) -> None:
        begun.set()
        await go.wait()
        await stand.settled(batch, tx)

    facts = await stand.facts(routes=[on(CreditsSettled, slow)])  # type: ignore[arg-type]
    fact = await stand.publish(a_settlement())
    await begun.wait()

    drained = asyncio.create_task(facts.drain())
    later = await stand.publish(a_settlement())
    go.set()
    await drained
    assert await stand.said() == {fact: 1}

    other = await stands.make()
    await other.facts()
    await other.has_said(later)


async def test_what_nobody_waits_for_waits_for_company_and_not_for_ever(stand: Stand) -> None:
    await stand.facts(linger_s=0.5, enough=lambda _: False)
    first = await stand.publish(a_settlement())
    second = await stand.publish(a_settlement())
    await stand.has_said(first, second)
    assert stand.batches == [[first, second]]

    alone = await stand.publish(a_settlement())
    await stand.has_said(alone)
    assert stand.batches[1:] == [[alone]]

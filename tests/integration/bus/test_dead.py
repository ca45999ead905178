"""The dead letters' command on a real broker: what was parked is found, comes back, and has one effect."""

from datetime import timedelta

import pytest

from libs.common import ids
from libs.common.bus import dead
from libs.common.contracts.streams import GATEWAY
from scripts.dead import age_of, main
from tests.integration.bus.house import Stand, a_settlement, body_of, eventually


@pytest.fixture
def command(nats_url: str, monkeypatch: pytest.MonkeyPatch) -> "Command":
    """The command as `make dead` runs it, on the test's broker."""
    monkeypatch.setenv("STUDIO_NATS_URL", nats_url)
    return Command()


class Command:
    """Keeps what was said."""

    async def __call__(self, *words: str, status: int = 0) -> list[str]:
        """The lines it prints."""
        lines: list[str] = []
        assert await main(words, lines.append) == status
        return lines


async def park(stand: Stand) -> str:
    """A fact whose handler fails until the cause is gone; returns its id."""
    poison = a_settlement()
    stand.broken.add(poison.job_id)
    fact = await stand.publish(poison)
    await eventually(lambda: _parked(stand, 1))
    return fact


async def _parked(stand: Stand, count: int) -> bool:
    return len(await stand.dead()) == count


async def test_a_poison_fact_is_parked_listed_and_replayed_when_its_cause_is_gone(
    stand: Stand, command: Command
) -> None:
    await stand.facts(deliveries_max=3)
    fact = await park(stand)

    head, line = await command("list")
    assert head.split() == ["number", "age", "count", "consumer", "subject", "event", "reason"]
    assert line.split()[0] == "1"
    assert line.split()[3:] == ["3", "gateway", "credits.settled", fact, "ValueError"]

    stand.broken.clear()
    assert await command("replay", "1") == [f"replayed 1: credits.settled {fact}"]
    await stand.has_said(fact)
    assert await command("list") == ["Nothing is parked."]


async def test_a_second_replay_has_no_second_effect(stand: Stand, command: Command) -> None:
    await stand.facts()
    fact = await park(stand)
    (letter,) = await stand.dead()
    stand.broken.clear()

    await dead.replay(stand.broker, letter)
    await stand.has_said(fact)
    await dead.replay(stand.broker, letter)
    await stand.nothing_left("EVENTS", GATEWAY.name)

    assert await stand.said() == {fact: 1}
    assert await command("replay", "1", status=1) == []


async def test_a_replay_whose_cause_is_still_there_is_parked_again_and_nothing_is_lost(
    stand: Stand, command: Command
) -> None:
    await stand.facts()
    fact = await park(stand)

    await command("replay", "1")

    async def parked_again() -> bool:
        return [letter.sequence for letter in await stand.dead()] == [2]

    await eventually(parked_again)
    assert await stand.said() == {}
    assert fact in (await command("list"))[1]


async def test_all_are_replayed_and_a_dry_run_only_says_so(stand: Stand, command: Command) -> None:
    facts = [ids.mint() for _ in range(3)]
    for number, fact in enumerate(facts, 1):
        headers = {dead.REASON: "test", dead.COUNT: "6", dead.CONSUMER: "gateway", "Nats-Msg-Id": f"test-{number}"}
        body = body_of(a_settlement(), fact)
        await stand.broker.jetstream.publish("dead.credits.settled", body, headers=headers)

    assert await command("replay", "--all", "--dry-run") == [
        f"would replay {number}: credits.settled {fact}" for number, fact in enumerate(facts, 1)
    ]
    assert await stand.stored("EVENTS") == 0

    await command("replay", "--all")
    assert (await stand.stored("EVENTS"), await stand.dead()) == (3, [])
    await stand.facts()
    await stand.has_said(*facts)


async def test_one_is_thrown_away_and_the_others_stay(stand: Stand, command: Command) -> None:
    for text in (b"first", b"second"):
        await stand.broker.jetstream.publish("dead.image.created", text, headers={dead.REASON: "undecodable"})

    assert await command("discard", "1") == ["discarded 1: image.created – (undecodable)"]
    assert [letter.body for letter in await stand.dead()] == [b"second"]


@pytest.mark.parametrize("words", [("replay", "7"), ("discard", "7")])
async def test_a_number_that_is_not_there_is_said_and_nothing_happens(
    stand: Stand, command: Command, words: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert await command(*words, status=1) == []
    assert "There is no dead letter 7." in capsys.readouterr().err


async def test_without_a_broker_the_command_says_what_to_do(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("STUDIO_NATS_URL", raising=False)
    monkeypatch.setenv("STUDIO_HOME", str(tmp_path))

    assert await main(["list"]) == 1
    assert "set STUDIO_NATS_URL" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("seconds", "age"), [(0, "0 s"), (59, "59 s"), (60, "1 min"), (7_300, "2 h"), (180_000, "2 d")]
)
def test_an_age_is_told_in_its_largest_unit(seconds: int, age: str) -> None:
    assert age_of(timedelta(seconds=seconds)) == age

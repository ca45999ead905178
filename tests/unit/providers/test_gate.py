"""When a vendor's door is shut, and for how long."""

import asyncio
import contextlib
from dataclasses import dataclass, field, replace

import pytest

from libs.common.errors import AppError, ProviderBroken, ProviderBusy, ProviderRejected, ProviderSilent
from libs.common.providers.gate import ACCOUNT_REST_S, FAILURES_MAX, REST_MAX_S, REST_S, Gate
from libs.common.providers.table import TABLE, Row
from libs.common.providers.voice import Voice

CORE = next(row for row in TABLE if row.model == "stability-core")
ULTRA = next(row for row in TABLE if row.model == "stability-ultra")
SLOW = replace(CORE, rate=(2, 10.0))


@dataclass
class Hands:
    """A clock that is moved by hand."""

    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def call(gate: Gate, row: Row, error: BaseException | None = None) -> None:
    """One call that ends so."""
    with contextlib.suppress(BaseException), gate.asking(row):
        if error is not None:
            raise error


@dataclass
class Door:
    """A gate and its clock."""

    hands: Hands = field(default_factory=Hands)

    def __post_init__(self) -> None:
        self.gate = Gate(self.hands)

    def ends(self, error: BaseException | None, *, times: int = 1) -> None:
        for _ in range(times):
            call(self.gate, CORE, error)


@pytest.fixture
def door() -> Door:
    return Door()


def test_a_new_door_is_open(door: Door) -> None:
    assert (door.gate.shut_for_s(CORE), door.gate.why_shut(CORE)) == (0, None)


@pytest.mark.parametrize("error", [ProviderBroken("down"), ProviderSilent("lost")])
def test_a_model_that_keeps_failing_is_left_alone_and_its_neighbour_is_not(door: Door, error: AppError) -> None:
    door.ends(error, times=FAILURES_MAX - 1)
    assert door.gate.shut_for_s(CORE) == 0
    door.ends(error)
    assert door.gate.shut_for_s(CORE) == REST_S
    assert door.gate.shut_for_s(ULTRA) == 0


def test_after_the_rest_one_goes_first_and_the_others_wait_for_what_it_finds(door: Door) -> None:
    door.ends(ProviderBroken("down"), times=FAILURES_MAX)
    door.hands.now += REST_S
    assert door.gate.shut_for_s(CORE) == 0
    with door.gate.asking(CORE):
        assert door.gate.shut_for_s(CORE) > 0
    assert door.gate.shut_for_s(CORE) == 0
    door.ends(ProviderBroken("down"))
    assert door.gate.shut_for_s(CORE) == 0


def test_each_further_rest_is_longer_up_to_a_bound(door: Door) -> None:
    door.ends(ProviderBroken("down"), times=FAILURES_MAX)
    rests = []
    for _ in range(6):
        rests.append(door.gate.shut_for_s(CORE))
        door.hands.now += rests[-1]
        door.ends(ProviderBroken("still down"))
    assert rests == [REST_S, 60, 120, 240, REST_MAX_S, REST_MAX_S]


@pytest.mark.parametrize("code", ["provider_key", "provider_out_of_credit"])
def test_a_refused_key_or_an_empty_account_shuts_the_whole_vendor(door: Door, code: str) -> None:
    door.ends(ProviderBroken("no", code=code))
    assert door.gate.shut_for_s(ULTRA) == ACCOUNT_REST_S
    assert door.gate.why_shut(ULTRA)


def test_a_busy_vendor_is_left_alone_for_as_long_as_it_says(door: Door) -> None:
    door.ends(ProviderBusy("later", retry_after_s=60))
    assert door.gate.shut_for_s(ULTRA) == 60
    door.hands.now += 60
    assert door.gate.shut_for_s(ULTRA) == 0


def test_a_call_that_began_earlier_and_succeeds_does_not_open_a_door_that_was_shut_meanwhile(door: Door) -> None:
    with door.gate.asking(CORE):
        door.ends(ProviderBusy("later", retry_after_s=60))
    assert door.gate.shut_for_s(CORE) == 60


def test_a_verdict_on_a_wish_says_nothing_of_the_vendor(door: Door) -> None:
    door.ends(ProviderRejected("blocked"), times=2 * FAILURES_MAX)
    assert door.gate.shut_for_s(CORE) == 0


def test_a_cancelled_probe_lets_the_next_one_find_out(door: Door) -> None:
    door.ends(ProviderBroken("down"), times=FAILURES_MAX)
    door.hands.now += REST_S
    door.ends(asyncio.CancelledError())
    assert door.gate.shut_for_s(CORE) == 0
    door.ends(ProviderBroken("still down"))
    assert door.gate.shut_for_s(CORE) == 60, "a cancellation is no success"


def test_a_vendor_that_cannot_be_reached_again_and_again_is_left_alone(door: Door) -> None:
    door.ends(Voice("stability", "Stability AI").unreachable("connection"), times=FAILURES_MAX)
    assert door.gate.shut_for_s(CORE) == REST_S


def test_a_verdict_while_probing_says_that_it_is_well(door: Door) -> None:
    door.ends(ProviderBroken("down"), times=FAILURES_MAX)
    door.hands.now += REST_S
    door.ends(ProviderRejected("blocked"))
    with door.gate.asking(CORE):
        assert door.gate.shut_for_s(CORE) == 0


def test_a_success_forgets_the_failures_before_it(door: Door) -> None:
    door.ends(ProviderBroken("down"), times=FAILURES_MAX - 1)
    door.ends(None)
    door.ends(ProviderBroken("down"), times=FAILURES_MAX - 1)
    assert door.gate.shut_for_s(CORE) == 0


def test_the_accounts_own_rate_takes_the_place_of_the_tables() -> None:
    gate = Gate(Hands(), rate=(1, 60.0))
    call(gate, CORE)
    assert gate.shut_for_s(CORE) == 60


def test_rests_can_be_bounded_away() -> None:
    gate = Gate(Hands(), rest_max_s=0)
    call(gate, CORE, ProviderBroken("no", code="provider_key"))
    assert gate.shut_for_s(CORE) == 0


def test_no_more_calls_than_the_rate_allows_in_any_window(door: Door) -> None:
    call(door.gate, SLOW)
    door.hands.now += 4
    call(door.gate, SLOW)
    assert door.gate.shut_for_s(SLOW) == 6
    door.hands.now += 6
    assert door.gate.shut_for_s(SLOW) == 0
    call(door.gate, SLOW)
    assert door.gate.shut_for_s(SLOW) == 4


def test_a_gate_that_never_rests_lets_others_in_while_one_finds_out(door: Door) -> None:
    tireless = Gate(door.hands, rest_max_s=0)
    for _ in range(FAILURES_MAX):
        call(tireless, CORE, ProviderBroken("down"))
    with tireless.asking(CORE):
        assert tireless.shut_for_s(CORE) == 0

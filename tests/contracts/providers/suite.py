"""What every provider promises, as suites: subclass `GeneratesSuite`, or one of edit_suite.py, and give it a `stand`
fixture.

A provider with a counterpart on the other side of a wire also lists its failures and is counted there; one whose vendor
names a task holds `TasksSuite` besides.
"""

import asyncio
import io
import itertools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Final, Protocol, cast

import pytest
from PIL import Image

from libs.common import ids
from libs.common.errors import AppError, ProviderBroken, ProviderBusy, ProviderRejected, ProviderSilent
from libs.common.ids import AttemptId
from libs.common.providers.base import Call, EditAsk, Edits, GenerateAsk, Generates, Made, UpscaleAsk, Upscales

PROMPT: Final = "a quite unmistakable lighthouse"
PATIENCE_S: Final = 10.0
AT_ONCE: Final = 4
PAUSE_S: Final = 0.02
SIDE_MIN_PX: Final = 64
FORMATS: Final = frozenset({"PNG", "JPEG", "WEBP"})
ERRORS: Final = (ProviderRejected, ProviderBusy, ProviderBroken, ProviderSilent)
_SEEDS: Final = itertools.count(1_000)

Ask = GenerateAsk | EditAsk | UpscaleAsk


@dataclass(frozen=True, slots=True)
class Failure:
    """One documented way to fail: what the counterpart does, what the caller gets, and who pays."""

    behaviour: str
    error: type[AppError]
    code: str
    billed: bool
    """Whether a line stands on the counterpart's own bill."""
    told_billed: bool | None
    """What the error's facts say: yes, no, or unknown."""
    retry_after_s: float | None = None


class Counterpart(Protocol):
    """The other end of the wire; each question is about this one ask, known by its seed, its prompt or its picture."""

    async def behave(self, behaviour: str, *, seconds: float = 0.0) -> None:
        """Behave so for the next request."""
        ...

    async def requests(self, ask: Any) -> int:
        """How many paid requests came."""
        ...

    async def bills(self, ask: Any) -> int:
        """How many times it was billed."""
        ...


class TaskCounterpart(Counterpart, Protocol):
    """One that names a task first and is asked for it afterwards."""

    async def looks(self, task: str) -> int:
        """How many times it was asked for this task."""
        ...


@dataclass(frozen=True, slots=True)
class Stand:
    """One provider, ready to be asked. A free and local one has no counterpart."""

    provider: Generates | Edits | Upscales
    models: tuple[str, ...]
    counterpart: Counterpart | None = None
    seeded: bool = True
    """Whether the same seed makes the same picture."""
    exact_size: bool = False
    """Whether the picture already has the asked pixels; otherwise the caller crops and scales it."""


@dataclass(slots=True)
class Told:
    """Keeps what a provider said of its progress."""

    shares: list[float] = field(default_factory=list)

    async def __call__(self, share: float) -> None:
        """Write one down."""
        self.shares.append(share)


def a_seed() -> int:
    """One that no other ask of this process has."""
    return next(_SEEDS)


def an_ask(model: str, **changes: object) -> GenerateAsk:
    """A valid ask with a seed and a prompt of its own, by which its request and its bill are found again."""
    seed = a_seed()
    ask = GenerateAsk(prompt=f"{PROMPT} {seed}", model=model, width=1024, height=768, seed=seed)
    return replace(ask, **changes)  # type: ignore[arg-type]


def a_call(timeout_s: float = PATIENCE_S, told: Told | None = None) -> Call:
    """A new attempt."""
    return Call(AttemptId(ids.mint()), timeout_s, told or Told())


async def made(stand: Stand, ask: Ask, *, timeout_s: float = PATIENCE_S, call: Call | None = None) -> Made:
    """The one picture of one attempt through the provider."""
    [one] = await _attempt(stand.provider, ask, call or a_call(timeout_s))
    assert one is not None
    return one


async def _attempt(provider: Generates | Edits | Upscales, ask: Ask, call: Call) -> tuple[Made | None, ...]:
    match ask:
        case GenerateAsk():
            return await cast("Generates", provider).generate(ask, call)
        case EditAsk():
            return await cast("Edits", provider).edit(ask, call)
        case UpscaleAsk():
            return await cast("Upscales", provider).upscale(ask, call)


async def failure(stand: Stand, ask: Ask, *, timeout_s: float = PATIENCE_S) -> AppError:
    """The error that this ask ends with; any other exception fails the test."""
    with pytest.raises(AppError) as raised:
        await made(stand, ask, timeout_s=timeout_s)
    assert isinstance(raised.value, ERRORS)
    return raised.value


async def eventually(question: Callable[[], Awaitable[int]], wanted: int) -> int:
    """The answer as soon as it is the wanted one, or the last one after `PATIENCE_S`."""
    for _ in range(round(PATIENCE_S / PAUSE_S)):
        if await question() == wanted:
            break
        await asyncio.sleep(PAUSE_S)
    return await question()


@dataclass(slots=True)
class Desk:
    """The caller's side of an attempt: what it writes down, and how often the vendor had been asked until then."""

    counterpart: TaskCounterpart
    pause_s: float = 0.0
    names: list[str] = field(default_factory=list)
    looks_before: int = 0

    async def named(self, task: str) -> None:
        """Write the task down, slowly."""
        await asyncio.sleep(self.pause_s)
        self.names.append(task)
        self.looks_before = await self.counterpart.looks(task)

    async def count(self) -> int:
        """How many tasks were named."""
        return len(self.names)

    def call(self, *, timeout_s: float = PATIENCE_S, task: str | None = None) -> Call:
        """A new attempt that is told of here."""
        return replace(a_call(timeout_s), named=self.named, task=task)


def opened(one: Made) -> Image.Image:
    """The picture, decoded whole."""
    picture = Image.open(io.BytesIO(one.data))
    picture.load()
    return picture


class ProviderSuite:
    """Holds for every provider, whatever it does."""

    models: ClassVar[Sequence[str]]
    odd: ClassVar[Mapping[str, object]] = {"steps": 7, "guidance_scale": 99.0, "style_preset": "no-such-style"}
    """Wishes that hardly a model can carry."""

    def ask(self, model: str, **changes: object) -> Ask:
        """A valid ask for this model, unlike any other."""
        raise NotImplementedError

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One test for each model."""
        if "model" in metafunc.fixturenames:
            metafunc.parametrize("model", self.models)

    async def test_every_model_makes_a_picture_that_decodes(self, stand: Stand, model: str) -> None:
        picture = opened(await made(stand, self.ask(model)))
        assert picture.format in FORMATS
        assert min(picture.size) >= SIDE_MIN_PX

    async def test_the_seed_that_was_asked_for_comes_back(self, stand: Stand) -> None:
        ask = self.ask(stand.models[0], seed=2_147_483_647)
        assert (await made(stand, ask)).seed == ask.seed

    async def test_the_same_seed_makes_the_same_picture(self, stand: Stand) -> None:
        ask = self.ask(stand.models[0])
        if stand.seeded:
            assert (await made(stand, ask)).data == (await made(stand, ask)).data

    async def test_another_seed_makes_another_picture(self, stand: Stand) -> None:
        model = stand.models[0]
        assert (await made(stand, self.ask(model))).data != (await made(stand, self.ask(model))).data

    async def test_asks_made_at_once_do_not_mix(self, stand: Stand) -> None:
        asks = [self.ask(stand.models[0]) for _ in range(AT_ONCE)]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(made(stand, ask)) for ask in asks]
        for ask, task in zip(asks, tasks, strict=True):
            assert task.result().seed == ask.seed
            if stand.seeded:
                assert task.result().data == (await made(stand, ask)).data

    async def test_progress_stays_between_nothing_and_all_and_never_falls(self, stand: Stand) -> None:
        told = Told()
        await made(stand, self.ask(stand.models[0]), call=a_call(told=told))
        assert all(0 <= share <= 1 for share in told.shares)
        assert told.shares == sorted(told.shares)

    async def test_a_model_it_does_not_have_is_refused(self, stand: Stand) -> None:
        await self.refused(stand, self.ask("no-such-model"))

    async def test_every_note_is_a_sentence(self, stand: Stand) -> None:
        notes = (await made(stand, self.ask(stand.models[0], **self.odd))).notes
        assert all(note[0].isupper() and note.endswith(".") and PROMPT not in note for note in notes)

    async def test_cancelling_ends_the_attempt_at_once(self, stand: Stand) -> None:
        if stand.counterpart is not None:
            await stand.counterpart.behave("slow", seconds=PATIENCE_S)
        task = asyncio.create_task(made(stand, self.ask(stand.models[0])))
        await asyncio.sleep(0.01)
        task.cancel()
        async with asyncio.timeout(PATIENCE_S / 4):
            with pytest.raises(asyncio.CancelledError):
                await task

    async def refused(self, stand: Stand, ask: Ask) -> None:
        """It is a verdict, and the other side has not heard of it."""
        assert isinstance(await failure(stand, ask), ProviderRejected)
        if stand.counterpart is not None:
            assert await stand.counterpart.requests(ask) == 0

    async def test_closing_twice_is_harmless(self, stand: Stand) -> None:
        await stand.provider.aclose()
        await stand.provider.aclose()


class PaidSuite(ProviderSuite):
    """Holds besides for every provider whose work is billed on the other side of a wire."""

    failures: ClassVar[Sequence[Failure]]

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One test for each model, and one for each documented failure."""
        super().pytest_generate_tests(metafunc)
        if "row" in metafunc.fixturenames:
            metafunc.parametrize("row", self.failures, ids=lambda row: row.behaviour)

    @pytest.fixture
    def counterpart(self, stand: Stand) -> Counterpart:
        assert stand.counterpart is not None
        return stand.counterpart

    async def test_one_picture_is_one_request_and_one_bill(
        self, stand: Stand, counterpart: Counterpart, model: str
    ) -> None:
        ask = self.ask(model)
        await made(stand, ask)
        assert await counterpart.requests(ask) == 1
        assert await counterpart.bills(ask) == 1

    async def test_each_failure_is_one_request_and_the_tables_error_without_the_prompt(
        self, stand: Stand, counterpart: Counterpart, row: Failure
    ) -> None:
        ask = self.ask(stand.models[0])
        await counterpart.behave(row.behaviour)
        error = await failure(stand, ask)
        assert (type(error), error.error_code) == (row.error, row.code)
        assert error.facts["billed"] is row.told_billed
        assert error.retry_after_s == row.retry_after_s
        assert PROMPT not in f"{error.detail} {error.facts}"
        assert await counterpart.requests(ask) == 1
        assert await counterpart.bills(ask) == int(row.billed)

    async def test_after_a_failure_the_next_ask_is_served(self, stand: Stand, counterpart: Counterpart) -> None:
        await counterpart.behave("cut_before")
        await failure(stand, self.ask(stand.models[0]))
        assert (await made(stand, self.ask(stand.models[0]))).data

    async def test_time_that_runs_out_after_sending_leaves_the_outcome_unknown(
        self, stand: Stand, counterpart: Counterpart
    ) -> None:
        ask = self.ask(stand.models[0])
        await counterpart.behave("slow", seconds=PATIENCE_S)
        error = await failure(stand, ask, timeout_s=0.5)
        assert isinstance(error, ProviderSilent)
        assert error.facts["billed"] is None
        assert await counterpart.requests(ask) == 1

    async def test_a_job_finished_after_we_gave_up_is_billed_once(self, stand: Stand, counterpart: Counterpart) -> None:
        ask = self.ask(stand.models[0])
        await counterpart.behave("delayed_and_billed", seconds=1.0)
        assert isinstance(await failure(stand, ask, timeout_s=0.5), ProviderSilent)
        assert await eventually(lambda: counterpart.bills(ask), 1) == 1
        assert await counterpart.requests(ask) == 1

    async def test_cancelling_while_the_vendor_works_sends_nothing_more(
        self, stand: Stand, counterpart: Counterpart
    ) -> None:
        ask = self.ask(stand.models[0])
        await counterpart.behave("slow", seconds=PATIENCE_S)
        task = asyncio.create_task(made(stand, ask))
        assert await eventually(lambda: counterpart.requests(ask), 1) == 1
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await counterpart.requests(ask) == 1
        assert await counterpart.bills(ask) == 0


class TasksSuite(PaidSuite):
    """Holds besides for every provider whose vendor names a task before it works. Its counterpart knows the behaviours
    `long` (works so many seconds) and `never` (works without end)."""

    async def test_the_task_is_named_once_before_anything_else_is_asked(
        self, stand: Stand, counterpart: TaskCounterpart, model: str
    ) -> None:
        desk = Desk(counterpart, pause_s=0.3)
        one = await made(stand, self.ask(model), call=desk.call())
        assert desk.names == [one.vendor_request_id]
        assert desk.looks_before == 0
        assert await counterpart.looks(desk.names[0]) > 0

    async def test_a_task_that_cannot_be_written_down_is_not_asked_for(
        self, stand: Stand, counterpart: TaskCounterpart
    ) -> None:
        names: list[str] = []

        async def fails(task: str) -> None:
            names.append(task)
            raise ConnectionError

        with pytest.raises(ConnectionError):
            await made(stand, self.ask(stand.models[0]), call=replace(a_call(), named=fails))
        assert await counterpart.looks(names[0]) == 0

    async def test_resuming_by_the_task_submits_nothing_and_gives_the_same_picture(
        self, stand: Stand, counterpart: TaskCounterpart, model: str
    ) -> None:
        ask, desk = self.ask(model), Desk(counterpart)
        first = await made(stand, ask, call=desk.call())
        again = await made(stand, ask, call=desk.call(task=desk.names[0]))
        assert again == first
        assert desk.names == [first.vendor_request_id]
        assert (await counterpart.requests(ask), await counterpart.bills(ask)) == (1, 1)

    async def test_resuming_a_task_that_is_still_at_work_waits_for_its_end(
        self, stand: Stand, counterpart: TaskCounterpart
    ) -> None:
        ask, desk = self.ask(stand.models[0]), Desk(counterpart)
        await counterpart.behave("long", seconds=0.6)
        running = asyncio.create_task(made(stand, ask, call=desk.call()))
        assert await eventually(desk.count, 1) == 1
        running.cancel()
        assert (await made(stand, ask, call=desk.call(task=desk.names[0]))).data
        assert (await counterpart.requests(ask), await counterpart.bills(ask)) == (1, 1)

    async def test_resuming_a_task_that_nobody_knows_leaves_the_outcome_unknown(
        self, stand: Stand, counterpart: TaskCounterpart
    ) -> None:
        ask = self.ask(stand.models[0])
        with pytest.raises(ProviderSilent) as raised:
            await made(stand, ask, call=Desk(counterpart).call(task="0" * 32))
        assert raised.value.facts["billed"] is None
        assert await counterpart.requests(ask) == 0

    async def test_a_task_that_never_ends_is_unknown_and_named_when_the_time_is_over(
        self, stand: Stand, counterpart: TaskCounterpart
    ) -> None:
        ask, desk = self.ask(stand.models[0]), Desk(counterpart)
        await counterpart.behave("never")
        with pytest.raises(ProviderSilent) as raised:
            await made(stand, ask, call=desk.call(timeout_s=0.8))
        assert raised.value.facts["billed"] is None
        assert [raised.value.facts["vendor_request_id"]] == desk.names
        assert await counterpart.requests(ask) == 1

    async def test_an_attempt_cancelled_while_it_waits_asks_nothing_more(
        self, stand: Stand, counterpart: TaskCounterpart
    ) -> None:
        desk, before = Desk(counterpart), asyncio.all_tasks()
        await counterpart.behave("never")
        running = asyncio.create_task(made(stand, self.ask(stand.models[0]), call=desk.call()))
        assert await eventually(desk.count, 1) == 1
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        looks = await counterpart.looks(desk.names[0])
        await asyncio.sleep(0.3)
        assert await counterpart.looks(desk.names[0]) == looks
        assert asyncio.all_tasks() == before


class GeneratesSuite(ProviderSuite):
    """Holds for everybody who makes pictures from words."""

    def ask(self, model: str, **changes: object) -> GenerateAsk:
        """A picture of something unmistakable."""
        return an_ask(model, **changes)

    async def test_a_provider_of_exact_sizes_makes_exactly_the_size(self, stand: Stand, model: str) -> None:
        ask = self.ask(model)
        if stand.exact_size:
            assert opened(await made(stand, ask)).size == (ask.width, ask.height)


class PaidGeneratesSuite(PaidSuite, GeneratesSuite):
    """Holds for those of them whose work is billed on the other side of a wire."""
